//! Every way a registry, a proxy or a network can answer, and the one outcome each of them is.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

mod nasty;

use std::time::Duration;

use nasty::{Act, Nasty, answer};
use rightdoor_core::saved::Enrolment;
use rightdoor_core::{
    Delivery, DeliveryOutcome, Precondition, ReadBackOutcome, Redacted, RequestId, ValidationOutcome, Wall,
};
use rightdoor_location::record::{Attendance, Record, Validation};
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use rightdoor_platform::secrets::Secrets;
use rightdoor_runtime::registry::{Found, KnownBy, Options, Registry};
use tempfile::TempDir;

const JSON: &str = "Content-Type: application/json\r\n";

struct Bench {
    registry: Registry,
    server: Nasty,
    _folder: TempDir,
}

/// An adapter that enrolled at a nasty server.
async fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Secrets::File(folder.path().join("secrets"));
    let registry = Registry::new(Options { ca_file: None, plain_http: false, secrets }, None);
    let mut server = Nasty::open().await;
    let body =
        r#"{"token":"t0ken","endpoint":"sip:ada@example.com","device":"d/1","organisation":"Example"}"#;
    server.will_say("200 OK", JSON, body);
    registry.enrol(&Redacted::new("CODE".into()), &server.base).await.unwrap();
    server.requests.recv().await.unwrap();
    Bench { registry, server, _folder: folder }
}

fn delivery(precondition: Precondition) -> Delivery {
    Delivery {
        id: RequestId(1),
        revision: Revision(7),
        content: Content::Located(CivicAddress::new().with(Element::Country, "US").with(Element::FLR, "5")),
        basis: Basis::Manual,
        confirmed_at: Wall(1_770_000_000_000),
        precondition,
    }
}

impl Bench {
    async fn delivered(&self, act: Act) -> DeliveryOutcome {
        self.server.will(act);
        self.registry.deliver(&delivery(Precondition::Absent)).await
    }

    async fn delivered_as(&self, status: &str, headers: &str, body: &str) -> DeliveryOutcome {
        self.delivered(Act::Say(answer(status, headers, body))).await
    }

    async fn read(&self, status: &str, headers: &str, body: &str) -> ReadBackOutcome {
        self.server.will_say(status, headers, body);
        self.registry.read_back(None).await
    }
}

const PROBLEM: &str = r#"{"code":"CODE","message":"m","hint":"h","fields":[{"field":"PC","code":"missing","message":"m","hint":"h"}]}"#;

fn problem(code: &str) -> String {
    PROBLEM.replace("CODE", code)
}

#[tokio::test]
async fn a_write_is_xcap_with_its_condition() {
    let mut bench = bench().await;
    assert_eq!(
        bench.delivered_as("201 Created", "ETag: \"7-a\"\r\n", "").await,
        DeliveryOutcome::Active { etag: "\"7-a\"".into() }
    );
    let request = bench.server.requests.recv().await.unwrap();
    let path = "PUT /xcap-root/pidf-manipulation/users/sip:ada@example.com/d%2F1 HTTP/1.1\r\n";
    assert!(request.starts_with(path), "{request}");
    let request_in_lower_case = request.to_ascii_lowercase();
    for line in ["if-none-match: *", "authorization: bearer t0ken", "content-type: application/pidf+xml"] {
        assert!(request_in_lower_case.contains(&format!("\r\n{line}\r\n")), "{line}");
    }
    let document = request.split_once("\r\n\r\n").unwrap().1;
    let pidf = rightdoor_location::pidf::Pidf::parse(document.as_bytes()).unwrap();
    assert_eq!(
        (pidf.entity.as_str(), pidf.device.as_str(), pidf.revision.0),
        ("sip:ada@example.com", "d/1", 7)
    );
    // The update is conditional on what was read.
    bench.server.will_say("200 OK", "ETag: \"8-b\"\r\n", "");
    bench.registry.deliver(&delivery(Precondition::Match("\"7-a\"".into()))).await;
    let request = bench.server.requests.recv().await.unwrap().to_ascii_lowercase();
    assert!(request.contains("\r\nif-match: \"7-a\"\r\n") && !request.contains("if-none-match"), "{request}");
}

#[tokio::test]
async fn every_answer_to_a_write_is_one_outcome() {
    let bench = bench().await;
    let fields =
        serde_json::from_str(r#"[{"field":"PC","code":"missing","message":"m","hint":"h"}]"#).unwrap();
    let rejected = DeliveryOutcome::Rejected { fields };
    let unnamed = DeliveryOutcome::Rejected { fields: Vec::new() };
    let throttled = |seconds| DeliveryOutcome::Throttled { wait: Duration::from_secs(seconds) };
    let xcap = "Content-Type: application/xcap-error+xml\r\n";
    for (status, headers, body, expected) in [
        ("202 Accepted", "Location: /r/5\r\n", "", DeliveryOutcome::Pending { reference: "/r/5".into() }),
        ("412 Precondition Failed", "", "", DeliveryOutcome::Conflict),
        ("409 Conflict", JSON, problem("revision_goes_back").as_str(), DeliveryOutcome::Conflict),
        ("409 Conflict", JSON, problem("address_format").as_str(), rejected.clone()),
        ("409 Conflict", xcap, "<xcap-error/>", unnamed),
        ("409 Conflict", "", "what?", DeliveryOutcome::Conflict),
        ("400 Bad Request", JSON, problem("bad").as_str(), rejected.clone()),
        ("422 Unprocessable Entity", JSON, problem("address_invalid").as_str(), rejected),
        ("401 Unauthorized", "", "", DeliveryOutcome::Unauthorised),
        ("403 Forbidden", "", "", DeliveryOutcome::Unauthorised),
        ("429 Too Many Requests", "Retry-After: 7\r\n", "", throttled(7)),
        ("429 Too Many Requests", "", "", throttled(30)),
        ("503 Service Unavailable", "Retry-After: 99999999\r\n", "", throttled(3600)),
        ("503 Service Unavailable", "Retry-After: -3\r\n", "", throttled(30)),
        // A proxy in between: nobody knows whether the registry behind it has written.
        ("503 Service Unavailable", "", "", DeliveryOutcome::Ambiguous),
        ("502 Bad Gateway", "", "", DeliveryOutcome::Ambiguous),
        ("500 Internal Server Error", "", "", DeliveryOutcome::Ambiguous),
        // A captive portal: says yes to everything, and is no registry.
        ("200 OK", "Content-Type: text/html\r\n", "<h1>Welcome</h1>", DeliveryOutcome::Ambiguous),
        ("302 Found", "Location: http://portal.example/\r\n", "", DeliveryOutcome::Ambiguous),
        ("404 Not Found", "", "<h1>404</h1>", DeliveryOutcome::Unreachable),
    ] {
        assert_eq!(bench.delivered_as(status, headers, body).await, expected, "{status} {headers}{body}");
    }
}

#[tokio::test]
async fn what_may_have_been_sent_is_never_called_unsent() {
    let mut bench = bench().await;
    for act in [Act::Cut, Act::Reset, Act::Half(answer("200 OK", "ETag: \"7-a\"\r\n", "x"))] {
        assert_eq!(bench.delivered(act.clone()).await, DeliveryOutcome::Ambiguous, "{act:?}");
        bench.server.requests.recv().await.unwrap();
    }
    bench.registry.forget_connections();
    bench.server.will(Act::Stall);
    let registry = bench.registry.clone();
    let stalled = tokio::spawn(async move { registry.deliver(&delivery(Precondition::Absent)).await });
    bench.server.requests.recv().await.unwrap();
    tokio::time::pause();
    assert_eq!(stalled.await.unwrap(), DeliveryOutcome::Ambiguous, "no answer within 15 s");
    assert!(bench.server.requests.try_recv().is_err(), "nothing is sent twice behind the engine's back");
}

#[tokio::test]
async fn what_was_never_sent_is_called_so() {
    let bench = bench().await;
    // The port of a listener that is gone: nobody else can be there while this test runs.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let problem = bench.registry.enrol(&Redacted::new("CODE".into()), &base).await.unwrap_err();
    assert_eq!(problem.reveal().code, "registry_unreachable");
    let secrets = Secrets::File(bench._folder.path().join("secrets"));
    let enrolment = Enrolment {
        registry: base.into(),
        endpoint: "sip:ada@example.com".to_owned().into(),
        device: "d/1".into(),
        organisation: "Example".to_owned().into(),
    };
    let registry = Registry::new(Options { ca_file: None, plain_http: false, secrets }, Some(enrolment));
    assert_eq!(registry.deliver(&delivery(Precondition::Absent)).await, DeliveryOutcome::Unreachable);
    assert_eq!(registry.attend(Attendance::Attended).await, DeliveryOutcome::Unreachable);
    assert_eq!(registry.read_back(None).await, ReadBackOutcome::Unreachable);
}

fn record() -> Record {
    Record {
        revision: Revision(7),
        content: Content::NoFixedAddress,
        etag: "\"7-a\"".into(),
        basis: Basis::Manual,
        confirmed_at: Some(5),
        attendance: Attendance::Attended,
        lease_until: 6,
        fetched_at: None,
        emergency_at: None,
    }
}

#[tokio::test]
async fn every_read_back_is_one_outcome() {
    let bench = bench().await;
    let body = serde_json::to_string(&record()).unwrap();
    for (status, headers, body, expected) in [
        ("200 OK", JSON, body.as_str(), ReadBackOutcome::Found(record())),
        ("200 OK", JSON, "{\"revision\":7}", ReadBackOutcome::Unreachable),
        ("200 OK", "", "<h1>Welcome</h1>", ReadBackOutcome::Unreachable),
        ("404 Not Found", JSON, problem("no_record").as_str(), ReadBackOutcome::Nothing),
        ("404 Not Found", "", "<h1>404</h1>", ReadBackOutcome::Unreachable),
        ("401 Unauthorized", "", "", ReadBackOutcome::Unauthorised),
        ("500 Internal Server Error", "", "", ReadBackOutcome::Unreachable),
        ("302 Found", "Location: /x\r\n", "", ReadBackOutcome::Unreachable),
    ] {
        assert_eq!(bench.read(status, headers, body).await, expected, "{status} {body}");
    }
    // An answer without end is not read to its end.
    let long = format!("\"{}\"", "x".repeat(300 * 1024));
    assert_eq!(bench.read("200 OK", JSON, &long).await, ReadBackOutcome::Unreachable);
}

#[tokio::test]
async fn not_modified_is_about_the_whole_answer() {
    let mut bench = bench().await;
    let body = serde_json::to_string(&record()).unwrap();
    bench.read("200 OK", &format!("{JSON}ETag: W/\"whole\"\r\n"), &body).await;
    bench.server.requests.recv().await.unwrap();
    bench.server.will_say("304 Not Modified", "", "");
    assert_eq!(bench.registry.read_back(Some("\"7-a\"")).await, ReadBackOutcome::NotModified);
    let request = bench.server.requests.recv().await.unwrap().to_ascii_lowercase();
    assert!(request.starts_with("get /v1/me/record?endpoint=sip%3aada%40example.com http"), "{request}");
    assert!(request.contains("\r\nif-none-match: w/\"whole\"\r\n"), "{request}");
    bench.server.will_say("200 OK", JSON, &body);
    bench.registry.read_back(Some("\"6-z\"")).await;
    let request = bench.server.requests.recv().await.unwrap().to_ascii_lowercase();
    assert!(!request.contains("if-none-match"), "another document than the one we saw");
}

#[tokio::test]
async fn validation_and_directory_say_when_they_could_not_be_asked() {
    let bench = bench().await;
    let address = CivicAddress::new().with(Element::FLR, "5");
    bench.server.will_say("200 OK", JSON, r#"{"outcome":"valid","confirmed_by":null}"#);
    let valid = ValidationOutcome::Answered(Validation::Valid { confirmed_by: None });
    assert_eq!(bench.registry.validate(&address).await, valid);
    bench.server.will_say("500 Internal Server Error", "", "");
    assert_eq!(bench.registry.validate(&address).await, ValidationOutcome::Unavailable);
    bench.server.will_say("404 Not Found", JSON, &problem("no_place"));
    assert_eq!(bench.registry.look_up("denver/b/5").await, Found::Nothing);
    bench.server.will(Act::Cut);
    assert_eq!(bench.registry.look_up("denver/b/5").await, Found::Unavailable);
}

#[tokio::test]
async fn listening_says_what_the_device_is_known_by() {
    let mut bench = bench().await;
    let instance = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6".to_owned();
    let registry = bench.registry.clone().known_by(KnownBy { instance, physical: Vec::new() });
    bench.server.will_say("404 Not Found", "", "");
    registry.hear(|| ()).await;
    let request = bench.server.requests.recv().await.unwrap().to_ascii_lowercase();
    let header = "\r\ndevice-instance: urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6\r\n";
    assert!(request.contains(header), "{request}");
    // Nobody is told when nobody has said.
    bench.server.will_say("404 Not Found", "", "");
    bench.registry.hear(|| ()).await;
    assert!(!bench.server.requests.recv().await.unwrap().to_ascii_lowercase().contains("device-instance"));
}

#[tokio::test]
async fn a_lost_token_is_locked_and_nothing_is_sent() {
    let bench = bench().await;
    bench.delivered_as("401 Unauthorized", "", "").await;
    // Refused once, the token is read anew; it is gone.
    std::fs::remove_file(bench._folder.path().join("secrets")).unwrap();
    assert_eq!(bench.registry.deliver(&delivery(Precondition::Absent)).await, DeliveryOutcome::Locked);
    assert_eq!(bench.registry.read_back(None).await, ReadBackOutcome::Locked);
}

#[tokio::test]
async fn bad_input_enrolment_says_what_to_mend_and_keeps_the_code() {
    let bench = bench().await;
    let code = Redacted::new("CODE".to_owned());
    for (base, expected) in [
        ("registry.example.org", "this is not a URL; write it like https://registry.example.org"),
        ("ftp://registry.example.org", "the registry's URL must begin with https://"),
        (
            "http://registry.example.org",
            "the registry must be reached with https; for a laboratory set registry.plain_http = true",
        ),
        ("https://ada:pw@registry.example.org", "the registry's URL must not hold a user or a password"),
    ] {
        let problem = bench.registry.enrol(&code, base).await.unwrap_err().into_inner();
        assert_eq!((problem.code.as_str(), problem.message.as_str()), ("registry_url", expected));
    }
    bench.server.will_say("410 Gone", JSON, &problem("code_used"));
    assert_eq!(bench.registry.enrol(&code, &bench.server.base).await.unwrap_err().reveal().code, "code_used");
    bench.server.will_say("200 OK", "", "<h1>Welcome</h1>");
    assert_eq!(
        bench.registry.enrol(&code, &bench.server.base).await.unwrap_err().reveal().code,
        "not_a_registry"
    );
}
