//! Why the database could not be read or written.

use axum::http::StatusCode;
use rusqlite::ErrorCode;

use crate::refused::Refused;

/// A fault of the storage, not of the request: nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// The file or folder cannot be written.
    #[error("the database cannot be written")]
    ReadOnly,
    /// Another process holds it.
    #[error("the database is busy")]
    Busy,
    /// Anything else; the log has it.
    #[error("the database failed")]
    Failed,
}

impl From<&rusqlite::Error> for Fault {
    fn from(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Failed,
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let (code, hint, wait) = match fault {
            Fault::Full => ("storage_full", "free space on the registry's disk, then send it again", 30),
            Fault::ReadOnly => {
                ("storage_read_only", "make the registry's database writable, then send it again", 30)
            }
            Fault::Busy => ("storage_busy", "send it again", 1),
            Fault::Failed => ("storage_failed", "see the registry's log, then send it again", 5),
        };
        let message = format!("Nothing was changed: {fault}.");
        let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message, hint).retry_after(wait);
        Self { fault: Some(fault), ..refused }
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        let fault = Fault::from(&error);
        tracing::error!(%error, %fault, "database");
        fault.into()
    }
}
