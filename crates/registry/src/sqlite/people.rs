//! Persons, their endpoints, enrolment codes, device tokens, and the call path's readers.

use axum::http::StatusCode;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::audit::{self, facts};
use crate::endpoint::Endpoint;
use crate::refused::Refused;

/// Who a device token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The token's number.
    pub token: i64,
    /// The person's number.
    pub person: i64,
    /// The device.
    pub device: String,
}

/// A reader of the call path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Its number.
    pub id: i64,
    /// Its name, the user name of HTTP Basic.
    pub name: String,
}

/// How a reader shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Basic`, for clients that know nothing else.
    Basic,
    /// A client certificate.
    Certificate,
}

impl Scheme {
    const fn word(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Certificate => "certificate",
        }
    }
}

/// Keeps a new enrolment code for `endpoint`, which belongs to `person` (or to a person of its own).
pub(crate) fn add_code(
    connection: &Connection,
    hash: [u8; 32],
    endpoint: &Endpoint,
    person: Option<&str>,
    expires_at: i64,
    now: i64,
) -> Result<(), Refused> {
    let owner = connection
        .query_row(
            "SELECT p.id, p.name FROM endpoint e JOIN person p ON p.id = e.person WHERE e.uri = ?",
            [endpoint.as_str()],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    let person_id = match (owner, person) {
        (Some((_, name)), Some(wanted)) if name != wanted => {
            let message = format!("{endpoint} belongs to {name}.");
            let hint = format!("leave --person out, or name {name}; an endpoint belongs to one person");
            return Err(Refused::new(StatusCode::CONFLICT, "endpoint_taken", message, hint));
        }
        (Some((id, _)), _) => id,
        (None, wanted) => {
            let name = wanted.unwrap_or_else(|| endpoint.as_str());
            connection.execute(
                "INSERT INTO person (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                params![name, now],
            )?;
            let id =
                connection.query_row("SELECT id FROM person WHERE name = ?", [name], |row| row.get(0))?;
            connection.execute(
                "INSERT INTO endpoint (uri, person, created_at) VALUES (?, ?, ?)",
                params![endpoint.as_str(), id, now],
            )?;
            id
        }
    };
    connection.execute(
        "INSERT INTO code (hash, endpoint, created_at, expires_at) VALUES (?, ?, ?, ?)",
        params![hash, endpoint.as_str(), now, expires_at],
    )?;
    let code = connection.last_insert_rowid();
    audit::append(
        connection,
        now,
        "code_made",
        &facts! { code: code, person: person_id, expires_at: expires_at },
    )
}

/// Exchanges a code for a token, and gives the endpoint that the code was made for. An earlier token
/// of the same person and device ends: the new one covers everything it covered.
pub(crate) fn enrol(
    connection: &Connection,
    code: [u8; 32],
    device: &str,
    token: [u8; 32],
    now: i64,
) -> Result<String, Refused> {
    let found = connection
        .query_row(
            "SELECT c.id, c.endpoint, c.expires_at, c.used_at, e.person
             FROM code c JOIN endpoint e ON e.uri = c.endpoint WHERE c.hash = ?",
            [code],
            |row| {
                let used: Option<i64> = row.get(3)?;
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, i64>(2)?,
                    used,
                    row.get::<_, i64>(4)?,
                ))
            },
        )
        .optional()?;
    let ask = "ask your administrator for a new enrolment code";
    let Some((id, endpoint, expires_at, used_at, person)) = found else {
        let hint = "check each letter of the code, or ask your administrator for a new one";
        return Err(Refused::new(
            StatusCode::FORBIDDEN,
            "code_unknown",
            "This enrolment code is not known.",
            hint,
        ));
    };
    if used_at.is_some() {
        let message = "This enrolment code was used already; it works once.";
        return Err(Refused::new(StatusCode::GONE, "code_used", message, ask));
    }
    if expires_at <= now {
        return Err(Refused::new(StatusCode::GONE, "code_expired", "This enrolment code has expired.", ask));
    }
    connection.execute("UPDATE code SET used_at = ? WHERE id = ?", params![now, id])?;
    connection.execute(
        "UPDATE token SET revoked_at = ? WHERE person = ? AND device = ? AND revoked_at IS NULL",
        params![now, person, device],
    )?;
    connection.execute(
        "INSERT INTO token (hash, person, device, created_at) VALUES (?, ?, ?, ?)",
        params![token, person, device, now],
    )?;
    let token = connection.last_insert_rowid();
    audit::append(connection, now, "enrolled", &facts! { code: id, token: token, person: person })?;
    Ok(endpoint)
}

/// Whose token it is, while it is valid, and the endpoints that it may write.
pub(crate) fn holder(
    connection: &Connection,
    token: [u8; 32],
) -> Result<Option<(Holder, Vec<String>)>, Refused> {
    let mut statement = connection.prepare_cached(
        "SELECT t.id, t.person, t.device, e.uri FROM token t LEFT JOIN endpoint e ON e.person = t.person
         WHERE t.hash = ? AND t.revoked_at IS NULL ORDER BY e.uri",
    )?;
    let mut rows = statement.query([token])?;
    let mut found: Option<(Holder, Vec<String>)> = None;
    while let Some(row) = rows.next()? {
        let (_, endpoints) = match &mut found {
            Some(found) => found,
            None => {
                let holder = Holder { token: row.get(0)?, person: row.get(1)?, device: row.get(2)? };
                found.insert((holder, Vec::new()))
            }
        };
        endpoints.extend(row.get::<_, Option<String>>(3)?);
    }
    Ok(found)
}

/// Whether this token is still valid, and the endpoint still its holder's. In the transaction of a write nobody can
/// change that any more.
pub(crate) fn holds(connection: &Connection, holder: &Holder, endpoint: &str) -> Result<bool, Refused> {
    let sql = "SELECT 1 FROM token t JOIN endpoint e ON e.person = t.person
               WHERE t.id = ? AND t.revoked_at IS NULL AND e.uri = ?";
    Ok(connection.prepare_cached(sql)?.exists(params![holder.token, endpoint])?)
}

fn has_endpoints(connection: &Connection, person: i64) -> Result<bool, Refused> {
    Ok(connection.prepare_cached("SELECT 1 FROM endpoint WHERE person = ?")?.exists([person])?)
}

/// Ends every token of a person's device; gives how many there were.
pub(crate) fn revoke_device(
    connection: &Connection,
    endpoint: &Endpoint,
    device: &str,
    now: i64,
) -> Result<usize, Refused> {
    let revoked = connection.execute(
        "UPDATE token SET revoked_at = ?1 WHERE device = ?2 AND revoked_at IS NULL
         AND person = (SELECT person FROM endpoint WHERE uri = ?3)",
        params![now, device, endpoint.as_str()],
    )?;
    if revoked > 0 {
        audit::append(connection, now, "tokens_revoked", &facts! { tokens: revoked })?;
    }
    Ok(revoked)
}

/// Removes an endpoint with all that is kept about it, and its person and tokens where it was the
/// person's last one; `false` where there is no such endpoint. The trail keeps numbers only.
pub(crate) fn forget(connection: &Connection, endpoint: &Endpoint, now: i64) -> Result<bool, Refused> {
    let uri = endpoint.as_str();
    let person: Option<i64> = connection
        .query_row("SELECT person FROM endpoint WHERE uri = ?", [uri], |row| row.get(0))
        .optional()?;
    let Some(person) = person else { return Ok(false) };
    for table in ["document", "revision_floor", "code", "advisory"] {
        connection.execute(&format!("DELETE FROM {table} WHERE endpoint = ?"), [uri])?;
    }
    connection.execute("DELETE FROM endpoint WHERE uri = ?", [uri])?;
    if !has_endpoints(connection, person)? {
        connection.execute("DELETE FROM token WHERE person = ?", [person])?;
        connection.execute("DELETE FROM person WHERE id = ?", [person])?;
    }
    audit::append(connection, now, "forgotten", &facts! { person: person })?;
    Ok(true)
}

/// Keeps a new reader; one of the same name or with the same credential that is in use ends.
pub(crate) fn add_reader(
    connection: &Connection,
    name: &str,
    scheme: Scheme,
    hash: [u8; 32],
    now: i64,
) -> Result<(), Refused> {
    let ended = connection.execute(
        "UPDATE reader SET revoked_at = ? WHERE (name = ? OR hash = ?) AND revoked_at IS NULL",
        params![now, name, hash],
    )?;
    connection.execute(
        "INSERT INTO reader (name, scheme, hash, created_at) VALUES (?, ?, ?, ?)",
        params![name, scheme.word(), hash, now],
    )?;
    let reader = connection.last_insert_rowid();
    audit::append(
        connection,
        now,
        "reader_made",
        &facts! { reader: reader, scheme: scheme.word(), replaced: ended },
    )
}

/// The reader with this credential, while it is valid.
pub(crate) fn reader(
    connection: &Connection,
    scheme: Scheme,
    hash: [u8; 32],
) -> Result<Option<Reader>, Refused> {
    let found = connection
        .prepare_cached("SELECT id, name FROM reader WHERE hash = ? AND scheme = ? AND revoked_at IS NULL")?
        .query_row(params![hash, scheme.word()], |row| Ok(Reader { id: row.get(0)?, name: row.get(1)? }))
        .optional()?;
    Ok(found)
}
