//! Looking: a hint, the cheap look, the settling, the full sample, and the silent reconcile.

use std::time::Duration;

use super::{Deadlines, Engine};
use crate::effect::Effect;
use crate::network::delta::Delta;
use crate::network::settle::Settle;
use crate::network::{Evidence, PreSample, Session, Snapshot};
use crate::view::Senses;
use crate::{Mono, Wall};

/// What the senses are doing.
#[derive(Debug, Default)]
pub(super) struct Sensing {
    /// What the last full sample saw, as a cheap look would have seen it.
    baseline: PreSample,
    /// The last full sample.
    pub snapshot: Option<Snapshot>,
    /// What the last look saw, cheap or full; `None` while nothing can be seen.
    pub look: Option<PreSample>,
    /// Counts looks that differ from the one before.
    pub changes: u64,
    /// Counts changes of who sits there.
    pub turns: u64,
    /// Whether a cheap look is under way; `Some(true)`: and another hint came meanwhile.
    looking: Option<bool>,
    /// Whether a full sample is under way.
    sampling: bool,
    settle: Option<Settle>,
    /// Since when the standing says *checking*.
    pub checking: Option<Wall>,
    reconcile_at: Mono,
    /// A second scan is wanted then, to agree with the first.
    pub agree_at: Option<Mono>,
    /// The last hint of anything.
    hinted_at: Option<Mono>,
    /// A difference that nothing had announced was found then.
    unannounced: Option<Mono>,
    degraded: bool,
    lost_at: Option<Mono>,
    failures: u32,
    /// Whether the next settled sample is an arrival whatever it shows (start, long sleep).
    pub arriving: bool,
}

/// After this many samples in a row that failed, nothing is believed any more.
const BLIND_AFTER: u32 = 2;

impl Sensing {
    pub(super) fn state(&self) -> Senses {
        if self.failures >= BLIND_AFTER {
            Senses::Blind
        } else if self.degraded {
            Senses::Degraded
        } else {
            Senses::Live
        }
    }
}

impl Engine {
    /// At a start: the first sample, with the standing at *checking*.
    pub(super) fn sense_from_start(&mut self) {
        self.senses.checking = Some(self.now.wall);
        self.senses.arriving = true;
        self.order_sample();
    }

    pub(super) fn look_again(&mut self) {
        let now = self.now.mono;
        self.senses.hinted_at = Some(now);
        if let Some(settle) = &mut self.senses.settle {
            settle.extend(now);
        }
        match &mut self.senses.looking {
            Some(again) => *again = true,
            None => {
                self.senses.looking = Some(false);
                self.order(Effect::PreSample);
            }
        }
    }

    pub(super) fn events_lost(&mut self) {
        self.senses.degraded = true;
        self.senses.lost_at = Some(self.now.mono);
        self.look_again();
    }

    pub(super) fn resumed(&mut self, asleep: Duration) {
        self.attendance.leaving = false;
        self.desk_woke();
        self.reach_woke();
        if asleep > self.policy.weak_evidence_sleep {
            self.doubt_places();
        }
        if asleep >= self.policy.short_sleep {
            self.senses.arriving = true;
            self.act_slept();
            // What was seen before is not what was seen when the person speaks now.
            self.senses.look = None;
            self.stay_slept();
            self.begin_checking();
        }
        self.look_again();
    }

    pub(super) fn pre_sampled(&mut self, look: &PreSample) {
        if self.senses.looking.take() == Some(true) {
            self.look_again();
        }
        self.seat(look.session);
        self.saw(look);
        if self.senses.snapshot.is_none() {
            if !self.senses.sampling {
                // Something can be seen at last.
                self.begin_checking();
            }
            return;
        }
        let delta = Delta::of_looks(&self.senses.baseline, look);
        if delta.links {
            // Even a link that is back before the full sample was lost for a moment.
            self.stay_lost_link();
        }
        // After a failure nothing that was known is still believed.
        if delta.may_be_move() || self.senses.failures > 0 || self.is_new_radio(look) {
            self.begin_checking();
        } else if delta.resolved && self.senses.settle.is_none() {
            self.senses.settle = Some(Settle::begin(self.now.mono));
        }
    }

    /// Remembers a look, cheap or full.
    fn saw(&mut self, look: &PreSample) {
        let before = self.senses.look.replace(look.clone());
        if before.is_none_or(|before| Delta::of_looks(&before, look).may_be_move()) {
            self.senses.changes += 1;
        }
        self.stay_saw(look);
    }

    /// Whether a radio that was kept from us is seen again, and is not one of this stay's.
    fn is_new_radio(&self, look: &PreSample) -> bool {
        let withheld = matches!(self.senses.baseline.radio, Evidence::Withheld(_));
        withheld && look.radio.known().is_some_and(|radio| !self.stay_hears(*radio))
    }

    /// Notes who sits there, and each time that it is another or that they went away.
    fn seat(&mut self, session: Session) {
        let old = std::mem::replace(&mut self.session, session);
        if old != Session::default() && (old.user != session.user || old.active != session.active) {
            self.senses.turns += 1;
        }
    }

    fn begin_checking(&mut self) {
        self.senses.checking.get_or_insert(self.now.wall);
        self.senses.agree_at = None;
        self.senses.settle.get_or_insert(Settle::begin(self.now.mono));
        self.stay_unsettled();
    }

    pub(super) fn sampled(&mut self, snapshot: Snapshot) {
        self.senses.sampling = false;
        self.senses.failures = 0;
        self.seat(snapshot.session);
        let look = snapshot.pre_sample();
        self.saw(&look);
        let old = self.senses.snapshot.replace(snapshot);
        let baseline = std::mem::replace(&mut self.senses.baseline, look);
        if self.senses.settle.is_some() {
            // The storm is not over: this sample is remembered, the next one decides.
            return;
        }
        let delta = match (&old, &self.senses.snapshot) {
            (Some(old), Some(new)) => Delta::of_samples(old, new),
            _ => Delta::default(),
        };
        let silent = self.senses.checking.is_none();
        let moved = Delta::of_looks(&baseline, &self.senses.baseline);
        if silent && moved.may_be_move() {
            // Found by the reconcile. If a hint still comes it was only faster than the event.
            if moved.is_of_network() {
                self.senses.unannounced = Some(self.now.mono);
            }
            self.begin_checking();
            return;
        }
        self.note_announcement();
        self.senses.checking = None;
        self.decide(delta);
    }

    /// Whether the difference that was found in silence was announced after all.
    fn note_announcement(&mut self) {
        match self.senses.unannounced.take() {
            Some(found) => self.senses.degraded = self.senses.hinted_at.is_none_or(|hint| hint < found),
            None if self.senses.checking.is_some() && self.senses.hinted_at > self.senses.lost_at => {
                // A hint announced a real change: events arrive (again).
                self.senses.degraded = false;
            }
            None => {}
        }
    }

    pub(super) fn sample_failed(&mut self) {
        if self.senses.sampling {
            self.senses.sampling = false;
        } else if self.senses.looking.take() == Some(true) {
            self.look_again();
            return;
        }
        self.senses.failures += 1;
        self.senses.look = None;
        if self.senses.checking.take().is_some() || self.senses.failures >= BLIND_AFTER {
            self.senses.settle = None;
            self.stay_blind();
        }
    }

    fn order_sample(&mut self) {
        self.senses.sampling = true;
        self.senses.reconcile_at = self.now.mono.after(self.reconcile_span());
        self.order(Effect::Sample);
    }

    fn reconcile_span(&self) -> Duration {
        match self.senses.state() {
            Senses::Live => self.policy.reconcile_every,
            Senses::Degraded | Senses::Blind => {
                self.policy.degraded_poll_every.min(self.policy.reconcile_every)
            }
        }
    }

    fn settle_due(&self) -> Option<Mono> {
        let settle = self.senses.settle?;
        Some(settle.due(self.policy.settle_quiet, self.policy.settle_ceiling))
    }

    /// When the next full sample is due, and why; nothing while one is under way.
    fn sample_due(&self) -> Option<(Mono, &'static str)> {
        if self.senses.sampling {
            return None;
        }
        if let Some(due) = self.settle_due() {
            return Some((due, "network settle"));
        }
        let reconcile = (self.senses.reconcile_at, "reconcile");
        Some(self.senses.agree_at.map_or(reconcile, |at| reconcile.min((at, "second scan"))))
    }

    pub(super) fn sensing_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.sample_due());
    }

    pub(super) fn pump_sensing(&mut self) {
        if self.sample_due().is_some_and(|(at, _)| at <= self.now.mono) {
            self.senses.settle = None;
            self.senses.agree_at = None;
            self.order_sample();
        }
    }
}
