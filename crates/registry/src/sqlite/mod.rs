//! SQLite: one writer thread with group commit, readers beside it, and all SQL.
//!
//! Nothing outside this module names SQL or `rusqlite`; a PostgreSQL store would be a sibling with
//! the same functions.

pub mod advisory;
pub mod audit;
pub mod coverage;
pub mod directory;
pub mod documents;
pub mod fault;
pub mod given;
pub mod guidance;
mod log;
pub mod open;
pub mod people;
mod readers;
pub mod sealing;
mod writer;

use std::sync::Arc;

use rusqlite::Connection;

pub use fault::Fault;
pub use open::DatabaseUrl;
pub(crate) use readers::Snapshot;

use crate::refused::Refused;
use documents::Target;
use log::Log;
use readers::Readers;
use writer::Writer;

/// The store: shared by all requests.
#[derive(Clone, Debug)]
pub struct Store {
    readers: Arc<Readers>,
    writer: Writer,
    sealing: Option<[u8; 32]>,
}

impl Store {
    /// Opens the database, makes or migrates its tables, checks it, and starts the writer.
    ///
    /// # Errors
    /// [`open::OpenError`] says what is wrong with the file and what to do.
    pub fn open(url: &DatabaseUrl) -> Result<Self, open::OpenError> {
        let connection = open::writable(url)?;
        let kept = match crate::secret::random::<32>() {
            Ok(fresh) if !url.read_only => sealing::make_key(&connection, fresh).map(Some),
            Ok(_) | Err(_) => sealing::key(&connection),
        };
        let sealing = kept.unwrap_or_else(|refused| {
            tracing::warn!(%refused, "no location URIs");
            None
        });
        let writer = Writer::start(connection, Log::open(url))?;
        let readers = Arc::new(Readers::new(url.clone(), writer.committed()));
        Ok(Self { readers, writer, sealing })
    }

    /// The key of location URIs; a copy that is served unchanged may have none.
    #[must_use]
    pub const fn sealing_key(&self) -> Option<[u8; 32]> {
        self.sealing
    }

    /// Looks something up by its key, on the thread that asks: a few microseconds, and no reader waits for a writer.
    /// What walks over many rows is for [`Store::read`].
    ///
    /// # Errors
    /// What `look` refused, or a 503 where the database could not be read.
    pub(crate) fn look<T>(
        &self,
        look: impl FnOnce(&Snapshot<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        self.readers.look(look)
    }

    /// Runs `read` on a reader, off the event loop's threads. It sees what was committed.
    ///
    /// # Errors
    /// What `read` refused, or a 503 where the database could not be read.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let readers = Arc::clone(&self.readers);
        let done = tokio::task::spawn_blocking(move || readers.run(|snapshot| read(snapshot))).await;
        done.unwrap_or_else(|_| Err(Fault::Failed.into()))
    }

    /// Runs `write` on the writer and answers after its transaction is durable. Writes that wait
    /// at the same time share one transaction; one that refuses leaves nothing behind. `write` is run again where
    /// another one of its transaction had to be undone.
    ///
    /// # Errors
    /// What `write` refused, or a 503 where nothing could be kept.
    pub async fn write<T: Send + 'static>(
        &self,
        write: impl FnMut(&Connection) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        self.writer.run(write).await
    }

    /// The same, for a target whose holder's token is valid in the very transaction that writes; `None` where it is not.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_to<T: Send + 'static>(
        &self,
        target: Target,
        mut write: impl FnMut(&Connection, &Target) -> Result<T, Refused> + Send + 'static,
    ) -> Result<Option<T>, Refused> {
        let valid = move |connection: &Connection| {
            let holds = people::holds(connection, &target.holder, &target.endpoint)?;
            if holds { write(connection, &target).map(Some) } else { Ok(None) }
        };
        self.write(valid).await
    }

    /// How many transactions and writes there were since the start.
    #[must_use]
    pub fn commits(&self) -> (u64, u64) {
        self.writer.commits()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_log_begins_anew_while_writing_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let store = Store::open(&DatabaseUrl::file(&path)).unwrap();
        let writers: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    for _ in 0..600 {
                        let sql = "INSERT INTO audit (seq, at, kind, facts, prev, hash)
                                   SELECT ifnull(max(seq), 0) + 1, 0, hex(zeroblob(2000)), '', '', '' FROM audit";
                        store.write(|connection| Ok(connection.execute(sql, [])?)).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let count = |connection: &Connection| {
            Ok(connection.query_row("SELECT count(*) FROM audit", [], |row| row.get::<_, i64>(0))?)
        };
        assert_eq!(store.read(count).await.unwrap(), 9600);
        // All of it is 46 MB of pages.
        let log = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
        assert!(log < 28 << 20, "{log} bytes");
    }

    #[tokio::test]
    async fn what_is_written_in_quiet_times_is_in_the_file_soon() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let store = Store::open(&DatabaseUrl::file(&path)).unwrap();
        // Each time, not only at first.
        for number in 1..=2_i64 {
            let sql = "INSERT INTO person (name, created_at) VALUES (?, 0)";
            store.write(move |connection| Ok(connection.execute(sql, [number.to_string()])?)).await.unwrap();
            let end = Instant::now() + Duration::from_secs(20);
            while in_the_file(&path) != Some(number) {
                assert!(Instant::now() < end, "write {number} is in the log only");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// How many people are in the file alone, without its log.
    fn in_the_file(path: &std::path::Path) -> Option<i64> {
        let alone = path.with_file_name("alone.db");
        std::fs::copy(path, &alone).unwrap();
        let count = "SELECT count(*) FROM person";
        Connection::open(&alone).and_then(|alone| alone.query_row(count, [], |row| row.get(0))).ok()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_refused_write_leaves_nothing_and_hurts_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::file(dir.path().join("a.db"))).unwrap();
        // Whatever comes while this one is at work shares the next transaction.
        let blocker = store.clone();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let blocked = tokio::spawn(async move { blocker.write(move |_| Ok(wait.recv().is_ok())).await });
        let writes: Vec<_> = (0..100_i64)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let write = store.write(move |connection| {
                        let sql = "INSERT INTO person (name, created_at) VALUES (?, 0)";
                        connection.execute(sql, [format!("person {number}")])?;
                        if number % 3 == 0 { Err(Refused::bad_request("no", "no", "no")) } else { Ok(number) }
                    });
                    write.await
                })
            })
            .collect();
        go.send(()).unwrap();
        // It does not wait when it is done again.
        drop(go);
        blocked.await.unwrap().unwrap();
        let mut kept = 0;
        for (number, write) in (0..100).zip(writes) {
            let answer = write.await.unwrap();
            assert_eq!(answer.is_ok(), number % 3 != 0);
            kept += i64::from(answer.is_ok());
        }
        let count = |connection: &Connection| {
            Ok(connection.query_row("SELECT count(*) FROM person", [], |row| row.get::<_, i64>(0))?)
        };
        assert_eq!(store.read(count).await.unwrap(), kept);
        let (commits, writes) = store.commits();
        assert_eq!(writes, 101);
        assert!(commits < writes, "{commits} commits");
    }
}
