//! The registered locations: writing under a precondition, reading back, attendance, fetches.

use std::cmp::Reverse;

use axum::http::StatusCode;
use rightdoor_location::pidf::Pidf;
use rightdoor_location::record::{Attendance, Record};
use rightdoor_location::{Content, Revision};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use sha2::{Digest, Sha256};

use super::audit::{self, facts};
use super::given;
use super::people::Holder;
use crate::precondition::Precondition;
use crate::refused::Refused;

/// A document as it is kept.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its number.
    pub id: i64,
    /// The device that wrote it.
    pub device: String,
    /// The rest, as the device reads it back; its attendance as it was last reported.
    pub record: Record,
}

impl Document {
    /// How fresh it is at `now`: a lapsed lease is nobody's attendance.
    #[must_use]
    pub fn attendance(&self, now: i64) -> Attendance {
        if self.record.lease_until <= now { Attendance::Unattended } else { self.record.attendance }
    }

    /// What the device reads back at `now`.
    #[must_use]
    pub fn record(&self, now: i64) -> Record {
        Record { attendance: self.attendance(now), ..self.record.clone() }
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            device: row.get(1)?,
            record: Record {
                revision: Revision(u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default()),
                etag: row.get(3)?,
                content: read(row, 4)?,
                basis: read(row, 5)?,
                confirmed_at: Some(row.get(6)?),
                attendance: read(row, 7)?,
                lease_until: row.get(8)?,
                fetched_at: row.get(9)?,
                emergency_at: row.get(10)?,
            },
        })
    }
}

/// What [`Document::from_row`] reads, from where the rest of a statement says.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, device, revision, etag, content, basis, confirmed_at, attendance, lease_until, fetched_at, \
             emergency_at FROM document INDEXED BY document_by_hash WHERE endpoint_hash = ? AND ",
            $rest
        )
    };
}

/// What became of a write that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Whether there was no document before.
    pub created: bool,
    /// The document's entity tag.
    pub etag: String,
}

/// Where a write goes, and when.
#[derive(Clone, Debug)]
pub struct Target {
    /// The endpoint, normalised.
    pub endpoint: String,
    /// Who writes; the device is the holder's.
    pub holder: Holder,
    /// Now, Unix milliseconds.
    pub now: i64,
}

/// Writes a document, if the precondition holds and its revision does not go back.
pub(crate) fn put(
    connection: &Connection,
    target: &Target,
    body: &[u8],
    pidf: &Pidf,
    precondition: &Precondition,
    lease_until: i64,
) -> Result<Written, Refused> {
    let held: Option<(i64, i64, String, bool)> = connection
        .prepare_cached(
            "SELECT id, revision, etag, body = ? FROM document INDEXED BY document_by_hash
             WHERE endpoint_hash = ? AND endpoint = ? AND device = ?",
        )?
        .query_row(params![body, hash(&target.endpoint), target.endpoint, target.holder.device], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    if let Some((_, revision, etag, true)) = &held
        && u64::try_from(*revision) == Ok(pidf.revision.0)
    {
        // A repeated write whose first answer was lost: its precondition was met back then.
        return Ok(Written { created: false, etag: etag.clone() });
    }
    precondition.check(held.as_ref().map(|(_, _, etag, _)| etag.as_str()))?;
    let floor = match &held {
        Some((_, revision, ..)) => Some(Revision(u64::try_from(*revision).unwrap_or_default())),
        None => floor(connection, target)?,
    };
    if let Some(floor) = floor
        && pidf.revision <= floor
    {
        let message = format!("Revision {} is not newer than revision {} here.", pidf.revision.0, floor.0);
        let hint =
            "read the document back, and write a higher revision if the agent has confirmed something newer";
        return Err(Refused::new(StatusCode::CONFLICT, "revision_goes_back", message, hint));
    }
    let revision = i64::try_from(pidf.revision.0).map_err(|_| {
        Refused::new(
            StatusCode::CONFLICT,
            "revision_too_large",
            "The revision is too large.",
            "count up by one",
        )
    })?;
    let (status_at, status_length) = given::place(body, pidf).unzip();
    // The revision keeps tags of equal texts apart, so that A, B, A never looks unchanged.
    let etag = format!("\"{revision}-{}\"", crate::secret::hex(&Sha256::digest(body)[..12]));
    let (content, basis) = (write(&pidf.content)?, write(&pidf.basis)?);
    let said = params![
        revision,
        body,
        etag,
        content,
        basis,
        pidf.confirmed_at,
        lease_until,
        target.now,
        status_at,
        status_length
    ];
    let id = if let Some((id, ..)) = held {
        let sql = "UPDATE document
                   SET revision = ?, body = ?, etag = ?, content = ?, basis = ?, confirmed_at = ?, lease_until = ?,
                       written_at = ?, status_at = ?, status_length = ?, attendance = 'attended', fetched_at = NULL
                   WHERE id = ?";
        connection.prepare_cached(sql)?.execute(params_from_iter(said.iter().chain(params![id])))?;
        id
    } else {
        let sql = "INSERT INTO document (revision, body, etag, content, basis, confirmed_at, lease_until, written_at,
                                         status_at, status_length, attendance, endpoint, endpoint_hash, device)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'attended', ?, ?, ?)";
        let whose = params![target.endpoint, hash(&target.endpoint), target.holder.device];
        connection.prepare_cached(sql)?.execute(params_from_iter(said.iter().chain(whose)))?;
        connection.last_insert_rowid()
    };
    let kind = match pidf.content {
        Content::Located(_) => "registered",
        Content::NoFixedAddress => "no_fixed_address",
        Content::Withdrawn => "withdrawn",
    };
    let told = facts! { document: id, token: target.holder.token, revision: revision, basis: pidf.basis };
    audit::append(connection, target.now, kind, &told)?;
    Ok(Written { created: held.is_none(), etag })
}

/// The highest revision that this token wrote before the document was deleted.
fn floor(connection: &Connection, target: &Target) -> Result<Option<Revision>, Refused> {
    let found: Option<i64> = connection
        .prepare_cached(
            "SELECT revision FROM revision_floor WHERE endpoint = ? AND device = ? AND token = ?",
        )?
        .query_row(params![target.endpoint, target.holder.device, target.holder.token], |row| row.get(0))
        .optional()?;
    Ok(found.and_then(|revision| u64::try_from(revision).ok()).map(Revision))
}

/// Deletes a document, if the precondition holds; `false` where there is none.
pub(crate) fn delete(
    connection: &Connection,
    target: &Target,
    precondition: &Precondition,
) -> Result<bool, Refused> {
    let held = document(connection, &target.endpoint, &target.holder.device)?;
    precondition.check(held.as_ref().map(|held| held.record.etag.as_str()))?;
    let Some(held) = held else { return Ok(false) };
    connection.execute("DELETE FROM document WHERE id = ?", [held.id])?;
    connection.execute(
        "INSERT INTO revision_floor (endpoint, device, token, revision) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET revision = max(revision, excluded.revision)",
        params![
            target.endpoint,
            target.holder.device,
            target.holder.token,
            i64::try_from(held.record.revision.0).unwrap_or(i64::MAX)
        ],
    )?;
    let told = facts! { document: held.id, token: target.holder.token, revision: held.record.revision };
    audit::append(connection, target.now, "deleted", &told)?;
    Ok(true)
}

/// Sets how the record is to be taken; `None` where there is none. A report of a companion that
/// lives renews the lease; one that leaves ends it.
pub(crate) fn attend(
    connection: &Connection,
    target: &Target,
    attendance: Attendance,
    lease_until: i64,
) -> Result<Option<Document>, Refused> {
    let Some(mut held) = document(connection, &target.endpoint, &target.holder.device)? else {
        return Ok(None);
    };
    let changed = held.attendance(target.now) != attendance;
    held.record.attendance = attendance;
    held.record.lease_until = match attendance {
        Attendance::Attended | Attendance::Stale => lease_until,
        Attendance::Unattended => target.now.min(held.record.lease_until),
    };
    connection
        .prepare_cached("UPDATE document SET attendance = ?, lease_until = ? WHERE id = ?")?
        .execute(params![word(attendance), held.record.lease_until, held.id])?;
    if changed {
        let told = facts! { document: held.id, token: target.holder.token, attendance: attendance };
        audit::append(connection, target.now, "attendance", &told)?;
    }
    Ok(Some(held))
}

/// The document of an endpoint and device.
pub(crate) fn document(
    connection: &Connection,
    endpoint: &str,
    device: &str,
) -> Result<Option<Document>, Refused> {
    let mut statement = connection.prepare_cached(select!("endpoint = ? AND device = ?"))?;
    Ok(statement.query_row(params![hash(endpoint), endpoint, device], Document::from_row).optional()?)
}

/// The entity tag of a document, and the bytes that were written.
pub(crate) fn body(
    connection: &Connection,
    endpoint: &str,
    device: &str,
) -> Result<Option<(String, Vec<u8>)>, Refused> {
    let sql = "SELECT etag, body FROM document INDEXED BY document_by_hash
               WHERE endpoint_hash = ? AND endpoint = ? AND device = ?";
    let both = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let which = params![hash(endpoint), endpoint, device];
    Ok(connection.prepare_cached(sql)?.query_row(which, both).optional()?)
}

/// All documents of an endpoint, the latest confirmed first.
pub(crate) fn of_endpoint(connection: &Connection, endpoint: &str) -> Result<Vec<Document>, Refused> {
    let mut statement = connection.prepare_cached(select!("endpoint = ?"))?;
    let found = statement.query_map(params![hash(endpoint), endpoint], Document::from_row)?;
    let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    // Most have one device; SQLite would copy every row to put one in order.
    found.sort_by_key(|document| (Reverse(document.record.confirmed_at), document.id));
    Ok(found)
}

/// One fetch by the call path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The document that was given.
    pub document: i64,
    /// Its revision then.
    pub revision: Revision,
    /// Whether the location itself was given, not only a URI of it.
    pub by_value: bool,
    /// The reader's number.
    pub reader: i64,
    /// Whether an emergency call was being routed or dispatched.
    pub emergency: bool,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// A fetch that is no emergency is kept once in this time, in milliseconds: that the call path can read a revision is proved
/// by the first, and a proxy may ask at every call.
const PROVED: i64 = 60 * 60 * 1000;

impl Fetch {
    /// Whether it tells anything beyond that the record was fetched at `fetched_at`. What is for an emergency always does.
    #[must_use]
    pub fn is_news(&self, fetched_at: Option<i64>) -> bool {
        self.emergency
            || self.by_value
                && fetched_at.is_none_or(|at| !(at..at.saturating_add(PROVED)).contains(&self.at))
    }
}

/// Keeps that the call path fetched: a proof only for the very revision it was given.
pub(crate) fn fetched(connection: &Connection, fetch: &Fetch) -> Result<(), Refused> {
    let revision = i64::try_from(fetch.revision.0).unwrap_or(i64::MAX);
    if fetch.by_value {
        connection
            .prepare_cached(
                "UPDATE document SET fetched_at = max(ifnull(fetched_at, 0), ?) WHERE id = ? AND revision = ?",
            )?
            .execute(params![fetch.at, fetch.document, revision])?;
    }
    if fetch.emergency {
        connection
            .prepare_cached(
                "UPDATE document SET emergency_at = max(ifnull(emergency_at, 0), ?) WHERE id = ?",
            )?
            .execute(params![fetch.at, fetch.document])?;
    }
    let told = facts! {
        document: fetch.document, revision: revision, reader: fetch.reader, emergency: fetch.emergency,
        by_value: fetch.by_value,
    };
    audit::append(connection, fetch.at, "fetched", &told)
}

/// The word for an attendance in the database and in reports.
pub(crate) const fn word(attendance: Attendance) -> &'static str {
    match attendance {
        Attendance::Attended => "attended",
        Attendance::Stale => "stale",
        Attendance::Unattended => "unattended",
    }
}

/// What a document is found by: the first eight bytes of the SHA-256 of its endpoint. An index of numbers is a fifth of
/// one of endpoints, and more of it is near the processor when somebody dials 911. Two endpoints may share a hash.
pub(super) fn hash(endpoint: &str) -> i64 {
    Sha256::digest(endpoint).first_chunk().copied().map_or(0, i64::from_be_bytes)
}

fn write<T: Serialize>(value: &T) -> Result<String, Refused> {
    serde_json::to_string(value).map_err(|_| super::Fault::Failed.into())
}

pub(super) fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    // A bare word is a JSON string without its quotes.
    let parsed = if text.starts_with(['"', '{']) {
        serde_json::from_str(text)
    } else {
        T::deserialize(text.into_deserializer())
    };
    parsed.map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}
