//! What the call path is answered from, in as few steps as can be: somebody may be dialling 911.

use std::cmp::Reverse;

use rightdoor_location::pidf::Pidf;
use rightdoor_location::record::Attendance;
use rightdoor_location::{Content, Revision};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::documents::{hash, read};
use crate::refused::Refused;

/// A document as the call path sees it. It holds an address in clear, so nothing prints it.
#[derive(Clone)]
pub struct Standing {
    /// Its number.
    pub id: i64,
    /// Its endpoint.
    pub endpoint: String,
    /// The device that wrote it.
    pub device: String,
    /// Its revision.
    pub revision: Revision,
    /// When the location was confirmed, Unix milliseconds.
    pub confirmed_at: i64,
    /// When the call path was last given this revision, Unix milliseconds.
    pub fetched_at: Option<i64>,
    /// The `status` element of its PIDF-LO with the location; `None` where there is no location.
    pub status: Option<String>,
    attendance: Attendance,
    lease_until: i64,
}

/// What [`Standing::from_row`] reads, from where the rest of a statement says. The content is last, and mostly left unread.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, endpoint, device, revision, confirmed_at, attendance, lease_until, fetched_at, \
             status_at, status_length, body, basis, content FROM document ",
            $rest
        )
    };
}

impl Standing {
    /// Whether its device is known to live at `now`: a lapsed lease is nobody's attendance.
    #[must_use]
    pub fn is_alive(&self, now: i64) -> bool {
        self.lease_until > now && self.attendance != Attendance::Unattended
    }

    /// Whether both say the same place, or both that there is none, at the moment that they were read at.
    ///
    /// # Errors
    /// When what they say cannot be read.
    pub fn says_the_same(&self, other: &Self, connection: &Connection) -> Result<bool, Refused> {
        let mut statement = connection.prepare_cached("SELECT content FROM document WHERE id = ?")?;
        let mut content = |id: i64| statement.query_row([id], |row| row.get::<_, String>(0));
        Ok(is_the_same(&content(self.id)?, &content(other.id)?))
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let passed_on = match (row.get(8)?, row.get(9)?) {
            (Some(at), Some(length)) => passed_on(row.get_ref(10)?.as_blob()?, at, length),
            (_, _) => None,
        };
        let status = match passed_on {
            Some(status) => Some(status),
            None => written_anew(row)?,
        };
        Ok(Self {
            id: row.get(0)?,
            endpoint: row.get(1)?,
            device: row.get(2)?,
            revision: Revision(u64::try_from(row.get::<_, i64>(3)?).unwrap_or_default()),
            confirmed_at: row.get(4)?,
            fetched_at: row.get(7)?,
            status,
            attendance: read(row, 5)?,
            lease_until: row.get(6)?,
        })
    }
}

impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing")
            .field("id", &self.id)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

fn is_the_same(one: &str, other: &str) -> bool {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    // Versions of this program may write the same content in different words.
    one == other || parsed(one).is_some_and(|content| Some(content) == parsed(other))
}

fn passed_on(body: &[u8], at: u32, length: u32) -> Option<String> {
    let at = usize::try_from(at).ok()?;
    let part = body.get(at..at.checked_add(usize::try_from(length).ok()?)?)?;
    // Whatever else a file may have suffered, nothing but a `status` is passed on.
    let is_whole = part.starts_with(b"<status>") && part.ends_with(b"</status>");
    std::str::from_utf8(part).ok().filter(|_| is_whole).map(str::to_owned)
}

fn written_anew(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let content: Content = read(row, 12)?;
    let pidf = Pidf {
        entity: String::new(),
        device: String::new(),
        revision: Revision(0),
        confirmed_at: 0,
        basis: read(row, 11)?,
        content,
    };
    Ok(pidf.status())
}

/// Where in `body` the `status` stands that the call path is given of it, and how long it is, in bytes.
pub(super) fn place(body: &[u8], pidf: &Pidf) -> Option<(u32, u32)> {
    let status = pidf.status()?;
    let body = std::str::from_utf8(body).ok()?;
    let (at, _) = body.match_indices('<').find(|(at, _)| body[*at..].starts_with(&status))?;
    Some((u32::try_from(at).ok()?, u32::try_from(status.len()).ok()?))
}

/// The document of an endpoint and device.
pub(crate) fn of_device(
    connection: &Connection,
    endpoint: &str,
    device: &str,
) -> Result<Option<Standing>, Refused> {
    let mut statement = connection.prepare_cached(select!(
        "INDEXED BY document_by_hash WHERE endpoint_hash = ? AND endpoint = ? AND device = ?"
    ))?;
    let which = params![hash(endpoint), endpoint, device];
    Ok(statement.query_row(which, Standing::from_row).optional()?)
}

/// The document of that number.
pub(crate) fn numbered(connection: &Connection, id: i64) -> Result<Option<Standing>, Refused> {
    Ok(connection.prepare_cached(select!("WHERE id = ?"))?.query_row([id], Standing::from_row).optional()?)
}

/// All documents of an endpoint, the latest confirmed first.
pub(crate) fn of_endpoint(connection: &Connection, endpoint: &str) -> Result<Vec<Standing>, Refused> {
    let mut statement = connection
        .prepare_cached(select!("INDEXED BY document_by_hash WHERE endpoint_hash = ? AND endpoint = ?"))?;
    let found = statement.query_map(params![hash(endpoint), endpoint], Standing::from_row)?;
    let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    // Most have one device; SQLite would copy every row to put one in order.
    found.sort_by_key(|standing| (Reverse(standing.confirmed_at), standing.id));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_read_or_is_equal_says_the_same() {
        for (one, other, same) in [
            (r#"{"a": "1", "b": "2"}"#, r#"{"b":"2","a":"1"}"#, true),
            (r#"{"a":"1"}"#, r#"{"a":"2"}"#, false),
            ("broken", "broken", true),
            // Neither can be read: that is nothing that they have in common.
            ("broken", "also broken", false),
            (r#"{"a":"1"}"#, "broken", false),
        ] {
            assert_eq!(is_the_same(one, other), same, "{one} {other}");
            assert_eq!(is_the_same(other, one), same, "{other} {one}");
        }
    }
}
