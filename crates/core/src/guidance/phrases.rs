//! What stands around the steps of every card. It is no organisation's to change, and no language can lack a line.
//!
//! Emergency terms follow public-safety usage: "despachador" in the Spanish of the United States, "répartiteur" and
//! "cellulaire" in the French of Canada.

use super::Language;
use crate::event::OutageCause;

/// The lines of one language.
#[derive(Debug)]
pub(crate) struct Phrases {
    /// The first line, always.
    pub stay: &'static str,
    /// The headline in an outage.
    pub down: &'static str,
    /// The headline while all is well.
    pub if_so: &'static str,
    /// Before the clock time an outage began at.
    pub since: &'static str,
    /// Above what to say.
    pub say: &'static str,
    /// Above what has to be told.
    pub ask: &'static str,
    /// What has to be told.
    pub asked: [&'static str; 3],
    /// What has to be told where no number is known.
    pub number: &'static str,
    /// Before a number that is known.
    pub callback: &'static str,
    /// Above the last address.
    pub last: &'static str,
    /// What not to do, and to stay on the line.
    pub close: [&'static str; 2],
    /// The limits of 911 over VoIP (47 CFR 9.11(b)(5); CRTC Decisions 2005-21 and 2005-61).
    pub limits: &'static str,
    /// Where the tray leads to the card.
    pub door: &'static str,
    /// Said once when an outage ends: what happened, and what to check.
    pub recovered: [&'static str; 2],
    /// Why, as whole sentences.
    pub cause: fn(OutageCause) -> &'static str,
}

/// The lines of this language.
pub(crate) const fn phrases(language: Language) -> &'static Phrases {
    match language {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Fr => &FR,
    }
}

const EN: Phrases = Phrases {
    stay: "Already talking to 911? Stay on the line.",
    down: "Your softphone may not be able to reach 911",
    if_so: "If your softphone does not reach 911",
    since: "Since",
    say: "Say this:",
    ask: "Tell them:",
    asked: ["the street and number", "the floor and room", "which entrance"],
    number: "a number where you can be called back",
    callback: "Call back:",
    last: "Your last address, only if you are still there:",
    close: [
        "Do not wait. Do not restart the app or look for settings.",
        "Stay on the line until told to hang up. Cut off? Call again.",
    ],
    limits: "911 over the internet needs internet and power. After a move, help may go to your old address.",
    door: "I can't reach 911 by VoIP",
    recovered: ["The phone service answers again.", "Check that your softphone is signed in."],
    cause: english,
};

const ES: Phrases = Phrases {
    stay: "¿Ya está hablando con el 911? No cuelgue.",
    down: "Es posible que su softphone no pueda llamar al 911",
    if_so: "Si su softphone no logra llamar al 911",
    since: "Desde las",
    say: "Diga esto:",
    ask: "Dígale al despachador:",
    asked: ["la calle y el número", "el piso y la sala", "qué entrada usar"],
    number: "un número donde puedan llamarle",
    callback: "Llámenme al:",
    last: "Su última dirección, solo si todavía está allí:",
    close: [
        "No espere. No reinicie la aplicación ni busque ajustes.",
        "No cuelgue hasta que se lo digan. ¿Se cortó? Llame de nuevo.",
    ],
    limits: "El 911 por internet necesita internet y luz. Si usted se mudó, la ayuda puede ir a su dirección anterior.",
    door: "No logro llamar al 911 por VoIP",
    recovered: [
        "El servicio telefónico responde de nuevo.",
        "Compruebe que su softphone tenga la sesión iniciada.",
    ],
    cause: spanish,
};

const FR: Phrases = Phrases {
    stay: "Vous parlez déjà au 911? Restez en ligne.",
    down: "Votre softphone ne joint peut-être pas le 911",
    if_so: "Si votre softphone ne joint pas le 911",
    since: "Depuis",
    say: "Dites ceci :",
    ask: "Dites au répartiteur :",
    asked: ["la rue et le numéro", "l’étage et la pièce", "quelle entrée prendre"],
    number: "un numéro où vous rappeler",
    callback: "Rappelez-moi au :",
    last: "Votre dernière adresse, seulement si vous y êtes encore :",
    close: [
        "N’attendez pas. Ne redémarrez rien, ne cherchez pas de réglages.",
        "Ne raccrochez pas avant qu’on vous le dise. Coupé? Rappelez.",
    ],
    limits: "Le 911 par internet exige internet et courant. Après un déplacement, l’aide peut aller à l’ancienne adresse.",
    door: "Je ne joins pas le 911 par VoIP",
    recovered: [
        "Le service téléphonique répond de nouveau.",
        "Vérifiez que la session de votre softphone est ouverte.",
    ],
    cause: french,
};

const fn english(cause: OutageCause) -> &'static str {
    match cause {
        OutageCause::NoLink => "This computer has no network.",
        OutageCause::GatewayDead => "Your network's router does not answer.",
        OutageCause::NoInternet => "Your network has no internet.",
        OutageCause::VpnBroken => "Your VPN carries nothing. Your internet works.",
        OutageCause::CaptivePortal => "This network wants you to sign in first.",
        OutageCause::Dns => "This network does not find names on the internet.",
        OutageCause::Blocked => "This network blocks the phone service.",
        OutageCause::ServiceDown => "The phone service does not answer. Your internet works.",
        OutageCause::WrongCertificate => {
            "The phone service cannot be trusted here: its certificate is wrong."
        }
        OutageCause::Unstable => "Your connection to the phone service is unstable.",
        OutageCause::Unclear => "The phone service does not answer.",
    }
}

const fn spanish(cause: OutageCause) -> &'static str {
    match cause {
        OutageCause::NoLink => "Esta computadora no tiene red.",
        OutageCause::GatewayDead => "El enrutador de su red no responde.",
        OutageCause::NoInternet => "Su red no tiene internet.",
        OutageCause::VpnBroken => "Su VPN no transmite nada. Su internet funciona.",
        OutageCause::CaptivePortal => "Esta red pide iniciar sesión primero.",
        OutageCause::Dns => "Esta red no encuentra nombres en internet.",
        OutageCause::Blocked => "Esta red bloquea el servicio telefónico.",
        OutageCause::ServiceDown => "El servicio telefónico no responde. Su internet funciona.",
        OutageCause::WrongCertificate => {
            "Aquí no se puede confiar en el servicio telefónico: su certificado es incorrecto."
        }
        OutageCause::Unstable => "Su conexión con el servicio telefónico es inestable.",
        OutageCause::Unclear => "El servicio telefónico no responde.",
    }
}

const fn french(cause: OutageCause) -> &'static str {
    match cause {
        OutageCause::NoLink => "Cet ordinateur n’a pas de réseau.",
        OutageCause::GatewayDead => "Le routeur de votre réseau ne répond pas.",
        OutageCause::NoInternet => "Votre réseau n’a pas d’internet.",
        OutageCause::VpnBroken => "Votre VPN ne transmet rien. Votre internet fonctionne.",
        OutageCause::CaptivePortal => "Ce réseau demande d’abord une connexion.",
        OutageCause::Dns => "Ce réseau ne trouve pas les noms sur internet.",
        OutageCause::Blocked => "Ce réseau bloque le service téléphonique.",
        OutageCause::ServiceDown => "Le service téléphonique ne répond pas. Votre internet fonctionne.",
        OutageCause::WrongCertificate => {
            "On ne peut pas se fier au service téléphonique ici : son certificat est incorrect."
        }
        OutageCause::Unstable => "Votre connexion au service téléphonique est instable.",
        OutageCause::Unclear => "Le service téléphonique ne répond pas.",
    }
}
