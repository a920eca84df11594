//! Who waits to hear that a record has changed: one long request instead of many short ones.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Where each record's changes have come to, since the server started.
#[derive(Debug)]
pub struct Changes {
    start: u64,
    records: Mutex<HashMap<(String, String), watch::Sender<u64>>>,
    ending: watch::Sender<bool>,
}

impl Changes {
    /// Counts from `now` (Unix milliseconds), so that what a companion knows from before a restart
    /// is never taken for what is now.
    #[must_use]
    pub fn since(now: i64) -> Self {
        let start = u64::try_from(now).unwrap_or_default();
        Self { start, records: Mutex::new(HashMap::new()), ending: watch::Sender::new(false) }
    }

    fn record<T>(&self, endpoint: &str, device: &str, with: impl FnOnce(&watch::Sender<u64>) -> T) -> T {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (endpoint.to_owned(), device.to_owned());
        with(records.entry(key).or_insert_with(|| watch::Sender::new(self.start)))
    }

    /// The record has changed.
    pub fn note(&self, endpoint: &str, device: &str) {
        self.record(endpoint, device, |at| at.send_modify(|at| *at += 1));
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
        let mut at = self.record(endpoint, device, watch::Sender::subscribe);
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
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_change_wakes_who_waits_for_it() {
        let changes = Changes::since(1000);
        assert_eq!(changes.past("e", "d", None, LONG).await, Some(1000));
        let waits = changes.past("e", "d", Some(1000), LONG);
        let acts = async {
            changes.note("e", "other");
            changes.note("e", "d");
        };
        assert_eq!(tokio::join!(waits, acts).0, Some(1001));
        assert_eq!(changes.past("e", "d", Some(7), LONG).await, Some(1001), "from before a restart");
    }

    #[tokio::test]
    async fn nothing_new_ends_the_wait() {
        let changes = Changes::since(1000);
        assert_eq!(changes.past("e", "d", Some(1000), Duration::ZERO).await, None);
        let (waited, ()) = tokio::join!(changes.past("e", "d", Some(1000), LONG), async { changes.end() });
        assert_eq!(waited, None);
    }
}
