//! The world: it drives an engine through its public contract and nothing else.
//!
//! Every order is queued and answered later by its event, after a delay and in an order that the
//! seed decides, never at once. What is on its way to the registry stays on its way when the
//! companion dies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::check::{Broken, Checks, Moment, Verdict};
use super::laptop::{Laptop, Seen};
use super::reference::Reference;
use super::registry::{Lie, Registry};
use super::rng::Rng;
use super::spots::Spot;
use super::step::{Checking, Pace};
use super::store::Store;
use crate::effect::{Batch, Effect};
use crate::event::{Event, HintSource};
use crate::intent::{Intent, PromptId, Reply};
use crate::saved::Enrolment;
use crate::{Engine, Mono, Now, Policy, Ticket, View, Wall};

/// The calendar at the world's beginning, Unix milliseconds; the registry's clock never errs.
pub const EPOCH: u64 = 1_750_000_000_000;

/// Something under way.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// An answer to the companion of that run.
    Answer(u32, Event, Option<Seen>),
    /// A look is taken now, and answered later.
    Look { run: u32, full: bool, delay: u64 },
    /// A batch reaches the disk of a companion of that run.
    Disk(u32, Batch),
    /// A request reaches the registry; its answer, if any, goes to that run.
    Arrives(super::traffic::Request),
}

/// Numbers of what happened, for the figures.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Events handled.
    pub events: u64,
    /// Prompts opened.
    pub prompts: u64,
    /// Crashes.
    pub crashes: u64,
    /// Writes ordered.
    pub deliveries: u64,
    /// Situations met.
    pub met: BTreeSet<&'static str>,
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// True time, in milliseconds since the beginning.
    pub time: u64,
    /// The engine's clock is true time plus this (a reboot begins another clock).
    pub(super) boot: i128,
    /// The calendar's error.
    pub(super) wall: i64,
    pub(super) rng: Rng,
    pub(super) engine: Engine,
    pub(super) twin: Option<Engine>,
    pub(super) view: View,
    /// The laptop and who sits there.
    pub laptop: Laptop,
    /// The store.
    pub store: Store,
    /// The registry.
    pub registry: Registry,
    /// What is true.
    pub reference: Reference,
    /// The policy that holds.
    pub policy: Policy,
    /// What happened.
    pub tally: Tally,
    pub(super) checks: Checks,
    pub(super) queue: BTreeMap<(u64, u64), Item>,
    pub(super) queued: u64,
    pub(super) run: u32,
    pub(super) crash: Option<Crash>,
    pub(super) lies: Vec<Lie>,
    pub(super) blind: u8,
    pub(super) checking: Checking,
    pub(super) pace: Pace,
    /// The way to the phone service.
    pub way: super::phone::Way,
    pub(super) tickets: u64,
    pub(super) scan: bool,
    /// Replies, by ticket, for whoever waits.
    pub replies: BTreeMap<Ticket, Reply>,
    /// The last prompt that was closed.
    pub closed: Option<PromptId>,
    /// Every event, order and standing, one a line, for whoever hunts a fault; `None`: not kept.
    pub trace: Option<Vec<String>>,
}

/// A death to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    pub(super) before: u8,
    pub(super) off: u64,
    pub(super) power: bool,
}

impl World {
    /// A world with a laptop at a spot, whose companion has just started.
    ///
    /// # Errors
    /// An invariant that breaks at the start.
    pub fn new(seed: u64, start: Spot, policy: Policy, enrolled: bool) -> Result<Self, Broken> {
        let mut rng = Rng::new(seed);
        let mut store = Store::default();
        store.saved.enrolment = enrolled.then(enrolment);
        store.saved.seed = rng.bytes();
        let now = Now { mono: Mono(1000), wall: Wall(i64::try_from(EPOCH).unwrap_or(0)) };
        let (engine, effects) = Engine::restore(store.saved.clone(), policy.clone(), now);
        let twin =
            seed.is_multiple_of(4).then(|| Engine::restore(store.saved.clone(), policy.clone(), now).0);
        let view = engine.view();
        let mut world = Self {
            time: 0,
            boot: 1000,
            wall: 0,
            rng,
            engine,
            twin,
            view,
            laptop: Laptop::at(start),
            store,
            registry: Registry::default(),
            reference: Reference::default(),
            policy,
            tally: Tally::default(),
            checks: Checks::default(),
            queue: BTreeMap::new(),
            queued: 0,
            run: 0,
            crash: None,
            lies: Vec::new(),
            blind: 0,
            checking: Checking::FormatOnly,
            pace: Pace::Quick,
            way: super::phone::Way::default(),
            tickets: 0,
            scan: seed % 16 == 1,
            replies: BTreeMap::new(),
            closed: None,
            trace: None,
        };
        world.checks.restarted(&world.store, 0, true);
        world.reference.restarted(&world.store.saved);
        let view = world.view.clone();
        world.settle(None, None, effects, &view)?;
        Ok(world)
    }

    /// What may be shown now.
    #[must_use]
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// The engine, to look at.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The engine's time.
    #[must_use]
    pub fn now(&self) -> Now {
        let wall = i64::try_from(EPOCH + self.time).unwrap_or(i64::MAX).saturating_add(self.wall);
        let mono = u64::try_from(i128::from(self.time) + self.boot).unwrap_or(0);
        Now { mono: Mono(mono), wall: Wall(wall) }
    }

    /// The registry's calendar.
    #[must_use]
    pub fn true_calendar(&self) -> i64 {
        i64::try_from(EPOCH + self.time).unwrap_or(i64::MAX)
    }

    /// Lets time pass, and whatever is due in it happen.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn wait(&mut self, span: Duration) -> Verdict {
        let until = self.time + u64::try_from(span.as_millis()).unwrap_or(0);
        loop {
            let item = self.queue.first_key_value().map(|((at, _), _)| *at);
            let tick = self.engine.poll_timeout();
            let tick =
                tick.map(|(at, _)| u64::try_from((i128::from(at.0) - self.boot).max(0)).unwrap_or(u64::MAX));
            let next = item.unwrap_or(u64::MAX).min(tick.unwrap_or(u64::MAX));
            if next > until {
                break;
            }
            self.time = self.time.max(next);
            if tick.is_some_and(|tick| tick <= item.unwrap_or(u64::MAX)) {
                self.handle(Event::Tick, None)?;
            } else if let Some((_, item)) = self.queue.pop_first() {
                self.perform(item)?;
            }
        }
        self.time = self.time.max(until);
        Ok(())
    }

    /// An event from outside. Deadlines that have passed are told first.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn tell(&mut self, event: Event) -> Verdict {
        self.wait(Duration::ZERO)?;
        self.handle(event, None)
    }

    /// Hints, as a burst of the system's callbacks.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn hint(&mut self, sources: &[HintSource]) -> Verdict {
        for source in sources {
            self.tell(Event::Hint(*source))?;
            let pause = self.rng.below(120);
            self.wait(Duration::from_millis(pause))?;
        }
        Ok(())
    }

    /// The person wants something. The reply comes later, under the ticket.
    ///
    /// # Errors
    /// The first invariant that breaks.
    pub fn act(&mut self, intent: Intent) -> Result<Ticket, Broken> {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.tell(Event::Agent { ticket, intent })?;
        Ok(ticket)
    }

    pub(super) fn handle(&mut self, event: Event, seen: Option<Seen>) -> Verdict {
        self.tally.events += 1;
        let now = self.now();
        let twin = self.twin.as_mut().map(|twin| twin.handle(event.clone(), now));
        let effects = self.engine.handle(event.clone(), now);
        let view = self.engine.view();
        if let (Some(twin), Some(orders)) = (&self.twin, twin) {
            let same =
                orders == effects && twin.view() == view && twin.poll_timeout() == self.engine.poll_timeout();
            if !same {
                return Err(Broken::new(5, "the same history gave other effects, view or deadline"));
            }
        }
        let before = std::mem::replace(&mut self.view, view);
        self.settle(Some(&event), seen, effects, &before)
    }

    /// Checks a moment, then carries its orders out.
    pub(super) fn settle(
        &mut self,
        event: Option<&Event>,
        seen: Option<Seen>,
        effects: Vec<Effect>,
        before: &View,
    ) -> Verdict {
        let moment = Moment {
            time: self.time,
            now: self.now(),
            event,
            seen,
            truth: (self.laptop.seen(), self.laptop.session),
            effects: &effects,
            before,
            after: &self.view,
            engine: &self.engine,
            store: &self.store,
            policy: &self.policy,
            scan: self.scan,
        };
        if let Some(trace) = &mut self.trace {
            let (here, prompt) = (&self.view.standing.here, &self.view.prompt);
            let asked =
                prompt.as_ref().map(|prompt| (prompt.id.0, &prompt.reviews, prompt.snoozed_until.is_some()));
            let event = event.map(|event| format!("{event:?}").chars().take(160).collect::<String>());
            let orders: Vec<String> =
                effects.iter().map(|effect| format!("{effect:?}").chars().take(90).collect()).collect();
            trace.push(format!("{:>9} {event:?} {seen:?}\n            -> {orders:?}\n            {here:?} asked {asked:?} {:?} {:?}", self.time, self.view.standing.registry, self.view.standing.kept));
        }
        self.checks.moment(&moment, &mut self.reference)?;
        self.meet(before);
        for effect in effects {
            if let Some(crash) = &mut self.crash {
                if crash.before == 0 {
                    let crash = *crash;
                    return self.die(crash);
                }
                crash.before -= 1;
            }
            self.order(effect);
        }
        Ok(())
    }
}

/// The enrolment of this world's device.
#[must_use]
pub fn enrolment() -> Enrolment {
    Enrolment {
        registry: "https://Zqx.registry.example".to_owned().into(),
        endpoint: "sip:Zqx@example.org".to_owned().into(),
        device: "device-1".to_owned(),
        organisation: "Zqx Org".to_owned().into(),
    }
}
