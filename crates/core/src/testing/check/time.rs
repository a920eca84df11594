//! Invariants 4 and 10: deadlines that fire are gone, and the calendar moves none of them.

use rightdoor_location::Content;

use super::{Disturbance, Moment, Verdict, require};
use crate::effect::Effect;
use crate::event::Event;
use crate::intent::Reply;
use crate::testing::reference::Reference;
use crate::view::Here;

/// More orders than this for one event, or more ticks in one minute, are a storm.
const MOST_ORDERS: usize = 50;
const MOST_TICKS: u32 = 300;
/// Looks take time to be answered; a sleep is told late.
const SLACK: u64 = 150_000;

/// What the checks of time remember. Times are true time.
#[derive(Clone, Debug, Default)]
pub(super) struct Time {
    minute: u64,
    ticks: u32,
    sampled: u64,
    read: u64,
    frozen: Option<u64>,
    snoozed: Option<u64>,
    /// By how much the calendar was moved in small steps.
    hours: u64,
}

impl Time {
    pub(super) fn restarted(&mut self, time: u64) {
        *self =
            Self { sampled: time, read: time, minute: time / 60_000, hours: self.hours, ..Self::default() };
    }

    pub(super) fn disturbed(&mut self, what: Disturbance, time: u64) {
        match what {
            // A restart cannot know of some hours; a year shows.
            Disturbance::Calendar(by) if by.unsigned_abs() < 86_400_000 => self.hours += by.unsigned_abs(),
            Disturbance::Calendar(_) => {}
            Disturbance::Slept(_) => {
                self.sampled = time;
                self.read = time;
            }
            // What was planned under the old policy is still done as planned.
            Disturbance::Policy => self.sampled = time + 600_000,
        }
    }

    /// Invariant 4: a deadline that fired is gone; and nothing makes a storm.
    pub(super) fn timeout_in_the_future(&mut self, moment: &Moment<'_>) -> Verdict {
        require(4, moment.effects.len() <= MOST_ORDERS, || {
            format!("{} orders for one event", moment.effects.len())
        })?;
        if !matches!(moment.event, Some(Event::Tick)) {
            return Ok(());
        }
        if let Some((at, why)) = moment.timeout() {
            require(4, at > moment.now.mono, || format!("after a tick, \"{why}\" is due at once again"))?;
        }
        let minute = moment.time / 60_000;
        if minute != self.minute {
            self.minute = minute;
            self.ticks = 0;
        }
        self.ticks += 1;
        require(4, self.ticks <= MOST_TICKS, || format!("{} ticks in a minute", self.ticks))
    }

    /// Invariant 10: looks and readings go on, freeze and snooze end, whatever the calendar does;
    /// and what is too old, or of unknown age, is not called current.
    pub(super) fn deadlines_run_on(&mut self, moment: &Moment<'_>, reference: &Reference) -> Verdict {
        let time = moment.time;
        let policy = moment.policy;
        for effect in moment.effects {
            match effect {
                Effect::Sample => self.sampled = time,
                Effect::ReadBack { .. } | Effect::Deliver(_) => self.read = time,
                Effect::Reply { reply: Reply::Snoozed(_), .. } => {
                    self.snoozed = Some(time + millis(policy.snooze))
                }
                Effect::PreSample
                | Effect::Persist(_)
                | Effect::LookUp { .. }
                | Effect::Validate { .. }
                | Effect::Attend { .. }
                | Effect::Acknowledge { .. }
                | Effect::Enrol { .. }
                | Effect::Probe { .. }
                | Effect::Reply { .. } => {}
            }
        }
        let since = |earlier: u64| time.saturating_sub(earlier);
        require(10, since(self.sampled) <= millis(policy.reconcile_every) + SLACK, || {
            format!("nobody looked for {} s", since(self.sampled) / 1000)
        })?;
        let reads = moment.after.standing.enrolled
            && matches!(moment.after.standing.registry, crate::view::RegistryFacet::ReadBackEqual { .. });
        if !reads {
            self.read = self.read.max(time.saturating_sub(millis(policy.read_back_every)));
        }
        require(10, since(self.read) <= millis(policy.read_back_every) + 3 * SLACK, || {
            format!("the registry was not read for {} s", since(self.read) / 1000)
        })?;
        self.freeze_ends(moment)?;
        let snoozed = moment.after.prompt.as_ref().and_then(|prompt| prompt.snoozed_until);
        if snoozed.is_none() {
            self.snoozed = None;
        } else if let Some(until) = self.snoozed {
            require(10, time <= until + SLACK, || "a snooze does not end".to_owned())?;
        }
        self.too_old(moment, reference)
    }

    fn freeze_ends(&mut self, moment: &Moment<'_>) -> Verdict {
        let again = matches!(moment.event, Some(Event::ReadBack(..)) | None);
        if !moment.after.frozen {
            self.frozen = None;
        } else if !moment.before.frozen
            || (again && moment.before.standing.registered != moment.after.standing.registered)
        {
            self.frozen = Some(moment.time);
        }
        let held = self.frozen.map_or(0, |at| moment.time.saturating_sub(at));
        let most = millis(moment.policy.emergency_freeze) + SLACK;
        require(10, held <= most.max(30 * 60_000 + SLACK), || format!("frozen for {} s", held / 1000))
    }

    fn too_old(&self, moment: &Moment<'_>, reference: &Reference) -> Verdict {
        let Some(limit) = moment.policy.confirm_max_age.map(millis) else { return Ok(()) };
        if !moment.after.standing.here.is_verified() {
            return Ok(());
        }
        // Being recognised does not make a place younger.
        let of = match &moment.after.standing.here {
            Here::Recognised { place, .. } => moment.engine.place(place).map(|place| &place.location),
            Here::ConfirmedNow { .. } | Here::Checking { .. } | Here::NotVerified { .. } => None,
        };
        let theirs = reference
            .confirmations
            .iter()
            .filter(|said| of.is_none_or(|of| said.could_be(&Content::Located(of.clone()))));
        let youngest = theirs.max_by_key(|said| said.at);
        if youngest.is_some_and(|said| said.content == Some(Content::NoFixedAddress)) {
            // There is no address to grow old.
            return Ok(());
        }
        let youngest = youngest.map_or(0, |said| said.at);
        let age = moment.time.saturating_sub(youngest);
        require(10, age <= limit + 4 * SLACK + self.hours, || {
            format!("verified by a confirmation {} s old", age / 1000)
        })
    }
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
