//! What the person wants: answers, confirmations, reports, enrolment.

use std::io::Read as _;
use std::path::Path;

use rightdoor_core::place::PlaceId;
use rightdoor_core::view::{PromptView, Question, Review};
use rightdoor_core::{Answer, Intent, PromptId, Redacted, Reply, View};
use rightdoor_link::{Client, Problem};
use rightdoor_runtime::Config;
use serde_json::json;

use crate::args::{AnswerArgs, Heard, PlaceArgs};
use crate::{Exit, Fault, Paper, address, reach, when};

/// A provider's key is far shorter.
const LONGEST_SECRET: u64 = 4096;

pub async fn answer(
    config: &Config,
    prompt: Option<u64>,
    args: &AnswerArgs,
    paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    // A faulty file is said before the companion is asked for anything.
    let place = from_place(args.place.as_deref(), args.address.as_deref(), args.travelling)?;
    let said = match (place, args.no, args.later) {
        (Some(place), ..) => Some(place),
        (None, true, _) => Some(Answer::No),
        (None, false, true) => Some(Answer::Later),
        (None, false, false) => None,
    };
    let client = reach::companion(config).await?;
    let Some(said) = said else {
        return show_question(client.view().await?.as_ref(), prompt, paper);
    };
    let prompt = match prompt {
        Some(number) => PromptId(number),
        None => open(client.view().await?.as_ref()).ok_or_else(|| {
            Fault::could_not(
                "nothing_asked",
                "no question is open",
                "to say unasked where you are, use `rightdoorctl change` with the same options",
            )
        })?,
    };
    act(&client, Intent::Answer { prompt, answer: said }, paper).await
}

pub async fn confirm(config: &Config, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let client = reach::companion(config).await?;
    let intent = match open(client.view().await?.as_ref()) {
        Some(prompt) => Intent::Answer { prompt, answer: Answer::Still },
        None => Intent::Say(Answer::Still),
    };
    act(&client, intent, paper).await
}

pub async fn change(config: &Config, args: &PlaceArgs, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let place = from_place(args.place.as_deref(), args.address.as_deref(), args.travelling)?;
    let client = reach::companion(config).await?;
    act(&client, place.map_or(Intent::Ask, Intent::Say), paper).await
}

pub async fn report_933(config: &Config, answer: Heard, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let client = reach::companion(config).await?;
    let matched = match answer {
        Heard::Yes => Some(true),
        Heard::No => Some(false),
        Heard::Other => None,
    };
    act(&client, Intent::Report933 { matched }, paper).await
}

pub async fn enrol(
    config: &Config,
    code: String,
    registry: String,
    paper: &mut Paper<'_>,
) -> Result<Exit, Fault> {
    if code.trim().is_empty() {
        return Err(Fault::wrong(
            "bad_code",
            "CODE is empty",
            "use the one-time code from your administrator",
        ));
    }
    let host = registry.strip_prefix("https://").or_else(|| registry.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        return Err(Fault::wrong(
            "bad_registry",
            "--registry is not a web address",
            "write it as https://registry.example.com",
        ));
    }
    let client = reach::companion(config).await?;
    act(&client, Intent::Enrol { code: Redacted::new(code.trim().to_owned()), registry }, paper).await
}

/// The secret comes from stdin, never from the command line, which everybody on this computer can see; it
/// is kept before the companion is asked to try it.
pub async fn enrol_at_provider(config: &Config, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let Some(name) = config.provider.adapter.secret() else {
        return Err(Fault::wrong(
            "no_provider",
            "no provider is configured",
            "set `registry.adapter` in the configuration, or enrol with a code",
        ));
    };
    let client = reach::companion(config).await?;
    let mut secret = String::new();
    std::io::stdin().lock().take(LONGEST_SECRET).read_to_string(&mut secret)?;
    let secret = secret.trim();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        return Err(Fault::wrong(
            "bad_secret",
            "stdin holds no secret, or more than one word",
            "give the key or secret on one line, such as `rightdoorctl enrol --provider < key.txt`",
        ));
    }
    rightdoor_runtime::secret_store(config).set(name, secret).await.map_err(|error| {
        Fault::could_not(
            "secret_not_kept",
            error.to_string(),
            "unlock the keyring, or set secrets.store = \"file\", then try again",
        )
    })?;
    let code = Redacted::new(String::new());
    act(&client, Intent::Enrol { code, registry: String::new() }, paper).await
}

fn from_place(place: Option<&str>, file: Option<&Path>, travelling: bool) -> Result<Option<Answer>, Fault> {
    Ok(match (place, file) {
        (Some(id), _) => Some(Answer::Place(PlaceId(id.to_owned()))),
        (None, Some(file)) => Some(address::read(file)?.into_answer()),
        (None, None) => travelling.then_some(Answer::Travelling),
    })
}

fn open(view: &View) -> Option<PromptId> {
    view.prompt.as_ref().map(|prompt| prompt.id)
}

pub async fn act(client: &Client, intent: Intent, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let reply = client.act(intent).await?;
    if let Reply::Refused(problem) = reply {
        return Err(refused(problem.into_inner()));
    }
    if let Reply::Suggested(suggestion) = reply {
        return Err(refused(suggestion.into_inner().problem));
    }
    if paper.wants_json() {
        paper.value(&json!({ "reply": reply }))?;
    } else {
        paper.line(&told(&reply))?;
    }
    Ok(Exit::Done)
}

/// What to change about the input is 2; what to wait for or to do first is 3.
fn refused(problem: Problem) -> Fault {
    const INPUT: [&str; 8] = [
        "invalid_address",
        "corrected",
        "ambiguous",
        "unknown_place",
        "not_yes_or_no",
        "code_unknown",
        "code_used",
        "code_expired",
    ];
    let exit = if INPUT.contains(&problem.code.as_str()) || !problem.fields.is_empty() {
        Exit::Wrong
    } else {
        Exit::CouldNot
    };
    Fault::Told(exit, Box::new(problem))
}

fn told(reply: &Reply) -> String {
    match reply {
        Reply::Kept(revision) => format!(
            "Kept on this computer as number {}.\n\
             It counts once `rightdoorctl where` says that the registry has it.",
            revision.0
        ),
        Reply::SentNotKept(revision) => format!(
            "On its way to the registry as number {}, but not kept on this computer.\n\
             See with `rightdoorctl doctor` why.",
            revision.0
        ),
        Reply::Asked(prompt) => {
            format!("Question {} is open. See it with `rightdoorctl answer`.", prompt.0)
        }
        Reply::Snoozed(until) => format!("The question comes back at {}.", when::stamp(*until)),
        Reply::Done | Reply::Refused(_) | Reply::Suggested(_) => "Done.".to_owned(),
    }
}

fn show_question(view: &View, wanted: Option<u64>, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let prompt = view.prompt.as_ref().filter(|prompt| wanted.is_none_or(|number| number == prompt.id.0));
    if paper.wants_json() {
        paper.value(&json!({ "prompt": prompt }))?;
    } else {
        paper.line(&prompt.map_or_else(|| "No question is open.".to_owned(), question))?;
    }
    Ok(if prompt.is_some() { Exit::Done } else { Exit::No })
}

fn question(prompt: &PromptView) -> String {
    let label = |place: &PlaceId| {
        let known = prompt.choices.iter().find(|choice| choice.place == *place);
        known.map_or_else(|| place.0.clone(), |choice| choice.label.reveal().clone())
    };
    let asked = match &prompt.question {
        Question::Tap(place) => format!("Are you at {}?", label(place)),
        Question::Choose => "Where are you working now?".to_owned(),
    };
    let reasons: Vec<&str> = prompt.reviews.iter().map(reason).collect();
    let mut lines = vec![format!("Question {}: {asked}", prompt.id.0)];
    lines.push(format!("Asked because {}.", reasons.join(", and ")));
    if let Some(until) = prompt.snoozed_until {
        lines.push(format!("Put off until {}.", when::stamp(until)));
    }
    if prompt.working {
        lines.push("An answer is being checked now.".to_owned());
    }
    for choice in &prompt.choices {
        lines.push(format!("  {}  {}, {}", choice.place.0, choice.label.reveal(), choice.address.reveal()));
    }
    lines.push("Answer with `rightdoorctl answer` and one of:".to_owned());
    if !prompt.choices.is_empty() {
        lines.push("  --place ID        one of the places above".to_owned());
    }
    lines.push("  --address F.json  an address".to_owned());
    lines.push("  --travelling      no address can be given".to_owned());
    if matches!(prompt.question, Question::Tap(_)) {
        lines.push("  --no              not there".to_owned());
    }
    lines.push("  --later           ask again in some minutes".to_owned());
    if matches!(prompt.question, Question::Tap(_)) {
        lines.push("or say yes with `rightdoorctl confirm`.".to_owned());
    }
    lines.join("\n")
}

const fn reason(review: &Review) -> &'static str {
    match review {
        Review::Move => "your network changed",
        Review::Login => "you logged in at a place that is not recognised",
        Review::Age => "it is long since you confirmed your location",
        Review::UserSwitch => "another person uses the computer now",
        Review::Requested(_) => "your administrator asks for it",
        Review::Agent => "you asked for it",
    }
}
