//! Settling: a quiet period with a ceiling, so that a storm of hints ends in one sample.

use std::time::Duration;

use crate::Mono;

/// Waiting for the storm to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settle {
    first: Mono,
    last: Mono,
}

impl Settle {
    /// Begins at the hint that mattered.
    #[must_use]
    pub const fn begin(now: Mono) -> Self {
        Self { first: now, last: now }
    }

    /// One more hint.
    pub fn extend(&mut self, now: Mono) {
        self.last = now;
    }

    /// When it is over: `quiet` after the last hint, at most `ceiling` after the first.
    #[must_use]
    pub fn due(&self, quiet: Duration, ceiling: Duration) -> Mono {
        self.last.after(quiet).min(self.first.after(ceiling))
    }
}
