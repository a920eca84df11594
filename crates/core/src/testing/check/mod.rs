//! The fifteen invariants, each a function that looks at every moment.

mod asking;
mod calm;
mod registering;
mod time;
mod trail;

use super::laptop::Seen;
use super::reference::Reference;
use super::registry::Registry;
use super::store::Store;
use crate::effect::Effect;
use crate::event::Event;
use crate::network::Session;
use crate::{Engine, Mono, Now, Policy, View};

pub use calm::at_rest;

/// The invariants' sentences, as the design has them; number 1 is the first.
pub const SENTENCES: [&str; 15] = [
    "while the store works, nothing is delivered that was not persisted first; when it fails, a confirmation is still delivered, shown as sent, not kept, and stored later",
    "revisions at the registry never go back; given a long enough working network, the last accepted is the last confirmed",
    "a retry is the same write; a lost answer is resolved by reading back before writing again; a crash loses nothing acknowledged and duplicates nothing",
    "after every Tick, poll_timeout is in the future",
    "same history, same effects",
    "at most one prompt is open; an answer to a closed prompt changes nothing; at most one unasked move prompt per stay",
    "on a network not recognised, the view never claims that the location is current",
    "acts carry an audit record; their numbers have no gaps; each holds the hash of the one before",
    "one notice per outage, one end per beginning",
    "a wall-clock step of a year moves no running deadline and silently confirms nothing",
    "VPN, bridge and virtual adapters, address churn and short wake-ups cause no prompt",
    "Debug of any event, effect or view shows no address, SSID, BSSID or token",
    "nothing blocks, delays or conditions a 911 call; after an emergency fetch unasked prompts, windows and withdrawals freeze, while the agent's own act is delivered",
    "one person's location never becomes another's: a change of user ends the stay",
    "the hero sentence shows only what was read back from the registry",
];

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invariant {number} is broken ({sentence}): {what}", sentence = SENTENCES[usize::from(number - 1)])]
pub struct Broken {
    /// Which, from 1 to 15.
    pub number: u8,
    /// What was seen.
    pub what: String,
}

impl Broken {
    /// Invariant `number` does not hold, as `what` says.
    #[must_use]
    pub fn new(number: u8, what: impl Into<String>) -> Self {
        Self { number: number.clamp(1, 15), what: what.into() }
    }
}

/// What a check says.
pub type Verdict = Result<(), Broken>;

/// `holds`, or the invariant is broken.
fn require(number: u8, holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Broken::new(number, what())) }
}

/// One event handled, and everything that can be seen of it.
#[derive(Debug)]
pub struct Moment<'a> {
    /// True time, in milliseconds since the world began.
    pub time: u64,
    /// The time the engine was given.
    pub now: Now,
    /// The event; `None` at a start.
    pub event: Option<&'a Event>,
    /// What the look in the event showed, where it is a look.
    pub seen: Option<Seen>,
    /// Where the laptop truly is, and who truly sits there.
    pub truth: (Seen, Session),
    /// The orders.
    pub effects: &'a [Effect],
    /// The view before.
    pub before: &'a View,
    /// The view after.
    pub after: &'a View,
    /// The engine after.
    pub engine: &'a Engine,
    /// The store as it was before the orders.
    pub store: &'a Store,
    /// The policy that holds.
    pub policy: &'a Policy,
    /// Whether to look through every `Debug` form too, which is slow.
    pub scan: bool,
}

impl Moment<'_> {
    /// When the engine wants to be woken.
    #[must_use]
    pub fn timeout(&self) -> Option<(Mono, &'static str)> {
        self.engine.poll_timeout()
    }
}

/// What the checks remember between moments.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    asking: asking::Asking,
    time: time::Time,
    trail: trail::Trail,
}

impl Checks {
    /// A restart: what a new process cannot know is not asked of it.
    /// `calendar`: it was not moved meanwhile.
    pub fn restarted(&mut self, store: &Store, time: u64, calendar: bool) {
        self.asking.restarted(store);
        self.time.restarted(time);
        self.trail.restarted(store, calendar);
    }

    /// The calendar was moved, or the computer lay asleep.
    pub fn disturbed(&mut self, what: Disturbance, time: u64) {
        self.asking.disturbed(what);
        self.time.disturbed(what, time);
    }

    /// Takes in one moment, and checks every invariant.
    ///
    /// # Errors
    /// The first invariant that is broken.
    pub fn moment(&mut self, moment: &Moment<'_>, reference: &mut Reference) -> Verdict {
        registering::persisted_before_delivered(moment, reference)?;
        registering::same_write_again(moment, reference)?;
        reference.observe(moment);
        registering::acknowledged_is_kept(moment, reference)?;
        registering::hero_is_read_back(moment, reference)?;
        self.time.timeout_in_the_future(moment)?;
        self.time.deadlines_run_on(moment, reference)?;
        self.asking.one_prompt(moment)?;
        self.asking.closed_prompt_changes_nothing(moment)?;
        asking::one_person(moment, reference)?;
        asking::unknown_network_claims_nothing(moment, reference)?;
        self.asking.prompts_have_causes(moment)?;
        self.trail.chain(moment, reference)?;
        self.trail.outages(moment)?;
        trail::nothing_private(moment)?;
        self.trail.emergency(moment, reference)
    }

    /// What is told about a registry write that was let in.
    ///
    /// # Errors
    /// Invariant 2 or 3.
    pub fn accepted(registry: &Registry, reference: &Reference) -> Verdict {
        registering::never_back(registry, reference)
    }
}

/// Something from outside that checks have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// The calendar jumped by so many milliseconds.
    Calendar(i64),
    /// The computer slept for so many milliseconds.
    Slept(u64),
    /// Policy changed.
    Policy,
}
