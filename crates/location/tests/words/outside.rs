//! Checks against what this project did not write: the RFCs' examples and schemas, and xmllint.
//!
//! The material is not part of this repository. It is looked for in `$RIGHTDOOR_SHARED` or beside the
//! workspace; where it is absent each check says by name that it was skipped.

#![expect(clippy::disallowed_methods, reason = "only the library is without files")]

use std::path::PathBuf;
use std::process::Command;

use rightdoor_location::geo::Shape;
use rightdoor_location::held::{
    Answer, ErrorCode, HeldError, Identity, LocationRequest, LocationResponse, LocationType, LocationUris,
    ResponseTime,
};
use rightdoor_location::held::{Measurement, Measurements};
use rightdoor_location::lost::{self, FindService};
use rightdoor_location::pidf::{Distribution, Given, Pidf, Presence};
use rightdoor_location::{CivicAddress, Content, Element};

use crate::sample::{desk, registration};

fn schemas(test: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RIGHTDOOR_SHARED").map_or(beside, PathBuf::from);
    let found = shared.join("schemas").canonicalize().ok();
    if found.is_none() {
        eprintln!("skipped: {test} (no schemas folder; set RIGHTDOOR_SHARED)");
    }
    found
}

/// The RFCs' examples whose names contain one of `kinds`.
fn examples(test: &str, kinds: &[&str]) -> Vec<(String, Vec<u8>)> {
    let Some(schemas) = schemas(test) else { return Vec::new() };
    let files = std::fs::read_dir(schemas.join("examples/rfc")).unwrap().map(|entry| entry.unwrap().path());
    let named = files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path));
    let mut found: Vec<_> = named
        .filter(|(name, _)| kinds.iter().any(|kind| name.ends_with(&format!("_{kind}.xml"))))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() >= 2, "{kinds:?}");
    found
}

fn has_civic(document: &[u8]) -> bool {
    String::from_utf8_lossy(document).contains("civicAddress>")
}

#[test]
fn every_rfc_presence_with_a_civic_location_is_read() {
    let mut read = 0;
    for (name, document) in examples("every_rfc_presence_with_a_civic_location_is_read", &["presence"]) {
        let parsed = Pidf::parse(&document);
        assert_eq!(parsed.is_ok(), has_civic(&document), "{name}: {parsed:?}");
        let Ok(pidf) = parsed else { continue };
        read += 1;
        assert!(pidf.confirmed_at > 1_100_000_000_000, "{name}");
        // What was a stranger's becomes ours without loss.
        assert_eq!(Pidf::parse(pidf.write().as_bytes()), Ok(pidf), "{name}");
        assert!(Given::parse(&document).is_ok(), "{name}");
        if name.starts_with("rfc5491_2_") {
            let pidf = Pidf::parse(&document).unwrap();
            let address = pidf.content.address().unwrap();
            assert_eq!(address.get(Element::ROOM), Some("Westerns and Classics"));
            assert_eq!(address.get(Element::A3), Some("Wollongong"));
        }
        if name.starts_with("rfc6442_1_") {
            let pidf = Pidf::parse(&document).unwrap();
            assert_eq!(pidf.content.address().unwrap().get(Element::NAM), Some("Haley's Place"));
        }
    }
    assert!(read == 0 || read >= 3, "{read}");
}

/// Shapes, compound locations, confidence and several subjects: all of it comes back.
#[test]
fn every_rfc_presence_comes_back_whole() {
    let test = "every_rfc_presence_comes_back_whole";
    let (mut shapes, mut located) = (std::collections::BTreeSet::new(), 0);
    for (name, document) in examples(test, &["presence", "locationResponse"]) {
        let text = String::from_utf8_lossy(&document);
        if !text.contains("presence") {
            continue;
        }
        let presence = Presence::parse(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Presence::parse(presence.write().as_bytes()), Ok(presence.clone()), "{name}");
        // Only the one example whose contents are a comment has no location.
        assert_eq!(presence.location().is_some(), text.contains("geopriv>"), "{name}");
        assert_eq!(presence.civic_location().is_some(), has_civic(&document), "{name}");
        let locations = presence.subjects.iter().flat_map(|subject| &subject.locations);
        for location in locations {
            located += 1;
            shapes.extend(location.shape().map(Shape::name));
            assert!(location.method.is_some() || name.starts_with("rfc7459"), "{name}");
            assert!(!location.parts.is_empty(), "{name}");
        }
        if name.starts_with("rfc7459") {
            let (_, location) = presence.location().unwrap();
            assert_eq!(location.confidence.percent(), Some(67.0));
            assert_eq!(location.confidence.distribution(), Distribution::Normal);
        }
    }
    assert!(located == 0 || located >= 17, "{located}");
    assert!(located == 0 || shapes.len() == 8, "{shapes:?}");
}

#[test]
fn every_rfc_lost_message_comes_back() {
    let test = "every_rfc_lost_message_comes_back";
    for (name, document) in examples(test, &["findService"]) {
        let query = FindService::parse(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(query.location().is_some() && query.recursive, "{name}");
        assert_eq!(FindService::parse(query.write().as_bytes()), Ok(query), "{name}");
    }
    for (name, document) in examples(test, &["findServiceResponse"]) {
        let answer = lost::Answer::parse(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(lost::Answer::parse(answer.write().as_bytes()), Ok(answer.clone()), "{name}");
        let lost::Answer::Found(found) = answer else { panic!("{name}") };
        let mapping = found.mappings.first().unwrap();
        assert!(mapping.uris.iter().all(|uri| uri.contains("police") || uri.contains("nypd")), "{name}");
        // Two of the examples write GML's namespace wrongly, so that their boundary is somebody else's element.
        let understood = !String::from_utf8_lossy(&document).contains("\"http://www.opengis.net/\"");
        assert_eq!(mapping.boundary.is_some(), understood, "{name}");
        let checked = String::from_utf8_lossy(&document).contains("<invalid>");
        assert_eq!(
            found.validation.is_some_and(|validation| validation.invalid.len() == 1),
            checked,
            "{name}"
        );
    }
}

#[test]
fn every_rfc_measurement_is_understood() {
    for (name, document) in examples("every_rfc_measurement_is_understood", &["measurements"]) {
        let measured = Measurements::parse(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(measured.time.is_some() && measured.list.len() == 1, "{name}");
        let other = measured.list.iter().any(|one| matches!(one, Measurement::Other(_)));
        let text = String::from_utf8_lossy(&document);
        assert_eq!(other, !["<lldp", "<dhcp-rai", "<wifi"].iter().any(|kind| text.contains(kind)), "{name}");
    }
}

/// No example is left out because its kind is not looked at.
#[test]
fn every_rfc_example_is_of_a_kind_that_is_read() {
    let Some(schemas) = schemas("every_rfc_example_is_of_a_kind_that_is_read") else { return };
    let kinds = [
        "presence",
        "locationRequest",
        "locationResponse",
        "error",
        "measurements",
        "findService",
        "findServiceResponse",
    ];
    for entry in std::fs::read_dir(schemas.join("examples/rfc")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(kinds.iter().any(|kind| name.ends_with(&format!("_{kind}.xml"))), "{name}");
    }
}

#[test]
fn every_rfc_held_message_is_read() {
    let test = "every_rfc_held_message_is_read";
    for (name, document) in examples(test, &["locationRequest"]) {
        let mut request = LocationRequest::parse(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        // Measurements are understood and never sent.
        request.measurements = None;
        assert_eq!(LocationRequest::parse(request.write().as_bytes()), Ok(request), "{name}");
    }
    for (name, document) in examples(test, &["locationResponse", "error"]) {
        let answer = Answer::parse(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        match answer {
            Answer::Location(response) => {
                assert_eq!(response.location.is_some(), has_civic(&document), "{name}");
                assert_eq!(LocationResponse::parse(response.write().as_bytes()), Ok(response), "{name}");
            }
            Answer::Error(error) => {
                assert!(!error.message.is_empty(), "{name}");
                assert_eq!(error.required.is_empty(), error.code != ErrorCode::BadIdentifier, "{name}");
                assert_eq!(HeldError::parse(error.write().as_bytes()), Ok(error), "{name}");
            }
        }
    }
}

#[test]
fn what_is_written_is_valid_against_the_schemas() {
    let test = "what_is_written_is_valid_against_the_schemas";
    let Some(schemas) = schemas(test) else { return };
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: {test} (no xmllint)");
        return;
    }
    let every: CivicAddress = Element::ALL.into_iter().fold(desk(), |address, element| {
        if address.get(element).is_some() { address } else { address.with(element, "x & <y>") }
    });
    let located = |address: CivicAddress| Pidf { content: Content::Located(address), ..registration() };
    let given = registration().for_call_path("pres:x7@lis.example.com");
    let uris = Some(LocationUris {
        expires: 1_795_356_309_000,
        uris: vec!["https://lis.example/u/k2?a=1&b=2".to_owned()],
    });
    let device = vec![
        Identity::Uri("sip:ada@example.com".to_owned()),
        Identity::Ip("192.0.2.5".parse().unwrap()),
        Identity::Ip("2001:db8::5".parse().unwrap()),
        Identity::Mac("A0-12-34-56-78-90".to_owned()),
        Identity::TcpPort(5060),
        Identity::Msisdn("15555550123".to_owned()),
        Identity::Fqdn("desk.example.com".to_owned()),
    ];
    let types = vec![LocationType::Civic, LocationType::LocationUri];
    let request = LocationRequest {
        response_time: Some(ResponseTime::EmergencyDispatch),
        types,
        exact: true,
        device,
        measurements: None,
    };
    let plain =
        LocationRequest { response_time: Some(ResponseTime::Millis(8)), ..LocationRequest::default() };
    let exact_any = LocationRequest { exact: true, ..LocationRequest::default() };
    let documents = [
        ("every element", located(every).write()),
        ("no element", located(CivicAddress::new()).write()),
        ("hard device", Pidf { device: "9 lives/_ü".to_owned(), ..registration() }.write()),
        ("empty device", Pidf { device: String::new(), ..registration() }.write()),
        ("no fixed address", Pidf { content: Content::NoFixedAddress, ..registration() }.write()),
        ("withdrawn", Pidf { content: Content::Withdrawn, ..registration() }.write()),
        ("given", given.clone().unwrap().write()),
        ("response", LocationResponse { uris: uris.clone(), location: given }.write()),
        ("reference only", LocationResponse { uris, location: None }.write()),
        ("request", request.write()),
        ("plain request", plain.write()),
        ("exact request", exact_any.write()),
        ("error", HeldError::new(ErrorCode::LocationUnknown, "No <location> & none soon").write()),
        ("bare error", HeldError::new(ErrorCode::Timeout, "").write()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = documents
        .iter()
        .map(|(name, document)| {
            let path = folder.path().join(format!("{}.xml", name.replace(' ', "_")));
            std::fs::write(&path, document).unwrap();
            path
        })
        .collect();
    let lint = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schemas.join("driver.xsd"))
        .args(&files)
        .env("XML_CATALOG_FILES", schemas.join("catalog.xml"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&lint.stderr);
    let faults: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("Skipping import") && !line.ends_with("validates"))
        .collect();
    assert!(lint.status.success(), "{}", faults.join("\n"));
    assert_eq!(said.matches(" validates").count(), documents.len(), "{said}");
}
