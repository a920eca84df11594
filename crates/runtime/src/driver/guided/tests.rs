//! The registry's guidance, and what others send in its place.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it stands; others let the server do worse"
)]

#[path = "../../../tests/nasty/mod.rs"]
mod nasty;

use rightdoor_core::Redacted;
use rightdoor_platform::secrets::Secrets;

use super::*;
use crate::registry::Options;
use nasty::Nasty;

const JSON: &str = "Content-Type: application/json\r\n";
const GOOD: &str = r#"{"version": 1, "rules": [{"callback": "+1 303-555-0142"}]}"#;
const LATER: &str = r#"{"version": 1, "rules": [{"callback": "+1 303-555-0143"}]}"#;

/// Asks once, and gives the guidance that came of it.
async fn asked(asking: &mut Asking, registry: &Registry) -> Option<Document> {
    let (tell, mut told) = mpsc::unbounded_channel();
    asking.ask(registry, &tell);
    asking.under_way.take().unwrap().await.unwrap();
    let Event::Guidance(document) = told.try_recv().ok()?.event else { panic!("another fact") };
    Some(*document)
}

#[tokio::test]
async fn bad_input_in_guidance_from_the_registry_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Secrets::File(folder.path().join("secrets"));
    let registry = Registry::new(Options { ca_file: None, plain_http: false, secrets }, None);
    let server = Nasty::open().await;
    let enrolled =
        r#"{"token":"t0ken","endpoint":"sip:ada@example.com","device":"d/1","organisation":"Example"}"#;
    server.will_say("200 OK", JSON, enrolled);
    registry.enrol(&Redacted::new("CODE".into()), &server.base).await.unwrap();

    let mut asking = Asking::new(folder.path().to_owned());
    server.will_say("200 OK", &format!("{JSON}ETag: \"1\"\r\n"), GOOD);
    let good = Document::read(GOOD.as_bytes()).unwrap();
    assert_eq!(asked(&mut asking, &registry).await, Some(good.clone()));
    assert_eq!(organisation::kept(folder.path()), good);

    let deep = "[".repeat(60_000);
    let other_version = LATER.replace("\"version\": 1", "\"version\": 2");
    let endless = LATER.to_owned() + &" ".repeat(20_000_000);
    let bad =
        ["", "not JSON", &LATER[..40], &other_version, r#"{"version": 1, "rules": []}"#, &deep, &endless];
    for (number, bad) in bad.into_iter().enumerate() {
        server.will_say("200 OK", &format!("{JSON}ETag: \"bad-{number}\"\r\n"), bad);
        assert_eq!(asked(&mut asking, &registry).await, None, "{bad:.40}");
        assert_eq!(organisation::kept(folder.path()), good, "{bad:.40}");
    }
    for status in ["302 Found", "401 Unauthorized", "404 Not Found", "500 Internal Server Error"] {
        server.will_say(status, "Content-Type: text/html\r\nLocation: http://127.0.0.1:9/\r\n", "<html>");
        assert_eq!(asked(&mut asking, &registry).await, None, "{status}");
        assert_eq!(organisation::kept(folder.path()), good, "{status}");
    }

    server.will_say("200 OK", &format!("{JSON}ETag: \"2\"\r\n"), LATER);
    let later = Document::read(LATER.as_bytes()).unwrap();
    assert_eq!(asked(&mut asking, &registry).await, Some(later.clone()));
    assert_eq!(organisation::kept(folder.path()), later);
}
