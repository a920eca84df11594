//! Who has read the notice of 911's limits (47 CFR 9.11(b)(5)(ii): the record of each acknowledgement).

use rightdoor_location::record::AdvisoryReport;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::audit::{self, facts};
use super::documents::Target;
use crate::refused::Refused;

/// One acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advised {
    /// The person.
    pub person: String,
    /// The endpoint.
    pub endpoint: String,
    /// The device that it was read on.
    pub device: String,
    /// The text's edition.
    pub edition: u32,
    /// Its language.
    pub language: String,
    /// When it was read, RFC 3339.
    pub read_at: String,
    /// When this server learned of it, RFC 3339.
    pub received_at: String,
}

/// Keeps one; what is kept already is not kept twice.
pub(crate) fn keep(connection: &Connection, target: &Target, read: &AdvisoryReport) -> Result<(), Refused> {
    let Target { endpoint, holder, now } = target;
    let kept = connection.execute(
        "INSERT OR IGNORE INTO advisory (endpoint, device, edition, read_at, language, received_at)
         VALUES (?, ?, ?, ?, ?, ?)",
        params![endpoint, holder.device, read.edition, read.at, read.language.tag(), now],
    )?;
    if kept == 0 {
        return Ok(());
    }
    let facts = facts! { person: holder.person, edition: read.edition, read_at: read.at };
    audit::append(connection, *now, "advisory_read", &facts)
}

/// Every one, by person and time.
pub(crate) fn rows(connection: &Connection) -> Result<Vec<Advised>, Refused> {
    let sql = "SELECT p.name, a.endpoint, a.device, a.edition, a.language, a.read_at, a.received_at
               FROM advisory a JOIN endpoint e ON e.uri = a.endpoint JOIN person p ON p.id = e.person
               ORDER BY p.name, a.read_at";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| {
        Ok(Advised {
            person: row.get(0)?,
            endpoint: row.get(1)?,
            device: row.get(2)?,
            edition: row.get(3)?,
            language: row.get(4)?,
            read_at: rightdoor_location::time::write(row.get(5)?),
            received_at: rightdoor_location::time::write(row.get(6)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
