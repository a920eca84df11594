//! What the organisation says to do in an outage: set, served, refused.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{ADA, Registry, START};
use reqwest::{Method, StatusCode};

const DOCUMENT: &str = r#"{ "version": 1, "edition": "2026-11",
  "rules": [ { "steps": { "desk": { "en": "Security: 303-555-0100", "es": "Seguridad: 303-555-0100" } } } ] }"#;

#[tokio::test]
async fn devices_are_given_what_was_set_byte_for_byte() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let ask = || registry.ask(&ada, Method::GET, "/v1/guidance");
    let (status, problem) = common::problem(ask().send().await.unwrap()).await;
    assert_eq!((status, problem.code.as_str()), (StatusCode::NOT_FOUND, "no_guidance"));

    registry.admin().set_guidance(Some(DOCUMENT.as_bytes()), START).unwrap();
    let answer = ask().send().await.unwrap();
    let tag = common::etag(&answer);
    assert_eq!(answer.text().await.unwrap(), DOCUMENT);
    let again = ask().header("If-None-Match", &tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);

    let stranger = registry.client.get(format!("{}/v1/guidance", registry.url)).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);

    registry.admin().set_guidance(None, START).unwrap();
    assert_eq!(ask().send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert!(registry.admin().verify_audit().unwrap().is_ok());
}

#[tokio::test]
async fn bad_input_in_guidance_leaves_what_was_set() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    registry.admin().set_guidance(Some(DOCUMENT.as_bytes()), START).unwrap();
    for (bad, named) in [
        ("{", "the file"),
        (&DOCUMENT.replace(": 1,", ": 7,"), "version"),
        (&DOCUMENT.replace("desk", "lift"), "rules[0]"),
    ] {
        let error = registry.admin().set_guidance(Some(bad.as_bytes()), START).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    let answer = registry.ask(&ada, Method::GET, "/v1/guidance").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), DOCUMENT);
}
