//! Reading: everything at a start, and what the command line shows.

use std::path::{Path, PathBuf};

use rightdoor_core::audit::{Broken, Detail, Head, Record};
use rightdoor_core::place::Place;
use rightdoor_core::{Saved, Wall};
use rightdoor_location::record::DirectoryPlace;
use rusqlite::{Connection, OptionalExtension as _};
use serde::de::DeserializeOwned;

use super::file::{self, FileFault};

/// Everything but the seed and `started_fresh`.
pub(super) fn saved(connection: &Connection) -> Result<Saved, FileFault> {
    Ok(Saved {
        places: places(connection)?,
        entry: one(connection, "entry")?,
        registered: one(connection, "registered")?,
        stay: one(connection, "stay")?,
        enrolment: one(connection, "enrolment")?,
        tested: one(connection, "tested")?,
        advisory: one(connection, "advisory")?,
        counters: one(connection, "counters")?.unwrap_or_default(),
        reached: one(connection, "reached")?.unwrap_or_default(),
        audit: head(connection)?,
        ..Saved::default()
    })
}

fn places(connection: &Connection) -> Result<Vec<Place>, FileFault> {
    let mut statement = connection.prepare("SELECT body FROM places ORDER BY id")?;
    let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
    bodies.map(|body| parse(&body?)).collect()
}

fn one<T: DeserializeOwned>(connection: &Connection, table: &'static str) -> Result<Option<T>, FileFault> {
    let body: Option<String> =
        connection.query_row(&format!("SELECT body FROM {table}"), [], |row| row.get(0)).optional()?;
    body.map(|body| parse(&body)).transpose()
}

fn directory(connection: &Connection) -> Result<Vec<DirectoryPlace>, FileFault> {
    let mut statement = connection.prepare("SELECT body FROM directory ORDER BY id")?;
    let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
    bodies.map(|body| parse(&body?)).collect()
}

pub(super) fn directory_place(
    connection: &Connection,
    id: &str,
) -> Result<Option<DirectoryPlace>, FileFault> {
    let body: Option<String> = connection
        .query_row("SELECT body FROM directory WHERE id = ?1", [id], |row| row.get(0))
        .optional()?;
    body.map(|body| parse(&body)).transpose()
}

fn head(connection: &Connection) -> Result<Head, FileFault> {
    let last = connection
        .query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        })
        .optional()?;
    match last {
        None => Ok(Head::default()),
        Some((seq, hash)) => Ok(Head { seq: unsigned(seq)?, hash }),
    }
}

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, FileFault> {
    // The parser's message may quote a value; its kind and place are enough.
    serde_json::from_str(body).map_err(|error| {
        FileFault::Damaged(format!(
            "a row does not read ({:?} at column {})",
            error.classify(),
            error.column()
        ))
    })
}

fn unsigned(number: i64) -> Result<u64, FileFault> {
    u64::try_from(number).map_err(|_| FileFault::Damaged("a number is negative".into()))
}

/// Why the command line cannot read the store.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none: nothing was ever kept here.
    #[error("{}: there is no store here", .0.display())]
    Absent(PathBuf),
    /// It cannot be read.
    #[error("{}: the store cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The audit trail does not hold.
    #[error("the audit trail is broken: {0}")]
    Broken(#[from] Broken),
}

/// A store opened for reading only; works beside a running companion and without one.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Connection,
}

impl Reader {
    /// Opens the store at `path`.
    ///
    /// # Errors
    /// [`ReadError`]; the file is never changed.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        if !path.exists() {
            return Err(ReadError::Absent(path.to_owned()));
        }
        let connection = file::open_read_only(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// Everything that a start would be given.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn saved(&self) -> Result<Saved, ReadError> {
        saved(&self.connection).map_err(|error| unreadable(&self.path, &error))
    }

    /// Known places, sorted by id.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn places(&self) -> Result<Vec<Place>, ReadError> {
        places(&self.connection).map_err(|error| unreadable(&self.path, &error))
    }

    /// The directory's places as last seen, sorted by id.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn directory(&self) -> Result<Vec<DirectoryPlace>, ReadError> {
        directory(&self.connection).map_err(|error| unreadable(&self.path, &error))
    }

    /// The whole audit trail, oldest first.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn audit(&self) -> Result<Vec<Record>, ReadError> {
        audit(&self.connection, 0).map_err(|error| unreadable(&self.path, &error))
    }

    /// Details that were not erased, oldest first.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn details(&self) -> Result<Vec<Detail>, ReadError> {
        details(&self.connection, 0).map_err(|error| unreadable(&self.path, &error))
    }

    /// Checks numbers, links, hashes and details of the whole trail, and says where it ends.
    ///
    /// # Errors
    /// [`ReadError::Broken`] names the first record that does not hold.
    pub fn verify_audit(&self) -> Result<Head, ReadError> {
        let mut head = Head::default();
        self.follow_audit(&mut head)?;
        Ok(head)
    }

    /// The same for what came after `head`, which moves on to the end of the trail.
    ///
    /// # Errors
    /// [`ReadError::Broken`] names the first record that does not hold.
    pub fn follow_audit(&self, head: &mut Head) -> Result<(), ReadError> {
        let unreadable = |error: FileFault| unreadable(&self.path, &error);
        let details = details(&self.connection, head.seq).map_err(unreadable)?;
        for record in audit(&self.connection, head.seq).map_err(unreadable)? {
            let detail = details.binary_search_by(|detail| detail.seq.cmp(&record.seq));
            head.follow(&record, detail.ok().map(|at| &details[at]))?;
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: &FileFault) -> ReadError {
    ReadError::Unreadable { path: path.to_owned(), why: error.to_string() }
}

fn audit(connection: &Connection, after: u64) -> Result<Vec<Record>, FileFault> {
    let mut statement = connection
        .prepare("SELECT seq, at, kind, facts, digest, prev, hash FROM audit WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([i64::try_from(after).unwrap_or(i64::MAX)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(2)?;
        records.push(Record {
            seq: unsigned(row.get(0)?)?,
            at: Wall(row.get(1)?),
            kind: parse(&format!("\"{kind}\""))?,
            facts: parse(&row.get::<_, String>(3)?)?,
            digest: row.get(4)?,
            prev: row.get(5)?,
            hash: row.get(6)?,
        });
    }
    Ok(records)
}

fn details(connection: &Connection, after: u64) -> Result<Vec<Detail>, FileFault> {
    let mut statement =
        connection.prepare("SELECT seq, salt, body FROM audit_detail WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([i64::try_from(after).unwrap_or(i64::MAX)])?;
    let mut details = Vec::new();
    while let Some(row) = rows.next()? {
        let salt: String = row.get(1)?;
        let body: String = row.get(2)?;
        details.push(Detail { seq: unsigned(row.get(0)?)?, salt: salt.into(), body: body.into() });
    }
    Ok(details)
}
