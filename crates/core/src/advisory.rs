//! The notice of the limits of 911 over VoIP, and that the agent has read it (47 CFR 9.11(b)(5); CRTC Decisions 2005-21
//! and 2005-61): at first use, every twelve months, and when its text changes. It holds up no call and no question.

use std::time::Duration;

use rightdoor_location::guidance::Language;
use serde::{Deserialize, Serialize};

use crate::Wall;

/// The edition of the text below: a new one whenever what it says changes, and then everybody is asked again.
pub const EDITION: u32 = 1;
/// How long an acknowledgement holds.
pub const HOLDS: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Notice {
    /// Its edition.
    pub edition: u32,
    /// Its language.
    pub language: Language,
    /// What it is about.
    pub title: String,
    /// When 911 may not work.
    pub limits: Vec<Limit>,
    /// What to do about it.
    pub instead: String,
    /// The button: "I have read this".
    pub agree: String,
}

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Limit {
    /// When: "You move".
    pub when: String,
    /// What then.
    pub then: String,
}

/// That the agent has read the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Which edition.
    pub edition: u32,
    /// In which language.
    pub language: Language,
    /// When.
    pub at: Wall,
    /// Whether the registry has it.
    pub sent: bool,
}

/// Why the text is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// It was never read.
    First,
    /// It says something else than what was read.
    Changed,
    /// It was read too long ago, or the calendar cannot tell when.
    Year,
}

/// The text in this language.
#[must_use]
pub fn notice(language: Language) -> Notice {
    let (title, limits, instead, agree) = match language {
        Language::En => ENGLISH,
        Language::Es => SPANISH,
        Language::Fr => FRENCH,
    };
    let limit = |(when, then): (&str, &str)| Limit { when: when.to_owned(), then: then.to_owned() };
    Notice {
        edition: EDITION,
        language,
        title: title.to_owned(),
        limits: limits.map(limit).to_vec(),
        instead: instead.to_owned(),
        agree: agree.to_owned(),
    }
}

type Words = (&'static str, [(&'static str, &'static str); 4], &'static str, &'static str);

const ENGLISH: Words = (
    "911 from your softphone has limits",
    [
        ("You move", "911 may send responders to your last address until you confirm the new one."),
        ("It takes a moment", "A new address counts only when the registry has it: Rightdoor says when."),
        ("The internet fails", "Without it your softphone cannot call 911."),
        ("The power fails", "Without it your computer and router cannot, either. A mobile phone can."),
    ],
    "Know a second way to call: a mobile phone, or the nearest desk phone. Tell others who use this computer.",
    "I have read this",
);

const SPANISH: Words = (
    "El 911 desde su softphone tiene límites",
    [
        ("Usted se mueve", "El 911 puede enviar la ayuda a su última dirección hasta que confirme la nueva."),
        (
            "Tarda un momento",
            "Una dirección nueva cuenta solo cuando el registro la tiene: Rightdoor dice cuándo.",
        ),
        ("Falla internet", "Sin internet su softphone no puede llamar al 911."),
        ("Falla la luz", "Sin luz tampoco pueden su computadora ni su enrutador. Un teléfono móvil sí."),
    ],
    "Conozca otra manera de llamar: un teléfono móvil o el teléfono fijo más cercano. Avise a quienes usen esta computadora.",
    "He leído esto",
);

const FRENCH: Words = (
    "Le 911 par votre softphone a des limites",
    [
        (
            "Vous vous déplacez",
            "Le 911 peut envoyer les secours à votre dernière adresse tant que vous n’avez pas confirmé la nouvelle.",
        ),
        (
            "Il faut un moment",
            "Une nouvelle adresse ne compte que lorsque le registre l’a reçue : Rightdoor dit quand.",
        ),
        ("Internet tombe", "Sans internet, votre softphone ne peut pas appeler le 911."),
        (
            "Le courant manque",
            "Sans courant, votre ordinateur et votre routeur non plus. Un cellulaire, oui.",
        ),
    ],
    "Connaissez un second moyen d’appeler : un cellulaire ou le téléphone fixe le plus proche. Prévenez ceux qui utilisent cet ordinateur.",
    "J’ai lu ceci",
);
