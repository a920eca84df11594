//! The store: what the companion must not forget, in one SQLite file on its own thread.
//!
//! A batch is one transaction, flushed to the disk before it is acknowledged. A damaged file is
//! moved aside; a file that cannot be written leaves the companion running, with every batch
//! answered by its fault, and is tried again at each batch.

mod file;
mod read;
mod write;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use rightdoor_core::{Batch, Saved, StoreFault};
use rightdoor_location::record::{DirectoryPlace, Problem};
use rusqlite::Connection;
use tokio::sync::oneshot;

use file::FileFault;
pub use read::{ReadError, Reader};

/// Why the store was not opened, and the companion must not run.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another companion has it.
    #[error("another companion is already running with the store {}", .0.display())]
    AlreadyRunning(PathBuf),
    /// A newer version wrote it.
    #[error("{}: this store was written by a newer version of Rightdoor (schema {found}; this version knows {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest schema version we know.
        known: i64,
    },
    /// The system would not start a thread.
    #[error("the store's thread cannot be started: {0}")]
    Thread(std::io::Error),
}

impl OpenError {
    /// The same for the edge: `{code, message, hint}`.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (code, hint) = match self {
            Self::AlreadyRunning(_) => ("already_running", "Use the one that runs, or quit it first."),
            Self::Newer { .. } => ("store_newer", "Install the newer version again; nothing was changed."),
            Self::Thread(_) => ("store_thread", "Close some programs, then start again."),
        };
        Problem { code: code.into(), message: self.to_string(), hint: hint.into(), fields: Vec::new() }
    }
}

enum Order {
    Apply(Box<Batch>, oneshot::Sender<Result<(), StoreFault>>),
    Cache(Vec<DirectoryPlace>),
    Directory(String, oneshot::Sender<Option<DirectoryPlace>>),
}

/// The store, open for writing. Dropping it finishes what was ordered and closes the file.
#[derive(Debug)]
pub struct Store {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens the store at `path`, and reads everything in it. The seed is left zero: it is not the
    /// store's to give.
    ///
    /// A damaged file is moved aside; where the file cannot be written (or not even read) the store
    /// still opens, with what could be read, and answers every batch with its fault.
    ///
    /// # Errors
    /// [`OpenError`]: another companion runs, or a newer version wrote the file.
    pub fn open(path: &Path) -> Result<(Self, Saved), OpenError> {
        if let Some(folder) = path.parent() {
            // Where this fails, opening the file fails too, and says so better.
            let _ = crate::folders::private(folder);
        }
        let lock = file::lock(path)?;
        let (connection, saved) = match file::open_or_begin(path) {
            Ok((connection, saved)) => (Ok(connection), saved),
            Err(FileFault::Newer { found, known }) => {
                return Err(OpenError::Newer { path: path.to_owned(), found, known });
            }
            Err(error) => {
                tracing::error!(%error, store = %path.display(), "the store cannot be written");
                let saved = file::open_read_only(path).and_then(|connection| read::saved(&connection));
                (
                    Err(fault_of(&error)),
                    saved.unwrap_or_else(|_| Saved { started_fresh: true, ..Saved::default() }),
                )
            }
        };
        let keeper = Keeper { path: path.to_owned(), connection, began: saved.clone(), _lock: lock };
        let (orders, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || keeper.run(&inbox))
            .map_err(OpenError::Thread)?;
        Ok((Self { orders: Some(orders), thread: Some(thread) }, saved))
    }

    /// Keeps the whole batch, or nothing of it. Acknowledged means flushed to the disk.
    ///
    /// # Errors
    /// [`StoreFault`], already logged.
    pub fn apply(&self, batch: Batch) -> impl Future<Output = Result<(), StoreFault>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Apply(Box::new(batch), reply));
        async { answer.await.unwrap_or(Err(StoreFault::Failed)) }
    }

    /// Remembers places of the organisation's directory for when the registry is away.
    pub fn cache_directory(&self, places: Vec<DirectoryPlace>) {
        self.order(Order::Cache(places));
    }

    /// A place of the organisation's directory, as last seen.
    pub fn directory_place(&self, id: &str) -> impl Future<Output = Option<DirectoryPlace>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Directory(id.to_owned(), reply));
        async { answer.await.ok().flatten() }
    }

    fn order(&self, order: Order) {
        // A thread that died drops the reply, and the order is answered as failed.
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's side.
struct Keeper {
    path: PathBuf,
    connection: Result<Connection, StoreFault>,
    began: Saved,
    _lock: Option<File>,
}

impl Keeper {
    fn run(mut self, inbox: &mpsc::Receiver<Order>) {
        while let Ok(order) = inbox.recv() {
            match order {
                Order::Apply(batch, reply) => {
                    let outcome = self.writable().and_then(|connection| write::apply(connection, &batch));
                    let _ = reply.send(outcome);
                }
                Order::Cache(places) => {
                    // Only a cache: its fault is logged where it happens.
                    let _ = self.writable().and_then(|connection| write::cache(connection, &places));
                }
                Order::Directory(id, reply) => {
                    let found = self.connection.as_ref().ok();
                    let found =
                        found.and_then(|connection| read::directory_place(connection, &id).ok().flatten());
                    let _ = reply.send(found);
                }
            }
        }
    }

    /// The connection, if it is one that leads to the file of that name.
    fn writable(&mut self) -> Result<&mut Connection, StoreFault> {
        if self.connection.is_err() {
            self.reattach();
        } else if !self.path.exists() {
            // Writing to a file that has no name any more keeps nothing.
            tracing::error!(store = %self.path.display(), "the store's file is gone");
            return Err(StoreFault::Failed);
        }
        self.connection.as_mut().map_err(|fault| *fault)
    }

    /// Tries again to open for writing. Only what we began with may be continued: another history
    /// under ours would break the trail.
    fn reattach(&mut self) {
        match file::open(&self.path) {
            Ok((connection, saved))
                if saved.audit == self.began.audit && saved.counters == self.began.counters =>
            {
                tracing::info!(store = %self.path.display(), "the store can be written again");
                self.connection = Ok(connection);
            }
            Ok(_) => self.connection = Err(StoreFault::Failed),
            Err(error) => self.connection = Err(fault_of(&error)),
        }
    }
}

fn fault_of(error: &FileFault) -> StoreFault {
    match error {
        FileFault::Sql(error) => file::fault(error),
        FileFault::Damaged(_) | FileFault::Newer { .. } => StoreFault::Failed,
    }
}
