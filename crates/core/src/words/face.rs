//! The face: everything a window draws, in words; a window decides nothing.

use rightdoor_location::record::Problem;
use rightdoor_location::{CivicAddress, Content};
use serde::{Deserialize, Serialize};

use super::notice::{meanwhile, reason};
use super::terms::{terms, without_address};
use super::tray::icon;
use super::when::{Moment, later};
use super::{Card, Facet, Hero, TrayIcon, cards, facets, hero};
use crate::View;
use crate::advisory::{self, Notice};
use crate::intent::PromptId;
use crate::place::PlaceId;
use crate::view::{self, PromptView, Tested};

/// What the page of a window is given, and given again whenever it is another one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Shown {
    /// Whether the companion answers.
    pub companion: Companion,
    /// What it says; while it does not answer, what it last said is not shown.
    pub face: Option<Face>,
    /// The outage card in every language, the person's first; there is always one.
    pub cards: Vec<Card>,
}

/// Whether the companion answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Companion {
    /// It answers.
    Here,
    /// It is being started, or looked for.
    Starting,
    /// It does not answer; why, and what to do. It is tried again all the time.
    Gone {
        /// What stands in the way.
        problem: Problem,
    },
}

/// What a window draws. It holds addresses, so it has no `Debug` form (invariant 12).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Face {
    /// The one sentence.
    pub hero: Hero,
    /// The silhouette that the tray shows, too.
    pub icon: TrayIcon,
    /// Whether the person is known to be where the hero says.
    pub verified: bool,
    /// What speaks for it.
    pub facets: Vec<Facet>,
    /// The open question.
    pub question: Option<Question>,
    /// The outage card in every language, the person's first; good at any time.
    pub cards: Vec<Card>,
    /// Whether an outage is going on now.
    pub outage: bool,
    /// Whether 911 was called from here lately: then no window raises itself.
    pub frozen: bool,
    /// Whether this computer is enrolled.
    pub enrolled: bool,
    /// Whether a 933 test can be reported: something is registered, and it is what was confirmed.
    pub testable: bool,
    /// Whether 933 matched this address.
    pub tested: bool,
    /// What the agent confirmed, or, where that is the same, what the registry holds: a form begins
    /// with it.
    pub address: Option<CivicAddress>,
    /// What a change does at this registry that nobody would expect: said before one is made.
    pub terms: Vec<String>,
    /// What it does to say that one has no address.
    pub without_address: String,
    /// The notice of 911's limits.
    pub notice: Notice,
    /// Whether the notice is to be shown: it was never read, it changed, or a year has passed.
    pub notice_due: bool,
}

/// The open question.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Question {
    /// To be given back with the answer.
    pub id: PromptId,
    /// "Where are you working now?"
    pub title: String,
    /// Why it is asked.
    pub reason: String,
    /// What a 911 call gives until then.
    pub meanwhile: String,
    /// What can be chosen, best guess first. Somewhere else and travelling can be chosen always.
    pub offers: Vec<Offer>,
    /// "asks again at 13:12", where it was put off.
    pub put_off: Option<String>,
    /// Whether an answer is being checked or kept now.
    pub working: bool,
    /// Whether a window may show itself for it, unasked.
    pub may_raise: bool,
}

/// One thing to choose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Offer {
    /// A known place.
    Place {
        /// The place.
        place: PlaceId,
        /// What it is called.
        label: String,
        /// Its address on one line.
        address: String,
        /// Whether it is what the evidence says; then the question is "are you there?".
        likely: bool,
    },
    /// The same building, another floor or seat: to be picked from the directory, or typed.
    Building {
        /// The building's address, without anything inside it.
        address: CivicAddress,
        /// The same on one line.
        label: String,
    },
}

/// The face of this view.
#[must_use]
pub fn face(view: &View, now: impl Into<Moment>) -> Face {
    let moment = now.into();
    let standing = &view.standing;
    let registered = standing.registered.as_ref().map(|record| &record.content);
    let known = standing.confirmed_differs.as_ref().or(registered);
    let equal = standing.confirmed_differs.is_none();
    Face {
        hero: hero(view, moment),
        icon: icon(standing),
        verified: standing.here.is_verified(),
        facets: facets(view, moment),
        question: view.prompt.as_ref().map(|prompt| question(view, prompt, moment)),
        cards: cards(view, Some(moment)),
        outage: view.outage.is_some_and(|outage| outage.ended.is_none()),
        frozen: view.frozen,
        enrolled: standing.enrolled,
        testable: standing.enrolled && equal && registered.and_then(Content::address).is_some(),
        tested: standing.tested == Tested::Matched,
        address: known.and_then(Content::address).cloned(),
        terms: terms(view.registry),
        without_address: without_address(view.registry),
        notice: advisory::notice(view.guidance.language),
        notice_due: view.advisory.is_some(),
    }
}

fn question(view: &View, prompt: &PromptView, moment: Moment) -> Question {
    let tapped = match &prompt.question {
        view::Question::Tap(place) => Some(place),
        view::Question::Choose => None,
    };
    let place = |choice: &view::Choice| Offer::Place {
        place: choice.place.clone(),
        label: choice.label.reveal().clone(),
        address: choice.address.reveal().clone(),
        likely: tapped == Some(&choice.place),
    };
    let mut offers: Vec<Offer> = prompt.choices.iter().map(place).collect();
    if let Some(address) = &prompt.building {
        // A desk that the evidence still speaks for comes first; where it speaks against every known
        // desk of this building, another floor does.
        let at = usize::from(tapped.is_some());
        let building = Offer::Building { address: address.clone(), label: address.one_line() };
        offers.insert(at.min(offers.len()), building);
    }
    Question {
        id: prompt.id,
        title: "Where are you working now?".to_owned(),
        reason: reason(view, prompt),
        meanwhile: meanwhile(view),
        offers,
        put_off: prompt.snoozed_until.map(|until| format!("asks again {}", later(until, moment))),
        working: prompt.working,
        may_raise: prompt.may_raise,
    }
}
