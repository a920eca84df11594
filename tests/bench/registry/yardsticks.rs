//! The yardsticks: nginx with one static document, Kamailio's XCAP server on SQLite, and the disk itself.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use whole_system::process::{Process, read};

use crate::load::{self, Outcome, Pace};
use crate::{PATIENCE, USERS, pinned};

/// A port that is free now.
fn free() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

fn is_up(address: SocketAddr) -> bool {
    std::net::TcpStream::connect(address).is_ok()
}

/// nginx with one static document.
pub struct Nginx {
    address: SocketAddr,
    _server: Process,
}

const STATIC: &[u8] = b"GET /location.xml HTTP/1.1\r\nHost: localhost\r\n\r\n";

impl Nginx {
    /// Starts it.
    pub fn start(folder: &Path, document: &[u8]) -> Result<Self> {
        let (address, folder) = (free()?, folder.join("nginx"));
        fs::create_dir_all(folder.join("www"))?;
        fs::write(folder.join("www/location.xml"), document)?;
        let at = folder.display();
        let spare: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
            .concat();
        let configuration = format!(
            "worker_processes 1; daemon off; pid {at}/pid; error_log {at}/error.log; user root;\nevents {{ worker_connections 256; }}\n\
         http {{ access_log off; keepalive_requests 1000000000; default_type application/pidf+xml; sendfile on;\n{spare}\
         server {{ listen {address}; root {at}/www; }} }}\n"
        );
        fs::write(folder.join("nginx.conf"), configuration)?;
        let mut command = pinned("nginx");
        command.arg("-c").arg(folder.join("nginx.conf")).arg("-p").arg(&folder);
        let mut server = Process::start("nginx", &mut command, &folder)?;
        server.wait_until("answering", PATIENCE, || is_up(address))?;
        let (status, answer) = load::once(address, STATIC)?;
        ensure!(
            status == 200 && answer.as_bytes().ends_with(document),
            "nginx gave another document: {answer}"
        );
        Ok(Self { address, _server: server })
    }

    /// The greatest rate at which it gives it.
    pub fn get(&self, time: Duration) -> Result<Outcome> {
        load::run(self.address, Pace::Greatest, time, |_, buffer| buffer.extend_from_slice(STATIC))
    }
}

/// What Kamailio does in the place of our server.
const KAMAILIO: &str = r#"children=1
tcp_children=1
listen=tcp:@address@
tcp_accept_no_cl=yes
tcp_connection_lifetime=3600
http_reply_parse=yes
auto_aliases=no
debug=0
log_stderror=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "xhttp.so"
loadmodule "db_sqlite.so"
modparam("db_sqlite", "db_set_journal_mode", "@database@=WAL;")
loadmodule "xcap_server.so"
modparam("xcap_server", "db_url", "sqlite:///@database@")
modparam("xcap_server", "xcap_root", "/xcap-root/")
modparam("xcap_server", "buf_size", 65536)
request_route { exit; }
event_route[xhttp:request] {
  $xcapuri(u=>data) = $hu;
  $var(uri) = $xcapuri(u=>xuid);
  switch($rm) {
    case "PUT": xcaps_put("$var(uri)", "$hu", "$rb"); exit;
    case "GET": xcaps_get("$var(uri)", "$hu"); exit;
  }
}
"#;

/// Kamailio's XCAP server on SQLite.
pub struct Kamailio {
    address: SocketAddr,
    document: Vec<u8>,
    _server: Process,
}

impl Kamailio {
    /// Starts it, with every document in its place before one is replaced or read.
    pub fn start(folder: &Path, document: &[u8]) -> Result<Self> {
        let (address, folder) = (free()?, folder.join("kamailio"));
        fs::create_dir_all(&folder)?;
        let database = folder.join("xcap.db");
        let tables = Connection::open(&database)?;
        for part in ["standard", "presence"] {
            let file = format!("/usr/share/kamailio/db_sqlite/{part}-create.sql");
            tables.execute_batch(&fs::read_to_string(&file).with_context(|| file.clone())?)?;
        }
        drop(tables);
        let configuration = KAMAILIO
            .replace("@address@", &address.to_string())
            .replace("@database@", &database.display().to_string());
        fs::write(folder.join("kamailio.cfg"), configuration)?;
        let mut command = pinned("kamailio");
        command.args(["-DD", "-E", "-m", "64", "-M", "8", "-f"]).arg(folder.join("kamailio.cfg"));
        command.arg("-P").arg(folder.join("pid")).arg("-Y").arg(&folder);
        let mut server = Process::start("kamailio", &mut command, &folder)?;
        server.wait_until("answering", PATIENCE, || is_up(address))?;
        let kamailio = Self { address, document: document.to_owned(), _server: server };
        for number in 0..USERS {
            let mut buffer = Vec::new();
            kamailio.put_request(number, &mut buffer);
            let (status, answer) = load::once(address, &buffer)?;
            ensure!((200..300).contains(&status), "Kamailio refused: {answer}");
        }
        let mode = read(Command::new("sqlite3").arg(&database).arg("PRAGMA journal_mode"))?;
        ensure!(mode.trim() == "wal", "Kamailio's database is not in WAL mode but in {mode}");
        Ok(kamailio)
    }

    fn put_request(&self, number: u64, buffer: &mut Vec<u8>) {
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pidf+xml\r\nContent-Length: {}\r\n\r\n",
            path(number),
            self.document.len()
        );
        buffer.extend_from_slice(head.as_bytes());
        buffer.extend_from_slice(&self.document);
    }

    /// The greatest rate at which it gives documents.
    pub fn get(&self, time: Duration) -> Result<Outcome> {
        load::run(self.address, Pace::Greatest, time, |number, buffer| {
            let head = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path(number));
            buffer.extend_from_slice(head.as_bytes());
        })
    }

    /// The greatest rate at which it durably keeps them.
    pub fn put(&self, time: Duration) -> Result<Outcome> {
        load::run(self.address, Pace::Greatest, time, |number, buffer| self.put_request(number, buffer))
    }
}

fn path(number: u64) -> String {
    format!("/xcap-root/pidf-manipulation/users/sip:u{}@example.com/index", number % USERS)
}

/// The disk, as SQLite uses it: one row of a document's size after the other, each durably committed by itself.
pub struct Disk {
    database: Connection,
    document: Vec<u8>,
}

impl Disk {
    /// Makes the file.
    pub fn open(folder: &Path, document: &[u8]) -> Result<Self> {
        let database = Connection::open(folder.join("raw.db"))?;
        database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, document BLOB)")?;
        Ok(Self { database, document: document.to_owned() })
    }

    /// The rate of such commits.
    pub fn commit(&self, time: Duration) -> Result<Outcome> {
        let mut insert = self.database.prepare("INSERT INTO row (document) VALUES (?)")?;
        Outcome::of(time, || Ok(insert.execute([&self.document]).map(drop)?))
    }
}
