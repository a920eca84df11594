//! A token bucket for each token, and one for each peer that shows no valid one.
//!
//! Readers of the call path are never limited: an emergency call does not wait for a bucket.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::StatusCode;

use crate::refused::Refused;

/// How many requests are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests a second in the long run; 0 is without limit.
    pub per_second: f64,
    /// Requests at once after a pause.
    pub burst: f64,
}

/// Buckets by key.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, (f64, Instant)>>,
}

/// Buckets that are full again are forgotten when there are more than this.
const MANY: usize = 10_000;

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets that fill at `rate`.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one request of `key`.
    ///
    /// # Errors
    /// A 429 with `Retry-After` where the bucket is empty.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Refused> {
        let Rate { per_second, burst } = self.rate;
        if per_second <= 0.0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let level = |(level, at): (f64, Instant)| {
            (level + now.saturating_duration_since(at).as_secs_f64() * per_second).min(burst)
        };
        if buckets.len() > MANY {
            buckets.retain(|_, bucket| level(*bucket) < burst);
        }
        let bucket = buckets.entry(key).or_insert((burst, now));
        let left = level(*bucket) - 1.0;
        if left < 0.0 {
            let hint = "wait as long as Retry-After says, then go on more slowly";
            let refused =
                Refused::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests.", hint);
            return Err(refused.retry_after(if per_second >= 1.0 { 1 } else { 10 }));
        }
        *bucket = (left, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_empties_and_fills() {
        let buckets = Buckets::new(Rate { per_second: 2.0, burst: 3.0 });
        let start = Instant::now();
        for _ in 0..3 {
            assert!(buckets.take("a", start).is_ok());
        }
        assert!(buckets.take("a", start).is_err());
        assert!(buckets.take("b", start).is_ok());
        assert!(buckets.take("a", start + Duration::from_millis(600)).is_ok());
        assert!(buckets.take("a", start + Duration::from_millis(700)).is_err());
    }

    #[test]
    fn no_rate_is_no_limit() {
        let buckets = Buckets::new(Rate { per_second: 0.0, burst: 0.0 });
        assert!((0..1000).all(|_| buckets.take(1, Instant::now()).is_ok()));
    }
}
