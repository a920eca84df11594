//! The one thread that writes.
//!
//! A durable commit costs a disk sync, whatever it holds; so all writes that wait when the thread
//! becomes free go into one transaction, and every one is answered after the commit. An answer
//! therefore means "on the disk".
//!
//! Hardly any write is refused after it has changed something. When one is, the transaction is done
//! again with each write in a savepoint of its own, so that only what was refused leaves nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::Fault;
use super::log::Log;
use crate::refused::Refused;

/// The most writes in one transaction.
const BATCH: usize = 256;
/// The most writes that wait; more wait for room, and in the end time out.
const WAITING: usize = 1024;

/// A handle to the thread; it ends when the last handle is dropped and everything is written.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    /// Transactions, counted before anybody is told that one is durable.
    committed: Arc<AtomicU64>,
    writes: Arc<AtomicU64>,
}

trait Job: Send {
    /// Does the work, anew where it was undone; an error undoes it, and is the storage's fault if it has one.
    fn run(&mut self, connection: &Connection) -> Result<(), Option<Fault>>;
    /// Answers, after the commit or after its failure.
    fn answer(self: Box<Self>, committed: Result<(), Fault>);
}

struct Write<T, F> {
    work: F,
    done: Option<Result<T, Refused>>,
    answer: oneshot::Sender<Result<T, Refused>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, Refused> + Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Option<Fault>> {
        let done = self.done.insert((self.work)(connection));
        done.as_ref().map(drop).map_err(|refused| refused.fault)
    }

    fn answer(self: Box<Self>, committed: Result<(), Fault>) {
        // A refusal may rest on a write of the same transaction, so it waits for the commit too.
        let answer = match (committed, self.done) {
            (Ok(()), Some(done)) => done,
            (Ok(()), None) => Err(Fault::Failed.into()),
            (Err(fault), _) => Err(fault.into()),
        };
        // The requester may have gone; the write stands all the same.
        drop(self.answer.send(answer));
    }
}

impl Writer {
    pub(super) fn start(mut connection: Connection, mut log: Log) -> std::io::Result<Self> {
        let (jobs, mut waiting) = mpsc::channel::<Box<dyn Job>>(WAITING);
        let (committed, writes) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let (counted, added) = (Arc::clone(&committed), Arc::clone(&writes));
        std::thread::Builder::new().name("registry-writer".to_owned()).spawn(move || {
            let mut batch = Vec::with_capacity(BATCH);
            while let Some(first) = waiting.blocking_recv() {
                batch.push(first);
                let result = transact(&mut connection, &mut batch, &mut waiting);
                counted.fetch_add(1, Ordering::Release);
                added.fetch_add(batch.len() as u64, Ordering::Relaxed);
                let writes = batch.len();
                for job in batch.drain(..) {
                    job.answer(result);
                }
                log.grew(writes, &connection);
            }
        })?;
        Ok(Self { jobs, committed, writes })
    }

    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Refused> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Write { work, done: None, answer });
        self.jobs.send(job).await.map_err(|_| Fault::Failed)?;
        answered.await.unwrap_or_else(|_| Err(Fault::Failed.into()))
    }

    pub(super) fn commits(&self) -> (u64, u64) {
        (self.committed.load(Ordering::Relaxed), self.writes.load(Ordering::Relaxed))
    }

    /// The count of transactions, for whoever must not see less than anybody was told.
    pub(super) fn committed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.committed)
    }
}

fn transact(
    connection: &mut Connection,
    batch: &mut Vec<Box<dyn Job>>,
    waiting: &mut mpsc::Receiver<Box<dyn Job>>,
) -> Result<(), Fault> {
    let mut result = together(connection, batch, waiting);
    if let Ok(false) = result {
        result = execute(connection, "ROLLBACK").and_then(|()| apart(connection, batch)).map(|()| true);
    }
    if !connection.is_autocommit() {
        // Nothing of a batch that failed may stay open and be kept with the next one.
        drop(connection.execute_batch("ROLLBACK"));
    }
    if let Err(fault) = result {
        tracing::error!(%fault, writes = batch.len(), "nothing was kept");
    }
    result.map(drop)
}

/// Everything that waits in one transaction; `false` where one was refused that had changed something.
fn together(
    connection: &Connection,
    batch: &mut Vec<Box<dyn Job>>,
    waiting: &mut mpsc::Receiver<Box<dyn Job>>,
) -> Result<bool, Fault> {
    execute(connection, "BEGIN IMMEDIATE")?;
    let mut next = 0;
    while let Some(job) = batch.get_mut(next) {
        let before = connection.total_changes();
        let done = run(connection, job.as_mut())?;
        if done.is_err() && connection.total_changes() != before {
            return Ok(false);
        }
        next += 1;
        if batch.len() < BATCH
            && let Ok(job) = waiting.try_recv()
        {
            batch.push(job);
        }
    }
    execute(connection, "COMMIT").map(|()| true)
}

/// The same writes again, each undone by itself where it is refused.
fn apart(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), Fault> {
    execute(connection, "BEGIN IMMEDIATE")?;
    for job in batch {
        execute(connection, "SAVEPOINT one")?;
        if run(connection, job.as_mut())?.is_err() {
            execute(connection, "ROLLBACK TO one")?;
        }
        execute(connection, "RELEASE one")?;
    }
    execute(connection, "COMMIT")
}

/// Whether the write was accepted, unless the whole transaction is lost: a full disk makes SQLite roll it back by itself.
fn run(connection: &Connection, job: &mut dyn Job) -> Result<Result<(), Option<Fault>>, Fault> {
    let done = job.run(connection);
    if connection.is_autocommit() { Err(done.err().flatten().unwrap_or(Fault::Failed)) } else { Ok(done) }
}

fn execute(connection: &Connection, sql: &str) -> Result<(), Fault> {
    let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|error| {
        tracing::error!(%error, sql, "database");
        Fault::from(&error)
    })
}
