//! The key of location URIs.

use rusqlite::{Connection, OptionalExtension as _};

use crate::refused::Refused;

/// The key; one is made where there is none.
pub(crate) fn make_key(connection: &Connection, fresh: [u8; 32]) -> Result<[u8; 32], Refused> {
    connection.execute("INSERT INTO sealing (id, key) VALUES (1, ?) ON CONFLICT DO NOTHING", [fresh])?;
    Ok(connection.query_row("SELECT key FROM sealing WHERE id = 1", [], |row| row.get(0))?)
}

/// The key, if there is one.
pub(crate) fn key(connection: &Connection) -> Result<Option<[u8; 32]>, Refused> {
    let found = connection.query_row("SELECT key FROM sealing WHERE id = 1", [], |row| row.get(0));
    Ok(found.optional()?)
}
