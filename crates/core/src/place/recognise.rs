//! Recognition: which known place is this, and how sure are we.
//!
//! A simple rule set behind the interface that fuller recognition will fill. Evidence, strongest
//! first: the switch port (LLDP), the set of radios heard, the gateway's globally unique address.
//! A gateway is evidence for a *building*: it never carries a floor.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Exemplar, Place, PlaceId};
use crate::network::delta::likeness;
use crate::network::{Snapshot, StationKind};
use crate::{Policy, Wall};

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

/// What kind of evidence decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// The switch port.
    Port,
    /// The set of radios.
    Radios,
    /// The gateway's machine.
    Gateway,
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
    /// What decided.
    pub by: Sense,
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

impl Recognition {
    /// The place that is certain enough to need no question.
    #[must_use]
    pub fn silent(&self) -> Option<&Candidate> {
        self.candidates.first().filter(|best| best.tier == Tier::Silent)
    }

    /// The place worth one tap.
    #[must_use]
    pub fn tap(&self) -> Option<&Candidate> {
        self.candidates.first().filter(|best| best.tier >= Tier::Tap)
    }
}

/// Likeness of radio sets, in thousandths, from which a place is certain; and worth a tap. Until
/// recognition is normalised per site these are the cautious side of what was measured.
const RADIOS_SILENT: u16 = 600;
const RADIOS_TAP: u16 = 350;
/// Fewer radios in common than this are weak evidence, like a gateway: a router can travel.
const RADIOS_ENOUGH: usize = 3;
/// Below this, with enough radios on both sides, Wi-Fi speaks against the place.
const RADIOS_AGAINST: u16 = 100;
/// Two certain places closer than this cannot be told apart without a question.
const MARGIN: u16 = 100;

/// Compares what is seen with what is known. `age` tells a place's age by the calendar, `None` where
/// the calendar cannot be trusted.
#[must_use]
pub fn recognise(places: &[Place], seen: &Snapshot, policy: &Policy, now: Option<Wall>) -> Recognition {
    if seen.session.remote || !seen.session.active {
        return Recognition::default();
    }
    let here = Exemplar::of(seen);
    let mut candidates: Vec<Candidate> =
        places.iter().filter_map(|place| best(place, &here, policy, now)).collect();
    candidates.sort_by(|a, b| (b.tier, b.score, &a.place).cmp(&(a.tier, a.score, &b.place)));
    part_equals(&mut candidates);
    Recognition { candidates }
}

/// No two places may be certain at once: if the second is as good, both become a question.
fn part_equals(candidates: &mut [Candidate]) {
    let [first, second, ..] = candidates else { return };
    let clear = second.tier < first.tier || first.score.saturating_sub(second.score) >= MARGIN;
    if first.tier == Tier::Silent && second.tier == Tier::Silent && !clear {
        let text = "Another place you know looks the same from here.".to_owned();
        first.tier = Tier::Tap;
        first.reasons.push(Reason { for_it: false, text });
    }
    for other in candidates.iter_mut().skip(1) {
        other.tier = other.tier.min(Tier::Tap);
    }
}

fn best(place: &Place, here: &Exemplar, policy: &Policy, now: Option<Wall>) -> Option<Candidate> {
    place
        .exemplars
        .iter()
        .filter_map(|known| compare(place, known, here, policy, now).map(|found| theirs(found, known, here)))
        .max_by_key(|candidate| (candidate.tier, candidate.score))
}

/// A place that somebody else confirmed may be offered to this person, and is never theirs in
/// silence (invariant 14).
fn theirs(mut found: Candidate, known: &Exemplar, here: &Exemplar) -> Candidate {
    if known.user != here.user {
        found.tier = found.tier.min(Tier::Tap);
        found.reasons.push(speaks_against("Another person confirmed it here."));
    }
    found
}

fn compare(
    place: &Place,
    known: &Exemplar,
    here: &Exemplar,
    policy: &Policy,
    now: Option<Wall>,
) -> Option<Candidate> {
    let candidate =
        |tier, by, score, reasons| Some(Candidate { place: place.id.clone(), tier, by, score, reasons });
    if let (Some(known_port), Some(port)) = (known.port, here.port) {
        return if known_port == port {
            candidate(Tier::Silent, Sense::Port, 1000, vec![speaks_for("The same network socket as before.")])
        } else {
            // Another socket is another desk, whatever the building says.
            let reason = speaks_against("Another network socket than before.");
            shares_gateway(known, here)
                .then(|| candidate(Tier::Offer, Sense::Gateway, 100, vec![reason]))
                .flatten()
        };
    }
    let (alike, common) = likeness(&known.radios, &here.radios);
    let both = known.radios.len() >= RADIOS_ENOUGH && here.radios.len() >= RADIOS_ENOUGH;
    let fresh = is_fresh(place, policy.weak_evidence_holds, now);
    if common > 0 && alike >= RADIOS_TAP {
        let reason = speaks_for(&format!("{common} of {} usual access points.", known.radios.len()));
        let strong = common >= RADIOS_ENOUGH || (fresh && place.building_is_enough());
        let tier = if alike >= RADIOS_SILENT && strong { Tier::Silent } else { Tier::Tap };
        return candidate(tier, Sense::Radios, alike, vec![reason]);
    }
    let gateway = known.gateways.iter().find(|station| here.gateways.iter().any(|h| h.key == station.key))?;
    if gateway.kind != StationKind::Global {
        let reason = speaks_against("The router's address is not its own, so it proves nothing.");
        return candidate(Tier::Offer, Sense::Gateway, 50, vec![reason]);
    }
    let mut reasons = vec![speaks_for("The same router as before.")];
    if both && alike < RADIOS_AGAINST {
        reasons.push(speaks_against("Wi-Fi looks like another part of the building."));
        return candidate(Tier::Offer, Sense::Gateway, 100, reasons);
    }
    if !place.building_is_enough() {
        reasons.push(speaks_against("A router does not tell the floor."));
        return candidate(Tier::Tap, Sense::Gateway, 200, reasons);
    }
    if !fresh {
        reasons.push(speaks_against("Not confirmed here lately, and a router can travel."));
        return candidate(Tier::Tap, Sense::Gateway, 400, reasons);
    }
    candidate(Tier::Silent, Sense::Gateway, 800, reasons)
}

fn is_fresh(place: &Place, holds: Duration, now: Option<Wall>) -> bool {
    !place.doubted && now.and_then(|now| now.since(place.confirmed_at)).is_some_and(|age| age <= holds)
}

fn shares_gateway(a: &Exemplar, b: &Exemplar) -> bool {
    a.gateways.iter().any(|station| b.gateways.iter().any(|other| other.key == station.key))
}

fn speaks_for(text: &str) -> Reason {
    Reason { for_it: true, text: text.to_owned() }
}

fn speaks_against(text: &str) -> Reason {
    Reason { for_it: false, text: text.to_owned() }
}
