//! Guidance as data: which of the steps that the organisation and Rightdoor itself know hold here, for this cause.
//!
//! The organisation's document says what only it can know: the red phone by the stairwell, the security desk, the
//! muster point. Whatever it leaves out, the built-in document says, in every language. The card itself is drawn by
//! [`crate::words::guidance`].

mod phrases;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use rightdoor_location::CivicAddress;
use rightdoor_location::guidance::{Cause, Rule, Text};
pub use rightdoor_location::guidance::{Document, Language, Step};
use serde::{Deserialize, Serialize};

use crate::event::OutageCause;
pub(crate) use phrases::{Phrases, phrases};

/// What holds everywhere, for every cause: complete, so that a card never lacks a step.
static BUILT_IN: LazyLock<Document> =
    LazyLock::new(|| Document::read(include_bytes!("built_in.json")).unwrap_or_default());

/// What one document says here, for this cause.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// Step by step, in every language that there is.
    pub steps: BTreeMap<Step, Text>,
    /// A number that works here without VoIP.
    pub callback: Option<String>,
}

impl fmt::Debug for Local {
    /// Shows no text (invariant 12): the nearest phone tells where a person sits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Local({} steps)", self.steps.len())
    }
}

/// What the card of a view is written from, besides the standing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guidance {
    /// The language that the card comes in first.
    pub language: Language,
    /// What the organisation says here.
    pub local: Local,
}

/// What `document` says for this cause at this location; without a location only what it says of everywhere.
///
/// Each step is taken from the rule that says most exactly where, then why, then from the first.
#[must_use]
pub fn select(document: &Document, cause: Option<OutageCause>, location: Option<&CivicAddress>) -> Local {
    let cause = cause.map(named);
    let mut rules: Vec<&Rule> =
        document.rules.iter().filter(|rule| is_here(rule, location) && is_about(rule, cause)).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse((rule.at.iter().count(), !rule.causes.is_empty())));
    let mut local = Local::default();
    for rule in rules {
        for (step, text) in &rule.steps {
            local.steps.entry(*step).or_insert_with(|| text.clone());
        }
        local.callback = local.callback.take().or_else(|| rule.callback.clone());
    }
    local
}

/// What is known of one step here: the organisation's word, else ours.
pub(crate) fn step(local: &Local, step: Step, language: Language) -> Option<&str> {
    let ours = || BUILT_IN.rules.first().and_then(|rule| rule.steps.get(&step));
    local.steps.get(&step).or_else(ours).and_then(|text| rightdoor_location::guidance::said(text, language))
}

fn is_here(rule: &Rule, location: Option<&CivicAddress>) -> bool {
    rule.at.iter().all(|(element, wanted)| {
        let found = location.and_then(|location| location.get(element));
        found.is_some_and(|found| found.to_lowercase() == wanted.to_lowercase())
    })
}

fn is_about(rule: &Rule, cause: Option<Cause>) -> bool {
    rule.causes.is_empty() || cause.is_some_and(|cause| rule.causes.contains(&cause))
}

/// The cause by the name that a document uses.
const fn named(cause: OutageCause) -> Cause {
    match cause {
        OutageCause::NoLink => Cause::NoLink,
        OutageCause::GatewayDead => Cause::GatewayDead,
        OutageCause::NoInternet => Cause::NoInternet,
        OutageCause::VpnBroken => Cause::VpnBroken,
        OutageCause::CaptivePortal => Cause::CaptivePortal,
        OutageCause::Dns => Cause::Dns,
        OutageCause::Blocked => Cause::Blocked,
        OutageCause::ServiceDown => Cause::ServiceDown,
        OutageCause::WrongCertificate => Cause::WrongCertificate,
        OutageCause::Unstable => Cause::Unstable,
        OutageCause::Unclear => Cause::Unclear,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use rightdoor_location::Element;

    const DOCUMENT: &str = r#"{"version": 1, "rules": [
        {"steps": {"desk": {"en": "Security: 303-555-0100"}, "phone": {"en": "Lobby phone"}}},
        {"at": {"BLD": "B"}, "steps": {"phone": {"en": "Phone of building B"}}, "callback": "303-555-0142"},
        {"at": {"BLD": "B", "FLR": "5"}, "steps": {"phone": {"en": "Red phone, floor 5 east"}}},
        {"at": {"BLD": "B", "FLR": "5"}, "causes": ["no_link"], "steps": {"phone": {"en": "Red phone, with no network"}}}
    ]}"#;

    fn phone(cause: Option<OutageCause>, location: Option<&CivicAddress>) -> Option<String> {
        let document = Document::read(DOCUMENT.as_bytes()).unwrap();
        select(&document, cause, location).steps.remove(&Step::Phone)?.remove(&Language::En)
    }

    #[test]
    fn the_most_exact_place_counts_then_the_cause() {
        let floor = |floor: &str| CivicAddress::new().with(Element::BLD, "b").with(Element::FLR, floor);
        let said = |cause, location: Option<&CivicAddress>| phone(cause, location).unwrap();
        assert_eq!(said(None, None), "Lobby phone");
        assert_eq!(said(None, Some(&floor("2"))), "Phone of building B");
        assert_eq!(said(None, Some(&floor("5"))), "Red phone, floor 5 east");
        assert_eq!(said(Some(OutageCause::Dns), Some(&floor("5"))), "Red phone, floor 5 east");
        assert_eq!(said(Some(OutageCause::NoLink), Some(&floor("5"))), "Red phone, with no network");
        let document = Document::read(DOCUMENT.as_bytes()).unwrap();
        let local = select(&document, None, Some(&floor("5")));
        assert_eq!(local.callback.as_deref(), Some("303-555-0142"));
        assert_eq!(local.steps.len(), 2, "the security desk of everywhere holds here, too");
        assert!(select(&document, None, None).callback.is_none());
    }

    #[test]
    fn what_is_built_in_is_complete_in_every_language() {
        for language in Language::ALL {
            for wanted in [Step::Mobile, Step::Phone, Step::Person, Step::Text] {
                let rule = &BUILT_IN.rules[0];
                assert!(rule.steps[&wanted].contains_key(&language), "{wanted:?} in {language:?}");
            }
        }
    }
}
