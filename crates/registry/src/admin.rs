//! What an administrator does at the database itself, beside a server that runs or without one.

use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use rightdoor_location::guidance::Document;
use rusqlite::{Connection, TransactionBehavior};

use crate::directory_csv::{self, CsvError};
use crate::endpoint::{Endpoint, NotAnEndpoint};
use crate::refused::Refused;
use crate::secret::{self, NoRandomness};
use crate::sqlite::open::{self, OpenError};
use crate::sqlite::people::Scheme;
use crate::sqlite::{DatabaseUrl, advisory, audit, coverage, directory, guidance, people};
use crate::tls;

pub use crate::sqlite::advisory::Advised;
pub use crate::sqlite::audit::{Broken, Entry};
pub use crate::sqlite::coverage::{Cover, Row};

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It could not be read or written, or the request makes no sense there.
    #[error("{} {}", .0.problem.message, .0.problem.hint)]
    Refused(#[from] Refused),
    /// The endpoint.
    #[error(transparent)]
    Endpoint(#[from] NotAnEndpoint),
    /// A reader's name.
    #[error("{0:?} is not a reader's name; use letters, digits, dots, hyphens and underscores")]
    Name(String),
    /// A certificate.
    #[error("cannot use {file}: {source}; give the reader's certificate, a PEM file")]
    Certificate {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// A CSV file.
    #[error("nothing was imported: {0}")]
    Csv(#[from] CsvError),
    /// Guidance.
    #[error(transparent)]
    Guidance(#[from] rightdoor_location::guidance::Refused),
    /// Output.
    #[error("cannot write: {0}")]
    Output(#[from] std::io::Error),
    /// CSV output.
    #[error("cannot write: {0}")]
    CsvOutput(#[from] csv::Error),
}

impl From<rusqlite::Error> for AdminError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// The call path's new credential, shown once.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer`.
    Bearer(String),
    /// HTTP Basic.
    Basic {
        /// The reader's name.
        user: String,
        /// Its password.
        password: String,
    },
}

/// The registry's database, open for an administrator.
#[derive(Debug)]
pub struct Admin {
    connection: Connection,
}

impl Admin {
    /// Opens the database, or makes it.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong with the file.
    pub fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Ok(Self { connection: open::writable(url)? })
    }

    /// Does `work` in one transaction: all of it or nothing.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, AdminError>,
    ) -> Result<T, AdminError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Makes a one-time enrolment code for `endpoint`, valid for `valid` from `now`. A new endpoint
    /// is given to `person`, or to a person of its own.
    ///
    /// # Errors
    /// When `endpoint` is none or belongs to another person.
    pub fn make_code(
        &mut self,
        endpoint: &str,
        person: Option<&str>,
        valid: Duration,
        now: i64,
    ) -> Result<String, AdminError> {
        let endpoint = Endpoint::parse(endpoint)?;
        let code = secret::code()?;
        let hash = secret::hash_code(&code);
        let until = now.saturating_add(i64::try_from(valid.as_millis()).unwrap_or(i64::MAX));
        self.change(|connection| Ok(people::add_code(connection, hash, &endpoint, person, until, now)?))?;
        Ok(code)
    }

    /// Makes a credential for a reader of the call path. An earlier one of the same name ends.
    ///
    /// # Errors
    /// When `name` cannot be a user name.
    pub fn make_reader(&mut self, name: &str, basic: bool, now: i64) -> Result<Credential, AdminError> {
        reader_name(name)?;
        let token = secret::token("rdr")?;
        let hash = secret::hash(&token);
        let scheme = if basic { Scheme::Basic } else { Scheme::Bearer };
        self.change(|connection| Ok(people::add_reader(connection, name, scheme, hash, now)?))?;
        Ok(if basic {
            Credential::Basic { user: name.to_owned(), password: token }
        } else {
            Credential::Bearer(token)
        })
    }

    /// Takes the certificate in `file` as the credential of a reader, and gives its SHA-256 in hexadecimal. An earlier
    /// credential of the same name ends, and so does another reader's with the same certificate.
    ///
    /// # Errors
    /// When `name` cannot be a user name, or `file` holds no certificate.
    pub fn certify_reader(&mut self, name: &str, file: &Path, now: i64) -> Result<String, AdminError> {
        reader_name(name)?;
        let unusable = |source| AdminError::Certificate { file: file.display().to_string(), source };
        let chain = tls::certificates(file).map_err(unusable)?;
        let own = chain.first().ok_or_else(|| unusable(std::io::ErrorKind::UnexpectedEof.into()))?;
        let hash = secret::digest(own);
        let scheme = Scheme::Certificate;
        self.change(|connection| Ok(people::add_reader(connection, name, scheme, hash, now)?))?;
        Ok(secret::hex(&hash))
    }

    /// Ends the tokens of a device that was lost; gives how many there were. What it registered stays.
    ///
    /// # Errors
    /// When `endpoint` is none.
    pub fn revoke(&mut self, endpoint: &str, device: &str, now: i64) -> Result<usize, AdminError> {
        let endpoint = Endpoint::parse(endpoint)?;
        self.change(|connection| Ok(people::revoke_device(connection, &endpoint, device, now)?))
    }

    /// Removes an endpoint and all that is kept about it; `false` where there is no such endpoint.
    ///
    /// # Errors
    /// When `endpoint` is none.
    pub fn forget(&mut self, endpoint: &str, now: i64) -> Result<bool, AdminError> {
        let endpoint = Endpoint::parse(endpoint)?;
        self.change(|connection| Ok(people::forget(connection, &endpoint, now)?))
    }

    /// Copies the whole database, as it is now, into the new file `to`, beside a server that runs.
    ///
    /// # Errors
    /// When `to` is there already or cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), AdminError> {
        open::create_private_new(to)?;
        self.connection.execute("VACUUM INTO ?", [to.to_string_lossy()])?;
        Ok(())
    }

    /// Imports a directory; `replace` removes the places that are not in it. Gives how many places
    /// there are in it.
    ///
    /// # Errors
    /// [`CsvError`] names the line, the column and the fix; then nothing was imported.
    pub fn import(&mut self, input: impl Read, replace: bool, now: i64) -> Result<usize, AdminError> {
        let places = directory_csv::read(input)?;
        self.change(|connection| Ok(directory::import(connection, &places, replace, now)?))?;
        Ok(places.len())
    }

    /// Exports the directory.
    ///
    /// # Errors
    /// When `output` cannot be written.
    pub fn export(&self, output: impl Write) -> Result<(), AdminError> {
        let places = directory::search(&self.connection, "", "", u32::MAX)?;
        Ok(directory_csv::write(&places, output)?)
    }

    /// Sets what the organisation says to do when VoIP cannot carry 911; `None` takes it back.
    ///
    /// # Errors
    /// Names the field that is wrong; then what was set before stands.
    pub fn set_guidance(&mut self, document: Option<&[u8]>, now: i64) -> Result<(), AdminError> {
        document.map(Document::read).transpose()?;
        self.change(|connection| Ok(guidance::set(connection, document, now)?))
    }

    /// What the organisation says to do, as it was given.
    ///
    /// # Errors
    /// When the database cannot be read, or nothing was set.
    pub fn guidance(&self) -> Result<Vec<u8>, AdminError> {
        Ok(guidance::document(&self.connection)?.ok_or_else(guidance::nothing)?)
    }

    /// Who is covered now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn coverage(&self, now: i64) -> Result<Vec<Row>, AdminError> {
        Ok(coverage::rows(&self.connection, now)?)
    }

    /// Who has read the notice of 911's limits, and when.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn advised(&self) -> Result<Vec<Advised>, AdminError> {
        Ok(advisory::rows(&self.connection)?)
    }

    /// The same as CSV.
    ///
    /// # Errors
    /// When the database cannot be read or `output` cannot be written.
    pub fn advised_csv(&self, output: impl Write) -> Result<(), AdminError> {
        let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(output);
        let names = ["person", "endpoint", "device", "edition", "language", "read_at", "received_at"];
        csv.write_record(names)?;
        for row in self.advised()? {
            csv.serialize(row)?;
        }
        Ok(csv.flush()?)
    }

    /// Checks the audit trail; gives its length and the hash of its last record.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn verify_audit(&self) -> Result<Result<(i64, String), Broken>, AdminError> {
        Ok(audit::verify(&self.connection)?)
    }

    /// Writes the audit trail, one JSON object a line.
    ///
    /// # Errors
    /// When the database cannot be read or `output` cannot be written.
    pub fn export_audit(&self, mut output: impl Write) -> Result<(), AdminError> {
        let mut failed = Ok(());
        audit::each(&self.connection, |entry| {
            if failed.is_ok() {
                let line = serde_json::to_string(&entry).unwrap_or_default();
                failed = writeln!(output, "{line}");
            }
        })?;
        Ok(failed?)
    }
}

fn reader_name(name: &str) -> Result<(), AdminError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || !name.chars().all(fits) { Err(AdminError::Name(name.to_owned())) } else { Ok(()) }
}
