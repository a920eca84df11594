//! The audit trail: numbered without gaps, each record holding the hash of the one before, written
//! in the transaction of the change it tells of.
//!
//! Records name persons, tokens, readers and documents by number, never by value, and no address:
//! what a person may have erased is not here.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::refused::Refused;

/// What anyone may know about what happened, by name.
pub type Facts = BTreeMap<&'static str, serde_json::Value>;

/// A record of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; the first is 1.
    pub seq: i64,
    /// When, Unix milliseconds.
    pub at: i64,
    /// What.
    pub kind: String,
    /// What else, a JSON object.
    pub facts: String,
    /// Hash of the record before, hex; 64 zeros for the first.
    pub prev: String,
    /// Hash of this record, hex.
    pub hash: String,
}

/// Why the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record is missing.
    #[error("record {expected} is missing; the next one there is {found}")]
    Gap {
        /// The missing number.
        expected: i64,
        /// The number found in its place.
        found: i64,
    },
    /// A record was changed, or does not build on the one before it.
    #[error("record {seq} was changed")]
    Changed {
        /// Its number.
        seq: i64,
    },
}

impl Entry {
    fn digest(&self) -> String {
        // JSON of a list: every field is delimited, so no two records read the same.
        let fields = (&self.prev, self.seq, self.at, &self.kind, &self.facts);
        let text = serde_json::to_string(&fields).unwrap_or_default();
        crate::secret::hex(&Sha256::digest(text.as_bytes()))
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            facts: row.get(3)?,
            prev: row.get(4)?,
            hash: row.get(5)?,
        })
    }
}

/// Appends a record in the caller's transaction.
pub(crate) fn append(connection: &Connection, at: i64, kind: &str, facts: &Facts) -> Result<(), Refused> {
    // Read every time: a command may have written beside the server.
    let head: Option<(i64, String)> = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, prev) = head.unwrap_or_else(|| (0, "0".repeat(64)));
    let facts = serde_json::to_string(facts).unwrap_or_default();
    let mut entry = Entry { seq: seq + 1, at, kind: kind.to_owned(), facts, prev, hash: String::new() };
    entry.hash = entry.digest();
    connection
        .prepare_cached("INSERT INTO audit (seq, at, kind, facts, prev, hash) VALUES (?, ?, ?, ?, ?, ?)")?
        .execute(params![entry.seq, entry.at, entry.kind, entry.facts, entry.prev, entry.hash])?;
    Ok(())
}

/// Gives every record to `each`, in order.
pub(crate) fn each(connection: &Connection, mut each: impl FnMut(Entry)) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare("SELECT seq, at, kind, facts, prev, hash FROM audit ORDER BY seq")?;
    for entry in statement.query_map([], Entry::from_row)? {
        each(entry?);
    }
    Ok(())
}

/// Checks the whole chain, and gives its length and the hash of its last record. Whoever keeps that
/// hash elsewhere can later tell whether the end was cut off.
pub(crate) fn verify(connection: &Connection) -> rusqlite::Result<Result<(i64, String), Broken>> {
    let mut state: Result<(i64, String), Broken> = Ok((0, "0".repeat(64)));
    each(connection, |entry| {
        let Ok((seq, hash)) = &state else { return };
        state = if entry.seq != seq + 1 {
            Err(Broken::Gap { expected: seq + 1, found: entry.seq })
        } else if &entry.prev != hash || entry.hash != entry.digest() {
            Err(Broken::Changed { seq: entry.seq })
        } else {
            Ok((entry.seq, entry.hash))
        };
    })?;
    Ok(state)
}

/// Facts from pairs.
macro_rules! facts {
    ($($name:ident: $value:expr),* $(,)?) => {
        $crate::sqlite::audit::Facts::from([$((stringify!($name), serde_json::json!($value))),*])
    };
}
pub(crate) use facts;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::sqlite::open;

    fn trail() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let connection = open::writable(&open::DatabaseUrl::file(dir.path().join("a.db"))).unwrap();
        for number in 1..=5 {
            append(&connection, number, "tested", &facts! { number: number }).unwrap();
        }
        (dir, connection)
    }

    #[test]
    fn the_chain_holds() {
        let (_dir, connection) = trail();
        assert_eq!(verify(&connection).unwrap().unwrap().0, 5);
    }

    #[test]
    fn records_cannot_be_changed_or_deleted() {
        let (_dir, connection) = trail();
        for sql in ["UPDATE audit SET facts = '{}' WHERE seq = 2", "DELETE FROM audit WHERE seq = 5"] {
            let error = connection.execute(sql, []).unwrap_err().to_string();
            assert!(error.contains("append only"), "{error}");
        }
    }

    #[test]
    fn tampering_is_found() {
        let disarm = "DROP TRIGGER audit_is_not_rewritten; DROP TRIGGER audit_is_not_shortened;";
        for (sql, broken) in [
            ("UPDATE audit SET facts = '{\"number\":9}' WHERE seq = 3", Broken::Changed { seq: 3 }),
            ("UPDATE audit SET at = 9 WHERE seq = 1", Broken::Changed { seq: 1 }),
            ("DELETE FROM audit WHERE seq = 3", Broken::Gap { expected: 3, found: 4 }),
            ("UPDATE audit SET kind = 'other', hash = '00' WHERE seq = 5", Broken::Changed { seq: 5 }),
        ] {
            let (_dir, connection) = trail();
            connection.execute_batch(disarm).unwrap();
            connection.execute(sql, []).unwrap();
            assert_eq!(verify(&connection).unwrap(), Err(broken), "{sql}");
        }
    }
}
