//! The organisation's places.

use axum::http::StatusCode;
use rightdoor_location::record::DirectoryPlace;
use rightdoor_location::{CivicAddress, Element, Floors};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::audit::{self, facts};
use crate::refused::Refused;

/// A place with the site it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the companion sees.
    pub shown: DirectoryPlace,
    /// The site, for administrators; may be empty.
    pub site: String,
}

impl Place {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let location: String = row.get(3)?;
        let location = serde_json::from_str(&location)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error)))?;
        let floors = match row.get::<_, String>(4)?.as_str() {
            "single" => Floors::Single,
            "several" => Floors::Several,
            _ => Floors::Unknown,
        };
        let shown = DirectoryPlace { id: row.get(0)?, label: row.get(1)?, location, floors };
        Ok(Self { shown, site: row.get(2)? })
    }
}

const COLUMNS: &str = "id, label, site, location, floors";

/// The place with this id.
pub(crate) fn place(connection: &Connection, id: &str) -> Result<Option<Place>, Refused> {
    let sql = format!("SELECT {COLUMNS} FROM place WHERE id = ?");
    Ok(connection.prepare_cached(&sql)?.query_row([id], Place::from_row).optional()?)
}

/// Places after the id `after` whose label, site or address has every word of `query`, by id.
pub(crate) fn search(
    connection: &Connection,
    query: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<Place>, Refused> {
    let words: Vec<String> =
        query.split_whitespace().take(8).map(|word| pattern(&word.to_lowercase())).collect();
    let conditions = " AND search LIKE ? ESCAPE '\\'".repeat(words.len());
    let sql = format!("SELECT {COLUMNS} FROM place WHERE id > ?{conditions} ORDER BY id LIMIT {limit}");
    let parameters = std::iter::once(after.to_owned()).chain(words);
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement
        .query_map(rusqlite::params_from_iter(parameters), Place::from_row)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

fn pattern(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// Keeps these places, all or none; `replace` removes every other one. Gives how many were removed.
pub(crate) fn import(
    connection: &Connection,
    places: &[Place],
    replace: bool,
    now: i64,
) -> Result<usize, Refused> {
    let before: i64 = connection.query_row("SELECT count(*) FROM place", [], |row| row.get(0))?;
    if replace {
        connection.execute("DELETE FROM place", [])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO place (id, label, site, location, floors, search) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET label = excluded.label, site = excluded.site,
            location = excluded.location, floors = excluded.floors, search = excluded.search",
    )?;
    for Place { shown, site } in places {
        let location = serde_json::to_string(&shown.location).map_err(|_| super::Fault::Failed)?;
        let floors = match shown.floors {
            Floors::Single => "single",
            Floors::Several => "several",
            Floors::Unknown => "unknown",
        };
        let search =
            format!("{} {site} {} {}", shown.id, shown.label, shown.location.one_line()).to_lowercase();
        insert.execute(params![shown.id, shown.label, site, location, floors, search])?;
    }
    let after: i64 = connection.query_row("SELECT count(*) FROM place", [], |row| row.get(0))?;
    audit::append(
        connection,
        now,
        "directory_imported",
        &facts! { places: places.len(), replaced: replace, total: after },
    )?;
    Ok(usize::try_from(before - after).unwrap_or(0))
}

/// The addresses of the directory that share a city, a postal code or a street with `address`.
pub(crate) fn around(connection: &Connection, address: &CivicAddress) -> Result<Vec<CivicAddress>, Refused> {
    let mut statement = connection.prepare_cached(
        "SELECT location FROM place WHERE lower(location ->> '$.A3') = lower(?1)
            OR lower(location ->> '$.PC') = lower(?2) OR lower(location ->> '$.RD') = lower(?3) LIMIT 20000",
    )?;
    let of = |element| address.get(element);
    let rows = statement.query_map([of(Element::A3), of(Element::PC), of(Element::RD)], |row| {
        let text: String = row.get(0)?;
        serde_json::from_str(&text)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The refusal for an id that is not there.
pub(crate) fn no_place() -> Refused {
    let hint = "search the directory again; the place may have been renamed";
    Refused::new(StatusCode::NOT_FOUND, "no_place", "The directory has no such place.", hint)
}
