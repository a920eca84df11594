//! The notification: the question, why it is asked, and what happens until it is answered.

use rightdoor_location::Content;

use super::Notice;
use crate::View;
use crate::network::delta::Delta;
use crate::view::{PromptView, Question, Review};

/// What should be notified now, if anything.
///
/// `None` wherever the prompt may not raise itself: then an open notification is to be closed, too,
/// which is how nothing stays to be confirmed on a lock screen.
#[must_use]
pub fn notice(view: &View) -> Option<Notice> {
    let prompt = view.prompt.as_ref().filter(|prompt| prompt.may_raise)?;
    let tap = match &prompt.question {
        Question::Tap(place) => prompt.choices.iter().find(|choice| choice.place == *place),
        Question::Choose => None,
    };
    let mut body = String::new();
    if let Some(choice) =
        tap.filter(|choice| !choice.address.reveal().starts_with(choice.label.reveal().as_str()))
    {
        body = format!("{}. ", choice.address.reveal());
    }
    body.push_str(&reason(view, prompt));
    body.push(' ');
    body.push_str(&meanwhile(view));
    let title = match tap {
        Some(choice) => format!("Are you at {}?", choice.label.reveal()),
        None => "Where are you working now?".to_owned(),
    };
    Some(Notice {
        prompt: prompt.id,
        title: title.into(),
        body: body.into(),
        confirm: tap.map(|_| "Yes, I am there".to_owned().into()),
        change: if tap.is_some() { "Change…" } else { "Choose…" }.to_owned(),
    })
}

/// Why it is asked: a fact, not a theory.
pub(super) fn reason(view: &View, prompt: &PromptView) -> String {
    let has = |wanted: fn(&Review) -> bool| prompt.reviews.iter().any(wanted);
    if has(|review| matches!(review, Review::UserSwitch)) {
        return "The person at this computer changed.".to_owned();
    }
    if has(|review| matches!(review, Review::Move)) {
        let seen = view.why.as_ref().map(|why| why.delta).unwrap_or_default();
        return match differences(seen).as_slice() {
            [] => "Your network changed.".to_owned(),
            found => format!("Your network changed ({}).", found.join(", ")),
        };
    }
    if has(|review| matches!(review, Review::Requested(_))) {
        return "Your organisation asks you to confirm it.".to_owned();
    }
    if has(|review| matches!(review, Review::Age)) {
        return "You confirmed your location too long ago.".to_owned();
    }
    if has(|review| matches!(review, Review::Login)) {
        return "You just arrived at this computer.".to_owned();
    }
    "You asked to change it.".to_owned()
}

fn differences(delta: Delta) -> Vec<&'static str> {
    let questions = [
        (delta.radio, "other Wi-Fi"),
        (delta.port, "other network socket"),
        (delta.gateway, "other gateway"),
        (delta.links, "other connection"),
    ];
    questions.into_iter().filter_map(|(differs, name)| differs.then_some(name)).take(2).collect()
}

/// What a 911 call would give until then.
pub(super) fn meanwhile(view: &View) -> String {
    match view.standing.registered.as_ref().map(|record| &record.content) {
        Some(Content::Located(address)) => {
            let mark = if view.registry.marks_stale { "" } else { " Your provider cannot mark it as old." };
            format!("Until you answer, responders may get {}.{mark}", address.one_line())
        }
        Some(Content::NoFixedAddress | Content::Withdrawn) | None => {
            "Until you answer, responders may get no address.".to_owned()
        }
    }
}
