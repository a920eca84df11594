//! Who waits to hear that a record has changed: one long request instead of many short ones.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Where the changes of those records have come to that somebody waits for.
///
/// A record that nobody waits for is forgotten, or this would grow with every endpoint there is. Who asks for it again is
/// given a number that was never given before, and so looks at the record once more than it had to; never once less.
#[derive(Debug)]
pub struct Changes {
    next: AtomicU64,
    records: Mutex<HashMap<(String, String), watch::Sender<u64>>>,
    ending: watch::Sender<bool>,
}

impl Changes {
    /// Counts from `now` (Unix milliseconds), so that what a companion knows from before a restart
    /// is never taken for what is now.
    #[must_use]
    pub fn since(now: i64) -> Self {
        let next = AtomicU64::new(u64::try_from(now).unwrap_or_default());
        Self { next, records: Mutex::new(HashMap::new()), ending: watch::Sender::new(false) }
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn records(&self) -> MutexGuard<'_, HashMap<(String, String), watch::Sender<u64>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record has changed.
    pub fn note(&self, endpoint: &str, device: &str) {
        let mut records = self.records();
        let key = (endpoint.to_owned(), device.to_owned());
        let Some(at) = records.get(&key) else { return };
        if at.receiver_count() == 0 {
            records.remove(&key);
        } else {
            at.send_replace(self.number());
        }
    }

    /// Where the record's changes are, as soon as that is not `after`; `None` if nothing comes
    /// within `patience`, or the server stops.
    pub async fn past(
        &self,
        endpoint: &str,
        device: &str,
        after: Option<u64>,
        patience: Duration,
    ) -> Option<u64> {
        let key = (endpoint.to_owned(), device.to_owned());
        let mut at =
            self.records().entry(key).or_insert_with(|| watch::Sender::new(self.number())).subscribe();
        let mut ending = self.ending.subscribe();
        tokio::select! {
            changed = at.wait_for(|at| Some(*at) != after) => changed.ok().map(|at| *at),
            _ = ending.wait_for(|ending| *ending) => None,
            () = tokio::time::sleep(patience) => None,
        }
    }

    /// Lets go of everybody who waits.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_change_wakes_who_waits_for_it() {
        let changes = Changes::since(1000);
        let known = changes.past("e", "d", None, LONG).await;
        let waits = changes.past("e", "d", known, LONG);
        let acts = async {
            changes.note("e", "other");
            changes.note("e", "d");
        };
        let now = tokio::join!(waits, acts).0;
        assert!(now > known, "{now:?}");
        assert_eq!(changes.past("e", "d", Some(7), LONG).await, now, "from before a restart");
    }

    #[tokio::test]
    async fn nothing_new_ends_the_wait() {
        let changes = Changes::since(1000);
        let known = changes.past("e", "d", None, LONG).await;
        assert_eq!(changes.past("e", "d", known, Duration::ZERO).await, None);
        let (waited, ()) = tokio::join!(changes.past("e", "d", known, LONG), async { changes.end() });
        assert_eq!(waited, None);
    }

    #[tokio::test]
    async fn a_change_that_nobody_waited_for_is_seen_all_the_same_and_takes_no_room() {
        let changes = Changes::since(1000);
        let known = changes.past("e", "d", None, LONG).await.unwrap();
        changes.note("e", "d");
        assert!(changes.records().is_empty());
        let now = changes.past("e", "d", Some(known), LONG).await.unwrap();
        assert!(now > known, "{now}");
    }
}
