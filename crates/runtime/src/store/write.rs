//! Writing: one batch, one transaction.

use rightdoor_core::audit::{Detail, Record};
use rightdoor_core::saved::Change;
use rightdoor_core::{Batch, StoreFault};
use rightdoor_location::record::DirectoryPlace;
use rusqlite::{Connection, Transaction, params};
use serde::Serialize;

use super::file::fault;

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error("a value cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a number is too large")]
    Number(#[from] std::num::TryFromIntError),
}

/// Keeps the whole batch or nothing of it.
pub(super) fn apply(connection: &mut Connection, batch: &Batch) -> Result<(), StoreFault> {
    written(connection, |transaction| batch.changes.iter().try_for_each(|change| write(transaction, change)))
}

/// Replaces the cached directory places of these ids.
pub(super) fn cache(connection: &mut Connection, places: &[DirectoryPlace]) -> Result<(), StoreFault> {
    written(connection, |transaction| {
        let mut statement =
            transaction.prepare_cached("INSERT OR REPLACE INTO directory (id, body) VALUES (?1, ?2)")?;
        for place in places {
            statement.execute(params![place.id, serde_json::to_string(place)?])?;
        }
        Ok(())
    })
}

fn written(
    connection: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> Result<(), WriteError>,
) -> Result<(), StoreFault> {
    let outcome = (|| {
        let transaction = connection.transaction()?;
        write(&transaction)?;
        Ok(transaction.commit()?)
    })();
    outcome.map_err(|error: WriteError| {
        tracing::warn!(%error, "the store could not keep a batch");
        match error {
            WriteError::Sql(error) => fault(&error),
            WriteError::Json(_) | WriteError::Number(_) => StoreFault::Failed,
        }
    })
}

fn write(to: &Transaction<'_>, change: &Change) -> Result<(), WriteError> {
    match change {
        Change::Place(place) => {
            to.prepare_cached("INSERT OR REPLACE INTO places (id, body) VALUES (?1, ?2)")?
                .execute(params![place.id.0, serde_json::to_string(place)?])?;
            Ok(())
        }
        Change::Entry(entry) => one(to, "entry", entry),
        Change::Registered(registered) => one(to, "registered", registered),
        Change::Stay(stay) => one(to, "stay", stay),
        Change::Enrolment(enrolment) => one(to, "enrolment", enrolment),
        Change::Tested(tested) => one(to, "tested", tested),
        Change::Advisory(acknowledged) => one(to, "advisory", acknowledged),
        Change::Counters(counters) => one(to, "counters", counters),
        Change::Reached(subjects) => one(to, "reached", subjects),
        Change::Audit(record, detail) => append(to, record, detail.as_ref()),
    }
}

fn one<T: Serialize>(to: &Transaction<'_>, table: &'static str, value: &T) -> Result<(), WriteError> {
    to.prepare_cached(&format!("INSERT OR REPLACE INTO {table} (one, body) VALUES (1, ?1)"))?
        .execute([serde_json::to_string(value)?])?;
    Ok(())
}

fn append(to: &Transaction<'_>, record: &Record, detail: Option<&Detail>) -> Result<(), WriteError> {
    let seq = i64::try_from(record.seq)?;
    let kind = serde_json::to_string(&record.kind)?;
    to.prepare_cached(
        "INSERT INTO audit (seq, at, kind, facts, digest, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        seq,
        record.at.0,
        kind.trim_matches('"'),
        serde_json::to_string(&record.facts)?,
        record.digest,
        record.prev,
        record.hash,
    ])?;
    if let Some(detail) = detail {
        to.prepare_cached("INSERT INTO audit_detail (seq, salt, body) VALUES (?1, ?2, ?3)")?
            .execute(params![i64::try_from(detail.seq)?, detail.salt.reveal(), detail.body.reveal()])?;
    }
    Ok(())
}
