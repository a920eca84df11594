//! Locations by reference: given out, fetched, and over.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{ADA, BEN, HOUR, Registry, START, floor, request};
use reqwest::{Response, StatusCode};
use rightdoor_location::Content;
use rightdoor_location::held::{Answer, ErrorCode, LocationUris};
use rightdoor_location::pidf::Given;

const BY_URI: &str = "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\" responseTime=\"emergencyDispatch\">\
    <locationType exact=\"true\">locationURI</locationType>\
    <device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\"><uri>sip:ada@example.com</uri></device></locationRequest>";

async fn uris(registry: &Registry, reader: &str, request: &str) -> LocationUris {
    match Answer::parse(registry.held(reader, request).await.as_bytes()).unwrap() {
        Answer::Location(response) => response.uris.unwrap(),
        Answer::Error(error) => panic!("{error:?}"),
    }
}

async fn fetch(registry: &Registry, uri: &str) -> Answer {
    let answer = registry.client.get(uri).send().await.unwrap();
    assert_eq!((answer.status(), kind(&answer)), (StatusCode::OK, "application/held+xml".to_owned()));
    Answer::parse(&answer.bytes().await.unwrap()).unwrap()
}

fn kind(answer: &Response) -> String {
    answer.headers()["content-type"].to_str().unwrap().to_owned()
}

fn located(answer: Answer) -> Given {
    match answer {
        Answer::Location(response) => {
            assert_eq!(response.uris, None, "a URI for a URI");
            response.location.unwrap()
        }
        Answer::Error(error) => panic!("{error:?}"),
    }
}

fn code(answer: Answer) -> ErrorCode {
    match answer {
        Answer::Error(error) => error.code,
        Answer::Location(_) => panic!("a location"),
    }
}

#[tokio::test]
async fn a_uri_gives_the_location_by_get_and_post_until_it_expires() {
    let mut registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let set = uris(&registry, &reader, &request(ADA, "")).await;
    assert_eq!(set.expires, START + HOUR);
    let [uri] = &set.uris[..] else { panic!("{set:?}") };
    assert!(uri.starts_with(&format!("{}/location/", registry.url)), "{uri}");
    let other = uris(&registry, &reader, &request(ADA, "")).await;
    assert_ne!(other.uris, set.uris, "two calls could be told to be of one device");

    assert_eq!(Some(&located(fetch(&registry, uri).await).address), floor("5").address());
    let accept = "application/pidf+xml,application/held+xml;q=0.5";
    let answer = registry.client.get(uri).header("accept", accept).send().await.unwrap();
    assert_eq!(kind(&answer), "application/pidf+xml");
    let given = Given::parse(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(Some(&given.address), floor("5").address());
    let body =
        "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\" responseTime=\"emergencyDispatch\"/>";
    let post = registry.client.post(uri).header("content-type", "application/held+xml;charset=utf-8");
    let answer = post.header("accept", accept).body(body).send().await.unwrap();
    assert_eq!(kind(&answer), "application/pidf+xml");

    // The device's location, not a copy of it; and the key outlives the server.
    registry.put(&ada, 2, floor("6")).await;
    registry.restart().await;
    let (old, new) = (uri.split_once("/location/").unwrap().1, registry.url.clone());
    let uri = format!("{new}/location/{old}");
    assert_eq!(Some(&located(fetch(&registry, &uri).await).address), floor("6").address());
    registry.put(&ada, 3, Content::Withdrawn).await;
    assert_eq!(code(fetch(&registry, &uri).await), ErrorCode::LocationUnknown);
    registry.put(&ada, 4, floor("7")).await;
    registry.pass(HOUR);
    assert_eq!(code(fetch(&registry, &uri).await), ErrorCode::LocationUnknown);
}

#[tokio::test]
async fn a_uri_alone_proves_nothing_and_its_fetch_does() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let set = uris(&registry, &reader, BY_URI).await;
    let record = registry.record(&ada).await;
    assert_eq!((record.fetched_at, record.emergency_at), (None, Some(START)), "an emergency all the same");
    registry.pass(1000);
    located(fetch(&registry, &set.uris[0]).await);
    assert_eq!(registry.record(&ada).await.fetched_at, Some(START + 1000));
}

#[tokio::test]
async fn bad_input_a_location_uri_that_is_none() {
    let registry = Registry::start().await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    let ben = registry.enrol(BEN, "desk-2").await;
    registry.put(&ada, 1, floor("5")).await;
    registry.put(&ben, 1, floor("6")).await;
    let uri = uris(&registry, &reader, BY_URI).await.uris.remove(0);
    let mut changed = uri.clone();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    for path in [changed, format!("{}/location/1", registry.url), format!("{}/location/%C3%A9", registry.url)]
    {
        assert_eq!(code(fetch(&registry, &path).await), ErrorCode::LocationUnknown, "{path}");
    }
    // Who the device is, the URI says; a request that names another is refused, and so is one for a URI.
    let with_device = request(BEN, "");
    let uri_only = BY_URI.split("<device").next().unwrap().to_owned() + "</locationRequest>";
    let expected = [
        (with_device.as_str(), ErrorCode::RequestError),
        (uri_only.as_str(), ErrorCode::CannotProvideLiType),
        ("<locationRequest", ErrorCode::XmlError),
        ("", ErrorCode::XmlError),
    ];
    for (body, wanted) in expected {
        let post = registry.client.post(&uri).header("content-type", "application/held+xml");
        let answer = post.body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(code(Answer::parse(&answer.bytes().await.unwrap()).unwrap()), wanted, "{body}");
    }
    let answer = registry.client.get(&uri).header("accept", "text/html").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn the_public_url_is_the_one_that_was_configured() {
    let registry =
        Registry::with(|options| options.public_url = Some("https://lis.example.com/".to_owned())).await;
    let (ada, reader) = (registry.enrol(ADA, "desk-1").await, registry.bearer());
    registry.put(&ada, 1, floor("5")).await;
    let set = uris(&registry, &reader, BY_URI).await;
    assert!(set.uris[0].starts_with("https://lis.example.com/location/"), "{:?}", set.uris);
}
