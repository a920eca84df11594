//! The one loop: facts in, orders out, the view published.
//!
//! It waits for hints, session events, answers, intents and the engine's deadline, in this order of
//! importance, hands what happened to the engine, performs what the engine orders, and publishes the
//! view when it is a different one. It decides nothing and has no timer of its own: on an idle
//! computer only [`Engine::poll_timeout`] wakes it.

mod guided;
mod hints;
mod inputs;
mod perform;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rightdoor_core::network::{Evidence, Gateway, PreSample};
use rightdoor_core::view::Here;
use rightdoor_core::{Engine, Event, Intent, Mono, Now, Reply, View};
use rightdoor_platform::{clock, microphone};
use tokio::sync::{mpsc, oneshot, watch};

use crate::guidance_file::GuidanceFile;
use crate::trace::Trace;
pub(crate) use hints::Hints;
pub(crate) use inputs::{Inputs, Woken};
pub(crate) use perform::{Fact, Hands};

/// An intent, and where its answer goes.
pub type Asked = (Intent, oneshot::Sender<Reply>);

/// Longest that leaving may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// Where the engine's deadline does not move on, which would be a mistake of ours.
const NO_SPIN: Duration = Duration::from_millis(100);

/// The engine with everything around it.
pub(crate) struct Driver {
    pub engine: Engine,
    pub hands: Hands,
    pub views: watch::Sender<Arc<View>>,
    pub trace: Trace,
    pub guidance: GuidanceFile,
    /// Where the state of sound devices is.
    pub sound: PathBuf,
    /// Whether a call was going on when it was last looked at.
    pub call: bool,
    /// What the last cheap look saw.
    pub seen: Option<PreSample>,
    /// Longest sleep on a clock that does not count suspends.
    pub longest_sleep: Duration,
}

impl Driver {
    /// Runs until asked to stop, then takes leave.
    pub async fn run(
        mut self,
        mut inputs: Inputs,
        mut stop: oneshot::Receiver<()>,
        begin: Vec<rightdoor_core::Effect>,
    ) {
        let mut events = VecDeque::new();
        for effect in begin {
            self.hands.perform(effect, &mut events);
        }
        self.turn(&mut events);
        let mut alarm = clock::Alarm::new();
        let mut ticked = None;
        let mut leaving = false;
        loop {
            let sleep = self.until_deadline(&mut ticked);
            tokio::select! {
                biased;
                _ = &mut stop => break,
                woken = inputs.next() => {
                    leaving |= matches!(woken, Woken::Event(Event::Leaving));
                    self.take(woken, &mut events);
                }
                () = alarm.after(sleep) => {}
            }
            inputs.measure_sleep(&mut events);
            if self.engine.poll_timeout().is_some_and(|(due, _)| due <= clock::now().mono) {
                events.push_back(Event::Tick);
            }
            self.turn(&mut events);
            if leaving && self.hands.under_way() == 0 {
                leaving = false;
                inputs.ready_to_sleep();
            }
        }
        self.leave(&mut inputs).await;
    }

    /// How long nothing needs to be done if nothing happens.
    fn until_deadline(&self, ticked: &mut Option<Mono>) -> Duration {
        let Some((due, why)) = self.engine.poll_timeout() else { return self.longest_sleep };
        let wait = due.since(clock::now().mono);
        if wait.is_zero() && ticked.replace(due) == Some(due) {
            tracing::error!(why, "a deadline did not move on");
            return NO_SPIN;
        }
        wait.min(self.longest_sleep)
    }

    fn take(&mut self, woken: Woken, events: &mut VecDeque<Event>) {
        match woken {
            Woken::Hints(heard) => {
                // A connection of the old network must not hold up what is sent on the new one.
                self.hands.registry.forget_connections();
                events.extend(heard.events());
            }
            Woken::Event(event) => events.push_back(event),
            Woken::Fact(fact) => events.push_back(self.hands.received(fact)),
            Woken::Asked((intent, answer)) => events.push_back(self.hands.asked(intent, answer)),
        }
    }

    /// Tells the engine everything that happened, and does what it orders, until both are at rest.
    fn turn(&mut self, events: &mut VecDeque<Event>) {
        let mut handled = false;
        // Whatever may raise a question is decided on what the microphone does now.
        if !events.is_empty()
            && let Evidence::Known(active) = microphone::in_use(&self.sound)
            && std::mem::replace(&mut self.call, active) != active
        {
            events.push_front(Event::CallActivity { active });
        }
        while let Some(event) = events.pop_front() {
            handled = true;
            let now = clock::now();
            tracing::debug!(?event, "event");
            self.trace.event(&event, now);
            if let Event::PreSampled(look) = &event {
                self.glanced(look);
            }
            for effect in self.engine.handle(event, now) {
                tracing::debug!(?effect, "effect");
                self.hands.perform(effect, events);
            }
        }
        if handled {
            self.publish(clock::now());
        }
    }

    /// A request that was sent on a network that is gone would be waited for, and hold up what must be sent on the
    /// next one.
    fn glanced(&mut self, look: &PreSample) {
        if self.seen.as_ref().is_some_and(|seen| is_another(seen, look)) {
            self.hands.registry.leave_network();
            self.hands.probes.leave_network();
        }
        self.seen = Some(look.clone());
    }

    fn publish(&mut self, now: Now) {
        let view = self.engine.view();
        let before = Arc::clone(&self.views.borrow());
        if *before != view {
            self.trace.view(&before, &view, now);
            // Whoever looked away from the registry while the network changed listens again.
            let is_checking = |view: &View| matches!(view.standing.here, Here::Checking { .. });
            if view.standing.enrolled && is_checking(&before) && !is_checking(&view) {
                self.hands.hear();
            }
            let view = Arc::new(view);
            self.views.send_replace(Arc::clone(&view));
            // The disk comes after the screen.
            self.guidance.show(&view);
        }
    }

    /// Says goodbye: the engine orders what must still be said, and it is waited for, not for long.
    async fn leave(&mut self, inputs: &mut Inputs) {
        let mut events = VecDeque::from([Event::Leaving]);
        self.turn(&mut events);
        let farewell = async {
            while self.hands.under_way() > 0 {
                let Some(fact) = inputs.fact().await else { break };
                events.push_back(self.hands.received(fact));
                self.turn(&mut events);
            }
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("not everything was said before leaving; the registry's lease will lapse");
        }
    }
}

/// Whether connections of the network seen before lead nowhere on the one seen now. A gateway whose machine was found out
/// meanwhile is the same gateway.
fn is_another(before: &PreSample, now: &PreSample) -> bool {
    let same_gateway = |(one, other): (&Option<Gateway>, &Option<Gateway>)| match (one, other) {
        (Some(one), Some(other)) => {
            let machines = one.station.known().zip(other.station.known());
            one.address == other.address && machines.is_none_or(|(one, other)| one == other)
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let mut links = before.links.iter().zip(&now.links);
    before.links.len() != now.links.len()
        || before.radio != now.radio
        || !links.all(|(one, other)| one.0 == other.0 && same_gateway((&one.1, &other.1)))
}

/// What the loop is asked.
pub(crate) fn intents() -> (mpsc::Sender<Asked>, mpsc::Receiver<Asked>) {
    // Intents come from a person: a queue of this length is a program gone wrong, and it waits.
    mpsc::channel(16)
}
