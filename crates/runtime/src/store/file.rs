//! The file: opened, checked and migrated, and what is done when that fails.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use rightdoor_core::{Saved, StoreFault};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::{OpenError, read};
use crate::folders;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_begin.sql")),
    M::up(include_str!("migrations/0002_reached.sql")),
    M::up(include_str!("migrations/0003_advisory.sql")),
];

/// Why a file could not be used. Richer than [`StoreFault`], which is what the engine needs.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileFault {
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it was written by a newer version ({found}; this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

impl FileFault {
    /// Whether only a fresh file helps.
    fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Newer { .. } => false,
            Self::Sql(error) => {
                matches!(code(error), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
            }
        }
    }
}

/// What the engine is told of an error.
pub(super) fn fault(error: &rusqlite::Error) -> StoreFault {
    match code(error) {
        Some(ErrorCode::DiskFull) => StoreFault::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StoreFault::ReadOnly
        }
        _ => StoreFault::Failed,
    }
}

fn code(error: &rusqlite::Error) -> Option<ErrorCode> {
    error.sqlite_error_code()
}

/// One writer per store: holds until dropped, and ends with the process however it dies.
pub(super) fn lock(path: &Path) -> Result<Option<File>, OpenError> {
    let file = path.with_extension("lock");
    // A folder that cannot be written has no second writer either.
    let Ok(lock) = folders::private_file(&file) else {
        return Ok(None);
    };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyRunning(path.to_owned())),
        Err(TryLockError::Error(error)) => {
            tracing::warn!(%error, "the store cannot be locked on this file system");
            Ok(Some(lock))
        }
    }
}

/// Opens for writing and reads everything; a damaged file is moved aside and a fresh one begun.
pub(super) fn open_or_begin(path: &Path) -> Result<(Connection, Saved), FileFault> {
    match open(path) {
        Err(error) if error.is_damage() => {
            let aside = move_aside(path).map_err(|error| FileFault::Damaged(error.to_string()))?;
            tracing::error!(%error, aside = %aside.display(), "the store was damaged: moved aside, started fresh");
            let (connection, saved) = open(path)?;
            Ok((connection, Saved { started_fresh: true, ..saved }))
        }
        other => other,
    }
}

/// Opens for writing and reads everything.
pub(super) fn open(path: &Path) -> Result<(Connection, Saved), FileFault> {
    // SQLite would let others read it; where this fails, it says why.
    let _ = folders::private_file(path);
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    refuse_newer(&connection)?;
    check(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledged confirmation survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is erased is gone from the file, not only from its index.
    connection.pragma_update(None, "secure_delete", true)?;
    // A resident program: 256 KiB of pages, no mapping, a small log.
    connection.pragma_update(None, "cache_size", -256)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "wal_autocheckpoint", 128)?;
    connection.pragma_update(None, "journal_size_limit", 524_288)?;
    connection.set_prepared_statement_cache_capacity(16);
    Migrations::from_slice(STEPS).to_latest(&mut connection).map_err(|error| {
        if let rusqlite_migration::Error::RusqliteError { err, .. } = error {
            FileFault::Sql(err)
        } else {
            FileFault::Damaged(error.to_string())
        }
    })?;
    let saved = read::saved(&connection)?;
    Ok((connection, saved))
}

/// Opens a store that cannot be written, to read what is there.
pub(super) fn open_read_only(path: &Path) -> Result<Connection, FileFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let plain = Connection::open_with_flags(path, flags)?;
    plain.busy_timeout(std::time::Duration::from_secs(2))?;
    let usable = match plain.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        // A write-ahead log cannot be shared in a read-only folder; without one there is nothing to share.
        Err(_) if !with_suffix(path, "-wal").exists() => {
            let uri = format!(
                "file:{}?immutable=1",
                path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
            );
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
        }
        Ok(()) | Err(_) => plain,
    };
    refuse_newer(&usable)?;
    check(&usable)?;
    Ok(usable)
}

fn refuse_newer(connection: &Connection) -> Result<(), FileFault> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known { Err(FileFault::Newer { found, known }) } else { Ok(()) }
}

fn check(connection: &Connection) -> Result<(), FileFault> {
    let ours: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if ours != 0x5244_4F52 && tables > 0 {
        return Err(FileFault::Damaged("it is not a store of ours".into()));
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(FileFault::Damaged(verdict)) }
}

/// Renames the store with its log and index; what was in it may still be rescued by hand.
fn move_aside(path: &Path) -> std::io::Result<PathBuf> {
    let now = Connection::open_in_memory()
        .and_then(|sql| sql.query_row("SELECT strftime('%Y%m%d-%H%M%f', 'now')", [], |row| row.get(0)))
        .unwrap_or_else(|_| String::from("undated"));
    let aside = |file: &Path| with_suffix(file, &format!(".{now}.corrupt"));
    std::fs::rename(path, aside(path))?;
    for suffix in ["-wal", "-shm"] {
        let beside = with_suffix(path, suffix);
        if beside.exists() {
            std::fs::rename(&beside, with_suffix(&aside(path), suffix))?;
        }
    }
    Ok(aside(path))
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
