//! Everything that can wake the loop.

use std::collections::VecDeque;
use std::time::Duration;

use rightdoor_core::{Event, HintSource};
use rightdoor_platform::session::SessionEvent;
use rightdoor_platform::{clock, power, session};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::hints::Heard;
use super::{Asked, Fact, Hints};

/// A sleep shorter than this is the difference between two readings of two clocks.
const SLEEP: Duration = Duration::from_secs(1);
/// A wake-up that was measured is announced by the system within this time, or never.
const ECHO: Duration = Duration::from_secs(30);

/// What woke the loop.
pub(crate) enum Woken {
    /// The network.
    Hints(Heard),
    /// The session, or the mains.
    Event(Event),
    /// An answer to an effect.
    Fact(Fact),
    /// A person.
    Asked(Asked),
}

/// The sources, most urgent first.
pub(crate) struct Inputs {
    hints: Hints,
    session: session::Watcher,
    power: power::Watcher,
    facts: mpsc::UnboundedReceiver<Fact>,
    intents: mpsc::Receiver<Asked>,
    slept: Duration,
    measured: Option<Instant>,
}

impl Inputs {
    pub fn new(
        hints: Hints,
        (session, power): (session::Watcher, power::Watcher),
        facts: mpsc::UnboundedReceiver<Fact>,
        intents: mpsc::Receiver<Asked>,
    ) -> Self {
        Self { hints, session, power, facts, intents, slept: clock::suspended_total(), measured: None }
    }

    /// The next thing that happens. Cancel safe.
    pub async fn next(&mut self) -> Woken {
        tokio::select! {
            biased;
            heard = self.hints.next() => Woken::Hints(heard),
            event = self.session.next() => Woken::Event(self.of_session(event)),
            battery = self.power.next() => Woken::Event(Event::Power { battery }),
            Some(fact) = self.facts.recv() => Woken::Fact(fact),
            Some(asked) = self.intents.recv() => Woken::Asked(asked),
        }
    }

    /// The next answer, while everything else is ignored.
    pub async fn fact(&mut self) -> Option<Fact> {
        self.facts.recv().await
    }

    /// Notices a sleep that nobody announced, by the clocks, before anything else is told.
    pub fn measure_sleep(&mut self, events: &mut VecDeque<Event>) {
        let total = clock::suspended_total();
        let asleep = total.saturating_sub(std::mem::replace(&mut self.slept, total));
        if asleep >= SLEEP {
            self.measured = Some(Instant::now());
            events.retain(|event| !matches!(event, Event::Resumed { .. }));
            events.push_front(Event::Resumed { asleep });
        }
    }

    /// Everything that must be said before a sleep is said: the computer is not held up longer.
    pub fn ready_to_sleep(&mut self) {
        self.session.ready_to_sleep();
    }

    fn of_session(&self, event: SessionEvent) -> Event {
        match event {
            // Measured already: this is the system saying what the clocks said before.
            SessionEvent::Resumed { .. } if self.measured.is_some_and(|at| at.elapsed() < ECHO) => {
                Event::Hint(HintSource::Session)
            }
            SessionEvent::Resumed { asleep } => Event::Resumed { asleep },
            SessionEvent::Leaving => Event::Leaving,
            SessionEvent::Changed => Event::Hint(HintSource::Session),
        }
    }
}
