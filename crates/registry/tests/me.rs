//! What a device learns of itself: enrolment, record, lease, changes, validation.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{ADA, BEN, HOUR, Registry, START, etag, floor, problem, request};
use reqwest::{Method, StatusCode};
use rightdoor_location::record::{Attendance, Changes, EnrolResponse, Validation};
use rightdoor_registry::{Cover, Rate};

#[tokio::test]
async fn a_code_works_once_and_in_time() {
    let registry = Registry::start().await;
    let code = registry.code("sips:Ada@example.com:5061");
    let answer = registry.try_enrol(&code.to_lowercase(), "desk-1").await;
    let enrolled: EnrolResponse = answer.json().await.unwrap();
    assert_eq!((enrolled.endpoint.as_str(), enrolled.device.as_str()), ("sip:Ada@example.com", "desk-1"));
    assert_eq!(enrolled.organisation, "Example Ltd");

    let (status, used) = problem(registry.try_enrol(&code, "desk-2").await).await;
    assert_eq!((status.as_u16(), used.code.as_str()), (410, "code_used"));
    let late = registry.code(ADA);
    registry.pass(HOUR);
    let (status, expired) = problem(registry.try_enrol(&late, "desk-1").await).await;
    assert_eq!((status.as_u16(), expired.code.as_str()), (410, "code_expired"));
    let (status, unknown) = problem(registry.try_enrol("AAAA-BBBB-CCCC-DDDD", "desk-1").await).await;
    assert_eq!((status.as_u16(), unknown.code.as_str()), (403, "code_unknown"));
}

#[tokio::test]
async fn a_code_used_by_many_at_once_enrols_one() {
    let registry = Registry::start().await;
    let code = registry.code(ADA);
    let tries: Vec<_> = (0..12)
        .map(|number| {
            let body = serde_json::json!({ "code": code, "device": format!("desk-{number}") });
            tokio::spawn(registry.client.post(format!("{}/v1/enrol", registry.url)).json(&body).send())
        })
        .collect();
    let mut won = 0;
    for answer in tries {
        won += usize::from(answer.await.unwrap().unwrap().status() == StatusCode::OK);
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_new_enrolment_of_a_device_ends_the_old_token() {
    let registry = Registry::start().await;
    let first = registry.enrol(ADA, "desk-1").await;
    registry.put(&first, 1, floor("5")).await;
    let second = registry.enrol(ADA, "desk-1").await;
    assert_eq!(
        registry.document(&first, Method::GET).send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(registry.record(&second).await.revision.0, 1);
}

#[tokio::test]
async fn bad_input_enrolments_name_the_field() {
    let registry = Registry::start().await;
    let code = registry.code(ADA);
    for device in ["", "a/b", "a b", &"x".repeat(65)] {
        let (status, problem) = problem(registry.try_enrol(&code, device).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(problem.message, "The field device is not a device name.");
    }
    for (body, part) in [
        ("{}", "missing field `code`"),
        ("{\"code\":1}", "The field code is"),
        ("[", "EOF"),
        ("{\"kode\":\"x\"}", "`kode`"),
    ] {
        let post = registry.client.post(format!("{}/v1/enrol", registry.url));
        let answer = post.header("content-type", "application/json").body(body).send().await.unwrap();
        let (status, problem) = problem(answer).await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (400, "bad_json"));
        assert!(problem.message.contains(part), "{}", problem.message);
    }
    assert_eq!(registry.try_enrol(&code, "desk-1").await.status(), StatusCode::OK, "the code is still good");
}

#[tokio::test]
async fn a_lease_lapses_and_a_sign_of_life_renews_it() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    registry.put(&ada, 1, floor("5")).await;
    let state = |record: rightdoor_location::record::Record| (record.attendance, record.lease_until - START);
    assert_eq!(state(registry.record(&ada).await), (Attendance::Attended, 12 * HOUR));
    registry.pass(11 * HOUR);
    assert_eq!(state(registry.attend(&ada, "attended").await), (Attendance::Attended, 23 * HOUR));
    registry.pass(12 * HOUR);
    assert_eq!(state(registry.record(&ada).await), (Attendance::Unattended, 23 * HOUR));
    assert_eq!(registry.admin().coverage(registry.now()).unwrap()[0].cover, Cover::Unattended);
    assert_eq!(state(registry.attend(&ada, "stale").await), (Attendance::Stale, 35 * HOUR));
    assert_eq!(registry.admin().coverage(registry.now()).unwrap()[0].cover, Cover::Stale);
    registry.attend(&ada, "unattended").await;
    assert_eq!(registry.record(&ada).await.attendance, Attendance::Unattended);
    registry.put(&ada, 2, floor("6")).await;
    assert_eq!(registry.record(&ada).await.attendance, Attendance::Attended);
}

#[tokio::test]
async fn a_record_is_not_sent_again_until_something_changes() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    let path = format!("/v1/me/record?endpoint={ADA}");
    let get = |tag: String| registry.ask(&ada, Method::GET, &path).header("if-none-match", tag).send();
    assert_eq!(get("\"x\"".to_owned()).await.unwrap().status(), StatusCode::NOT_FOUND);
    registry.put(&ada, 1, floor("5")).await;
    let mut tag = String::new();
    for change in ["nothing", "fetch", "emergency", "stale", "lapse", "write"] {
        match change {
            "fetch" => drop(registry.held(&reader, &request(ADA, "")).await),
            "emergency" => {
                drop(registry.held(&reader, &request(ADA, "responseTime=\"emergencyRouting\"")).await)
            }
            "stale" => drop(registry.attend(&ada, "stale").await),
            "lapse" => registry.pass(13 * HOUR),
            "write" => drop(registry.put(&ada, 2, floor("6")).await),
            _ => {}
        }
        let answer = get(tag).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{change}");
        tag = etag(&answer);
        assert_eq!(get(tag.clone()).await.unwrap().status(), StatusCode::NOT_MODIFIED, "{change}");
    }
}

#[tokio::test]
async fn a_waiting_companion_hears_of_a_fetch_at_once() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let path = format!("/v1/me/changes?endpoint={ADA}");
    let now: Changes = registry.ask(&ada, Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let waits = registry.ask(&ada, Method::GET, &format!("{path}&after={}", now.at)).send();
    let waits = tokio::spawn(waits);
    registry.held(&reader, &request(ADA, "responseTime=\"emergencyRouting\"")).await;
    let answer = tokio::time::timeout(Duration::from_secs(5), waits).await.unwrap().unwrap().unwrap();
    let then: Changes = answer.json().await.unwrap();
    assert!(then.at > now.at);
    assert_eq!(registry.record(&ada).await.emergency_at, Some(START));

    // A server that stops lets go of who waits.
    let waits = tokio::spawn(registry.ask(&ada, Method::GET, &format!("{path}&after={}", then.at)).send());
    registry.record(&ada).await;
    tokio::time::timeout(Duration::from_secs(5), registry.stop()).await.unwrap();
    drop(waits.await.unwrap());
}

#[tokio::test]
async fn an_address_is_checked_for_its_format_only() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let content = floor("5");
    let check = |body: serde_json::Value| registry.ask(&ada, Method::POST, "/v1/validate").json(&body).send();
    let good = serde_json::to_value(content.address().unwrap()).unwrap();
    let valid: Validation = check(good).await.unwrap().json().await.unwrap();
    assert_eq!(valid, Validation::Valid { confirmed_by: None });
    let ave = serde_json::json!({ "country": "USA", "A1": "Colorado", "A3": "Denver", "RD": "Blake", "STS": "St", "HNO": "1600", "PC": "80202" });
    let corrected: Validation = check(ave).await.unwrap().json().await.unwrap();
    let Validation::Corrected { address } = corrected else { panic!("{corrected:?}") };
    assert_eq!(address.one_line(), "1600 Blake Street, Denver CO 80202");
    let (status, unknown) = problem(check(serde_json::json!({ "city": "Denver" })).await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(unknown.message.contains("`city`"), "{}", unknown.message);
}

#[tokio::test]
async fn too_many_requests_of_one_token_leave_the_others_alone() {
    let registry =
        Registry::with(|options| options.token_rate = Rate { per_second: 0.001, burst: 3.0 }).await;
    let (ada, ben, reader) =
        (registry.enrol(ADA, "desk-1").await, registry.enrol(BEN, "desk-2").await, registry.bearer());
    registry.put(&ben, 1, floor("5")).await;
    for _ in 0..3 {
        assert_eq!(
            registry.document(&ada, Method::GET).send().await.unwrap().status(),
            StatusCode::NOT_FOUND
        );
    }
    let answer = registry.document(&ada, Method::GET).send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "10");
    assert_eq!(problem(answer).await.1.code, "too_many_requests");
    assert_eq!(registry.document(&ben, Method::GET).send().await.unwrap().status(), StatusCode::OK);
    for _ in 0..20 {
        registry.held(&reader, &request(BEN, "")).await;
    }
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let registry = Registry::with(|options| options.peer_rate = Rate { per_second: 0.001, burst: 2.0 }).await;
    for expected in [403, 403, 429] {
        assert_eq!(registry.try_enrol("AAAA-BBBB-CCCC-DDDD", "d").await.status().as_u16(), expected);
    }
}

#[tokio::test]
async fn an_acknowledgement_is_kept_once_and_reported() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let path = format!("/v1/me/advisories?endpoint={ADA}");
    let tell = |body: &'static str| {
        registry.ask(&ada, Method::POST, &path).header("content-type", "application/json").body(body).send()
    };
    let read = r#"{"edition": 1, "language": "es", "at": 1770000000000}"#;
    for _ in 0..3 {
        assert_eq!(tell(read).await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(tell(r#"{"edition": 1, "language": "es"}"#).await.unwrap().status(), StatusCode::BAD_REQUEST);
    let rows = registry.admin().advised().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].language.as_str(), rows[0].read_at.as_str()), ("es", "2026-02-02T02:40:00Z"));
    let mut csv = Vec::new();
    registry.admin().advised_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(
        csv.starts_with("person,endpoint,device,edition,language,read_at,received_at\nsip:ada@example.com,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 2);
    assert!(registry.admin().forget(ADA, START).unwrap());
    assert!(registry.admin().advised().unwrap().is_empty());
}
