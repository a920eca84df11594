//! Opening the database: its URL, its settings, its migrations, its check.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::documents;

/// `application_id` of a Rightdoor registry ("RDRG"), so that no other database is taken for one.
const APPLICATION_ID: i32 = 0x5244_5247;

/// As much of the file is mapped into memory for reading, in bytes.
const MAPPED: i64 = 1 << 36;

/// So many pages are in the log when a commit has to write it back into the file: that is [`super::log`]'s to do earlier.
const LOGGED: i64 = 32_768;

const MIGRATIONS: [&str; 7] = [
    include_str!("migrations/0001_registry.sql"),
    include_str!("migrations/0002_sealing.sql"),
    include_str!("migrations/0003_certificates.sql"),
    include_str!("migrations/0004_guidance.sql"),
    include_str!("migrations/0005_advisory.sql"),
    include_str!("migrations/0006_status.sql"),
    include_str!("migrations/0007_hash.sql"),
];

/// Where the database is: `sqlite:FILE`, with `?mode=ro` to serve a copy that is not to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// The file.
    pub path: PathBuf,
    /// Whether it is opened for reading only: the call path is answered, nothing is accepted.
    pub read_only: bool,
    /// The greatest size in pages of 4096 bytes; `None` is as large as the disk. An operator's
    /// quota, and how a full disk is tested.
    pub max_pages: Option<u32>,
}

/// Why a text is not a database URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// PostgreSQL.
    #[error("postgres:// is not supported yet; use sqlite:FILE")]
    NotYet,
    /// Another scheme, or none.
    #[error("{0:?} is not a database URL; write sqlite:FILE")]
    Scheme(String),
    /// A parameter that is not known.
    #[error("unknown parameter {0:?} in the database URL; known are mode=ro and max_pages=N")]
    Parameter(String),
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return Err(UrlError::NotYet);
        }
        let rest = text.strip_prefix("sqlite:").ok_or_else(|| UrlError::Scheme(text.to_owned()))?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() || path == ":memory:" {
            return Err(UrlError::Scheme(text.to_owned()));
        }
        let mut url = Self::file(path);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let unknown = || UrlError::Parameter(parameter.to_owned());
            match parameter.split_once('=') {
                Some(("mode", "ro")) => url.read_only = true,
                Some(("mode", "rwc" | "rw")) => url.read_only = false,
                Some(("max_pages", number)) => url.max_pages = Some(number.parse().map_err(|_| unknown())?),
                _ => return Err(unknown()),
            }
        }
        Ok(url)
    }
}

impl DatabaseUrl {
    /// The database in the file `path`, for reading and writing.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), read_only: false, max_pages: None }
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite refused.
    #[error("cannot open the database {path}: {source}; check the path, its owner and the free space")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// It belongs to another program.
    #[error("{path} is the database of another program; name another file")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It failed SQLite's check.
    #[error("the database {path} is damaged ({finding}); restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's first finding.
        finding: String,
    },
    /// Its tables could not be made or migrated, or a newer version made it.
    #[error(
        "cannot migrate the database {path}: {source}; use the version that wrote it, or restore a backup"
    )]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite_migration::Error,
    },
    /// It is of another version, and is not to be changed.
    #[error(
        "the database {path} is of version {version}, and this program reads {}; open a copy without mode=ro once, or serve \
         it with the version that wrote it", MIGRATIONS.len()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
    /// The writer's thread could not start.
    #[error("cannot start the writer: {0}")]
    Thread(#[from] std::io::Error),
}

/// Opens the connection that writes: checked and migrated.
pub(crate) fn writable(url: &DatabaseUrl) -> Result<Connection, OpenError> {
    let path = url.path.clone();
    let open = |source| OpenError::Open { path: path.clone(), source };
    if url.read_only {
        let connection = reader(url)?;
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(open)?;
        // What cannot be migrated must be as it would be then, or no question could be answered from it.
        let is_ours = usize::try_from(version) == Ok(MIGRATIONS.len());
        return if is_ours { Ok(connection) } else { Err(OpenError::Version { path, version }) };
    }
    create_private(&path).map_err(|error| OpenError::Open {
        path: path.clone(),
        source: rusqlite::Error::ToSqlConversionFailure(error.into()),
    })?;
    // One thread has it.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&path, flags).map_err(open)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(open)?;
    let owner: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(open)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(open)?;
    if owner != APPLICATION_ID && (owner != 0 || tables != 0) {
        return Err(OpenError::Foreign { path });
    }
    let finding: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(open)?;
    if finding != "ok" {
        return Err(OpenError::Damaged { path, finding });
    }
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;")
        .map_err(open)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOGGED).map_err(open)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(open)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let hash = |call: &Context<'_>| Ok(documents::hash(call.get_raw(0).as_str()?));
    connection.create_scalar_function("endpoint_hash", 1, flags, hash).map_err(open)?;
    Migrations::new(MIGRATIONS.map(M::up).to_vec())
        .to_latest(&mut connection)
        .map_err(|source| OpenError::Migrate { path: path.clone(), source })?;
    if let Some(pages) = url.max_pages {
        connection.execute_batch(&format!("PRAGMA max_page_count = {pages}")).map_err(open)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a connection that copies the log into the file.
pub(crate) fn copier(url: &DatabaseUrl) -> Result<Connection, OpenError> {
    let open = |source| OpenError::Open { path: url.path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&url.path, flags).map_err(open)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(open)?;
    Ok(connection)
}

/// Opens a connection that reads.
pub(crate) fn reader(url: &DatabaseUrl) -> Result<Connection, OpenError> {
    let open = |source| OpenError::Open { path: url.path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&url.path, flags).map_err(open)?;
    connection.busy_timeout(Duration::from_secs(1)).map_err(open)?;
    // Every commit empties a reader's own cache; what is mapped need not be copied again. Nothing here ever shortens the
    // file, so a mapped page does not go away.
    connection.pragma_update(None, "mmap_size", MAPPED).map_err(open)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Makes a new database readable by its owner only: it says where people sit.
fn create_private(path: &Path) -> std::io::Result<()> {
    private().create(true).append(true).open(path).map(drop)
}

/// The same, for a file that must not be there yet.
pub(crate) fn create_private_new(path: &Path) -> std::io::Result<()> {
    private().create_new(true).open(path).map(drop)
}

fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    // Elsewhere the folder's rights pass on to the file.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn urls() {
        assert_eq!("sqlite:a/b.db".parse(), Ok(DatabaseUrl::file("a/b.db")));
        assert_eq!("sqlite:///a/b.db".parse(), Ok(DatabaseUrl::file("/a/b.db")));
        let read_only: DatabaseUrl = "sqlite:b.db?mode=ro".parse().unwrap();
        assert!(read_only.read_only);
    }

    #[test]
    fn bad_input_urls_are_refused() {
        let message = |text: &str| text.parse::<DatabaseUrl>().unwrap_err().to_string();
        assert_eq!(message("postgres://h/d"), "postgres:// is not supported yet; use sqlite:FILE");
        assert_eq!(message("b.db"), "\"b.db\" is not a database URL; write sqlite:FILE");
        assert_eq!(
            message("sqlite:b.db?cache=shared"),
            "unknown parameter \"cache=shared\" in the database URL; known are mode=ro and max_pages=N"
        );
    }

    fn of_version(version: usize, folder: &Path) -> (DatabaseUrl, Connection) {
        let url = DatabaseUrl::file(folder.join("old.db"));
        let mut old = Connection::open(&url.path).unwrap();
        let before = MIGRATIONS[..version].iter().map(|up| M::up(up)).collect();
        Migrations::new(before).to_latest(&mut old).unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        (url, old)
    }

    #[test]
    fn readers_of_an_older_database_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (url, old) = of_version(2, dir.path());
        let reader =
            "INSERT INTO reader (id, name, scheme, hash, created_at) VALUES (7, 'pbx', 'bearer', x'00', 1)";
        old.execute_batch(reader).unwrap();
        drop(old);
        let new = writable(&url).unwrap();
        new.execute_batch(
            "INSERT INTO reader (name, scheme, hash, created_at) VALUES ('sbc', 'certificate', x'01', 1)",
        )
        .unwrap();
        let sql = "SELECT group_concat(id || name) FROM reader";
        assert_eq!(new.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap(), "7pbx,8sbc");
    }

    #[test]
    fn documents_of_an_older_database_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let (url, old) = of_version(6, dir.path());
        old.execute_batch(
            "INSERT INTO person (id, name, created_at) VALUES (1, 'ada', 0);
             INSERT INTO endpoint (uri, person, created_at) VALUES ('sip:ada@example.com', 1, 0);
             INSERT INTO document (endpoint, device, revision, body, etag, content, basis, confirmed_at, attendance,
                                   lease_until, written_at)
             VALUES ('sip:ada@example.com', 'desk-1', 4, x'', '4', '\"withdrawn\"', 'manual', 0, 'attended', 0, 0)",
        )
        .unwrap();
        drop(old);
        let served = DatabaseUrl { read_only: true, ..url.clone() };
        let error = writable(&served).unwrap_err().to_string();
        assert!(
            error.contains("is of version 6, and this program reads 7; open a copy without mode=ro"),
            "{error}"
        );
        let new = writable(&url).unwrap();
        writable(&served).unwrap();
        let found = documents::document(&new, "sip:ada@example.com", "desk-1").unwrap().unwrap();
        assert_eq!(found.record.revision.0, 4);
    }

    #[test]
    fn bad_input_another_programs_database_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(writable(&DatabaseUrl::file(&path)), Err(OpenError::Foreign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn bad_input_damaged_database_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("damaged.db");
        std::fs::write(&path, b"this is no database, but it is long enough to look at".repeat(100)).unwrap();
        let error = writable(&DatabaseUrl::file(&path)).unwrap_err().to_string();
        assert!(error.contains("damaged.db"), "{error}");
    }
}
