//! Recognition: which known place is this, and how sure are we.
//!
//! A simple rule set behind the interface that fuller recognition will fill.

use serde::{Deserialize, Serialize};

use super::{Place, PlaceId};
use crate::network::Snapshot;

/// How sure, in the three answers a person can feel: no question, one tap, a full prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Evidence speaks for it, not enough even for a tap: offered among the choices.
    Offer,
    /// Ask "Are you at …? Yes / No".
    Tap,
    /// Sure enough to register without a question.
    Silent,
}

/// What one kind of evidence says for or against a place, in a sentence for `where --why`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Whether it speaks for the place.
    pub for_it: bool,
    /// The sentence; names no network and no address.
    pub text: String,
}

/// A known place that evidence speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The place.
    pub place: PlaceId,
    /// How sure.
    pub tier: Tier,
    /// 0 (nothing) to 1000 (certain), for ordering and for records.
    pub score: u16,
    /// Why, strongest first.
    pub reasons: Vec<Reason>,
}

/// Recognition's answer: candidates, best first; at most one of them is [`Tier::Silent`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognition {
    /// Known places that evidence speaks for, best first.
    pub candidates: Vec<Candidate>,
}

/// Compares what is seen with what is known.
#[must_use]
pub fn recognise(_places: &[Place], _seen: &Snapshot) -> Recognition {
    Recognition::default()
}
