//! Claim `bad-requests`: every malformed request gets the error of its own protocol, with what is wrong named; and
//! nothing that is kept changes.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

mod common;

use std::fmt::Write as _;

use common::{ADA, Device, Registry, floor, pidf};
use reqwest::{Method, RequestBuilder};
use rightdoor_location::held::HeldError;
use rightdoor_location::lost::Answer;
use rightdoor_location::record::Problem;

/// A request, its status, the code of its protocol's error, and a word that this must hold.
type Bad<'a> = (RequestBuilder, u16, &'a str, &'a str);

/// Everything in the database, as text.
fn dump(registry: &Registry) -> String {
    let connection = rusqlite::Connection::open(registry.path()).unwrap();
    let mut names =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut text = String::new();
    for name in names {
        let mut rows = connection.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|at| row.get_ref(at).unwrap()).collect();
            writeln!(text, "{name}: {values:?}").unwrap();
        }
    }
    text
}

/// The error's code and words, as whoever speaks that protocol reads them.
fn read(kind: &str, body: &[u8]) -> (String, String) {
    let text = String::from_utf8(body.to_vec()).unwrap();
    match kind {
        "application/held+xml" => {
            let error = HeldError::parse(body).unwrap_or_else(|error| panic!("{error}: {text}"));
            (error.code.token().to_owned(), error.message)
        }
        "application/lost+xml" => {
            let Ok(Answer::Errors(errors)) = Answer::parse(body) else { panic!("no LoST error: {text}") };
            let message = errors.list[0].message.as_ref().map_or("", |message| message.as_str());
            (errors.list[0].code.token().to_owned(), message.to_owned())
        }
        "application/xcap-error+xml" => {
            let (_, rest) = text.split_once("xcap-error\"><").unwrap_or_else(|| panic!("{text}"));
            let (element, phrase) = rest.split_once(' ').unwrap();
            (element.to_owned(), phrase.to_owned())
        }
        "application/json" => {
            let problem: Problem =
                serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert!(!problem.hint.is_empty(), "what to do about it? {text}");
            (problem.code, format!("{} {:?}", problem.message, problem.fields))
        }
        other => panic!("{other:?} is no protocol's error: {text}"),
    }
}

fn stranger(registry: &Registry, path: &str, body: String) -> RequestBuilder {
    registry.client.post(format!("{}{path}", registry.url)).bearer_auth("rdr_0").body(body)
}

fn held<'a>(registry: &Registry, reader: &str) -> Vec<Bad<'a>> {
    let device = |inner: &str| {
        format!(
            "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\">\
             <device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\">{inner}</device></locationRequest>"
        )
    };
    let with = |attributes: &str, inner: &str| {
        format!(
            "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\" {attributes}>{inner}</locationRequest>"
        )
    };
    let ada = "<uri>sip:ada@example.com</uri>";
    let bodies = [
        (String::new(), "xmlError", "well-formed"),
        ("<locationRequest".to_owned(), "xmlError", "well-formed"),
        (format!("<!DOCTYPE x>{}", device(ada)), "xmlError", "DTD"),
        ("<html/>".to_owned(), "requestError", "html"),
        (device(ada).replace("locationRequest", "contextRequest"), "unsupportedMessage", "contextRequest"),
        (with("responseTime=\"soon\"", ""), "requestError", "responseTime"),
        (with("", "<locationType>street</locationType>"), "requestError", "locationType"),
        (with("", "<locationType exact=\"maybe\">civic</locationType>"), "requestError", "`exact`"),
        (
            with("", "<locationType>civic</locationType><locationType>civic</locationType>"),
            "requestError",
            "locationType",
        ),
        (with("", ""), "badIdentifier", "uri"),
        (device(""), "badIdentifier", "uri"),
        (device("<ip v=\"4\">2001:db8::1</ip>"), "requestError", "ip"),
        (device("<ip>192.0.2.1</ip>"), "requestError", "ip"),
        (device("<mac>12</mac>"), "requestError", "mac"),
        (device("<udpport>70000</udpport>"), "requestError", "udpport"),
        (device("<msisdn>+1 303</msisdn>"), "requestError", "msisdn"),
        (device("<uri/>"), "requestError", "uri"),
        (device("<uri>mailto:ada@example.com</uri>"), "badIdentifier", "uri"),
        (device(&format!("{ada}<uri>sip:ben@example.com</uri>")), "badIdentifier", "more than one"),
        (device("<imei>1</imei>"), "badIdentifier", "uri"),
    ];
    let post = || registry.client.post(format!("{}/held", registry.url)).bearer_auth(reader);
    let typed = || post().header("content-type", "application/held+xml");
    let mut all: Vec<Bad<'_>> =
        bodies.into_iter().map(|(body, code, word)| (typed().body(body), 200, code, word)).collect();
    let good = device(ada);
    all.push((
        post().header("content-type", "text/plain").body(good.clone()),
        415,
        "wrong_content_type",
        "media type",
    ));
    all.push((
        typed().header("if-match", "\"1\"").body(good.clone()),
        412,
        "precondition_failed",
        "conditional",
    ));
    all.push((typed().header("range", "bytes=0-9").body(good.clone()), 501, "no_ranges", "range"));
    all.push((typed().header("accept", "text/html").body(good.clone()), 406, "not_acceptable", "media type"));
    all.push((typed().body("x".repeat(300 * 1024)), 413, "too_large", "256 KiB"));
    all.push((stranger(registry, "/held", good), 401, "unauthorised", "credentials"));
    all
}

fn lost<'a>(registry: &Registry, reader: &str) -> Vec<Bad<'a>> {
    let query = |attributes: &str, inner: &str| {
        format!("<findService xmlns=\"urn:ietf:params:xml:ns:lost1\" {attributes}>{inner}</findService>")
    };
    let civic = "<location id=\"a\" profile=\"civic\"><civicAddress xmlns=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\">\
        <country>US</country></civicAddress></location>";
    let sos = "<service>urn:service:sos</service>";
    let bodies = [
        (String::new(), "badRequest", "well-formed"),
        ("<html/>".to_owned(), "badRequest", "html"),
        (query("", civic).replace("findService", "listServices"), "badRequest", "listServices"),
        (query("", sos), "badRequest", "location"),
        (query("", &civic.replace("id=\"a\"", "")), "badRequest", "id"),
        (query("", &format!("{civic}{sos}{sos}")), "badRequest", "service"),
        (query("validateLocation=\"maybe\"", civic), "badRequest", "validateLocation"),
        (
            query("", &civic.replace("<country>US</country>", "<country>US</country><country>CA</country>")),
            "badRequest",
            "country",
        ),
        (query("", &civic.replace("\"civic\"", "\"hexagon\"")), "locationProfileUnrecognized", "civic"),
        (
            query("", &format!("{civic}<service>urn:service:counseling</service>")),
            "serviceNotImplemented",
            "urn:service:sos",
        ),
        (query("", &format!("{civic}{sos}<path><via source=\"lost.invalid\"/></path>")), "loop", "before"),
        (query("", &format!("{civic}{sos}")), "notFound", "route"),
    ];
    let post = || registry.client.post(format!("{}/lost", registry.url)).bearer_auth(reader);
    let typed = || post().header("content-type", "application/lost+xml");
    let mut all: Vec<Bad<'_>> =
        bodies.into_iter().map(|(body, code, word)| (typed().body(body), 200, code, word)).collect();
    all.push((
        post().header("content-type", "application/json").body("{}"),
        415,
        "wrong_content_type",
        "media type",
    ));
    all.push((stranger(registry, "/lost", String::new()), 401, "unauthorised", "credentials"));
    all
}

fn xcap<'a>(registry: &Registry, ada: &Device, etag: &str) -> Vec<Bad<'a>> {
    let good = pidf(ada, 2, floor("6"), registry.now()).write();
    let put = |body: String| {
        let put = registry.document(ada, Method::PUT).header("content-type", "application/pidf+xml");
        put.header("if-match", etag).body(body)
    };
    let other = Device { name: "desk-2".to_owned(), ..ada.clone() };
    let at_other = registry
        .document(&other, Method::PUT)
        .header("content-type", "application/pidf+xml")
        .body(good.clone());
    vec![
        (put(String::new()), 409, "not-well-formed", "well-formed"),
        (put(good[..200].to_owned()), 409, "not-well-formed", "well-formed"),
        (put(good.replace("civicAddress", "civilAddress")), 409, "schema-validation-error", "civicAddress"),
        (put(good.replace("<rd:revision>2", "<rd:revision>two")), 409, "schema-validation-error", "revision"),
        (put(good.replace("sip:ada@", "sip:ben@")), 409, "constraint-failure", "entity"),
        (put(good.replace(">80202<", ">8<")), 422, "address_invalid", "PC"),
        (put(pidf(ada, 0, floor("6"), 0).write()), 409, "revision_goes_back", "revision"),
        (put(good.clone()).header("if-none-match", "*"), 412, "precondition_failed", "If-None-Match"),
        (registry.document(ada, Method::PUT).body(good.clone()), 415, "wrong_content_type", "media type"),
        (
            registry.document(ada, Method::DELETE).header("if-match", "\"other\""),
            412,
            "precondition_failed",
            "If-Match",
        ),
        (registry.document(ada, Method::POST).body(good), 405, "method_not_allowed", "method"),
        (at_other, 403, "not_yours", "token"),
    ]
}

fn json<'a>(registry: &Registry, ada: &Device) -> Vec<Bad<'a>> {
    let post = |path: &str, body: &str| {
        registry.ask(ada, Method::POST, path).header("content-type", "application/json").body(body.to_owned())
    };
    let of = |path: &str| format!("/v1/me/{path}endpoint=sip:ada@example.com");
    vec![
        (post("/v1/enrol", "{}"), 400, "bad_json", "code"),
        (post("/v1/enrol", "{\"code\": 5, \"device\": \"d\"}"), 400, "bad_json", "code"),
        (post("/v1/enrol", "{\"code\": \"AAAA\", \"device\": \"d\"}"), 403, "code_unknown", "code"),
        (post("/v1/validate", "{\"street\": \"Blake\"}"), 400, "bad_json", "street"),
        (post("/v1/validate", "{\"RD\": 5}"), 400, "bad_json", "RD"),
        (post("/v1/validate", "{\"RD\""), 400, "bad_json", "EOF"),
        (post(&of("attendance?"), "{\"attendance\": \"gone\"}"), 400, "bad_json", "attendance"),
        (post("/v1/me/attendance", "{\"attendance\": \"stale\"}"), 400, "endpoint_missing", "endpoint"),
        (
            post("/v1/me/attendance?endpoint=ada", "{\"attendance\": \"stale\"}"),
            400,
            "bad_endpoint",
            "endpoint",
        ),
        (registry.ask(ada, Method::GET, "/v1/me/record"), 400, "endpoint_missing", "endpoint"),
        (
            registry.ask(ada, Method::GET, "/v1/me/record?endpoint=sip:ben@example.com"),
            403,
            "not_yours",
            "token",
        ),
        (registry.ask(ada, Method::GET, &of("changes?after=soon&")), 400, "bad_query", "after"),
        (registry.ask(ada, Method::GET, "/v1/nowhere"), 404, "nothing_here", "path"),
        (registry.ask(ada, Method::DELETE, "/v1/validate"), 405, "method_not_allowed", "method"),
    ]
}

fn location<'a>(registry: &Registry, uri: &str) -> Vec<Bad<'a>> {
    let post = |body: &str| {
        registry.client.post(uri).header("content-type", "application/held+xml").body(body.to_owned())
    };
    let other = "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\">\
        <device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\"><uri>sip:ben@example.com</uri></device></locationRequest>";
    vec![
        (post(""), 200, "xmlError", "well-formed"),
        (post(other), 200, "requestError", "device"),
        (post("<x/>").header("if-match", "\"1\""), 412, "precondition_failed", "conditional"),
        (registry.client.get(uri).header("accept", "image/png"), 406, "not_acceptable", "PIDF-LO"),
        (registry.client.get(format!("{uri}00")), 200, "locationUnknown", "location URI"),
        (registry.client.delete(uri), 405, "method_not_allowed", "method"),
    ]
}

const BAD_TABLES: [(&str, &str); 6] = [
    ("id,label,country\n", "A1"),
    ("id,label,country,A1,city\n", "A3"),
    ("id,label,country,A1\nx y,Desk,US,CO\n", "id"),
    ("id,label,country,A1,PC\na,Desk,US,CO,8\n", "PC"),
    ("id,label,country,A1\na,Desk,US\n", "line 2"),
    ("", "id"),
];

#[tokio::test]
async fn a_malformed_request_is_answered_in_its_own_protocol_and_changes_nothing() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    let etag = registry.put(&ada, 1, floor("5")).await;
    let answer = registry.held(&reader, &common::request(ADA, "responseTime=\"emergencyDispatch\"")).await;
    let ticket = answer.split("/location/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    // A fetch is kept a moment after its answer; whoever stops has kept it.
    registry.restart().await;
    let uri = format!("{}/location/{ticket}", registry.url);
    let before = dump(&registry);
    let kinds = [
        ("held", held(&registry, &reader)),
        ("lost", lost(&registry, &reader)),
        ("xcap", xcap(&registry, &ada, &etag)),
        ("json", json(&registry, &ada)),
        ("location", location(&registry, &uri)),
    ];
    let (mut count, mut wrong) = (0, Vec::new());
    for (kind, requests) in kinds {
        for (number, (request, status, code, word)) in requests.into_iter().enumerate() {
            let answer = request.send().await.unwrap();
            let got = answer.status();
            let sort = answer.headers()["content-type"].to_str().unwrap().to_owned();
            let (found, message) = read(&sort, &answer.bytes().await.unwrap());
            if got != status || found != code || !message.contains(word) {
                wrong.push(format!(
                    "{kind} {number}: not {status} {code} {word:?} but {got} {found}: {message}"
                ));
            }
            assert_eq!(dump(&registry), before, "{kind} {number} changed something");
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (table, word) in BAD_TABLES {
        let message =
            registry.admin().import(table.as_bytes(), true, registry.now()).unwrap_err().to_string();
        assert!(message.contains(word), "no {word:?} in {message:?}");
        assert_eq!(dump(&registry), before, "{table:?} changed something");
        count += 1;
    }
    println!("{}", serde_json::json!({ "bad_requests": count, "changed_something": 0 }));
}
