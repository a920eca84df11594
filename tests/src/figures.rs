//! Figures: medians, percentiles, and the one JSON line at the end.

use std::time::Duration;

use serde_json::{Value, json};

/// A set of durations.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
        self.0.sort_unstable();
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest time that at least `percent` of all do not exceed; zero where there are none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Count, p50, p95, p99 and maximum in milliseconds.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "n": self.count(),
            "p50_ms": millis(self.percentile(50)),
            "p95_ms": millis(self.percentile(95)),
            "p99_ms": millis(self.percentile(99)),
            "max_ms": millis(self.percentile(100)),
        })
    }
}

/// Milliseconds with two decimals.
#[must_use]
pub fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}

/// Whether the long form was asked for (`--long`).
#[must_use]
pub fn is_long() -> bool {
    std::env::var("RIGHTDOOR_LONG").is_ok_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_time_that_covers_its_share() {
        let mut times = Times::default();
        for ms in (1..=100).rev() {
            times.push(Duration::from_millis(ms));
        }
        assert_eq!(times.percentile(50), Duration::from_millis(50));
        assert_eq!(times.percentile(99), Duration::from_millis(99));
        assert_eq!(times.percentile(100), Duration::from_millis(100));
        assert_eq!(Times::default().percentile(50), Duration::ZERO);
    }
}
