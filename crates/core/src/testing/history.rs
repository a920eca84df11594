//! Running histories by the thousand, and shrinking the one that breaks an invariant.

use std::collections::BTreeMap;

use super::check::Broken;
use super::play::policy;
use super::step::{History, Step};
use super::world::{Tally, World};

/// Situations that histories must have met, or a check could not have failed.
pub const MUST_MEET: [&str; 53] = [
    "accepted",
    "address churn",
    "answered twice",
    "applied late",
    "backup restored",
    "blind look",
    "bridge",
    "checking",
    "confirmed now",
    "conflict",
    "crash before the disk",
    "crash with a delivery in flight",
    "duplicated request",
    "emergency fetch",
    "false acceptance",
    "fast user switch",
    "flap",
    "foreign writer",
    "freeze",
    "gateway only",
    "locked",
    "lock",
    "long sleep",
    "lost answer",
    "lost request",
    "microphone in use",
    "move",
    "move that no event tells",
    "not modified",
    "not verified",
    "outage ended",
    "parked",
    "pending at the provider",
    "power lost",
    "proved",
    "read back equal",
    "registry differs",
    "rejected",
    "remote session",
    "sent, not kept",
    "several reviews in one prompt",
    "short sleep",
    "silent recognition",
    "snooze",
    "stale answer",
    "stall",
    "store failure",
    "tap question",
    "throttled",
    "unattended",
    "user switch",
    "vpn",
    "wall step",
];

/// What a run of histories amounts to.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Histories played.
    pub histories: u64,
    /// Steps in them.
    pub steps: u64,
    /// Events handled.
    pub events: u64,
    /// Prompts opened.
    pub prompts: u64,
    /// Crashes.
    pub crashes: u64,
    /// Writes ordered.
    pub deliveries: u64,
    /// In how many histories each situation was met.
    pub met: BTreeMap<&'static str, u64>,
}

impl Figures {
    fn add(&mut self, history: &History, tally: &Tally) {
        self.histories += 1;
        self.steps += history.steps.len() as u64;
        self.events += tally.events;
        self.prompts += tally.prompts;
        self.crashes += tally.crashes;
        self.deliveries += tally.deliveries;
        for situation in &tally.met {
            *self.met.entry(situation).or_default() += 1;
        }
    }

    /// Adds the figures of another run.
    pub fn join(&mut self, other: &Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.events += other.events;
        self.prompts += other.prompts;
        self.crashes += other.crashes;
        self.deliveries += other.deliveries;
        for (situation, times) in &other.met {
            *self.met.entry(situation).or_default() += times;
        }
    }

    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "histories": self.histories,
            "steps": self.steps,
            "events": self.events,
            "prompts": self.prompts,
            "crashes": self.crashes,
            "deliveries": self.deliveries,
            "met": self.met,
        })
        .to_string()
    }
}

/// A history that broke an invariant, made as short as it could be.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{broken}\nseed {}, start {:?}, policy {}, enrolled {}, steps:\n{}", history.seed, history.start, history.policy, history.enrolled, lines(&history.steps))]
pub struct Failure {
    /// The shortest history found.
    pub history: History,
    /// What it breaks.
    pub broken: Broken,
    /// How many histories were played before it.
    pub after: u64,
}

fn lines(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("    {step:?}\n")).collect()
}

/// Plays one history to its rest.
///
/// # Errors
/// The first invariant that breaks.
pub fn play(history: &History) -> Result<Tally, Broken> {
    let mut world = World::new(history.seed, history.start, policy(history.policy), history.enrolled)?;
    for step in &history.steps {
        world.step(*step)?;
    }
    world.come_to_rest()?;
    Ok(world.tally)
}

/// What happened, moment by moment, in a history that breaks an invariant.
#[must_use]
pub fn trace(history: &History) -> Vec<String> {
    let Ok(mut world) = World::new(history.seed, history.start, policy(history.policy), history.enrolled)
    else {
        return Vec::new();
    };
    world.trace = Some(Vec::new());
    let mut played = history.steps.iter().try_for_each(|step| {
        if let Some(trace) = &mut world.trace {
            trace.push(format!("== {step:?}"));
        }
        world.step(*step)
    });
    if played.is_ok() {
        played = world.come_to_rest();
    }
    let mut lines = world.trace.take().unwrap_or_default();
    lines.extend(played.err().map(|broken| broken.to_string()));
    lines
}

/// Plays the histories of these seeds.
///
/// # Errors
/// The first that breaks an invariant, made short.
pub fn run(seeds: std::ops::Range<u64>) -> Result<Figures, Box<Failure>> {
    let mut figures = Figures::default();
    for seed in seeds {
        let history = History::generate(seed);
        match play(&history) {
            Ok(tally) => figures.add(&history, &tally),
            Err(broken) => {
                let (history, broken) = shrink(history, broken);
                return Err(Box::new(Failure { history, broken, after: figures.histories }));
            }
        }
    }
    Ok(figures)
}

/// Takes steps away, halves first, for as long as the same invariant still breaks.
#[must_use]
pub fn shrink(mut history: History, mut broken: Broken) -> (History, Broken) {
    let mut chunk = history.steps.len().max(1).div_ceil(2);
    loop {
        let mut at = 0;
        let mut shorter = false;
        while at < history.steps.len() {
            let mut fewer = history.clone();
            let end = (at + chunk).min(fewer.steps.len());
            fewer.steps.drain(at..end);
            match play(&fewer) {
                Err(other) if other.number == broken.number => {
                    (history, broken, shorter) = (fewer, other, true);
                }
                _ => at += chunk,
            }
        }
        if chunk == 1 && !shorter {
            return (history, broken);
        }
        if !shorter {
            chunk = chunk.div_ceil(2);
        }
    }
}
