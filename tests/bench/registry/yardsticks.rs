//! The yardsticks: nginx with one static document, Kamailio's XCAP server on SQLite, and the disk itself.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
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

/// The greatest rate at which nginx gives a static file of these bytes.
pub fn nginx(folder: &Path, document: &[u8], time: Duration) -> Result<Outcome> {
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
    let request = b"GET /location.xml HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (status, answer) = load::once(address, request)?;
    ensure!(status == 200 && answer.as_bytes().ends_with(document), "nginx gave another document: {answer}");
    load::run(address, Pace::Greatest, time, |_, buffer| buffer.extend_from_slice(request))
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

/// The greatest rates at which Kamailio's XCAP server gives and durably keeps such documents: GET, then PUT.
pub fn kamailio(folder: &Path, document: &[u8], time: Duration) -> Result<(Outcome, Outcome)> {
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
    let path = |number: u64| format!("/xcap-root/pidf-manipulation/users/sip:u{number}@example.com/index");
    let put = |number: u64, buffer: &mut Vec<u8>| {
        let head = format!(
            "PUT {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pidf+xml\r\nContent-Length: {}\r\n\r\n",
            path(number % USERS),
            document.len()
        );
        buffer.extend_from_slice(head.as_bytes());
        buffer.extend_from_slice(document);
    };
    let get = |number: u64, buffer: &mut Vec<u8>| {
        let head = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path(number % USERS));
        buffer.extend_from_slice(head.as_bytes());
    };
    // Every document is there before one is replaced or read.
    for number in 0..USERS {
        let mut buffer = Vec::new();
        put(number, &mut buffer);
        let (status, answer) = load::once(address, &buffer)?;
        ensure!((200..300).contains(&status), "Kamailio refused: {answer}");
    }
    let mode = read(Command::new("sqlite3").arg(&database).arg("PRAGMA journal_mode"))?;
    ensure!(mode.trim() == "wal", "Kamailio's database is not in WAL mode but in {mode}");
    let read = load::run(address, Pace::Greatest, time, get)?;
    let written = load::run(address, Pace::Greatest, time, put)?;
    Ok((read, written))
}

/// How often a second one row of this size is durably committed, one after the other.
pub fn disk(folder: &Path, document: &[u8], time: Duration) -> Result<Value> {
    let database = Connection::open(folder.join("raw.db"))?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, document BLOB)")?;
    let mut insert = database.prepare("INSERT INTO row (document) VALUES (?)")?;
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < time {
        insert.execute([document])?;
        count += 1;
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    Ok(json!({ "per_second": rate.round(), "n": count }))
}
