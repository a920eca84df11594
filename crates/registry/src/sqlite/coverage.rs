//! Who is covered now: counts and states, never where anybody is.

use rightdoor_location::Content;
use rightdoor_location::record::Attendance;
use rusqlite::Connection;
use serde::Serialize;

use super::documents;
use crate::refused::Refused;

/// How an endpoint is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// A location whose companion renews it.
    Attended,
    /// A location whose computer has moved since.
    Stale,
    /// A location whose companion left.
    Unattended,
    /// No location now: travelling, or withdrawn.
    Without,
    /// Nothing was ever registered.
    Never,
}

/// One endpoint's cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The endpoint.
    pub endpoint: String,
    /// Its person.
    pub person: String,
    /// The device, empty where there is none.
    pub device: String,
    /// How it is covered.
    pub cover: Cover,
    /// When its location was confirmed, Unix milliseconds.
    pub confirmed_at: Option<i64>,
}

/// Every endpoint and device, by endpoint.
pub(crate) fn rows(connection: &Connection, now: i64) -> Result<Vec<Row>, Refused> {
    let mut statement = connection
        .prepare("SELECT e.uri, p.name FROM endpoint e JOIN person p ON p.id = e.person ORDER BY e.uri")?;
    let endpoints: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut rows = Vec::new();
    for (endpoint, person) in endpoints {
        let held = documents::of_endpoint(connection, &endpoint)?;
        if held.is_empty() {
            let (device, confirmed_at) = (String::new(), None);
            rows.push(Row { endpoint, person, device, cover: Cover::Never, confirmed_at });
            continue;
        }
        for document in held {
            let cover = match (&document.record.content, document.attendance(now)) {
                (Content::NoFixedAddress | Content::Withdrawn, _) => Cover::Without,
                (Content::Located(_), Attendance::Attended) => Cover::Attended,
                (Content::Located(_), Attendance::Stale) => Cover::Stale,
                (Content::Located(_), Attendance::Unattended) => Cover::Unattended,
            };
            let confirmed_at = document.record.confirmed_at;
            let (endpoint, person) = (endpoint.clone(), person.clone());
            rows.push(Row { endpoint, person, device: document.device, cover, confirmed_at });
        }
    }
    Ok(rows)
}

/// How many endpoints and devices are in each state: the report's last line, and metrics.
pub(crate) fn counts(rows: &[Row]) -> [(&'static str, usize); 5] {
    let count = |cover| rows.iter().filter(|row| row.cover == cover).count();
    [
        ("attended", count(Cover::Attended)),
        ("stale", count(Cover::Stale)),
        ("unattended", count(Cover::Unattended)),
        ("without", count(Cover::Without)),
        ("never", count(Cover::Never)),
    ]
}
