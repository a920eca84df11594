//! Fetches by the call path, kept after the answer.
//!
//! An emergency call must not wait for a disk. So a fetch is remembered here, the answer goes out,
//! and the writer keeps it a moment later; until then [`Fetches::mark`] adds it to what a device
//! reads back. While nothing can be written the fetches wait here, the newest ones if they are many.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rightdoor_location::record::Record;
use tokio::sync::Notify;

use crate::sqlite::Store;
use crate::sqlite::documents::{self, Fetch};

/// As many fetches wait at most.
const WAITING: usize = 10_000;
/// Pause before the next try when nothing could be kept.
const PAUSE: Duration = Duration::from_secs(1);

/// The fetches that are not kept yet.
#[derive(Debug, Default)]
pub struct Fetches {
    waiting: Mutex<Vec<Fetch>>,
    news: Notify,
    /// Held while a batch is being kept, so that none is kept twice.
    turn: tokio::sync::Mutex<()>,
}

impl Fetches {
    fn lock(&self) -> MutexGuard<'_, Vec<Fetch>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a fetch, at once.
    pub fn add(&self, fetch: Fetch) {
        let mut waiting = self.lock();
        if waiting.len() >= WAITING {
            waiting.remove(0);
        }
        waiting.push(fetch);
        drop(waiting);
        self.news.notify_one();
    }

    /// The fetches that wait now. Take them *before* reading the database: then a fetch is in one
    /// of the two.
    #[must_use]
    pub fn waiting(&self) -> Vec<Fetch> {
        self.lock().clone()
    }

    /// Adds what waits to the record of document `id`.
    pub fn mark(waiting: &[Fetch], id: i64, record: &mut Record) {
        for fetch in waiting.iter().filter(|fetch| fetch.document == id) {
            if fetch.revision == record.revision {
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

    /// Keeps all that wait now; `false` when they could not be kept.
    pub async fn keep(&self, store: &Store) -> bool {
        let _turn = self.turn.lock().await;
        let batch = self.waiting();
        if batch.is_empty() {
            return true;
        }
        let done = batch.clone();
        let kept = store
            .write(move |connection| batch.iter().try_for_each(|fetch| documents::fetched(connection, fetch)))
            .await
            .is_ok();
        if kept {
            // What was dropped meanwhile for want of room is not there to be removed.
            self.lock().retain(|fetch| !done.contains(fetch));
        }
        kept
    }
}
