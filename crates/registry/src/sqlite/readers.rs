//! Connections that only read, reused.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::Fault;
use super::open::{self, DatabaseUrl};
use crate::refused::Refused;

/// As many idle connections are kept; more are opened when more readers run at once.
const KEPT: usize = 8;

pub(super) struct Readers {
    url: DatabaseUrl,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) const fn new(url: DatabaseUrl) -> Self {
        Self { url, idle: Mutex::new(Vec::new()) }
    }

    pub(super) fn run<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Refused>) -> Result<T, Refused> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open::reader(&self.url).map_err(|error| {
                tracing::error!(%error, "cannot read");
                Refused::from(Fault::Failed)
            })?,
        };
        let done = at_one_moment(&connection, read);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
        done
    }
}

/// One transaction for all that is read: every further one would cost the locks of a statement of its own, and might see
/// another state. SQLite begins it with the first row that a statement reads, and ends it with the last statement that
/// is at work, so one that stays at work is all it takes.
fn at_one_moment<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Refused>,
) -> Result<T, Refused> {
    let mut moment = connection.prepare_cached("SELECT 1 FROM sqlite_schema")?;
    let mut at_work = moment.query([])?;
    at_work.next()?;
    read(connection)
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").field("url", &self.url).finish_non_exhaustive()
    }
}
