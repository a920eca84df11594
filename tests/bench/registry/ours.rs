//! Our registry with many endpoints: one is enrolled and registered as any other is; the rest are copies of it under
//! other names, made in the file while the server is off.

use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use rightdoor_location::pidf::Pidf;
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use rusqlite::functions::{self, FunctionFlags};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use whole_system::binaries;
use whole_system::process::{Process, read};

use crate::load::{self, Outcome, Pace};
use crate::{PATIENCE, USERS, pinned};

const DEVICE: &str = "desk";

/// A registry that runs.
pub struct Ours {
    process: Process,
    address: SocketAddr,
    folder: PathBuf,
    reader: String,
    endpoints: u64,
    /// So many lookups were asked for; the next one goes on from there.
    asked: Cell<u64>,
    /// The latest revision that was written, of any document.
    revision: u64,
    model: String,
}

/// Stands for the number of the endpoint, and for the revision, in the model of a document.
const MARKS: [u64; 2] = [777_000_777, 888_000_888];

impl Ours {
    /// A registry with so many endpoints, each with a record that the call path has fetched before.
    pub fn with(endpoints: u64, folder: &Path) -> Result<(Self, Value)> {
        let folder = folder.join(format!("registry-{endpoints}"));
        fs::create_dir_all(&folder)?;
        let reader = administer(&folder, &["reader", "--name", "pbx"])?;
        let code = administer(&folder, &["code", "--endpoint", &endpoint(0)])?;
        let (process, address) = start(&folder)?;
        let mut ours = Self {
            process,
            address,
            folder,
            reader,
            endpoints,
            asked: Cell::new(0),
            revision: 1,
            model: document(MARKS[0], MARKS[1]),
        };
        let token = ours.enrol(&code)?;
        let (status, answer) = load::once(address, &ours.put_request(&token, 0, 1))?;
        ensure!(status == 201, "the first record was refused: {answer}");
        ours.process.stop();
        let began = Instant::now();
        multiply(&ours.folder.join("registry.db"), endpoints)?;
        let filled = began.elapsed();
        (ours.process, ours.address) = start(&ours.folder)?;
        let figures = json!({
            "endpoints": endpoints, "file_bytes": fs::metadata(ours.folder.join("registry.db"))?.len(),
            "filled_seconds": filled.as_secs(),
        });
        Ok((ours, figures))
    }

    fn enrol(&self, code: &str) -> Result<String> {
        let body = json!({ "code": code, "device": DEVICE }).to_string();
        let head = "POST /v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
        let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let (status, answer) = load::once(self.address, request.as_bytes())?;
        ensure!(status == 200 || status == 201, "not enrolled: {answer}");
        let body = answer.split_once("\r\n\r\n").context("an answer without a body")?.1;
        let token = serde_json::from_str::<Value>(body)?["token"].as_str().map(str::to_owned);
        token.context("an enrolment without a token")
    }

    fn put_request(&self, token: &str, number: u64, revision: u64) -> Vec<u8> {
        // Replaced, not written anew: the client is to be quicker than any server.
        let body = self.model.replace(&MARKS[0].to_string(), &number.to_string());
        let body = body.replace(&MARKS[1].to_string(), &revision.to_string());
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/pidf+xml\r\nContent-Length: {}\r\n\r\n",
            path(number),
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// The call path asks where an endpoint is, any of them; `emergency`: because somebody dials 911.
    pub fn held(&self, pace: Pace, time: Duration, emergency: bool) -> Result<Outcome> {
        let (endpoints, reader, before) = (self.endpoints, &self.reader, self.asked.get());
        let why = if emergency { " responseTime=\"emergencyDispatch\"" } else { "" };
        load::run(self.address, pace, time, |number, buffer| {
            self.asked.set(before + number + 1);
            // Knuth's multiplier goes over all numbers without an order that a cache could follow.
            let uri = endpoint((before + number).wrapping_mul(2_654_435_761) % endpoints);
            let body = format!(
                "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\"{why}><locationType exact=\"true\">civic</locationType>\
                 <device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\"><uri>{uri}</uri></device></locationRequest>"
            );
            let head = format!(
                "POST /held HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {reader}\r\nContent-Type: application/held+xml\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            buffer.extend_from_slice(head.as_bytes());
            buffer.extend_from_slice(body.as_bytes());
        })
    }

    /// Asks once where each endpoint is: a registry at work has read its file before.
    pub fn visit(&self) -> Result<()> {
        while self.asked.get() < self.endpoints {
            self.held(Pace::Greatest, Duration::from_secs(1), false)?;
        }
        Ok(())
    }

    /// How many bytes it has read from the disk, rather than found in memory, since it was started.
    pub fn read_from_disk(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/io", self.process.pid()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("read_bytes: ")?.parse().ok());
        line.context("the kernel does not say what was read")
    }

    /// What the call path is given for an endpoint.
    pub fn location(&self, number: u64) -> Result<String> {
        let mut request = Vec::new();
        let body = format!(
            "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\"><device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\">\
             <uri>{}</uri></device></locationRequest>",
            endpoint(number)
        );
        let head = format!(
            "POST /held HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/held+xml\r\nContent-Length: {}\r\n\r\n",
            self.reader,
            body.len()
        );
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body.as_bytes());
        Ok(load::once(self.address, &request)?.1)
    }

    /// Companions read their documents.
    pub fn get(&self, pace: Pace, time: Duration) -> Result<Outcome> {
        load::run(self.address, pace, time, |number, buffer| {
            let number = number % USERS;
            let head = format!(
                "GET {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
                path(number),
                token(number)
            );
            buffer.extend_from_slice(head.as_bytes());
        })
    }

    /// Companions replace their documents, each answered once it is on the disk.
    pub fn put(&mut self, pace: Pace, time: Duration) -> Result<Outcome> {
        let began = self.revision;
        let mut sent = 0;
        let outcome = load::run(self.address, pace, time, |number, buffer| {
            sent = number + 1;
            // Every document's revision goes up by one in each round over all of them.
            let (number, revision) = (number % USERS, began + 1 + number / USERS);
            buffer.extend_from_slice(&self.put_request(&token(number), number, revision));
        })?;
        self.revision = began + 1 + sent / USERS;
        Ok(outcome)
    }

    /// How much memory is its own, in KiB, and how large its files are now.
    pub fn weight(&self) -> Result<Value> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.pid()))?;
        let line = |name: &str| {
            let found = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
            found.unwrap_or(0_u64)
        };
        let size = |name: &str| fs::metadata(self.folder.join(name)).map_or(0, |file| file.len());
        Ok(json!({
            "pss_kib": line("Pss:"), "private_dirty_kib": line("Private_Dirty:"), "file_bytes": size("registry.db"),
            "wal_bytes": size("registry.db-wal"),
        }))
    }
}

fn start(folder: &Path) -> Result<(Process, SocketAddr)> {
    let mut serve = pinned(binaries::path("rightdoor-registry")?);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--database-url", &database(folder)]);
    let log = folder.join("registry.log");
    // A second start must not read the address of the first.
    let _ = fs::remove_file(&log);
    let mut process = Process::start("registry", &mut serve, folder)?;
    let said = || fs::read_to_string(&log).unwrap_or_default();
    let address =
        |text: &str| text.lines().find_map(|line| line.strip_prefix("http://")?.trim().parse().ok());
    process.wait_until("listening", PATIENCE, || address(&said()).is_some())?;
    let address = address(&said()).context("the registry did not say where it listens")?;
    Ok((process, address))
}

fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("registry.db").display())
}

fn administer(folder: &Path, words: &[&str]) -> Result<String> {
    let mut command = Command::new(binaries::path("rightdoor-registry")?);
    Ok(read(command.args(words).args(["--database-url", &database(folder)]))?.trim().to_owned())
}

fn endpoint(number: u64) -> String {
    format!("sip:u{number}@example.com")
}

fn path(number: u64) -> String {
    format!("/xcap-root/pidf-manipulation/users/{}/{DEVICE}", endpoint(number))
}

fn token(number: u64) -> String {
    format!("d_{number:064}")
}

/// The document of an endpoint, as a companion writes it.
pub fn document(number: u64, revision: u64) -> String {
    let mut address = CivicAddress::default();
    for (element, text) in [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::HNO, "1600"),
        (Element::PC, "80202"),
        (Element::BLD, "Building B"),
        (Element::FLR, "5"),
        (Element::ROOM, "5-112"),
        (Element::SEAT, "12"),
    ] {
        address.set(element, text);
    }
    let pidf = Pidf {
        entity: endpoint(number),
        device: DEVICE.to_owned(),
        revision: Revision(revision),
        confirmed_at: 1_790_000_000_000,
        basis: Basis::Manual,
        content: Content::Located(address),
    };
    pidf.write()
}

/// Copies the person, endpoint, record and token of the first endpoint, so that there are `endpoints` of them. Only
/// the first [`USERS`] have a token that somebody knows.
fn multiply(file: &Path, endpoints: u64) -> Result<()> {
    let mut database = Connection::open(file)?;
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let now = i64::try_from(now)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    // As the registry itself finds a document.
    let hash = |call: &functions::Context<'_>| {
        let hash = Sha256::digest(call.get_raw(0).as_str()?);
        Ok(hash.first_chunk().copied().map_or(0, i64::from_be_bytes))
    };
    database.create_scalar_function("endpoint_hash", 1, flags, hash)?;
    let all = database.transaction()?;
    all.execute("UPDATE document SET fetched_at = ?", [now])?;
    let counted =
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {endpoints})");
    all.execute_batch(&format!(
        "{counted} INSERT INTO person (id, name, created_at) SELECT i + 1, 'sip:u' || i || '@example.com', 0 FROM n;
         {counted} INSERT INTO endpoint (uri, person, created_at) SELECT 'sip:u' || i || '@example.com', i + 1, 0 FROM n;
         CREATE TEMP TABLE model AS SELECT * FROM document;
         {counted} INSERT INTO document (endpoint, endpoint_hash, device, revision, body, etag, content, basis, confirmed_at, attendance,
                                         lease_until, written_at, fetched_at, status_at, status_length)
           SELECT 'sip:u' || i || '@example.com', endpoint_hash('sip:u' || i || '@example.com'), device, revision,
                  CAST(replace(CAST(body AS TEXT), 'sip:u0@', 'sip:u' || i || '@') AS BLOB), etag, content, basis,
                  confirmed_at, attendance, lease_until, written_at, fetched_at,
                  status_at + length(i) - length(0), status_length
           FROM n, model;"
    ))?;
    all.execute("DELETE FROM token", [])?;
    for number in 0..USERS.min(endpoints) {
        let hash: [u8; 32] = Sha256::digest(token(number).as_bytes()).into();
        all.execute(
            "INSERT INTO token (hash, person, device, created_at) VALUES (?, ?, ?, 0)",
            params![hash, i64::try_from(number)? + 1, DEVICE],
        )?;
    }
    all.commit()?;
    // As a file that has grown in years of use: all in its place, nothing waiting in the log.
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    // And on the disk: the first who waits for a write there would wait for the whole gigabyte.
    fs::File::open(file)?.sync_all()?;
    Ok(())
}
