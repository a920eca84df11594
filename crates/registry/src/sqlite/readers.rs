//! Connections that only read, reused, and what is read at one moment.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::Fault;
use super::open::{self, DatabaseUrl};
use super::people::{self, Reader, Scheme};
use crate::refused::Refused;

/// As many idle connections are kept; more are opened when more readers run at once.
const KEPT: usize = 8;

pub(super) struct Readers {
    url: DatabaseUrl,
    idle: Mutex<Vec<Kept>>,
}

/// A connection, and what it has read that is true until anybody commits.
struct Kept {
    connection: Connection,
    known: RefCell<Known>,
}

#[derive(Default)]
struct Known {
    /// SQLite's number of the state that this was read in.
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

impl Readers {
    pub(super) const fn new(url: DatabaseUrl) -> Self {
        Self { url, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn run<T>(
        &self,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let kept = match kept {
            Some(kept) => kept,
            None => {
                let connection = open::reader(&self.url).map_err(|error| {
                    tracing::error!(%error, "cannot read");
                    Refused::from(Fault::Failed)
                })?;
                Kept { connection, known: RefCell::default() }
            }
        };
        let done = at_one_moment(&kept, read);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(kept);
        }
        done
    }
}

/// One transaction for all that is read: every further one would cost the locks of a statement of its own, and might see
/// another state. SQLite begins it with the first row that a statement reads, and ends it with the last statement that
/// is at work, so one that stays at work is all it takes. It gives the state's number, which is another one as soon as
/// anybody, in whatever process, has committed.
fn at_one_moment<T>(
    kept: &Kept,
    read: impl FnOnce(&Snapshot<'_>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let mut moment = kept.connection.prepare_cached("PRAGMA data_version")?;
    let mut at_work = moment.query([])?;
    let version = at_work.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default();
    if kept.known.borrow().version != version {
        kept.known.replace(Known { version, ..Known::default() });
    }
    read(&Snapshot(kept))
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").field("url", &self.url).finish_non_exhaustive()
    }
}
