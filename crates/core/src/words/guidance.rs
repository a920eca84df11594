//! The outage card, as parts and as text.

use rightdoor_location::{CivicAddress, Content, Element};
use serde::{Deserialize, Serialize};

use super::when::Moment;
use crate::event::{OutageCause, PhoneService};
use crate::guidance::{Language, Local, Phrases, Step, phrases, step};
use crate::{View, Wall};

/// The outage card: how to reach 911 when the softphone may not.
///
/// It is written while all is well and read when nothing else works, so it leans on nothing that could be gone, and
/// holds every word that a screen shows of it. Its text ([`Card::text`]) is the flat guidance file, and
/// [`Card::read`] reads it back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Card {
    /// Its language.
    pub language: Language,
    /// Its first line, always: "Already talking to 911? Stay on the line."
    pub stay: String,
    /// What is wrong: "Your softphone may not be able to reach 911".
    pub headline: String,
    /// What is known of the cause; none while all is well.
    pub cause: Option<String>,
    /// What to do, first things first.
    pub steps: Vec<String>,
    /// What to say, word for word; empty where the location is not verified.
    pub say: Lines,
    /// What a dispatcher has to be told, where the words are not known to be right.
    pub ask: Lines,
    /// The last address, for who is still there.
    pub last: Lines,
    /// After the call: the security desk, the local procedure, the muster point.
    pub then: Vec<String>,
    /// What not to do, and to stay on the line.
    pub close: Vec<String>,
    /// The limits of 911 over VoIP; not in an outage, when nobody has time for them.
    pub limits: Option<String>,
}

/// Lines with what stands above them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Lines {
    /// "Say this:"
    pub title: String,
    /// The lines; without any, the title is not shown either.
    pub lines: Vec<String>,
}

impl Lines {
    fn new(title: &str, lines: Vec<String>) -> Self {
        Self { title: title.to_owned(), lines }
    }
}

/// What a card is written from.
struct Told<'a> {
    cause: Option<OutageCause>,
    since: Option<String>,
    address: Option<&'a CivicAddress>,
    verified: bool,
    local: &'a Local,
}

/// Between two languages in a file: a printer begins a new page there.
const PAGE: char = '\u{c}';

impl Card {
    /// What holds everywhere: for a computer on which Rightdoor never ran, or whose file is gone.
    #[must_use]
    pub fn bare(language: Language) -> Self {
        let local = Local::default();
        Self::write(
            &Told { cause: None, since: None, address: None, verified: false, local: &local },
            language,
        )
    }

    /// [`Card::bare`] in every language, this one first.
    #[must_use]
    pub fn all_bare(first: Language) -> Vec<Self> {
        ordered(first).map(Self::bare).collect()
    }

    fn write(told: &Told<'_>, language: Language) -> Self {
        let words = phrases(language);
        let step = |wanted| step(told.local, wanted, language).map(str::to_owned);
        let cause = told.cause.map(|cause| {
            let since = told.since.as_ref().map(|at| format!(" {} {at}.", words.since));
            format!("{}{}", (words.cause)(cause), since.unwrap_or_default())
        });
        let sure = told.verified && told.address.is_some();
        let address = |wanted: bool| told.address.filter(|_| sure == wanted);
        Self {
            headline: if told.cause.is_some() { words.down } else { words.if_so }.to_owned(),
            cause,
            steps: [Step::Mobile, Step::Phone, Step::Person, Step::Text]
                .into_iter()
                .filter_map(step)
                .collect(),
            say: Lines::new(words.say, address(true).map_or_else(Vec::new, |at| said(at, told.local, words))),
            ask: Lines::new(words.ask, if sure { Vec::new() } else { asked(words) }),
            last: Lines::new(words.last, address(false).map(CivicAddress::one_line).into_iter().collect()),
            then: [Step::Desk, Step::Local, Step::Muster].into_iter().filter_map(step).collect(),
            limits: told.cause.is_none().then(|| words.limits.to_owned()),
            ..Self::blank(language)
        }
    }

    /// The card of this language with nothing to do on it.
    fn blank(language: Language) -> Self {
        let words = phrases(language);
        Self {
            language,
            stay: words.stay.to_owned(),
            headline: words.if_so.to_owned(),
            cause: None,
            steps: Vec::new(),
            say: Lines::new(words.say, Vec::new()),
            ask: Lines::new(words.ask, Vec::new()),
            last: Lines::new(words.last, Vec::new()),
            then: Vec::new(),
            close: words.close.map(str::to_owned).to_vec(),
            limits: None,
        }
    }

    /// The card as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![self.stay.clone(), String::new(), format!("▲ {}", self.headline)];
        lines.extend(self.cause.clone());
        lines.push(String::new());
        lines.extend(self.steps.iter().zip(1..).map(|(step, number)| format!("{number}  {step}")));
        lines.push(String::new());
        let mut under = |block: &Lines, line: fn(&String) -> String, apart: bool| {
            if !block.lines.is_empty() {
                lines.extend(apart.then(String::new));
                lines.push(block.title.clone());
                lines.extend(block.lines.iter().map(line));
            }
        };
        under(&self.say, |line| format!("  “{line}”"), false);
        under(&self.ask, |line| format!("  · {line}"), false);
        under(&self.last, |line| format!("  {line}"), true);
        if !self.then.is_empty() {
            lines.push(String::new());
            lines.extend(self.then.iter().map(|line| format!("→ {line}")));
        }
        lines.push(String::new());
        lines.extend(self.close.iter().chain(&self.limits).cloned());
        lines.push(String::new());
        lines.join("\n")
    }

    /// The cards as the text of a file, one page each.
    #[must_use]
    pub fn file(cards: &[Self]) -> String {
        cards.iter().map(Self::text).collect::<Vec<_>>().join(&PAGE.to_string())
    }

    /// Reads a file back: every page that is a card, and after them the bare cards of the languages that it lacks.
    /// `None`: nothing in it is one.
    #[must_use]
    pub fn read_file(text: &str) -> Option<Vec<Self>> {
        let mut cards: Vec<Self> = text.split(PAGE).filter_map(Self::read).collect();
        let first = cards.first()?.language;
        for bare in Self::all_bare(first) {
            if cards.iter().all(|card| card.language != bare.language) {
                cards.push(bare);
            }
        }
        Some(cards)
    }

    /// Reads a card's text back, in the language that its first line is in; what it does not know it leaves out, and
    /// a text without a step is none: then [`Card::bare`] holds.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let begins = |language: &Language| text.trim_start().starts_with(phrases(*language).stay);
        let language = Language::ALL.into_iter().find(begins)?;
        let mut card = Self::blank(language);
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
                card.say.lines.push(said.to_owned());
            } else if let Some(question) = trimmed.strip_prefix("· ") {
                card.ask.lines.push(question.to_owned());
            } else if let Some(then) = trimmed.strip_prefix("→ ") {
                card.then.push(then.to_owned());
            } else if trimmed == card.last.title {
                card.last.lines = lines.next().map(|next| next.trim().to_owned()).into_iter().collect();
            } else if trimmed == phrases(language).limits {
                card.limits = Some(trimmed.to_owned());
            }
        }
        (!card.steps.is_empty()).then_some(card)
    }
}

/// What to say, word for word.
fn said(address: &CivicAddress, local: &Local, words: &Phrases) -> Vec<String> {
    let more = address.get(Element::LOC).map(|more| format!("{more}."));
    let number = local.callback.as_ref().map(|number| format!("{} {number}.", words.callback));
    std::iter::once(format!("{}.", address.one_line())).chain(more).chain(number).collect()
}

fn asked(words: &Phrases) -> Vec<String> {
    words.asked.into_iter().chain([words.number]).map(str::to_owned).collect()
}

/// The outage card of this view in this language. `now` dates an outage ("Since 13:05"); a card that is kept for
/// later is written without, for its reader cannot tell which day that was.
#[must_use]
pub fn guidance(view: &View, language: Language, now: Option<Moment>) -> Card {
    let standing = &view.standing;
    let began: Option<Wall> = view.outage.filter(|outage| outage.ended.is_none()).map(|outage| outage.since);
    let cause = match standing.phone {
        PhoneService::Silent(why) => Some(why),
        // An outage that cannot be seen any more has not ended.
        PhoneService::Unknown => began.map(|_| OutageCause::Unclear),
        PhoneService::Answers | PhoneService::Degraded => None,
    };
    let registered = standing.registered.as_ref().map(|record| &record.content);
    Card::write(
        &Told {
            cause,
            since: began.zip(now).map(|(began, now)| now.clock(began)),
            // A person's own word is newer than the registry's.
            address: standing.confirmed_differs.as_ref().or(registered).and_then(Content::address),
            verified: standing.here.is_verified(),
            local: &view.guidance.local,
        },
        language,
    )
}

/// The outage card of this view in every language, the person's first.
#[must_use]
pub fn cards(view: &View, now: Option<Moment>) -> Vec<Card> {
    ordered(view.guidance.language).map(|language| guidance(view, language, now)).collect()
}

/// Every language, this one first.
fn ordered(first: Language) -> impl Iterator<Item = Language> {
    std::iter::once(first).chain(Language::ALL.into_iter().filter(move |language| *language != first))
}

/// Said once when an outage ends: what happened, and what to check.
#[must_use]
pub const fn recovered(language: Language) -> [&'static str; 2] {
    phrases(language).recovered
}
