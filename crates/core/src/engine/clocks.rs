//! Two clocks that must agree, ages that may be unknown, and chance that can be replayed.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Engine;
use crate::audit::hex;
use crate::{Mono, Now, Wall};

/// Which ages may be believed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ages {
    /// Whether the calendar jumped while we watched: ages by the calendar are unknown.
    pub calendar_jumped: bool,
    /// When the last confirmation was made, if that was in this run: its age needs no calendar.
    pub confirmed: Option<Mono>,
}

/// Salts and jitter, from the seed given at start: the same history draws the same.
#[derive(Clone)]
pub(super) struct Chance {
    seed: [u8; 32],
    drawn: u64,
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chance({} drawn)", self.drawn)
    }
}

impl Chance {
    pub(super) const fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut sha = Sha256::new();
        sha.update(self.seed);
        sha.update(self.drawn.to_be_bytes());
        sha.finalize().into()
    }

    /// 16 bytes, hex.
    pub(super) fn salt(&mut self) -> String {
        hex(&self.draw()[..16])
    }

    /// Between three quarters and five quarters of `span`.
    pub(super) fn jitter(&mut self, span: Duration) -> Duration {
        let eighths = 6 + u32::from(self.draw()[0] % 5);
        span * eighths / 8
    }

    /// Doubling from one second to one minute, with jitter.
    pub(super) fn back_off(&mut self, attempt: u32) -> Duration {
        let seconds = 1_u64 << attempt.min(6);
        self.jitter(Duration::from_secs(seconds.min(60)))
    }
}

impl Engine {
    /// Moves to `now`, and notices when the calendar moved otherwise than the clock that counts
    /// sleep: then every age by the calendar is unknown, and what is old enough to matter is asked.
    pub(super) fn advance(&mut self, now: Now) {
        let by_clock = i128::from(now.mono.0) - i128::from(self.now.mono.0);
        let by_calendar = i128::from(now.wall.0) - i128::from(self.now.wall.0);
        let apart = (by_calendar - by_clock).unsigned_abs();
        if apart > self.policy.clock_tolerance.as_millis() {
            self.ages.calendar_jumped = true;
            self.doubt_places();
        }
        self.now = Now { mono: self.now.mono.max(now.mono), wall: now.wall };
    }

    /// The calendar, where ages by it may be believed.
    pub(super) fn calendar(&self) -> Option<Wall> {
        (!self.ages.calendar_jumped).then_some(self.now.wall)
    }

    /// Age of the last confirmation; `None` when it cannot be known.
    pub(super) fn confirmation_age(&self) -> Option<Duration> {
        if let Some(at) = self.ages.confirmed {
            return Some(self.now.mono.since(at));
        }
        let entry = self.desk.entry.as_ref()?;
        self.calendar()?.since(entry.confirmed_at)
    }
}
