//! The call path: who gets an answer, and which.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{ADA, BEN, HOUR, Registry, START, floor, request};
use reqwest::{Method, StatusCode};
use rightdoor_location::Content;
use rightdoor_location::held::{Answer, ErrorCode};
use rightdoor_location::pidf::Given;
use rightdoor_location::record::Attendance;
use rightdoor_registry::Credential;

fn location(answer: &str) -> Given {
    match Answer::parse(answer.as_bytes()).unwrap() {
        Answer::Location(response) => response.location.unwrap(),
        Answer::Error(error) => panic!("{error:?}"),
    }
}

fn error(answer: &str) -> ErrorCode {
    match Answer::parse(answer.as_bytes()).unwrap() {
        Answer::Location(_) => panic!("a location"),
        Answer::Error(error) => error.code,
    }
}

#[tokio::test]
async fn the_call_path_is_given_the_address_and_nothing_else() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    for uri in [ADA, "sips:ada@EXAMPLE.com:5061;transport=tls"] {
        let answer = registry.held(&reader, &request(uri, "")).await;
        let given = location(&answer);
        assert_eq!(Some(&given.address), floor("5").address());
        assert_eq!(given.confirmed_at, START);
        for private in ["ada@", "desk-1", "revision"] {
            assert!(!answer.contains(private), "{private}");
        }
    }
    let first = location(&registry.held(&reader, &request(ADA, "")).await);
    assert_ne!(first.entity, location(&registry.held(&reader, &request(ADA, "")).await).entity);
}

#[tokio::test]
async fn a_reader_whose_credential_was_replaced_is_refused_at_once() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    registry.put(&ada, 1, floor("5")).await;
    let ask = async |reader: &str| {
        let asked = registry.client.post(format!("{}/held", registry.url)).bearer_auth(reader);
        let asked = asked.header("content-type", "application/held+xml").body(request(ADA, ""));
        asked.send().await.unwrap().status()
    };
    let mut readers = vec![registry.bearer()];
    for _ in 0..5 {
        // Another connection writes, as a command beside the server does.
        let next = registry.bearer();
        for old in &readers {
            assert_eq!(ask(old).await, StatusCode::UNAUTHORIZED);
        }
        for _ in 0..3 {
            assert_eq!(ask(&next).await, StatusCode::OK);
        }
        readers.push(next);
    }
}

/// What is kept of where a document's status stands.
fn places(registry: &Registry) -> Vec<Option<i64>> {
    let database = rusqlite::Connection::open(registry.path()).unwrap();
    let mut statement = database.prepare("SELECT status_at FROM document ORDER BY id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn a_document_is_passed_on_or_written_anew_and_nobody_sees_a_difference() {
    let registry = Registry::start().await;
    let (ada, ben) = (registry.enrol(ADA, "desk-1").await, registry.enrol(BEN, "desk-2").await);
    let reader = registry.bearer();
    registry.put(&ada, 1, floor("5")).await;
    // Another client's words for the same.
    let text = common::pidf(&ben, 1, floor("5"), START).write();
    let text = text.replace("ca:", "where:").replace("xmlns:ca", "xmlns:where");
    let put = registry.document(&ben, Method::PUT).header("content-type", "application/pidf+xml").body(text);
    assert_eq!(put.send().await.unwrap().status(), StatusCode::CREATED);
    let [Some(at), None] = places(&registry)[..] else { panic!("{:?}", places(&registry)) };

    let address = async |uri| location(&registry.held(&reader, &request(uri, "")).await).address;
    let expected = floor("5").address().cloned().unwrap();
    assert_eq!((address(ADA).await, address(BEN).await), (expected.clone(), expected.clone()));

    // A file that suffered: nothing but a status is ever passed on.
    let database = rusqlite::Connection::open(registry.path()).unwrap();
    for wrong in [at + 1, at - 1, 0, 1_000_000] {
        database.execute("UPDATE document SET status_at = ? WHERE id = 1", [wrong]).unwrap();
        assert_eq!(address(ADA).await, expected, "{wrong}");
    }
}

#[tokio::test]
async fn a_fetch_proves_this_revision_and_an_emergency_stays_known() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let seen = |record: rightdoor_location::record::Record| (record.fetched_at, record.emergency_at);
    assert_eq!(seen(registry.record(&ada).await), (None, None));

    registry.pass(1000);
    registry.held(&reader, &request(ADA, "responseTime=\"5000\"")).await;
    assert_eq!(seen(registry.record(&ada).await), (Some(START + 1000), None));

    for word in ["emergencyRouting", "emergencyDispatch"] {
        registry.pass(1000);
        registry.held(&reader, &request(ADA, &format!("responseTime=\"{word}\""))).await;
        let now = Some(registry.now());
        assert_eq!(seen(registry.record(&ada).await), (now, now));
    }
    // A new revision is not proved by a fetch of the one before.
    registry.put(&ada, 2, floor("6")).await;
    assert_eq!(seen(registry.record(&ada).await), (None, Some(START + 3000)));
}

#[tokio::test]
async fn a_fetch_survives_a_restart() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    registry.held(&reader, &request(ADA, "responseTime=\"emergencyDispatch\"")).await;
    registry.restart().await;
    let record = registry.record(&ada).await;
    assert_eq!((record.fetched_at, record.emergency_at), (Some(START), Some(START)));
}

#[tokio::test]
async fn two_live_devices_that_differ_are_not_guessed_at() {
    let registry = Registry::start().await;
    let reader = registry.bearer();
    let desk = registry.enrol(ADA, "desk-1").await;
    let laptop = registry.enrol(ADA, "laptop").await;
    registry.put(&desk, 1, floor("5")).await;
    registry.pass(1000);
    registry.put(&laptop, 1, floor("5")).await;
    location(&registry.held(&reader, &request(ADA, "")).await);

    registry.put(&laptop, 2, floor("6")).await;
    let ask = request(ADA, "responseTime=\"emergencyDispatch\"");
    assert_eq!(error(&registry.held(&reader, &ask).await), ErrorCode::LocationUnknown);
    assert_eq!(registry.record(&laptop).await.emergency_at, None, "nothing was given");
    registry.put(&laptop, 3, Content::NoFixedAddress).await;
    assert_eq!(error(&registry.held(&reader, &ask).await), ErrorCode::LocationUnknown);
    registry.put(&laptop, 4, floor("6")).await;

    registry.attend(&laptop, "unattended").await;
    assert_eq!(Some(&location(&registry.held(&reader, &ask).await).address), floor("5").address());
    registry.attend(&desk, "unattended").await;
    let latest = location(&registry.held(&reader, &ask).await);
    assert_eq!(
        Some(&latest.address),
        floor("6").address(),
        "nobody is there: the latest confirmation stands"
    );
}

#[tokio::test]
async fn no_location_is_said_and_an_old_one_is_given_with_its_time() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    let ask = request(ADA, "");
    assert_eq!(error(&registry.held(&reader, &ask).await), ErrorCode::LocationUnknown);
    for (revision, content) in [(1, Content::Withdrawn), (2, Content::NoFixedAddress)] {
        registry.put(&ada, revision, content).await;
        assert_eq!(error(&registry.held(&reader, &ask).await), ErrorCode::LocationUnknown);
    }
    registry.put(&ada, 3, floor("5")).await;
    assert_eq!(registry.attend(&ada, "stale").await.attendance, Attendance::Stale);
    assert_eq!(location(&registry.held(&reader, &ask).await).confirmed_at, START);
    registry.pass(30 * 24 * HOUR);
    assert_eq!(registry.record(&ada).await.attendance, Attendance::Unattended);
    assert_eq!(location(&registry.held(&reader, &ask).await).confirmed_at, START);
}

#[tokio::test]
async fn an_emergency_fetch_waits_for_no_writer() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let other = rusqlite::Connection::open(registry.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ask = request(ADA, "responseTime=\"emergencyRouting\"");
    let answer = tokio::time::timeout(Duration::from_secs(2), registry.held(&reader, &ask)).await.unwrap();
    location(&answer);
    assert_eq!(registry.record(&ada).await.emergency_at, Some(START), "known before it is kept");
    other.execute_batch("ROLLBACK").unwrap();
}

#[tokio::test]
async fn strangers_learn_nothing() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let post = || {
        registry.client.post(format!("{}/held", registry.url)).header("content-type", "application/held+xml")
    };
    let mut answers = Vec::new();
    for body in [request(ADA, ""), request(BEN, ""), "junk".to_owned(), "x".repeat(300_000)] {
        let requests = [
            post(),
            post().bearer_auth("rdr_0"),
            post().bearer_auth(&ada.token),
            post().basic_auth("pbx", Some(&reader)),
            post().basic_auth("", Some("")),
        ];
        for request in requests {
            let answer = request.body(body.clone()).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            let challenges: Vec<_> = answer.headers().get_all("www-authenticate").iter().cloned().collect();
            assert_eq!(challenges, ["Basic realm=\"HELD\", charset=\"UTF-8\"", "Bearer realm=\"HELD\""]);
            answers.push(answer.text().await.unwrap());
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(registry.record(&ada).await.fetched_at, None);
}

#[tokio::test]
async fn basic_is_for_its_own_name_and_ends_with_a_new_one() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    registry.put(&ada, 1, floor("5")).await;
    let Credential::Basic { user, password } = registry.admin().make_reader("sbc", true, START).unwrap()
    else {
        panic!("not basic")
    };
    let ask = |user: &str, password: &str| {
        let post = registry.client.post(format!("{}/held", registry.url)).basic_auth(user, Some(password));
        post.header("content-type", "application/xml").header("accept", "*/*").body(request(ADA, "")).send()
    };
    let answer = ask(&user, &password).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    location(&answer.text().await.unwrap());
    assert_eq!(ask("other", &password).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    registry.admin().make_reader("sbc", true, START).unwrap();
    assert_eq!(ask(&user, &password).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bad_input_requests_are_answered_with_a_held_error() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let held = "xmlns=\"urn:ietf:params:xml:ns:geopriv:held\"";
    let id = "xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\"";
    let of = |inner: &str| format!("<locationRequest {held}><device {id}>{inner}</device></locationRequest>");
    let exact = format!(
        "<locationRequest {held}><locationType exact=\"true\">geodetic</locationType><device {id}><uri>{ADA}</uri></device></locationRequest>"
    );
    for (text, code) in [
        (String::new(), ErrorCode::XmlError),
        ("<locationRequest".to_owned(), ErrorCode::XmlError),
        ("<!DOCTYPE a><a/>".to_owned(), ErrorCode::XmlError),
        ("<locationRequest/>".to_owned(), ErrorCode::RequestError),
        (format!("<other {held}/>"), ErrorCode::UnsupportedMessage),
        (format!("<locationRequest {held}/>"), ErrorCode::BadIdentifier),
        (of("<ip v=\"4\">192.0.2.1</ip>"), ErrorCode::LocationUnknown),
        (of("<uri>mailto:ada@example.com</uri>"), ErrorCode::BadIdentifier),
        (of(&format!("<uri>{ADA}</uri><uri>{BEN}</uri>")), ErrorCode::BadIdentifier),
        (request("sip:nobody@example.com", ""), ErrorCode::LocationUnknown),
        (request("sip:%' OR 1=1 --@example.com", ""), ErrorCode::BadIdentifier),
        (request(ADA, "responseTime=\"soon\""), ErrorCode::RequestError),
        (exact, ErrorCode::CannotProvideLiType),
    ] {
        assert_eq!(error(&registry.held(&reader, &text).await), code, "{text}");
    }
    assert_eq!(registry.record(&ada).await.fetched_at, None);
    location(&registry.held(&reader, &of(&format!("<ip v=\"4\">192.0.2.1</ip><uri>{ADA}</uri>"))).await);
}

#[tokio::test]
async fn bad_input_http_follows_the_binding() {
    let registry = Registry::start().await;
    let reader = registry.bearer();
    let post = || {
        let post = registry.client.post(format!("{}/held", registry.url)).bearer_auth(&reader);
        post.body(request(ADA, ""))
    };
    let held = "application/held+xml";
    for (request, status) in [
        (post(), 415),
        (post().header("content-type", "application/json"), 415),
        (post().header("content-type", held).header("accept", "text/html"), 406),
        (post().header("content-type", held).header("if-none-match", "*"), 412),
        (post().header("content-type", held).header("range", "bytes=0-1"), 501),
        (post().header("content-type", held).body("x".repeat(300_000)), 413),
        (registry.client.request(Method::GET, format!("{}/held", registry.url)), 405),
    ] {
        let (found, problem) = common::problem(request.send().await.unwrap()).await;
        assert_eq!(found.as_u16(), status);
        assert!(!problem.hint.is_empty());
    }
}
