//! Invariants 6, 7, 11 and 14: prompts, their causes, and what may be claimed of where the person is.

use std::collections::BTreeSet;

use rightdoor_location::{Basis, Content};

use super::{Disturbance, Moment, Verdict, require};
use crate::effect::Effect;
use crate::event::Event;
use crate::intent::{Intent, Reply};
use crate::saved::Change;
use crate::testing::laptop::Seen;
use crate::testing::reference::Reference;
use crate::testing::spots::Spot;
use crate::testing::store::Store;
use crate::view::{Here, Kept, Review};

/// What happened that a prompt may ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Arrival,
    Start,
    User,
    Remote,
    Slept,
    Requested,
    Blind,
}

/// What the checks of prompts remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Asking {
    highest: u64,
    closed: BTreeSet<u64>,
    causes: BTreeSet<Cause>,
    moves_in_stay: u32,
    arrived: Option<Seen>,
    left: bool,
    user: Option<(u64, bool)>,
    calendar: bool,
    remote: bool,
}

impl Asking {
    pub(super) fn restarted(&mut self, store: &Store) {
        // A number given and never kept may be given again: its prompt died with its process.
        self.highest = store.saved.counters.prompt;
        self.closed.retain(|id| *id <= store.saved.counters.prompt);
        if let Some(id) = store.saved.stay.as_ref().filter(|stay| stay.open).and_then(|stay| stay.prompt) {
            self.closed.remove(&id.0);
        }
        self.causes = BTreeSet::from([Cause::Start]);
        self.user = store.saved.stay.as_ref().map(|stay| (stay.user, true));
        self.moves_in_stay = 0;
        self.left = true;
    }

    pub(super) fn disturbed(&mut self, what: Disturbance) {
        match what {
            // The next event, whichever, is the first to tell the engine.
            Disturbance::Calendar(_) => self.calendar = true,
            Disturbance::Policy | Disturbance::Slept(_) => {}
        }
    }

    /// Invariant 6: at most one prompt, numbers that are never reused, one move prompt per stay.
    pub(super) fn one_prompt(&mut self, moment: &Moment<'_>) -> Verdict {
        let before = moment.before.prompt.as_ref().map(|prompt| prompt.id.0);
        let after = moment.after.prompt.as_ref();
        self.note_causes(moment);
        self.note_stay(moment);
        if let Some(old) = before.filter(|old| after.is_none_or(|now| now.id.0 != *old)) {
            self.closed.insert(old);
        }
        let Some(prompt) = after else { return Ok(()) };
        require(6, !self.closed.contains(&prompt.id.0), || {
            format!("{:?} was closed and is open again", prompt.id)
        })?;
        if prompt.snoozed_until.is_some() || before == Some(prompt.id.0) {
            return Ok(());
        }
        if moment.event.is_some() {
            require(6, prompt.id.0 > self.highest, || format!("{:?} is an old number", prompt.id))?;
        }
        self.highest = self.highest.max(prompt.id.0);
        if prompt.reviews.contains(&Review::Move) && !prompt.reviews.contains(&Review::Agent) {
            self.moves_in_stay += 1;
            require(6, self.moves_in_stay <= 1, || "a second unasked move prompt in one stay".to_owned())?;
        }
        Ok(())
    }

    /// A stay lasts until the engine is told of another network or user; where nothing could be
    /// recognised, a lost link ends it, too.
    fn note_stay(&mut self, moment: &Moment<'_>) {
        if let Some(Event::Resumed { asleep }) = moment.event {
            self.left |= *asleep >= moment.policy.short_sleep;
        }
        // While nothing could be seen, the link may have been lost.
        self.left |= matches!(moment.event, Some(Event::SampleFailed));
        self.left |= moment.seen.is_some_and(|seen| {
            seen.spot.is_none() || self.arrived.is_some_and(|known| !known.looks_like(seen))
        });
        let Some(seen) = moment.seen.filter(|_| matches!(moment.event, Some(Event::Sampled(_)))) else {
            return;
        };
        let Some(spot) = seen.spot else {
            self.left = true;
            return;
        };
        if matches!(moment.after.standing.here, Here::Checking { .. }) {
            // The storm is not over; the next sample decides.
            return;
        }
        let same = self.arrived.is_some_and(|known| known.spot == seen.spot && known.swapped == seen.swapped);
        let withheld = seen.withheld || self.arrived.is_some_and(|known| known.withheld);
        let unprovable = self.left && (spot.is_unlearnable() || spot.is_ward() || withheld);
        let ended = self.causes.contains(&Cause::User) || self.causes.contains(&Cause::Remote);
        if !same || unprovable || ended {
            self.moves_in_stay = 0;
        }
        self.arrived = Some(seen);
        self.left = false;
    }

    /// Invariant 6: an answer to a closed prompt changes nothing.
    pub(super) fn closed_prompt_changes_nothing(&mut self, moment: &Moment<'_>) -> Verdict {
        let calendar = std::mem::take(&mut self.calendar);
        let Some(Event::Agent { ticket, intent: Intent::Answer { prompt, .. } }) = moment.event else {
            return Ok(());
        };
        if calendar || moment.before.prompt.as_ref().is_some_and(|open| open.id == *prompt) {
            return Ok(());
        }
        let refused = moment.effects.iter().any(
            |effect| matches!(effect, Effect::Reply { ticket: of, reply: Reply::Refused(_) } if of == ticket),
        );
        require(6, refused, || format!("an answer to the closed {prompt:?} was not refused"))?;
        let same = moment.before == moment.after;
        require(6, same, || format!("an answer to the closed {prompt:?} changed the view"))?;
        let quiet = moment.effects.len() == 1;
        require(6, quiet, || format!("an answer to the closed {prompt:?} gave orders"))
    }

    /// Invariant 11: a prompt has a cause, and none of these is one: VPN, bridge, churn, short sleep.
    pub(super) fn prompts_have_causes(&mut self, moment: &Moment<'_>) -> Verdict {
        let before = moment.before.prompt.as_ref();
        let Some(prompt) = moment.after.prompt.as_ref() else {
            // Once the place is verified and nothing is asked, nothing is left to ask about it; what
            // is held back by a freeze waits.
            let settled = moment.after.standing.here.is_verified() && !moment.after.frozen;
            if settled && matches!(moment.event, Some(Event::Sampled(_))) {
                self.causes.retain(|cause| *cause == Cause::Requested);
            }
            return Ok(());
        };
        let new = before.is_none_or(|old| old.id != prompt.id) && moment.event.is_some();
        for review in &prompt.reviews {
            if !new && before.is_some_and(|old| old.reviews.contains(review)) {
                continue;
            }
            let causes: &[Cause] = match review {
                Review::Move => &[Cause::Arrival, Cause::Start, Cause::Remote, Cause::Blind],
                Review::Login => {
                    &[Cause::Start, Cause::Slept, Cause::Remote, Cause::Blind, Cause::Arrival, Cause::User]
                }
                Review::UserSwitch => &[Cause::User],
                Review::Requested(_) => &[Cause::Requested],
                // Old enough is judged by invariant 10's check; here only that it is no accident.
                Review::Age | Review::Agent => continue,
            };
            let caused = causes.iter().any(|cause| self.causes.contains(cause));
            require(11, caused, || format!("{:?} asks for {review:?} without a cause", prompt.id))?;
        }
        Ok(())
    }

    fn note_causes(&mut self, moment: &Moment<'_>) {
        let Some(event) = moment.event else { return };
        match event {
            Event::Sampled(snapshot) => {
                self.note_session(snapshot.session);
                let Some(seen) = moment.seen else { return };
                let other = self.arrived.is_none_or(|known| {
                    !known.same_network(seen)
                        || known.swapped != seen.swapped
                        || known.withheld != seen.withheld
                });
                if other || self.left || seen.spot.is_none() {
                    self.causes.insert(Cause::Arrival);
                }
            }
            Event::PreSampled(look) => {
                self.note_session(look.session);
                if moment.seen.is_some_and(|seen| {
                    self.arrived.is_none_or(|known| {
                        !known.same_network(seen)
                            || known.swapped != seen.swapped
                            || known.withheld != seen.withheld
                    })
                }) {
                    self.causes.insert(Cause::Arrival);
                }
            }
            Event::SampleFailed => {
                self.causes.insert(Cause::Blind);
            }
            Event::Resumed { asleep } if *asleep >= moment.policy.short_sleep => {
                self.causes.insert(Cause::Slept);
            }
            Event::ReviewAsked { .. }
            | Event::Agent { intent: Intent::Report933 { matched: Some(false) }, .. }
            | Event::Delivered(_, crate::DeliveryOutcome::Rejected { .. })
            | Event::ReadBack(..) => {
                self.causes.insert(Cause::Requested);
            }
            _ => {}
        }
    }

    fn note_session(&mut self, session: crate::network::Session) {
        if self.user != Some((session.user, session.active)) {
            if self.user.is_some() {
                self.causes.insert(Cause::User);
            }
            self.user = Some((session.user, session.active));
        }
        if self.remote != session.remote {
            self.remote = session.remote;
            self.causes.insert(Cause::Remote);
        }
    }
}

/// Invariant 7: on a network not recognised, the view never claims that the location is current.
pub(super) fn unknown_network_claims_nothing(moment: &Moment<'_>, reference: &Reference) -> Verdict {
    let here = &moment.after.standing.here;
    if !here.is_verified() {
        return Ok(());
    }
    let told = reference.told;
    let session = reference.session;
    if told.is_none() {
        let said = reference.confirmations.iter().any(|said| said.epochs.contains(&reference.epoch));
        return require(7, said, || "verified before the first look".to_owned());
    }
    require(7, session.active, || "verified while another session has the screen".to_owned())?;
    let location = |id| moment.engine.place(id).map(|place| Content::Located(place.location.clone()));
    match here {
        Here::Recognised { place, .. } => {
            require(7, !session.remote, || "recognised in a remote session".to_owned())?;
            let spot = told.and_then(|told| told.spot);
            let possible =
                spot.is_some_and(|spot| !spot.is_unlearnable() || told.is_some_and(|t| t.swapped > 0));
            require(7, possible, || {
                format!("{place:?} recognised on a network that proves nothing: {told:?}")
            })?;
            let content = location(place);
            let building = moment.engine.place(place).is_some_and(crate::place::Place::building_is_enough);
            let holds = reference.confirmations.iter().any(|said| {
                content.as_ref().is_some_and(|content| said.could_be(content))
                    && said.users.contains(&session.user)
                    && said.networks.iter().any(|network| {
                        told.is_some_and(|told| {
                            network.same_network(told) || (building && network.same_building(told))
                        })
                    })
            });
            require(7, holds, || {
                format!("{place:?} is recognised at {told:?}, where this person never confirmed it")
            })?;
            let weak = spot.is_some_and(|spot| spot.is_weak());
            let recent = reference.confirmations.iter().any(|said| {
                content.as_ref().is_some_and(|content| said.could_be(content))
                    && moment.time.saturating_sub(said.at)
                        <= millis(moment.policy.weak_evidence_holds) + SLACK
                    && said.slept <= millis(moment.policy.weak_evidence_sleep)
            });
            require(7, !weak || recent, || {
                format!("{place:?} is recognised at {told:?} by weak evidence, long ago or slept since")
            })
        }
        Here::ConfirmedNow { place, .. } => {
            // In a remote session the network is the host's, and says nothing of the person.
            let far = reference.confirmations.iter().any(|said| {
                said.remote && said.users.contains(&session.user) && said.epochs.contains(&reference.epoch)
            });
            let place = place.as_ref().and_then(|id| moment.engine.place(id));
            // Who travels claims no floor.
            let building = place.is_none_or(crate::place::Place::building_is_enough);
            let ward = told.and_then(|told| told.spot).is_some_and(Spot::is_ward);
            let near = reference.confirmations.iter().any(|said| {
                let at = |network: &Seen| {
                    told.is_some_and(|told| {
                        network.same_network(told)
                            || (building && network.same_building(told))
                            // Nothing told them apart since.
                            || (said.looks == reference.looks && network.looks_like(told))
                            // Nor can a floor be told that nothing tells, while the link holds.
                            || (said.lost == reference.lost && ward && network.looks_like(told))
                    })
                };
                said.epochs.contains(&reference.epoch)
                    && said.users.contains(&session.user)
                    && said.networks.iter().any(at)
            });
            let holds = if session.remote { far } else { near };
            require(7, holds, || format!("confirmed now, and never confirmed at {told:?} in this stay"))
        }
        Here::Checking { .. } | Here::NotVerified { .. } => Ok(()),
    }
}

/// Clocks are read at different moments; ten minutes are no matter for an age of hours.
const SLACK: u64 = 10 * 60_000;

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Invariant 14: one person's location never becomes another's.
pub(super) fn one_person(moment: &Moment<'_>, reference: &Reference) -> Verdict {
    for effect in moment.effects {
        let Effect::Persist(batch) = effect else { continue };
        for change in &batch.changes {
            let Change::Entry(entry) = change else { continue };
            let silent = entry.basis == Basis::ConfirmedHereBefore;
            // What a failing disk refused before is still the earlier person's.
            let late = moment.before.standing.kept == Kept::NotSaved;
            if !silent || late || !reference.fresh.contains(&entry.revision.0) {
                continue;
            }
            let theirs = reference
                .confirmations
                .iter()
                .any(|said| said.could_be(&entry.content) && said.users.contains(&reference.session.user));
            require(14, theirs, || {
                format!("{:?} registers a place that another person confirmed", entry.revision)
            })?;
        }
    }
    let Here::Recognised { place, .. } = &moment.after.standing.here else { return Ok(()) };
    let content = moment.engine.place(place).map(|place| Content::Located(place.location.clone()));
    let theirs = reference.confirmations.iter().any(|said| {
        content.as_ref().is_some_and(|content| said.could_be(content))
            && said.users.contains(&reference.session.user)
    });
    require(14, theirs, || format!("{place:?} is recognised for a person who never confirmed it"))
}
