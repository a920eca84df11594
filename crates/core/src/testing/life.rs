//! What befalls a companion: sleep, jumps of the calendar, death, and healing.

use std::time::Duration;

use super::check::{Disturbance, Verdict};
use super::spots::Spot;
use super::step::{Checking, Pace};
use super::world::{Crash, Item, World};
use crate::event::{Event, HintSource};
use crate::{Engine, Policy};

impl World {
    /// The calendar jumps.
    pub fn step_wall(&mut self, by: i64) {
        self.wall = self.wall.saturating_add(by);
        self.checks.disturbed(Disturbance::Calendar(by), self.time);
        self.tally.met.insert("wall step");
    }

    /// Policy changes.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn set_policy(&mut self, policy: Policy) -> Verdict {
        self.policy = policy.clone();
        self.checks.disturbed(Disturbance::Policy, self.time);
        self.tell(Event::PolicyChanged(Box::new(policy)))
    }

    /// The computer sleeps: nothing runs, and both clocks go on.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn sleep(&mut self, span: Duration, moved_to: Option<Spot>) -> Verdict {
        self.tell(Event::Leaving)?;
        self.wait(Duration::from_millis(500))?;
        let millis = u64::try_from(span.as_millis()).unwrap_or(0);
        self.time += millis;
        if let Some(spot) = moved_to {
            self.laptop.spot = spot;
        }
        self.checks.disturbed(Disturbance::Slept(millis), self.time);
        // The wake-up is told before anything else runs again.
        self.handle(Event::Resumed { asleep: span }, None)
    }

    /// Dies before the n-th order from now.
    pub(super) fn doom(&mut self, crash: Crash) {
        self.crash = Some(crash);
    }

    /// The companion dies now (and the computer, with `power`), and starts again.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub(super) fn die(&mut self, crash: Crash) -> Verdict {
        self.crash = None;
        self.tally.crashes += 1;
        if self.queue.values().any(|item| matches!(item, Item::Arrives(_))) {
            self.tally.met.insert("crash with a delivery in flight");
        }
        if self.queue.values().any(|item| matches!(item, Item::Disk(..))) {
            self.tally.met.insert("crash before the disk");
        }
        let run = self.run;
        self.run += 1;
        // A batch that the process handed to the system may still be written; with the power gone,
        // it is not.
        self.queue.retain(|_, item| match item {
            Item::Arrives(_) => true,
            Item::Disk(of, _) => *of != run,
            Item::Answer(..) | Item::Look { .. } => false,
        });
        self.pass_dead(crash.off)?;
        let calendar = self.wall;
        if crash.power {
            self.tally.met.insert("power lost");
            self.boot = i128::from(self.rng.below(5000)) - i128::from(self.time);
            if self.rng.percent(15) {
                let year = 365 * 86_400_000;
                self.wall += if self.rng.percent(50) { year } else { -year };
                self.tally.met.insert("wall step while off");
            }
        }
        let calendar = calendar == self.wall && calendar.abs() < 3_600_000;
        self.store.saved.seed = self.rng.bytes();
        let now = self.now();
        let (engine, effects) = Engine::restore(self.store.saved.clone(), self.policy.clone(), now);
        if self.twin.is_some() {
            self.twin = Some(Engine::restore(self.store.saved.clone(), self.policy.clone(), now).0);
        }
        self.engine = engine;
        self.closed = self.view.prompt.as_ref().map(|prompt| prompt.id).or(self.closed);
        self.view = self.engine.view();
        self.reference.restarted(&self.store.saved);
        self.checks.restarted(&self.store, self.time, calendar);
        let before = self.view.clone();
        self.settle(None, None, effects, &before)
    }

    /// Time without a companion: what is on its way arrives all the same.
    fn pass_dead(&mut self, span: u64) -> Verdict {
        let until = self.time + span;
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((at, _), item) = entry.remove_entry();
            self.time = self.time.max(at);
            self.perform(item)?;
        }
        self.time = until;
        Ok(())
    }

    /// Mends everything that is broken, and lets everyone come back.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn heal(&mut self) -> Verdict {
        self.lies.clear();
        self.blind = 0;
        self.crash = None;
        self.store.fault = None;
        self.checking = Checking::FormatOnly;
        self.pace = Pace::Quick;
        self.laptop.withheld = false;
        self.laptop.carrier = true;
        let user = self.laptop.session.user;
        self.laptop.session = crate::network::Session { user, active: true, remote: false, locked: false };
        self.tell(Event::CallActivity { active: false })?;
        self.hint(&[HintSource::Link, HintSource::Session])
    }
}
