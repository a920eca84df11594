//! Bringing what is written from SQLite's log into the file, while writing goes on.
//!
//! A commit that found the log long would wait until all of it is copied and on the disk, and so would everybody behind it.
//! So a thread of its own copies most of it. What is written meanwhile is little: the writer copies that itself, between
//! two commits, because only a log that nobody adds to comes to its end and begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use rusqlite::Connection;

use super::open::{self, DatabaseUrl};

/// After so many writes the log is copied.
const EVERY: usize = 2048;
/// How often the other thread copies: the second time what was written during the first.
const ROUNDS: usize = 2;

/// The log, as the writer sees it.
#[derive(Debug)]
pub(super) struct Log {
    /// Writes since it began anew.
    writes: usize,
    /// Asks the other thread; `None` where there is none, and SQLite copies a log by itself that grows too long.
    copier: Option<SyncSender<()>>,
    asked: bool,
    /// Set by the other thread when it is done.
    copied: Arc<AtomicBool>,
}

impl Log {
    /// Starts the other thread, which ends with this value.
    pub fn open(url: &DatabaseUrl) -> Self {
        let copied = Arc::new(AtomicBool::new(false));
        let copier = if url.read_only { None } else { start(url, Arc::clone(&copied)) };
        Self { writes: 0, copier, asked: false, copied }
    }

    /// So many writes were committed.
    pub fn grew(&mut self, writes: usize, connection: &Connection) {
        self.writes += writes;
        if self.asked && self.copied.swap(false, Ordering::Acquire) {
            copy(connection);
            (self.writes, self.asked) = (0, false);
        }
        if let Some(copier) = self.copier.as_ref().filter(|_| !self.asked && self.writes >= EVERY) {
            self.asked = copier.try_send(()).is_ok();
        }
    }
}

fn start(url: &DatabaseUrl, copied: Arc<AtomicBool>) -> Option<SyncSender<()>> {
    let (ask, asked) = sync_channel::<()>(1);
    let connection =
        open::copier(url).map_err(|error| tracing::warn!(%error, "the log is copied late")).ok()?;
    let work = move || {
        while asked.recv().is_ok() {
            for _ in 0..ROUNDS {
                copy(&connection);
            }
            copied.store(true, Ordering::Release);
        }
    };
    std::thread::Builder::new().name("registry-log".to_owned()).spawn(work).ok()?;
    Some(ask)
}

/// Copies what no reader needs any more, and waits for nobody.
fn copy(connection: &Connection) {
    let copied = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = copied {
        tracing::warn!(%error, "the log could not be copied; it is tried again");
    }
}
