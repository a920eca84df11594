//! The outage card, as parts and as text.

use rightdoor_location::{Content, Element};
use serde::{Deserialize, Serialize};

use super::facets::cause;
use crate::View;
use crate::event::PhoneService;

/// The outage card: how to reach 911 when the softphone may not.
///
/// It is written while all is well and read when nothing else works, so it holds no ages and leans
/// on nothing that could be gone. Its text ([`Card::text`]) is the flat guidance file, and
/// [`Card::read`] reads it back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Card {
    /// What is wrong: "Your softphone may not be able to reach 911".
    pub headline: String,
    /// What is known of the cause; none while all is well.
    pub cause: Option<String>,
    /// What to do, first things first.
    pub steps: Vec<String>,
    /// What to say, word for word; empty where the location is not verified.
    pub say: Vec<String>,
    /// What a dispatcher has to be told, where the words are not known to be right.
    pub ask: Vec<String>,
    /// The last address, for who is still there.
    pub last: Option<String>,
}

/// Its first line, always.
pub const STAY: &str = "Already talking to 911? Stay on the line.";
/// Its last line, always.
pub const CLOSE: &str = "Do not wait, and do not restart the app first.";
const SAY: &str = "Say this:";
const ASK: &str = "Tell them:";
const LAST: &str = "Your last address, only if you are still there:";
const IF: &str = "If your softphone does not reach 911";

impl Card {
    /// What holds everywhere: for a computer on which Rightdoor never ran, or whose file is gone.
    #[must_use]
    pub fn bare() -> Self {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Self {
            headline: IF.to_owned(),
            cause: None,
            steps: owned(&[
                "Call 911 from your mobile phone.",
                "No mobile? Use the nearest desk, wall or red phone.",
                "Ask anyone near you to call.",
                "Cannot speak? Text 911 (not everywhere; wait for an answer).",
            ]),
            say: Vec::new(),
            ask: owned(&["the street and number", "the floor and room", "which entrance"]),
            last: None,
        }
    }

    /// The card as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![STAY.to_owned(), String::new(), format!("▲ {}", self.headline)];
        lines.extend(self.cause.clone());
        lines.push(String::new());
        lines.extend(self.steps.iter().zip(1..).map(|(step, number)| format!("{number}  {step}")));
        lines.push(String::new());
        if !self.say.is_empty() {
            lines.push(SAY.to_owned());
            lines.extend(self.say.iter().map(|line| format!("  “{line}”")));
        }
        if !self.ask.is_empty() {
            lines.push(ASK.to_owned());
            lines.extend(self.ask.iter().map(|line| format!("  · {line}")));
        }
        if let Some(last) = &self.last {
            lines.extend([String::new(), LAST.to_owned(), format!("  {last}")]);
        }
        lines.extend([String::new(), CLOSE.to_owned(), String::new()]);
        lines.join("\n")
    }

    /// Reads a card's text back; what it does not know it leaves out, and a text without a step is
    /// none: then [`Card::bare`] holds.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut card = Self { headline: IF.to_owned(), steps: Vec::new(), ask: Vec::new(), ..Self::bare() };
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let trimmed = line.trim();
            if let Some(headline) = trimmed.strip_prefix("▲ ") {
                headline.clone_into(&mut card.headline);
                card.cause = lines.next_if(|next| !next.trim().is_empty()).map(|next| next.trim().to_owned());
            } else if let Some((number, step)) = trimmed.split_once("  ")
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && !number.is_empty()
            {
                card.steps.push(step.to_owned());
            } else if let Some(said) = trimmed.strip_prefix('“').and_then(|rest| rest.strip_suffix('”')) {
                card.say.push(said.to_owned());
            } else if let Some(question) = trimmed.strip_prefix("· ") {
                card.ask.push(question.to_owned());
            } else if trimmed == LAST {
                card.last = lines.next().map(|next| next.trim().to_owned());
            }
        }
        (!card.steps.is_empty()).then_some(card)
    }
}

/// The outage card of this view.
#[must_use]
pub fn guidance(view: &View) -> Card {
    let standing = &view.standing;
    let mut card = Card::bare();
    if let PhoneService::Silent(why) = standing.phone {
        "Your softphone may not be able to reach 911".clone_into(&mut card.headline);
        card.cause = Some(sentence(cause(why)));
    }
    let registered = standing.registered.as_ref().map(|record| &record.content);
    // A person's own word is newer than the registry's.
    let Some(last) = standing.confirmed_differs.as_ref().or(registered).and_then(Content::address) else {
        return card;
    };
    if standing.here.is_verified() {
        card.say = std::iter::once(format!("{}.", last.one_line()))
            .chain(last.get(Element::LOC).map(|more| format!("{more}.")))
            .collect();
        card.ask.clear();
    } else {
        card.last = Some(last.one_line());
    }
    card
}

/// Said once when an outage ends.
#[must_use]
pub const fn recovered() -> &'static str {
    "The phone service answers again. Check that your softphone is signed in."
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
