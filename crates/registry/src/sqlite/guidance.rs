//! What the organisation says to do when VoIP cannot carry 911.

use axum::http::StatusCode;
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::{Digest, Sha256};

use super::audit::{self, facts};
use crate::refused::Refused;
use crate::secret;

/// The document, byte for byte as it was given.
pub(crate) fn document(connection: &Connection) -> Result<Option<Vec<u8>>, Refused> {
    let sql = "SELECT document FROM guidance WHERE id = 1";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?)
}

/// Replaces the document; `None` removes it. The caller has checked it.
pub(crate) fn set(connection: &Connection, document: Option<&[u8]>, now: i64) -> Result<(), Refused> {
    connection.execute("DELETE FROM guidance", [])?;
    if let Some(bytes) = document {
        connection
            .execute("INSERT INTO guidance (id, document, set_at) VALUES (1, ?, ?)", params![bytes, now])?;
    }
    audit::append(connection, now, "guidance_set", &facts! { tag: document.map(tag) })
}

/// The document's entity tag.
pub(crate) fn tag(document: &[u8]) -> String {
    format!("\"{}\"", secret::hex(&Sha256::digest(document)[..12]))
}

/// There is none.
pub(crate) fn nothing() -> Refused {
    let hint = "`rightdoor-registry guidance set F.json` gives some; companions use what is built in";
    Refused::new(StatusCode::NOT_FOUND, "no_guidance", "This organisation has set no guidance.", hint)
}
