//! The disk: restarts, crashes, a full one, one that cannot be written; and the trail.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use common::{ADA, BEN, Device, Registry, START, floor, pidf, problem, request};
use reqwest::{Method, StatusCode};
use rightdoor_location::held::Answer;
use rightdoor_location::record::EnrolResponse;
use rightdoor_registry::Broken;

#[tokio::test]
async fn what_was_answered_survives_a_restart() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let before = registry.record(&ada).await;
    registry.restart().await;
    assert_eq!(registry.record(&ada).await, before);
    let answer = registry.held(&reader, &request(ADA, "")).await;
    assert!(matches!(Answer::parse(answer.as_bytes()).unwrap(), Answer::Location(_)));
    assert_eq!(registry.try_enrol("AAAA-BBBB-CCCC-DDDD", "x").await.status(), StatusCode::FORBIDDEN);
}

/// Ends the child with the test, whatever happens.
struct Server(Child, String);

impl Server {
    fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rightdoor-registry"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self(child, url.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn run(database: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rightdoor-registry"));
    let output = command.args(arguments).args(["--database-url", database]).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", dir.path().join("r.db").display());
    let client = common::client();
    let server = Server::start(&database);
    let (_, code) = run(&database, &["code", "--endpoint", ADA]);
    let body = serde_json::json!({ "code": code.trim(), "device": "desk-1" });
    let answer = client.post(format!("{}/v1/enrol", server.1)).json(&body).send().await.unwrap();
    let EnrolResponse { token, endpoint, device, .. } = answer.json().await.unwrap();
    let ada = Device { endpoint, name: device, token };
    let path = format!("/xcap-root/pidf-manipulation/users/{ADA}/desk-1");
    for revision in 1..=20 {
        let text = pidf(&ada, revision, floor(&revision.to_string()), START).write();
        let put = client.put(format!("{}{path}", server.1)).bearer_auth(&ada.token);
        let answer = put.header("content-type", "application/pidf+xml").body(text).send().await.unwrap();
        assert!(answer.status().is_success());
    }
    drop(server);
    let server = Server::start(&database);
    let read = client.get(format!("{}{path}", server.1)).bearer_auth(&ada.token).send().await.unwrap();
    assert_eq!(read.text().await.unwrap(), pidf(&ada, 20, floor("20"), START).write());
    let (status, text) = run(&database, &["audit", "verify"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.starts_with("22 records, chain whole, head "), "{text}");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_keeps_answering() {
    let mut registry = Registry::start().await;
    let (ada, ben, reader) =
        (registry.enrol(ADA, "desk-1").await, registry.enrol(BEN, "d").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    registry.stop().await;
    let pages: u32 = rusqlite::Connection::open(registry.path())
        .unwrap()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    registry.database.max_pages = Some(pages + 2);
    registry.restart().await;
    let padding = "x".repeat(50_000);
    let text = format!("{}<!--{padding}-->", pidf(&ben, 1, floor("5"), START).write());
    let put = || {
        registry.document(&ben, Method::PUT).header("content-type", "application/pidf+xml").body(text.clone())
    };
    let answer = put().send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "30");
    let (status, full) = problem(answer).await;
    assert_eq!((status.as_u16(), full.code.as_str()), (503, "storage_full"));
    assert_eq!(full.hint, "free space on the registry's disk, then send it again");
    assert_eq!(registry.document(&ben, Method::GET).send().await.unwrap().status(), StatusCode::NOT_FOUND);

    // The call path and small writes go on; the trail is whole.
    let answer = registry.held(&reader, &request(ADA, "")).await;
    assert!(matches!(Answer::parse(answer.as_bytes()).unwrap(), Answer::Location(_)));
    registry.put(&ada, 2, floor("6")).await;
    registry.admin().verify_audit().unwrap().unwrap();

    registry.database.max_pages = None;
    registry.restart().await;
    let text = format!("{}<!--{padding}-->", pidf(&ben, 1, floor("5"), START).write());
    let again =
        registry.document(&ben, Method::PUT).header("content-type", "application/pidf+xml").body(text);
    assert_eq!(again.send().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_database_that_cannot_be_written_still_answers_the_call_path() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    let tag = registry.put(&ada, 1, floor("5")).await;
    registry.stop().await;
    registry.database.read_only = true;
    registry.restart().await;
    let answer = registry.held(&reader, &request(ADA, "responseTime=\"emergencyRouting\"")).await;
    assert!(matches!(Answer::parse(answer.as_bytes()).unwrap(), Answer::Location(_)));
    let (status, refused) = problem(registry.write(&ada, 2, floor("6")).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), refused.code.as_str()), (503, "storage_read_only"));
    let ready = registry.client.get(format!("{}/readyz", registry.url)).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let alive = registry.client.get(format!("{}/healthz", registry.url)).send().await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
    let record = registry.record(&ada).await;
    assert_eq!((record.etag, record.emergency_at), (tag, Some(START)), "known, though it cannot be kept");
}

#[tokio::test]
async fn the_trail_tells_of_every_change_and_holds_no_secret() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    registry.held(&reader, &request(ADA, "")).await;
    registry.attend(&ada, "stale").await;
    registry.put(&ada, 2, rightdoor_location::Content::Withdrawn).await;
    registry.document(&ada, Method::DELETE).send().await.unwrap();
    registry.stop().await;
    let mut text = Vec::new();
    registry.admin().export_audit(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let kinds: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    let mut sorted = kinds.clone();
    sorted.sort();
    let expected = [
        "attendance",
        "code_made",
        "deleted",
        "enrolled",
        "fetched",
        "reader_made",
        "registered",
        "withdrawn",
    ];
    assert_eq!(sorted, expected);
    for private in [&ada.token, &reader, ADA, "Blake", "Denver"] {
        assert!(!text.contains(private), "{private}");
    }
    let database = std::fs::read(registry.path()).unwrap();
    let kept = |secret: &str| database.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
    assert!(!kept(&ada.token) && !kept(&reader), "only hashes are kept");
}

#[tokio::test]
async fn a_changed_trail_is_found() {
    let mut registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    registry.put(&ada, 1, floor("5")).await;
    registry.stop().await;
    let connection = rusqlite::Connection::open(registry.path()).unwrap();
    connection.execute("UPDATE audit SET facts = '{}'", []).unwrap_err();
    connection
        .execute_batch("DROP TRIGGER audit_is_not_rewritten; UPDATE audit SET facts = '{}' WHERE seq = 2")
        .unwrap();
    assert_eq!(registry.admin().verify_audit().unwrap(), Err(Broken::Changed { seq: 2 }));
    let database = format!("sqlite:{}", registry.path().display());
    let (status, text) = run(&database, &["audit", "verify"]);
    assert_eq!((status, text.as_str()), (Some(1), "the audit trail is broken: record 2 was changed\n"));
}

#[tokio::test]
async fn a_backup_is_a_whole_registry() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let copy = registry.dir.path().join("copy.db");
    registry.admin().backup(&copy).unwrap();
    registry.admin().backup(&copy).unwrap_err();
    registry.put(&ada, 2, floor("6")).await;
    registry.database.path = copy;
    registry.restart().await;
    assert_eq!(registry.record(&ada).await.revision.0, 1);
    let answer = registry.held(&reader, &request(ADA, "")).await;
    assert!(matches!(Answer::parse(answer.as_bytes()).unwrap(), Answer::Location(_)));
}

#[tokio::test]
async fn a_person_can_be_forgotten() {
    let mut registry = Registry::start().await;
    let (ada, ben) = (registry.enrol(ADA, "desk-1").await, registry.enrol(BEN, "desk-2").await);
    registry.put(&ada, 1, floor("5")).await;
    registry.put(&ben, 1, floor("6")).await;
    assert!(registry.admin().forget(ADA, START).unwrap());
    assert!(!registry.admin().forget(ADA, START).unwrap());
    assert_eq!(registry.document(&ada, Method::GET).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(registry.record(&ben).await.revision.0, 1);
    registry.stop().await;
    let copy = registry.dir.path().join("copy.db");
    registry.admin().backup(&copy).unwrap();
    let bytes = std::fs::read(copy).unwrap();
    assert!(!bytes.windows(ADA.len()).any(|window| window == ADA.as_bytes()));
    registry.admin().verify_audit().unwrap().unwrap();
}

#[test]
fn bad_input_commands_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", dir.path().join("r.db").display());
    for (arguments, text) in [
        (vec!["code", "--endpoint", "ada"], "not an endpoint: write sip:user@domain or tel:+number"),
        (vec!["reader", "--name", "a:b"], "is not a reader's name; use letters, digits"),
        (vec!["code", "--endpoint", ADA, "--valid", "soon"], "write a number with s, m, h or d"),
        (vec!["serve", "--listen", "0.0.0.0:0"], "give --tls-cert and --tls-key, or --plain-http"),
        (vec!["import", "/no/such/file.csv"], "cannot read /no/such/file.csv"),
    ] {
        let (status, found) = run(&database, &arguments);
        assert_eq!(status, Some(2), "{found}");
        assert!(found.contains(text), "{found}");
    }
    let (status, text) = run("postgres://db/registry", &["export"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("postgres:// is not supported yet; use sqlite:FILE"), "{text}");
    let (_, taken) = run(&database, &["code", "--endpoint", ADA, "--person", "Ada"]);
    assert_eq!(taken.trim().len(), 19);
    let (status, taken) = run(&database, &["code", "--endpoint", ADA, "--person", "Ben"]);
    assert_eq!(status, Some(2));
    assert!(taken.contains("sip:ada@example.com belongs to Ada."), "{taken}");
}
