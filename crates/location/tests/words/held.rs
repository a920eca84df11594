use proptest::prelude::*;
use rightdoor_location::held::{
    Answer, ErrorCode, HeldError, Identity, LocationRequest, LocationResponse, LocationType, LocationUris,
    Measurement, ReadError, ResponseTime,
};

use crate::sample::{any_address, registration};

fn any_request() -> impl Strategy<Value = LocationRequest> {
    let time = prop_oneof![
        Just(None),
        Just(Some(ResponseTime::EmergencyRouting)),
        Just(Some(ResponseTime::EmergencyDispatch)),
        any::<u32>().prop_map(|ms| Some(ResponseTime::Millis(ms))),
    ];
    let forms = [LocationType::Civic, LocationType::Geodetic, LocationType::LocationUri];
    let types = prop_oneof![
        Just(vec![LocationType::Any]),
        proptest::sample::subsequence(forms.to_vec(), 1..=3).prop_shuffle(),
    ];
    let identity = prop_oneof![
        "sip:[a-z&<]{1,9}@example[.]com".prop_map(Identity::Uri),
        any::<std::net::IpAddr>().prop_map(Identity::Ip),
        "[0-9A-F]{2}(-[0-9A-F]{2}){5}".prop_map(Identity::Mac),
        any::<u16>().prop_map(Identity::TcpPort),
        any::<u16>().prop_map(Identity::UdpPort),
        any::<u16>().prop_map(Identity::SctpPort),
        any::<u16>().prop_map(Identity::DccpPort),
        "[a-z]{1,9}@example[.]com".prop_map(Identity::Nai),
        "([0-9A-F]{2}){1,9}".prop_map(Identity::Duid),
        "[0-9]{15}".prop_map(Identity::Imei),
        "[0-9]{6,15}".prop_map(Identity::Imsi),
        "[0-9]{10}".prop_map(Identity::Min),
        "[0-9]{6,15}".prop_map(Identity::Mdn),
        "[0-9]{6,15}".prop_map(Identity::Msisdn),
        "[a-z]{1,9}[.]example[.]com".prop_map(Identity::Fqdn),
    ];
    let device = proptest::collection::vec(identity, 0..4);
    (time, types, any::<bool>(), device).prop_map(|(response_time, types, exact, device)| LocationRequest {
        response_time,
        types,
        exact,
        device,
        measurements: None,
    })
}

proptest! {
    #[test]
    fn a_request_comes_back(request in any_request()) {
        prop_assert_eq!(LocationRequest::parse(request.write().as_bytes()), Ok(request));
    }

    #[test]
    fn an_answer_comes_back(address in any_address(), uris in proptest::collection::vec("https://lis[.]example/[a-z0-9&]{22}", 1..3)) {
        let pidf = rightdoor_location::pidf::Pidf {
            content: rightdoor_location::Content::Located(address),
            ..registration()
        };
        let response = LocationResponse {
            uris: Some(LocationUris { expires: 1_795_356_309_000, uris }),
            location: pidf.for_call_path("pres:x7@lis.example.com"),
        };
        let document = response.write();
        prop_assert_eq!(LocationResponse::parse(document.as_bytes()), Ok(response.clone()));
        prop_assert_eq!(Answer::parse(document.as_bytes()), Ok(Answer::Location(response)));
    }
}

#[test]
fn an_answer_looks_like_this() {
    let response = LocationResponse {
        uris: Some(LocationUris {
            expires: 1_795_356_309_000,
            uris: vec!["https://lis.example/u/k2".to_owned()],
        }),
        location: registration().for_call_path("pres:x7@lis.example.com"),
    };
    insta::assert_snapshot!(response.write(), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held">
      <locationUriSet expires="2026-11-22T14:05:09Z">
        <locationURI>https://lis.example/u/k2</locationURI>
      </locationUriSet>
    <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:x7@lis.example.com">
      <tuple id="location">
        <status>
          <basic>open</basic>
          <gp:geopriv xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10">
            <gp:location-info>
              <ca:civicAddress xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" xmlns:cae="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr:ext">
                <ca:country>US</ca:country>
                <ca:A1>CO</ca:A1>
                <ca:A2>Denver</ca:A2>
                <ca:A3>Denver</ca:A3>
                <ca:PRD>North</ca:PRD>
                <ca:RD>Blake</ca:RD>
                <ca:STS>Street</ca:STS>
                <ca:HNO>1600</ca:HNO>
                <ca:HNS>1/2</ca:HNS>
                <ca:FLR>5</ca:FLR>
                <ca:NAM>Smith &amp; Sons &lt;Upholstery&gt;</ca:NAM>
                <ca:PC>80202</ca:PC>
                <ca:BLD>B</ca:BLD>
                <ca:SEAT>5-112</ca:SEAT>
                <cae:HNP>N</cae:HNP>
              </ca:civicAddress>
            </gp:location-info>
            <gp:usage-rules/>
            <gp:method>Derived</gp:method>
          </gp:geopriv>
        </status>
        <timestamp>2026-11-22T14:05:09.250Z</timestamp>
      </tuple>
    </presence>
    </locationResponse>
    "#);
}

#[test]
fn every_error_code_comes_back() {
    for code in [
        ErrorCode::RequestError,
        ErrorCode::XmlError,
        ErrorCode::GeneralLisError,
        ErrorCode::LocationUnknown,
        ErrorCode::UnsupportedMessage,
        ErrorCode::Timeout,
        ErrorCode::CannotProvideLiType,
        ErrorCode::NotLocatable,
        ErrorCode::BadIdentifier,
    ] {
        for message in ["", "Nobody <has> confirmed & told us"] {
            let error = HeldError::new(code, message);
            assert_eq!(HeldError::parse(error.write().as_bytes()), Ok(error.clone()));
            assert_eq!(Answer::parse(error.write().as_bytes()), Ok(Answer::Error(error)));
        }
    }
    let helped =
        HeldError::new(ErrorCode::BadIdentifier, "Name its hardware address").requiring(&["mac", "ip"]);
    assert_eq!(HeldError::parse(helped.write().as_bytes()), Ok(helped));
    let unknown = HeldError::new(ErrorCode::Timeout, "").write().replace("timeout", "weather");
    assert_eq!(HeldError::parse(unknown.as_bytes()).unwrap().code, ErrorCode::GeneralLisError);
}

#[test]
fn what_is_wanted_follows_types_and_exact() {
    let asks = |types: &[LocationType], exact| LocationRequest {
        types: types.to_vec(),
        exact,
        ..Default::default()
    };
    let any = asks(&[], false);
    assert!(any.wants_civic() && any.wants_uri());
    let shape = asks(&[LocationType::Geodetic], false);
    assert!(shape.wants_civic() && !shape.wants_uri());
    assert!(!asks(&[LocationType::Geodetic], true).wants_civic());
    let uri = asks(&[LocationType::LocationUri], false);
    assert!(!uri.wants_civic() && uri.wants_uri());
    assert!(ResponseTime::EmergencyDispatch.is_emergency() && !ResponseTime::Millis(0).is_emergency());
}

#[test]
fn identities_are_read_as_rfc_6155_writes_them() {
    let device = |inside: &str| {
        let document = format!(
            "<h:locationRequest xmlns:h='urn:ietf:params:xml:ns:geopriv:held'>\
             <d:device xmlns:d='urn:ietf:params:xml:ns:geopriv:held:id'>{inside}</d:device></h:locationRequest>"
        );
        LocationRequest::parse(document.as_bytes()).map(|request| request.device)
    };
    assert_eq!(
        device("<d:mac>a0-12-34-56-78-90</d:mac>"),
        Ok(vec![Identity::Mac("A0-12-34-56-78-90".to_owned())])
    );
    assert_eq!(
        device("<d:uri> tel:+15555550123 </d:uri>"),
        Ok(vec![Identity::Uri("tel:+15555550123".to_owned())])
    );
    assert_eq!(device("<d:badge>12</d:badge>"), Ok(vec![Identity::Unknown("badge".to_owned())]));
    assert_eq!(device("<x:rfid xmlns:x='urn:x'>12</x:rfid>"), Ok(vec![Identity::Unknown("rfid".to_owned())]));
    for (inside, part) in [
        ("<d:ip v='4'>::1</d:ip>", "IPv4"),
        ("<d:ip>192.0.2.1</d:ip>", "`v`"),
        ("<d:mac>nope</d:mac>", "00-1A"),
        ("<d:uri/>", "`uri`"),
        ("<d:tcpport>70000</d:tcpport>", "65535"),
        ("<d:msisdn>+1</d:msisdn>", "15 digits"),
        ("<d:msisdn>12345</d:msisdn>", "15 digits"),
        ("<d:min>123456789</d:min>", "10 digits"),
        ("<d:duid>abc</d:duid>", "hex"),
    ] {
        let refused = device(inside).unwrap_err().to_string();
        assert!(refused.contains(part) && refused.starts_with("line 1"), "{inside}: {refused}");
    }
}

#[test]
fn a_location_uri_is_asked_without_a_device() {
    let get = LocationRequest::by_get();
    assert_eq!(get.types, [LocationType::Geodetic, LocationType::Civic]);
    assert!(get.is_dereference() && get.wants_civic() && !get.wants_uri() && !get.exact);
    assert!(LocationRequest::parse(get.write().as_bytes()).unwrap().is_dereference());
    let named = LocationRequest { device: vec![Identity::Fqdn("a.example".to_owned())], ..get };
    assert!(!named.is_dereference());
}

#[test]
fn measurements_are_understood_and_never_sent() {
    let document = include_bytes!("../../../../fuzz/corpus/held/request_measured.xml");
    let request = LocationRequest::parse(document).unwrap();
    assert!(!request.is_dereference());
    let measured = request.measurements.clone().unwrap();
    assert_eq!((measured.time, measured.expires), (Some(1_767_225_600_000), Some(1_767_312_000_000)));
    let [lldp, relay, wifi, other] = measured.list.as_slice() else { panic!("{measured:?}") };
    let Measurement::Lldp { chassis, port } = lldp else { panic!("{lldp:?}") };
    assert_eq!((chassis.subtype, chassis.octets.as_slice()), (4, [10, 1, 0, 0x3c].as_slice()));
    assert_eq!((port.subtype, port.octets.as_slice()), (6, [0xc2].as_slice()));
    let Measurement::DhcpRelay { circuit, remote, .. } = relay else { panic!("{relay:?}") };
    assert_eq!(
        (circuit.as_deref(), remote.as_deref()),
        (Some([0x10, 0x8b].as_slice()), Some([0xaa].as_slice()))
    );
    let Measurement::WiFi(points) = wifi else { panic!("{wifi:?}") };
    assert_eq!(points.iter().map(|point| point.serving).collect::<Vec<_>>(), [true, false]);
    assert_eq!(points.get(1).unwrap().bssid, "00-12-F0-A0-80-F0");
    assert_eq!(*other, Measurement::Other("gnss".to_owned()));
    assert!(!format!("{request:?}").contains("F0"), "{request:?}");
    assert!(!request.write().contains("measurements"));
}

#[test]
fn bad_input_requests_get_the_right_held_error() {
    let code = |document: &str| LocationRequest::parse(document.as_bytes()).unwrap_err().to_held().code;
    let ns = "xmlns='urn:ietf:params:xml:ns:geopriv:held'";
    assert_eq!(code("<locationRequest"), ErrorCode::XmlError);
    assert_eq!(code("<!DOCTYPE x><x/>"), ErrorCode::XmlError);
    assert_eq!(code("<locationRequest/>"), ErrorCode::RequestError);
    assert_eq!(code(&format!("<locationRequest {ns} responseTime='soon'/>")), ErrorCode::RequestError);
    assert_eq!(code(&format!("<createContext {ns}/>")), ErrorCode::UnsupportedMessage);
    let twice = format!(
        "<locationRequest {ns}><locationType>any</locationType><locationType>any</locationType></locationRequest>"
    );
    assert_eq!(code(&twice), ErrorCode::RequestError);
    let error = LocationRequest::parse(b"<x/>").unwrap_err();
    assert!(matches!(error, ReadError::Xml(_)));
    assert!(error.to_string().contains("send `locationRequest"), "{error}");
}

#[test]
fn debug_shows_no_identity_and_no_location_uri() {
    let request =
        LocationRequest { device: vec![Identity::Mac("A0-12-34-56-78-90".to_owned())], ..Default::default() };
    assert!(!format!("{request:?}").contains("A0"), "{request:?}");
    let uris = LocationUris { expires: 0, uris: vec!["https://lis.example/secret".to_owned()] };
    assert!(!format!("{uris:?}").contains("secret"), "{uris:?}");
}
