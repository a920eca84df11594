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
        let done = read(&connection);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
        done
    }
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers").field("url", &self.url).finish_non_exhaustive()
    }
}
