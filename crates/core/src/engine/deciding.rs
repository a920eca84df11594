//! Deciding: a settled sample is in. Is this still the stay, and if not, where are we?
//!
//! The questions are asked in the order of what overrules what: nobody is here; somebody else is here;
//! the network is not the person's; it is the same stay; what was said holds for this network; the
//! place is certain; and only then somebody has to be asked.

use super::Engine;
use super::stay::Settled;
use crate::network::delta::Delta;
use crate::network::{PreSample, Snapshot};
use crate::place::recognise::{Recognition, Sense, recognise};
use crate::place::{Exemplar, Place, PlaceId};
use crate::policy::LoginReview;
use crate::view::{Doubt, Review, Why};

/// Reviews that knowing the place answers.
const ANSWERED_BY_PLACE: [Review; 3] = [Review::Move, Review::Login, Review::UserSwitch];

impl Engine {
    /// Decides about the last full sample; `delta` says how it differs from the one before.
    pub(super) fn decide(&mut self, delta: Delta) {
        let Some(seen) = self.senses.snapshot.clone() else { return };
        let recognition = recognise(&self.places, &seen, &self.policy, self.calendar());
        self.why = Some(Why { delta, recognition: recognition.clone(), at: self.now.wall });
        if self.nobody_here(&seen) {
            return;
        }
        let arriving = std::mem::take(&mut self.senses.arriving);
        if self.changed_hands(&seen) {
            return;
        }
        if seen.session.remote {
            if !self.stay.remote {
                self.arrive(&seen, Doubt::RemoteSession, Review::Login, false);
            }
            return;
        }
        let same = !self.stay.remote && self.stay.matches(&seen) && self.same_floor();
        if same {
            // The link may have been lost; that it is the same one is proved again.
            self.stay.broken = false;
        }
        let stays = same && !(arriving && recognition.silent().is_none());
        if stays && self.stay.is_known() {
            self.stay.agreeing = None;
            return;
        }
        if same && self.only_an_answer_helps() {
            return;
        }
        let said = self.stay.said.take();
        if said.is_some_and(|look| shows_the_same(&look, &seen)) {
            self.adopt(&seen);
            return;
        }
        if self.certain(&seen, &recognition, same) {
            return;
        }
        if !stays {
            self.somewhere_else(&seen, same);
        }
    }

    /// Whether there is nobody to decide about: another session is at the screen, or there is no
    /// network. The stay goes on under an overlay, and nobody has arrived anywhere yet.
    fn nobody_here(&mut self, seen: &Snapshot) -> bool {
        let why = if !seen.session.active {
            Doubt::UserChanged
        } else if seen.live().next().is_none() {
            Doubt::NoNetwork
        } else {
            return false;
        };
        // What was said without a network needs none; it expires by itself.
        let said =
            why == Doubt::NoNetwork && self.stay.said.as_ref().is_some_and(|look| shows_the_same(look, seen));
        self.stay.overlay = (!said).then_some((why, self.now.wall));
        self.stay.broken = true;
        true
    }

    /// Whether another person sits here, or this one came back after another (invariant 14).
    fn changed_hands(&mut self, seen: &Snapshot) -> bool {
        let overlaid = matches!(self.stay.overlay.take(), Some((Doubt::UserChanged, _)));
        let came_back = std::mem::take(&mut self.stay.changed) || overlaid;
        let known = self.stay.network.is_some() || self.stay.said.is_some();
        let stranger = known && self.stay.user != seen.session.user;
        if stranger || came_back {
            self.arrive(seen, Doubt::UserChanged, Review::UserSwitch, stranger);
        }
        stranger || came_back
    }

    /// Whether what was confirmed here may be another person's, or is too old.
    const fn only_an_answer_helps(&self) -> bool {
        matches!(self.stay.settled, Settled::Unknown { why: Doubt::UserChanged | Doubt::TooOld, .. })
    }

    /// Whether recognition is certain, or will be with a second scan.
    fn certain(&mut self, seen: &Snapshot, recognition: &Recognition, same: bool) -> bool {
        let Some(best) = recognition.silent() else { return false };
        let switch = best.by == Sense::Radios && self.stay.network.is_some() && !same;
        if !switch || self.agrees(&best.place) {
            self.recognised(seen, best.place.clone());
        }
        true
    }

    /// Nothing tells where this is: a new stay begins, and the agent is asked.
    fn somewhere_else(&mut self, seen: &Snapshot, same: bool) {
        let first = self.stay.network.is_none();
        let (why, review) = match &self.stay.settled {
            Settled::Unknown { why: why @ (Doubt::NeverConfirmed | Doubt::StartedFresh), .. } => {
                (*why, Review::Login)
            }
            _ if same => (Doubt::WokeUp, Review::Login),
            _ if first => (Doubt::UnknownNetwork, Review::Login),
            _ if self.places.is_empty() => (Doubt::UnknownNetwork, Review::Move),
            Settled::Recognised { .. } | Settled::Confirmed { .. } | Settled::Unknown { .. } => {
                (Doubt::Moved, Review::Move)
            }
        };
        self.arrive(seen, why, review, !first && !same);
    }

    /// Whether a link that was lost and came back behind the same gateway is still the same floor: only
    /// where a port or radios tell it, or the place claims nothing inside the building.
    fn same_floor(&self) -> bool {
        let told =
            self.stay.network.as_ref().is_some_and(|known| known.port.is_some() || !known.radios.is_empty());
        let place = self.stay.place().and_then(|id| self.place(id));
        !self.stay.broken || told || place.is_none_or(Place::building_is_enough)
    }

    /// Two Wi-Fi scans, some time apart, must agree before a switch without a question.
    fn agrees(&mut self, place: &PlaceId) -> bool {
        let now = self.now.mono;
        let first = match &self.stay.agreeing {
            Some((agreed, first)) if agreed == place => *first,
            _ => {
                self.stay.agreeing = Some((place.clone(), now));
                now
            }
        };
        let due = first.after(self.policy.wifi_agreement);
        if due <= now {
            self.stay.agreeing = None;
            return true;
        }
        self.senses.checking.get_or_insert(self.now.wall);
        self.senses.agree_at = Some(due);
        false
    }

    /// A new stay at a place that needs no question.
    fn recognised(&mut self, seen: &Snapshot, place: PlaceId) {
        self.begin_stay(seen, Settled::Recognised { place: place.clone(), since: self.now.wall });
        self.withdraw_reviews(&ANSWERED_BY_PLACE);
        self.keep_stay();
        self.register_recognised(&place);
        if self.policy.login_review == LoginReview::Always && self.asking.login_pending {
            self.due(Review::Login);
        }
        self.asking.login_pending = false;
    }

    /// A new stay that has to be asked about.
    fn arrive(&mut self, seen: &Snapshot, why: Doubt, review: Review, certain: bool) {
        let kept = self.stay.prompt.filter(|_| !certain && self.asking.is_open_unasked());
        self.begin_stay(seen, Settled::Unknown { why, since: self.now.wall });
        self.stay.prompt = kept;
        self.stay.moved_unanswered = certain.then_some(self.now.mono);
        if kept.is_none() {
            self.replace_prompt();
        }
        self.due(review);
        self.asking.login_pending = false;
        self.keep_stay();
    }

    /// What the agent said while the network was still being looked at holds for what was found.
    fn adopt(&mut self, seen: &Snapshot) {
        let settled = self.stay.settled.clone();
        self.begin_stay(seen, settled);
        let learnable = Exemplar::of(seen).is_learnable();
        if let Settled::Confirmed { expires, place: Some(_), .. } = &mut self.stay.settled {
            *expires = (!learnable).then(|| self.now.mono.after(self.policy.unlearned_holds));
        }
        if let Some(place) = self.stay.place().cloned() {
            self.learn(&place);
        }
        self.withdraw_reviews(&ANSWERED_BY_PLACE);
        self.keep_stay();
    }
}

/// Whether nothing that a person might call a move lies between the look and the sample.
fn shows_the_same(look: &PreSample, seen: &Snapshot) -> bool {
    !Delta::of_looks(look, &seen.pre_sample()).may_be_move()
}
