//! Connections that only read, reused, and what is read at one moment.
//!
//! A transaction of its own would be a tenth of a lookup. So one that a lookup began stays open for the others that are
//! ready to run at that moment, and ends when they have had their turn. It is never older than what anybody was told: a
//! commit of ours that was answered ends its use.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::{replace, take};
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::runtime::Handle;

use super::Fault;
use super::open::{self, DatabaseUrl};
use super::people::{self, Reader, Scheme};
use crate::refused::Refused;

/// As many idle connections are kept; more are opened when more readers run at once.
const KEPT: usize = 8;
/// Transactions stay open only when nothing was written for so long: SQLite's log cannot begin anew below an open one.
const CALM: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Readers {
    url: DatabaseUrl,
    /// How many commits of this process were done, counted before anybody is told of them.
    commits: Arc<AtomicU64>,
    pool: Mutex<Pool>,
}

#[derive(Debug, Default)]
struct Pool {
    idle: Vec<Kept>,
    /// Those whose transaction is open, and whether a task is to end them.
    open: Vec<Kept>,
    is_ending: bool,
    /// How often that was done. A transaction that was in use meanwhile is not left open any more.
    ended: u64,
    /// The commits when they were last looked at, and when another one was noticed.
    commits: u64,
    noticed: Option<Instant>,
}

impl Pool {
    /// Whether nothing was written lately.
    fn is_calm(&mut self, commits: u64) -> bool {
        let now = Instant::now();
        if replace(&mut self.commits, commits) != commits {
            self.noticed = Some(now);
        }
        self.noticed.is_none_or(|at| now.saturating_duration_since(at) >= CALM)
    }

    fn rest(&mut self, kept: Kept) {
        if self.idle.len() < KEPT {
            self.idle.push(kept);
        }
    }
}

/// A connection, and what it has read that is true until anybody commits.
#[derive(Debug)]
struct Kept {
    connection: Connection,
    /// How many commits were done when its transaction began; `None` where none is open.
    began: Cell<Option<u64>>,
    known: RefCell<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// SQLite's number of the state that this was read in: another one as soon as anybody, in whatever process, commits.
    version: i64,
    readers: HashMap<[u8; 32], (Scheme, Reader)>,
}

/// The database at one moment: whatever is read of it belongs together.
pub(crate) struct Snapshot<'a>(&'a Kept);

impl Deref for Snapshot<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0.connection
    }
}

impl Snapshot<'_> {
    /// The reader with this credential, while it is valid. The same few ask again and again.
    pub fn reader(&self, scheme: Scheme, hash: [u8; 32]) -> Result<Option<Reader>, Refused> {
        if let Some((known, reader)) = self.0.known.borrow().readers.get(&hash)
            && *known == scheme
        {
            return Ok(Some(reader.clone()));
        }
        let found = people::reader(self, scheme, hash)?;
        if let Some(reader) = &found {
            self.0.known.borrow_mut().readers.insert(hash, (scheme, reader.clone()));
        }
        Ok(found)
    }
}

impl Kept {
    fn open(url: &DatabaseUrl) -> Result<Self, Refused> {
        let connection = open::reader(url).map_err(|error| {
            tracing::error!(%error, "cannot read");
            Refused::from(Fault::Failed)
        })?;
        Ok(Self { connection, began: Cell::default(), known: RefCell::default() })
    }

    /// Has a transaction that sees at least the first `commits`.
    fn begin(&self, commits: u64) -> rusqlite::Result<()> {
        if self.began.get() == Some(commits) && !self.connection.is_autocommit() {
            return Ok(());
        }
        self.end()?;
        self.execute("BEGIN")?;
        self.began.set(Some(commits));
        // The first thing that is read: the moment is this one.
        let mut moment = self.connection.prepare_cached("PRAGMA data_version")?;
        let version = moment.query_row([], |row| row.get(0))?;
        if self.known.borrow().version != version {
            self.known.replace(Known { version, ..Known::default() });
        }
        Ok(())
    }

    fn end(&self) -> rusqlite::Result<()> {
        // A fault while reading has ended it already.
        let is_open = self.began.take().is_some() && !self.connection.is_autocommit();
        if is_open { self.execute("COMMIT") } else { Ok(()) }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

impl Readers {
    pub(super) fn new(url: DatabaseUrl, commits: Arc<AtomicU64>) -> Self {
        Self { url, commits, pool: Mutex::default() }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads at one moment, after everything that anybody was told is written.
    pub(super) fn run<T>(
        &self,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let (kept, done) = self.read(read)?;
        kept.end()?;
        self.pool().rest(kept);
        done
    }

    /// The same, quickly, in a transaction that is shared with whoever else looks at this moment.
    pub(super) fn look<T>(
        self: &Arc<Self>,
        look: impl FnOnce(&Snapshot<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let ended = self.pool().ended;
        let (kept, done) = self.read(look)?;
        if let Some(kept) = self.share(kept, ended) {
            kept.end()?;
            self.pool().rest(kept);
        }
        done
    }

    /// Leaves a transaction open for whoever is ready to run now; gives it back where it must not stay so, or nobody would
    /// end it.
    fn share(self: &Arc<Self>, kept: Kept, ended: u64) -> Option<Kept> {
        let Ok(runtime) = Handle::try_current() else { return Some(kept) };
        let mut pool = self.pool();
        let is_calm = pool.is_calm(self.commits.load(Ordering::Acquire));
        if pool.ended != ended || pool.open.len() >= KEPT || !is_calm {
            return Some(kept);
        }
        pool.open.push(kept);
        if !replace(&mut pool.is_ending, true) {
            let readers = Arc::clone(self);
            runtime.spawn(async move {
                // They run before.
                tokio::task::yield_now().await;
                readers.end();
            });
        }
        None
    }

    /// A connection that could begin is lost only with a fault of the storage.
    fn read<T>(
        &self,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, Refused>,
    ) -> Result<(Kept, Result<T, Refused>), Refused> {
        let kept = {
            let mut pool = self.pool();
            pool.open.pop().or_else(|| pool.idle.pop())
        };
        let kept = kept.map_or_else(|| Kept::open(&self.url), Ok)?;
        kept.begin(self.commits.load(Ordering::Acquire))?;
        let done = read(&Snapshot(&kept));
        Ok((kept, done))
    }

    /// Ends what is open.
    fn end(&self) {
        let open = {
            let mut pool = self.pool();
            pool.is_ending = false;
            pool.ended += 1;
            take(&mut pool.open)
        };
        for kept in open {
            match kept.end() {
                Ok(()) => self.pool().rest(kept),
                Err(error) => tracing::error!(%error, "a reader is given up"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    struct Scene {
        _folder: tempfile::TempDir,
        commits: Arc<AtomicU64>,
        readers: Arc<Readers>,
        writer: Connection,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = DatabaseUrl::file(folder.path().join("a.db"));
            let writer = open::writable(&url).unwrap();
            let commits = Arc::new(AtomicU64::new(0));
            let readers = Arc::new(Readers::new(url, Arc::clone(&commits)));
            Self { _folder: folder, commits, readers, writer }
        }

        fn write(&self) {
            let sql = "INSERT INTO person (name, created_at) SELECT 'p' || count(*), 0 FROM person";
            self.writer.execute(sql, []).unwrap();
        }

        fn people(&self) -> i64 {
            let count = |snapshot: &Snapshot<'_>| {
                Ok(snapshot.query_row("SELECT count(*) FROM person", [], |row| row.get(0))?)
            };
            self.readers.look(count).unwrap()
        }
    }

    #[tokio::test]
    async fn a_look_sees_everything_that_was_told() {
        let scene = Scene::new();
        assert_eq!(scene.people(), 0);
        for number in 1..=3 {
            // One transaction is open, and nobody had time to end it.
            assert_eq!(scene.readers.pool().open.len(), usize::from(number == 1));
            scene.write();
            scene.commits.fetch_add(1, Ordering::Release);
            assert_eq!(scene.people(), number);
        }
    }

    #[tokio::test]
    async fn what_another_process_wrote_is_seen_by_those_who_come_next() {
        let scene = Scene::new();
        for number in 0..3 {
            assert_eq!(scene.people(), number);
            scene.write();
            // As often as a task has to run that lets everybody run before.
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
            assert_eq!(scene.readers.pool().open.len(), 0);
        }
        assert_eq!(scene.people(), 3);
    }

    #[tokio::test]
    async fn what_was_in_use_when_the_others_ended_does_not_stay_open() {
        let scene = Scene::new();
        let end = |_: &Snapshot<'_>| {
            scene.readers.end();
            Ok(())
        };
        scene.readers.look(end).unwrap();
        let pool = scene.readers.pool();
        assert_eq!((pool.open.len(), pool.idle.len()), (0, 1));
    }

    #[test]
    fn nothing_stays_open_where_nobody_would_end_it() {
        let scene = Scene::new();
        assert_eq!(scene.people(), 0);
        let pool = scene.readers.pool();
        assert_eq!((pool.open.len(), pool.idle.len()), (0, 1));
    }
}
