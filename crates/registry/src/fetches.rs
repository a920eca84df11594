//! Fetches by the call path, kept after the answer.
//!
//! An emergency call must not wait for a disk. So a fetch is remembered here, the answer goes out,
//! and the writer keeps it a moment later; until then [`Fetches::mark`] adds it to what a device
//! reads back. While nothing can be written the fetches wait here, the newest ones if they are many; those of
//! emergencies wait apart, so that no number of others crowds them out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rightdoor_location::record::Record;
use tokio::sync::Notify;

use crate::sqlite::Store;
use crate::sqlite::documents::{self, Fetch};

/// As many fetches of each kind wait at most.
const WAITING: usize = 10_000;
/// As many of each kind are kept at once: a device's write waits behind them.
const BATCH: usize = 100;
/// Pause before the next try when nothing could be kept.
const PAUSE: Duration = Duration::from_secs(1);

/// The fetches that are not kept yet.
#[derive(Debug, Default)]
pub struct Fetches {
    waiting: Mutex<Waiting>,
    news: Notify,
    /// Held while a batch is being kept, so that none is kept twice.
    turn: tokio::sync::Mutex<()>,
}

/// Each with its number, in the order in which they came.
#[derive(Debug, Default)]
struct Waiting {
    count: u64,
    emergencies: VecDeque<(u64, Fetch)>,
    others: VecDeque<(u64, Fetch)>,
}

impl Waiting {
    const fn queues(&mut self) -> [&mut VecDeque<(u64, Fetch)>; 2] {
        [&mut self.emergencies, &mut self.others]
    }

    fn add(&mut self, fetch: Fetch) {
        self.count += 1;
        let number = self.count;
        let queue = if fetch.emergency { &mut self.emergencies } else { &mut self.others };
        if queue.len() >= WAITING {
            queue.pop_front();
        }
        queue.push_back((number, fetch));
    }

    /// The next ones to be kept.
    fn batch(&self) -> Vec<(u64, Fetch)> {
        let next = |queue: &VecDeque<(u64, Fetch)>| queue.iter().take(BATCH).cloned().collect::<Vec<_>>();
        [next(&self.emergencies), next(&self.others)].concat()
    }

    /// Drops a batch that was kept; what was crowded out meanwhile is not there to be dropped.
    fn drop_kept(&mut self, batch: &[(u64, Fetch)]) {
        for queue in self.queues() {
            while let Some((number, fetch)) = queue.front()
                && batch.iter().any(|(kept, of)| kept == number && of.emergency == fetch.emergency)
            {
                queue.pop_front();
            }
        }
    }
}

impl Fetches {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a fetch, at once.
    pub fn add(&self, fetch: Fetch) {
        self.lock().add(fetch);
        self.news.notify_one();
    }

    /// How many wait.
    #[must_use]
    pub fn count(&self) -> usize {
        let waiting = self.lock();
        waiting.emergencies.len() + waiting.others.len()
    }

    /// The fetches that wait now. Take them *before* reading the database: then a fetch is in one
    /// of the two.
    #[must_use]
    pub fn waiting(&self) -> Vec<Fetch> {
        let waiting = self.lock();
        waiting.emergencies.iter().chain(&waiting.others).map(|(_, fetch)| fetch.clone()).collect()
    }

    /// Adds what waits to the record of document `id`.
    pub fn mark(waiting: &[Fetch], id: i64, record: &mut Record) {
        for fetch in waiting.iter().filter(|fetch| fetch.document == id) {
            if fetch.by_value && fetch.revision == record.revision {
                record.fetched_at = record.fetched_at.max(Some(fetch.at));
            }
            if fetch.emergency {
                record.emergency_at = record.emergency_at.max(Some(fetch.at));
            }
        }
    }

    /// Keeps fetches as they come, for ever.
    pub async fn run(&self, store: &Store) {
        loop {
            self.news.notified().await;
            while !self.keep(store).await {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Keeps all that wait, those that come meanwhile too; `false` when they could not be kept.
    pub async fn keep(&self, store: &Store) -> bool {
        let _turn = self.turn.lock().await;
        loop {
            let batch = self.lock().batch();
            if batch.is_empty() {
                return true;
            }
            let fetches: Vec<_> = batch.iter().map(|(_, fetch)| fetch.clone()).collect();
            let kept = store.write(move |connection| {
                fetches.iter().try_for_each(|fetch| documents::fetched(connection, fetch))
            });
            if kept.await.is_err() {
                return false;
            }
            self.lock().drop_kept(&batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rightdoor_location::Revision;

    fn fetch(document: i64, emergency: bool) -> Fetch {
        Fetch { document, revision: Revision(1), by_value: true, reader: 1, emergency, at: document }
    }

    #[test]
    fn no_number_of_others_crowds_an_emergency_out() {
        let fetches = Fetches::default();
        fetches.add(fetch(1, true));
        for document in 0..=10_000 {
            fetches.add(fetch(document, false));
        }
        let waiting = fetches.waiting();
        assert_eq!(waiting.len(), WAITING + 1);
        assert_eq!(waiting.first(), Some(&fetch(1, true)));
        assert_eq!(waiting.last(), Some(&fetch(10_000, false)), "the newest are kept");
    }

    #[test]
    fn what_was_kept_goes_and_what_came_meanwhile_stays() {
        let mut waiting = Waiting::default();
        for document in 0..3 {
            waiting.add(fetch(document, false));
        }
        waiting.add(fetch(3, true));
        let batch = waiting.batch();
        assert_eq!(batch.len(), 4);
        waiting.others.pop_front();
        waiting.add(fetch(4, false));
        waiting.drop_kept(&batch);
        assert_eq!(waiting.batch(), [(5, fetch(4, false))]);
    }
}
