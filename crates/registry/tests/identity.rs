//! HELD by address, hardware address, NAI and instance: the device it names, or nobody.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::net::IpAddr;

use common::{ADA, BEN, Device, Registry, floor};
use reqwest::{Client, StatusCode};
use rightdoor_location::Content;
use rightdoor_location::held::{Answer, ErrorCode, HeldError};
use rightdoor_location::record::Attendance;

const DOCK: &str = "00-1A-2B-3C-4D-5E";
const OFFICE: &str = "127.0.1.1";
const HOME: &str = "127.0.1.2";

fn ip(address: &str) -> String {
    format!("<ip v=\"4\">{address}</ip>")
}

fn mac(address: &str) -> String {
    format!("<mac>{address}</mac>")
}

struct Office {
    registry: Registry,
    reader: String,
}

impl Office {
    async fn open() -> Self {
        let registry = Registry::start().await;
        let reader = registry.bearer();
        Self { registry, reader }
    }

    async fn enrol(&self, endpoint: &str, name: &str, content: Content) -> Device {
        let device = self.registry.enrol(endpoint, name).await;
        self.registry.put(&device, 1, content).await;
        device
    }

    /// The device listens from that address, with these headers.
    async fn is_at(&self, device: &Device, address: &str, headers: &[(&str, &str)]) -> StatusCode {
        let from: IpAddr = address.parse().unwrap();
        let client = Client::builder().no_proxy().local_address(from).build().unwrap();
        let url = format!("{}/v1/me/changes?endpoint={}", self.registry.url, device.endpoint);
        let request = client.get(url).bearer_auth(&device.token);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap().status()
    }

    /// What the call path is given for these identities: the floor, or the error.
    async fn ask(&self, device: &str) -> Result<String, HeldError> {
        let request = format!(
            "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\" responseTime=\"emergencyRouting\">\
             <device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\">{device}</device></locationRequest>"
        );
        match Answer::parse(self.registry.held(&self.reader, &request).await.as_bytes()).unwrap() {
            Answer::Location(response) => {
                let address = response.location.unwrap().address;
                Ok(address.get(rightdoor_location::Element::FLR).unwrap().to_owned())
            }
            Answer::Error(error) => Err(error),
        }
    }

    async fn floor(&self, device: &str) -> String {
        self.ask(device).await.unwrap()
    }

    async fn unknown(&self, device: &str) {
        assert_eq!(self.ask(device).await.unwrap_err().code, ErrorCode::LocationUnknown, "{device}");
    }
}

#[tokio::test]
async fn an_address_names_the_device_that_asks_from_it() {
    let office = Office::open().await;
    let ada = office.enrol(ADA, "desk-1", floor("5")).await;
    office.unknown(&ip(OFFICE)).await;
    office.is_at(&ada, OFFICE, &[("device-adapters", "00:1a:2b:3c:4d:5e, 02-00-00-00-00-01")]).await;
    for identity in [ip(OFFICE), mac(DOCK), mac("02:00:00:00:00:01"), ip(OFFICE) + &mac(DOCK)] {
        assert_eq!(office.floor(&identity).await, "5", "{identity}");
    }
    let record = office.registry.record(&ada).await;
    assert_eq!(record.emergency_at, Some(office.registry.now()), "the device is told of the call");
    // It moves: what it was known by before is nobody's.
    office.is_at(&ada, HOME, &[]).await;
    assert_eq!(office.floor(&ip(HOME)).await, "5");
    office.unknown(&ip(OFFICE)).await;
    office.unknown(&mac(DOCK)).await;
}

#[tokio::test]
async fn two_devices_behind_one_address_are_not_guessed_at() {
    let office = Office::open().await;
    let ada = office.enrol(ADA, "desk-1", floor("5")).await;
    let ben = office.enrol(BEN, "desk-2", floor("5")).await;
    office.is_at(&ada, OFFICE, &[("device-adapters", "02-00-00-00-00-01")]).await;
    office.is_at(&ben, OFFICE, &[]).await;
    assert_eq!(office.floor(&ip(OFFICE)).await, "5", "they say the same");

    office.registry.put(&ben, 2, floor("6")).await;
    office.unknown(&ip(OFFICE)).await;
    // Whatever only one of the two is known by decides.
    let uri = |uri: &str| format!("<uri>{uri}</uri>");
    assert_eq!(office.floor(&(ip(OFFICE) + &uri(BEN))).await, "6");
    assert_eq!(office.floor(&(ip(OFFICE) + "<nai>ben@example.com</nai>")).await, "6");
    assert_eq!(office.floor(&(ip(OFFICE) + &mac("02-00-00-00-00-01"))).await, "5");

    for content in [Content::NoFixedAddress, Content::Withdrawn] {
        let revision = office.registry.record(&ben).await.revision.0 + 1;
        office.registry.put(&ben, revision, content).await;
        office.unknown(&ip(OFFICE)).await;
        office.unknown(&(ip(OFFICE) + &uri(BEN))).await;
    }
    // One that has not said yet where it is may be the one that calls.
    office.registry.put(&ben, 9, floor("5")).await;
    assert_eq!(office.floor(&ip(OFFICE)).await, "5");
    let new = office.registry.enrol("sip:eve@example.com", "desk-3").await;
    office.is_at(&new, OFFICE, &[]).await;
    office.unknown(&ip(OFFICE)).await;
}

#[tokio::test]
async fn a_dock_that_two_computers_have_is_nobodys() {
    let office = Office::open().await;
    let ada = office.enrol(ADA, "laptop-1", floor("5")).await;
    let ben = office.enrol(BEN, "laptop-2", floor("6")).await;
    office.is_at(&ada, OFFICE, &[("device-adapters", DOCK)]).await;
    office.is_at(&ben, HOME, &[("device-adapters", DOCK)]).await;
    office.unknown(&mac(DOCK)).await;
    assert_eq!(office.floor(&(mac(DOCK) + &ip(HOME))).await, "6", "an address of its own decides");
    office.is_at(&ada, OFFICE, &[]).await;
    assert_eq!(office.floor(&mac(DOCK)).await, "6", "unplugged there");
}

#[tokio::test]
async fn who_has_left_or_is_silent_is_not_found_by_address() {
    let office = Office::open().await;
    let ada = office.enrol(ADA, "desk-1", floor("5")).await;
    office.is_at(&ada, OFFICE, &[]).await;
    office.registry.pass(5 * 60 * 1000 - 1);
    assert_eq!(office.floor(&ip(OFFICE)).await, "5");
    office.registry.pass(1);
    office.unknown(&ip(OFFICE)).await;
    assert_eq!(office.floor(&format!("<uri>{ADA}</uri>")).await, "5", "by its URI as ever");

    office.is_at(&ada, OFFICE, &[]).await;
    assert_eq!(office.registry.attend(&ada, "stale").await.attendance, Attendance::Stale);
    assert_eq!(office.floor(&ip(OFFICE)).await, "5", "stale is given, with its time");
    office.registry.attend(&ada, "unattended").await;
    office.unknown(&ip(OFFICE)).await;
    // Back from sleep, it has not said yet that it is: its address may be another's by now.
    office.is_at(&ada, OFFICE, &[]).await;
    office.unknown(&ip(OFFICE)).await;
}

#[tokio::test]
async fn a_restart_forgets_where_everybody_was() {
    let mut office = Office::open().await;
    let ada = office.enrol(ADA, "desk-1", floor("5")).await;
    office.is_at(&ada, OFFICE, &[("device-adapters", DOCK)]).await;
    office.registry.restart().await;
    office.unknown(&ip(OFFICE)).await;
    let kept = std::fs::read(office.registry.path()).unwrap();
    for private in [OFFICE, DOCK, "00:1a:2b"] {
        assert!(!kept.windows(private.len()).any(|bytes| bytes == private.as_bytes()), "{private}");
    }
}

#[tokio::test]
async fn which_of_a_persons_computers_calls_is_decided_by_instance_or_address() {
    let office = Office::open().await;
    let desk = office.enrol(ADA, "desk-1", floor("5")).await;
    let laptop = office.enrol(ADA, "laptop", floor("6")).await;
    let instance = "urn:uuid:F81D4FAE-7dec-11d0-a765-00a0c91e6bf6";
    office.is_at(&desk, OFFICE, &[("device-instance", instance)]).await;
    office.is_at(&laptop, HOME, &[]).await;
    let uri = format!("<uri>{ADA}</uri>");
    office.unknown(&uri).await;
    assert_eq!(office.floor(&(uri.clone() + &ip(HOME))).await, "6");
    assert_eq!(office.floor(&format!("<uri>{ADA};gr={}</uri>", instance.to_lowercase())).await, "5");
    office.unknown(&format!("<uri>{ADA};gr=urn:uuid:0</uri>")).await;

    // An address of somebody else's speaks against a computer that is known to be elsewhere, and against no other.
    let ben = office.enrol(BEN, "desk-2", floor("7")).await;
    office.is_at(&ben, "127.0.1.3", &[]).await;
    office.unknown(&(uri + &ip("127.0.1.3"))).await;
    let eve = office.enrol("sip:eve@example.com", "desk-3", floor("8")).await;
    let named = format!("<uri>{}</uri>{}", eve.endpoint, ip("127.0.1.3"));
    assert_eq!(office.floor(&named).await, "8");
    assert_eq!(office.floor(&("<nai>eve@example.com</nai>".to_owned() + &ip("192.0.2.77"))).await, "8");
}

#[tokio::test]
async fn bad_input_identities_and_headers_are_named() {
    let office = Office::open().await;
    let ada = office.enrol(ADA, "desk-1", floor("5")).await;
    for identity in ["<nai>ada</nai>", "<nai>a!ada@example.com</nai>", "<fqdn>desk.example.com</fqdn>", ""] {
        let error = office.ask(identity).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadIdentifier, "{identity}");
    }
    assert_eq!(office.ask("<imsi>123456789</imsi>").await.unwrap_err().required, ["uri", "nai", "ip", "mac"]);
    let many = [DOCK; 9].join(",");
    for adapters in ["desk", "00-1A-2B-3C-4D", "00-1A-2B-3C-4D-5E;", many.as_str()] {
        let status = office.is_at(&ada, OFFICE, &[("device-adapters", adapters)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{adapters}");
    }
    office.unknown(&ip(OFFICE)).await;
}
