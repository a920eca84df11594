//! Invariants 8, 9, 12 and 13: the audit trail, outages, privacy, and the way of an emergency call.

use rightdoor_location::Content;

use super::{Moment, Verdict, require};
use crate::audit::Kind;
use crate::effect::Effect;
use crate::event::{Event, ReadBackOutcome};
use crate::saved::Change;
use crate::testing::reference::Reference;
use crate::testing::spots::SECRETS;
use crate::testing::store::Store;
use crate::testing::world::EPOCH;
use crate::view::Review;

/// The registry's calendar and ours may differ by so many milliseconds.
const CLOCKS_DIFFER: u64 = 120_000;

/// What the checks of the trail remember.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    began: u64,
    ended: u64,
    noticed: u64,
    seen: u64,
    shown: Option<crate::view::OutageView>,
    owed: std::collections::BTreeMap<Kind, u64>,
    /// How long a freeze lasts.
    freeze: u64,
    /// Frozen until then, in true time.
    freeze_until: u64,
}

impl Trail {
    pub(super) fn restarted(&mut self, store: &Store, calendar: bool) {
        // An emergency that was not kept is not known until the registry is read again.
        let kept = store.saved.registered.as_ref().and_then(|read| read.record.as_ref()?.emergency_at);
        // With another calendar nobody can tell how long ago it was.
        let kept = kept.filter(|_| calendar).and_then(|at| u64::try_from(at).ok());
        let until = kept.map_or(0, |at| at.saturating_sub(EPOCH) + self.freeze);
        let freeze_until = until.min(self.freeze_until);
        *self = Self { freeze_until, freeze: self.freeze, ..Self::default() };
    }

    /// Invariant 8: the chain in the store holds, and every act has its record.
    pub(super) fn chain(&mut self, moment: &Moment<'_>, reference: &Reference) -> Verdict {
        if let Some(broken) = &moment.store.broken {
            return require(8, false, || broken.to_string());
        }
        for kind in Self::acts(moment, reference) {
            *self.owed.entry(kind).or_default() += 1;
        }
        let mut ordered = false;
        for effect in moment.effects {
            let Effect::Persist(batch) = effect else { continue };
            ordered = true;
            for change in &batch.changes {
                let Change::Audit(record, _) = change else { continue };
                if let Some(owed) = self.owed.get_mut(&record.kind) {
                    *owed = owed.saturating_sub(1);
                }
            }
        }
        // A batch takes everything that waits, so whatever was owed is in it.
        let missing =
            self.owed.iter().find(|(_, owed)| **owed > 0 && ordered && moment.store.fault.is_none());
        require(8, missing.is_none(), || format!("an act without its audit record: {missing:?}"))
    }

    fn acts(moment: &Moment<'_>, reference: &Reference) -> Vec<Kind> {
        let mut acts = Vec::new();
        let before = moment.before.prompt.as_ref().map(|prompt| prompt.id);
        let after = moment.after.prompt.as_ref().map(|prompt| prompt.id);
        if moment.event.is_some() && before != after {
            acts.extend(before.map(|_| Kind::Answered));
            acts.extend(after.map(|_| Kind::Prompted));
        }
        if let Some(Event::Delivered(_, crate::DeliveryOutcome::Rejected { .. })) = moment.event
            && matches!(moment.after.standing.registry, crate::view::RegistryFacet::Parked(_))
            && moment.before.standing.registry != moment.after.standing.registry
        {
            acts.push(Kind::Refused);
        }
        for effect in moment.effects {
            let Effect::Persist(batch) = effect else { continue };
            for change in &batch.changes {
                match change {
                    Change::Tested(_) => acts.push(Kind::Tested),
                    Change::Enrolment(_) => acts.push(Kind::Enrolled),
                    Change::Entry(entry) if entry.content == Content::Withdrawn => {
                        acts.extend(reference.fresh.contains(&entry.revision.0).then_some(Kind::Withdrawn));
                    }
                    _ => {}
                }
            }
        }
        acts
    }

    /// Invariant 9: one notice per outage, one end per beginning.
    pub(super) fn outages(&mut self, moment: &Moment<'_>) -> Verdict {
        for effect in moment.effects {
            let Effect::Persist(batch) = effect else { continue };
            for change in &batch.changes {
                let Change::Audit(record, _) = change else { continue };
                self.began += u64::from(record.kind == Kind::OutageBegan && record.seq > self.seen);
                self.ended += u64::from(record.kind == Kind::OutageEnded && record.seq > self.seen);
            }
            let last = batch.changes.iter().filter_map(|change| match change {
                Change::Audit(record, _) => Some(record.seq),
                _ => None,
            });
            self.seen = last.max().unwrap_or(0).max(self.seen);
        }
        require(9, self.began == self.ended || self.began == self.ended + 1, || {
            format!("{} outages began and {} ended", self.began, self.ended)
        })?;
        let shown = moment.after.outage;
        let (old, new) = (std::mem::replace(&mut self.shown, shown), shown);
        match (old, new) {
            (Some(_), None) => require(9, false, || "an outage vanished".to_owned()),
            (None, Some(outage)) => self.notice(outage.number),
            (Some(old), Some(new)) if old.number != new.number => {
                require(9, old.ended.is_some(), || {
                    "a second outage began before the first ended".to_owned()
                })?;
                self.notice(new.number)
            }
            (Some(old), Some(new)) => {
                require(9, old.since == new.since, || "an outage began twice".to_owned())?;
                require(9, old.ended.is_none() || old.ended == new.ended, || {
                    "an outage ended twice".to_owned()
                })
            }
            (None, None) => Ok(()),
        }
    }

    fn notice(&mut self, number: u64) -> Verdict {
        let fresh = number > self.noticed;
        self.noticed = number;
        require(9, fresh, || format!("outage {number} was noticed before"))
    }

    /// Invariant 13: after an emergency fetch, unasked prompts, windows and withdrawals freeze.
    pub(super) fn emergency(&mut self, moment: &Moment<'_>, reference: &Reference) -> Verdict {
        let freeze = u64::try_from(moment.policy.emergency_freeze.as_millis()).unwrap_or(0);
        self.freeze = freeze;
        if let Some(Event::ReadBack(_, outcome)) = moment.event
            && let ReadBackOutcome::Found(record) = outcome.as_ref()
            && let Some(at) = record.emergency_at
        {
            let known = moment.before.standing.registered.as_ref().and_then(|record| record.emergency_at);
            let ended = u64::try_from(at).unwrap_or(0).saturating_add(freeze);
            // The first reading of all may tell of an emergency long past.
            let taken =
                moment.after.standing.registered.as_ref().is_some_and(|now| now.emergency_at == Some(at));
            if taken && known != Some(at) && moment.before.standing.registered.is_some() {
                // The registry's clock is the true one.
                self.freeze_until = ended.saturating_sub(EPOCH).max(self.freeze_until);
            }
        }
        let harmless = !moment.effects.iter().any(can_stop_a_call);
        require(13, harmless, || "an order that could stop a call".to_owned())?;
        if moment.time + CLOCKS_DIFFER >= self.freeze_until || moment.event.is_none() {
            return Ok(());
        }
        let before = moment.before.prompt.as_ref();
        if let Some(prompt) = &moment.after.prompt {
            let unasked = !prompt.reviews.contains(&Review::Agent);
            let new = before.is_none_or(|old| old.id != prompt.id);
            require(13, !(unasked && new), || "an unasked prompt opened during an emergency".to_owned())?;
            require(13, !(unasked && prompt.may_raise), || {
                "an unasked prompt may raise itself during an emergency".to_owned()
            })?;
        }
        let withdrawn = reference.fresh.iter().any(|revision| {
            reference.minted.get(revision).is_some_and(|minted| minted.content == Content::Withdrawn)
        });
        require(13, !withdrawn, || "a withdrawal during an emergency".to_owned())
    }
}

/// Invariant 12: `Debug` of any event, effect or view shows nothing private.
pub(super) fn nothing_private(moment: &Moment<'_>) -> Verdict {
    if !moment.scan {
        return Ok(());
    }
    let event = format!("{:?} {:?}", moment.event, moment.effects);
    let state = format!("{:?} {:?}", moment.after, moment.engine);
    for secret in SECRETS {
        require(12, !event.contains(secret), || format!("{secret} in an event or effect"))?;
        require(12, !state.contains(secret), || format!("{secret} in the view or the engine"))?;
    }
    let saved = moment.effects.iter().any(|effect| matches!(effect, Effect::Persist(_)));
    let saved = if saved { format!("{:?}", moment.store.saved) } else { String::new() };
    require(12, !SECRETS.iter().any(|secret| saved.contains(secret)), || {
        "a secret in the saved form".to_owned()
    })
}

/// Invariant 13, its structure: no order can block, delay or condition a call. Whoever adds an order
/// comes here and says so.
#[must_use]
pub(super) const fn can_stop_a_call(effect: &Effect) -> bool {
    match effect {
        Effect::PreSample
        | Effect::Sample
        | Effect::Persist(_)
        | Effect::LookUp { .. }
        | Effect::Validate { .. }
        | Effect::Deliver(_)
        | Effect::ReadBack { .. }
        | Effect::Attend { .. }
        | Effect::Acknowledge { .. }
        | Effect::Enrol { .. }
        | Effect::Probe { .. }
        | Effect::Reply { .. } => false,
    }
}
