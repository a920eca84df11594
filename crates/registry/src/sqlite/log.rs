//! Bringing what is written from SQLite's log into the file, while writing goes on.
//!
//! A commit that found the log long would wait until all of it is copied and on the disk, and so would everybody behind it.
//! So a thread of its own copies, little at a time: a commit waits for the disk no longer than one small copy takes. Only a
//! log that nobody adds to comes to its end and begins anew, so from time to time the writer copies the last bit itself,
//! between two commits. And what is written in quiet times is copied soon after: readers are slower while the log holds
//! anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::Connection;

use super::open::{self, DatabaseUrl};

/// After so many writes the other thread copies: they are on the disk in a few milliseconds.
const STEP: usize = 256;
/// After so many the writer copies what is left. SQLite finds a page at once in a log of up to 4,062.
const LONG: usize = 2048;
/// So long after a write it is copied, however few follow.
const QUIET: Duration = Duration::from_secs(1);

/// The log, as the writer sees it.
#[derive(Debug)]
pub(super) struct Log {
    /// Writes since it began anew, and since the other thread was last asked to copy.
    writes: usize,
    since: usize,
    /// Asks the other thread; `None` where there is none, and SQLite copies a log by itself that grows too long.
    copier: Option<SyncSender<When>>,
    state: Arc<State>,
}

/// What both threads know.
#[derive(Debug, Default)]
struct State {
    /// Whether the other thread was asked to copy and is not done.
    is_busy: AtomicBool,
    /// Whether the other thread knows that something was written since it last began to copy.
    is_told: AtomicBool,
}

/// When to copy.
#[derive(Clone, Copy, Debug)]
enum When {
    Now,
    Soon,
}

impl Log {
    /// Starts the other thread, which ends with this value.
    pub fn open(url: &DatabaseUrl) -> Self {
        let state = Arc::new(State::default());
        let copier = if url.read_only { None } else { start(url, Arc::clone(&state)) };
        Self { writes: 0, since: 0, copier, state }
    }

    /// So many writes were committed.
    pub fn grew(&mut self, writes: usize, connection: &Connection) {
        let Some(copier) = &self.copier else { return };
        self.writes += writes;
        self.since += writes;
        if !self.state.is_told.swap(true, Ordering::AcqRel) {
            // What is not sent for want of room is not needed: there is a word that it has not heard yet.
            copier.try_send(When::Soon).ok();
        }
        if self.state.is_busy.load(Ordering::Acquire) {
            return;
        }
        if self.writes >= LONG {
            copy(connection);
            (self.writes, self.since) = (0, 0);
        } else if self.since >= STEP {
            self.state.is_busy.store(true, Ordering::Release);
            if copier.try_send(When::Now).is_ok() {
                self.since = 0;
            } else {
                self.state.is_busy.store(false, Ordering::Release);
            }
        }
    }
}

fn start(url: &DatabaseUrl, state: Arc<State>) -> Option<SyncSender<When>> {
    let (ask, asked) = sync_channel(2);
    let connection =
        open::copier(url).map_err(|error| tracing::warn!(%error, "the log is copied late")).ok()?;
    let work = move || serve(&asked, &connection, &state);
    std::thread::Builder::new().name("registry-log".to_owned()).spawn(work).ok()?;
    Some(ask)
}

fn serve(asked: &Receiver<When>, connection: &Connection, state: &State) {
    let mut is_whole = true;
    loop {
        let next = if is_whole {
            asked.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            asked.recv_timeout(QUIET)
        };
        match next {
            Ok(When::Soon) => is_whole = false,
            Ok(When::Now) | Err(RecvTimeoutError::Timeout) => {
                state.is_told.store(false, Ordering::Release);
                is_whole = copy(connection);
                state.is_busy.store(false, Ordering::Release);
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
}

/// Copies what no reader needs any more, and waits for nobody; whether nothing is left.
fn copy(connection: &Connection) -> bool {
    let sizes = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    match connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], sizes) {
        Ok((logged, copied)) => logged == copied,
        Err(error) => {
            tracing::warn!(%error, "the log could not be copied; it is tried again");
            false
        }
    }
}
