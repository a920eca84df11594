use proptest::prelude::*;
use rightdoor_location::lost::{
    Answer, Area, Boundary, BoundaryForm, Exception, ExceptionCode, Exceptions, Expires, FieldName,
    FindService, FindServiceResponse, Identifier, Location, LocationValidation, Mapping, Place, Profile,
    ReadError, Redirect, Text,
};
use rightdoor_location::{CivicAddress, Element};

use crate::geo::any_shape;
use crate::sample::{any_address, desk};

fn server(name: &str) -> Identifier {
    Identifier::new(name).unwrap()
}

fn any_text() -> impl Strategy<Value = Text> {
    ("[a-z]{2}(-[A-Z]{2})?", any::<String>()).prop_map(|(language, text)| Text::new(&language, &text))
}

fn any_area() -> impl Strategy<Value = Area> {
    prop_oneof![
        any_address().prop_map(|address| Area { profile: Profile::Civic, place: Place::Civic(address) }),
        any_shape(false)
            .prop_map(|shape| Area { profile: Profile::Geodetic2d, place: Place::Geodetic(shape) }),
    ]
}

fn any_query() -> impl Strategy<Value = FindService> {
    let areas = proptest::collection::vec(any_area(), 1..4);
    let servers = proptest::collection::vec("[a-z0-9-]{1,9}[.]example[.]com", 0..3);
    (areas, any::<[bool; 4]>(), servers).prop_map(
        |(areas, [validate, value, recursive, service], servers)| {
            let locations =
                areas.into_iter().enumerate().map(|(n, area)| Location { id: format!("l {n}"), area });
            FindService {
                locations: locations.collect(),
                service: service.then(|| "urn:service:sos.police".to_owned()),
                validate,
                boundary: if value { BoundaryForm::Value } else { BoundaryForm::Reference },
                recursive,
                path: servers.iter().map(|name| server(name)).collect(),
            }
        },
    )
}

fn any_code() -> impl Strategy<Value = ExceptionCode> {
    proptest::sample::select(vec![
        ExceptionCode::BadRequest,
        ExceptionCode::Forbidden,
        ExceptionCode::InternalError,
        ExceptionCode::LocationProfileUnrecognized { unsupported: vec!["a".to_owned(), "b-c".to_owned()] },
        ExceptionCode::LocationInvalid,
        ExceptionCode::SrsInvalid,
        ExceptionCode::Loop,
        ExceptionCode::NotFound,
        ExceptionCode::ServerError,
        ExceptionCode::ServerTimeout,
        ExceptionCode::ServiceNotImplemented,
        ExceptionCode::LocationValidationUnavailable,
        ExceptionCode::ServiceSubstitution,
        ExceptionCode::DefaultMappingReturned,
    ])
}

fn any_exceptions() -> impl Strategy<Value = Exceptions> {
    (any_code(), proptest::option::of(any_text())).prop_map(|(code, message)| Exceptions {
        source: server("lost.example"),
        list: vec![Exception { code, message }],
    })
}

fn any_fields() -> impl Strategy<Value = Vec<FieldName>> {
    let civic = proptest::sample::select(Element::ALL.to_vec()).prop_map(FieldName::Civic);
    let other = ("urn:[a-z]{1,3}", "[A-Z]{1,4}")
        .prop_map(|(namespace, name)| FieldName::Other { namespace, name: format!("{name}_x") });
    proptest::collection::vec(prop_oneof![4 => civic, 1 => other], 0..8)
}

fn any_mapping() -> impl Strategy<Value = Mapping> {
    let boundary = prop_oneof![
        Just(None),
        Just(Some(Boundary::Reference { source: server("lost.example"), key: "k 1".to_owned() })),
        proptest::collection::vec(any_area(), 1..3).prop_map(|areas| Some(Boundary::Value(areas))),
    ];
    let expires = prop_oneof![
        Just(Expires::NoCache),
        Just(Expires::Never),
        (0..4_000_000_000_000_i64).prop_map(Expires::At)
    ];
    let names = proptest::collection::vec(any_text(), 0..3);
    (expires, boundary, names, proptest::option::of(any_text()), 0..3_usize).prop_map(
        |(expires, boundary, display_names, message, uris)| Mapping {
            display_names,
            service: Some("urn:service:sos".to_owned()),
            boundary,
            uris: vec!["sip:psap@example.com;x=1&y".to_owned(); uris],
            service_number: (uris > 0).then(|| "911".to_owned()),
            message,
            ..Mapping::new(expires, 1_795_356_309_000, server("lost.example"), "m 1")
        },
    )
}

fn any_response() -> impl Strategy<Value = FindServiceResponse> {
    let validation = proptest::option::of(
        (any_fields(), any_fields(), any_fields())
            .prop_map(|(valid, invalid, unchecked)| LocationValidation { valid, invalid, unchecked }),
    );
    let mappings = proptest::collection::vec(any_mapping(), 1..3);
    let warnings = proptest::collection::vec(any_exceptions(), 0..3);
    (mappings, validation, warnings, any::<bool>()).prop_map(|(mappings, validation, warnings, used)| {
        FindServiceResponse {
            mappings,
            validation,
            warnings,
            path: vec![server("resolver.example"), server("lost.example")],
            location_used: used.then(|| "l 0".to_owned()),
        }
    })
}

proptest! {
    #[test]
    fn a_query_comes_back(query in any_query()) {
        prop_assert_eq!(FindService::parse(query.write().as_bytes()), Ok(query));
    }

    #[test]
    fn an_answer_comes_back(response in any_response(), errors in any_exceptions(), message in proptest::option::of(any_text())) {
        let redirect = Redirect { target: server("b.example"), source: server("a.example"), message };
        for answer in [Answer::Found(response), Answer::Errors(errors), Answer::Redirect(redirect)] {
            prop_assert_eq!(Answer::parse(answer.write().as_bytes()), Ok(answer));
        }
    }
}

#[test]
fn a_query_with_validation_looks_like_this() {
    let query = FindService {
        service: Some("urn:service:sos".to_owned()),
        validate: true,
        recursive: true,
        ..FindService::about(Location::civic(
            "here",
            CivicAddress::new().with(Element::Country, "US").with(Element::UnitValue, "5"),
        ))
    };
    insta::assert_snapshot!(query.write(), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <findService xmlns="urn:ietf:params:xml:ns:lost1" validateLocation="true" recursive="true">
      <location id="here" profile="civic">
        <ca:civicAddress xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" xmlns:cdx2="urn:nena:xml:ns:pidf:nenaCivicAddr2">
          <ca:country>US</ca:country>
          <cdx2:UNIT_VALUE>5</cdx2:UNIT_VALUE>
        </ca:civicAddress>
      </location>
      <service>urn:service:sos</service>
    </findService>
    "#);
}

#[test]
fn an_answer_with_validation_looks_like_this() {
    let civic = |elements: &[Element]| elements.iter().map(|element| FieldName::Civic(*element)).collect();
    let response = FindServiceResponse {
        mappings: vec![Mapping {
            display_names: vec![Text::new("en", " Denver  911 ")],
            service: Some("urn:service:sos".to_owned()),
            uris: vec!["sip:psap@example.com".to_owned()],
            service_number: Some("911".to_owned()),
            ..Mapping::new(Expires::NoCache, 1_795_356_309_000, server("lvf.example.com"), "static")
        }],
        validation: Some(LocationValidation {
            valid: civic(&[Element::Country, Element::A1, Element::HNP]),
            invalid: civic(&[Element::HNO]),
            unchecked: civic(&[Element::FLR, Element::WING]),
        }),
        warnings: Vec::new(),
        path: Vec::new(),
        location_used: Some("here".to_owned()),
    };
    insta::assert_snapshot!(Answer::Found(response).write(), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <findServiceResponse xmlns="urn:ietf:params:xml:ns:lost1">
      <mapping expires="NO-CACHE" lastUpdated="2026-11-22T14:05:09Z" source="lvf.example.com" sourceId="static">
        <displayName xml:lang="en">Denver 911</displayName>
        <service>urn:service:sos</service>
        <uri>sip:psap@example.com</uri>
        <serviceNumber>911</serviceNumber>
      </mapping>
      <locationValidation xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" xmlns:cae="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr:ext" xmlns:cdx2="urn:nena:xml:ns:pidf:nenaCivicAddr2">
        <valid>ca:country ca:A1 cae:HNP</valid>
        <invalid>ca:HNO</invalid>
        <unchecked>ca:FLR cdx2:WING</unchecked>
      </locationValidation>
      <path>
        <via source="lvf.example.com"/>
      </path>
      <locationUsed id="here"/>
    </findServiceResponse>
    "#);
}

fn query(inside: &str) -> Result<FindService, ReadError> {
    let document = format!(
        "<l:findService xmlns:l='urn:ietf:params:xml:ns:lost1' xmlns:c='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr' \
         xmlns:g='http://www.opengis.net/gml' recursive=' 1 '>{inside}</l:findService>"
    );
    FindService::parse(document.as_bytes())
}

const CIVIC: &str = "<c:civicAddress><c:country>US</c:country></c:civicAddress>";

/// What a widespread SIP proxy sends: one civic location, no validation, recursion.
#[test]
fn a_proxy_s_query_is_read() {
    let inside = format!(
        "<l:location id='6020688f1ce1896d' profile='civic'>{CIVIC}</l:location><l:service>urn:service:sos</l:service>"
    );
    let read = query(&inside).unwrap();
    assert_eq!(read.location().unwrap().address().unwrap().get(Element::Country), Some("US"));
    assert_eq!(read.service.as_deref(), Some("urn:service:sos"));
    assert!(read.recursive && !read.validate && read.path.is_empty());
}

#[test]
fn the_first_location_that_is_understood_is_answered() {
    let prism = "<l:location id='a' profile='prism'><g:Point srsName='EPSG:1'/></l:location>";
    let both = query(&format!("{prism}<l:location id='b' profile='civic'>{CIVIC}</l:location>")).unwrap();
    assert_eq!(both.location().unwrap().id, "b");
    assert_eq!(query(prism).unwrap().location(), None);
    let bare = query(&format!("<l:location id='b'>{CIVIC}</l:location>")).unwrap();
    assert_eq!(bare.location().unwrap().area.profile, Profile::Civic);
}

#[test]
fn a_query_that_comes_round_again_is_seen() {
    let mut query = FindService::about(Location::civic("a", desk()));
    assert!(!query.passed(&server("lvf.example.com")));
    query.path = vec![server("lvf.example.com")];
    let read = FindService::parse(query.write().as_bytes()).unwrap();
    assert!(read.passed(&server("lvf.example.com")) && !read.passed(&server("other.example.com")));
}

#[test]
fn names_without_their_namespace_are_civic_elements() {
    let answer = "<findServiceResponse xmlns='urn:ietf:params:xml:ns:lost1' xmlns:ext='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr:ext'>\
        <mapping expires='NO-CACHE' lastUpdated='2026-01-01T00:00:00Z' source='a.example' sourceId='1'/>\
        <locationValidation><valid> country\n A1 </valid><invalid>ext:HNP ext:HNO</invalid></locationValidation></findServiceResponse>";
    let Ok(Answer::Found(found)) = Answer::parse(answer.as_bytes()) else { panic!() };
    let validation = found.validation.unwrap();
    assert_eq!(validation.valid, [FieldName::Civic(Element::Country), FieldName::Civic(Element::A1)]);
    assert_eq!(validation.invalid.first(), Some(&FieldName::Civic(Element::HNP)));
    assert!(matches!(validation.invalid.get(1), Some(FieldName::Other { name, .. }) if name == "HNO"));
    assert!(!validation.is_valid());
    assert_eq!(found.path, [server("a.example")]);
}

#[test]
fn identifiers_are_names_of_servers() {
    for name in ["a.b", "lvf.example.com", "x-1.example.c0m"] {
        assert_eq!(server(name).as_str(), name);
    }
    for name in ["", "a", "a.", ".a", "a..b", "a b.c", "a.b-", "lvf.example.com:80", "é.example"] {
        assert_eq!(Identifier::new(name), None, "{name}");
    }
    assert_eq!(Text::new("not a tag", " a  b\u{7}\n").language(), "und");
    assert_eq!(Text::new("en-US", " a  b\u{7}\n").as_str(), "a b");
}

#[test]
fn bad_input_queries_get_the_right_lost_error() {
    let code = |result: Result<FindService, ReadError>| {
        let error = result.unwrap_err();
        let answer = error.to_lost(server("lvf.example.com"));
        assert_eq!(
            Answer::parse(Answer::Errors(answer.clone()).write().as_bytes()),
            Ok(Answer::Errors(answer.clone()))
        );
        (answer.list.first().unwrap().code.clone(), error.to_string())
    };
    let named = |result, part: &str| {
        let (code, message) = code(result);
        assert!(message.contains(part), "{part}: {message}");
        assert_eq!(code, ExceptionCode::BadRequest);
    };
    let ns = "xmlns='urn:ietf:params:xml:ns:lost1'";
    let parse = |document: &str| FindService::parse(document.as_bytes());
    named(parse("<findService"), "not well-formed");
    named(parse("<!DOCTYPE x><x/>"), "DTD");
    named(parse("<findService/>"), "send `findService of urn:ietf:params:xml:ns:lost1`");
    named(parse(&format!("<listServices {ns}/>")), "`listServices` is not a query this server answers");
    named(parse(&format!("<findService {ns}/>")), "`findService` has no `location`");
    named(
        parse(&format!("<findService {ns} validateLocation='maybe'><location id='a'/></findService>")),
        "`validateLocation`",
    );
    named(query("<l:location profile='civic'/>"), "`id`");
    named(query("<l:location id='a' profile='civic'/>"), "civicAddress");
    named(
        query("<l:location id='a' profile='civic'><g:Point><g:pos>1 2</g:pos></g:Point></l:location>"),
        "civicAddress",
    );
    named(query(&format!("<l:location id='a' profile='geodetic-2d'>{CIVIC}</l:location>")), "shape");
    named(
        query("<l:location id='a' profile='civic'><c:civicAddress><c:CITY/></c:civicAddress></l:location>"),
        "`CITY`",
    );
    let one = format!("<l:location id='a' profile='civic'>{CIVIC}</l:location>");
    named(query(&format!("{one}{one}")), "given twice");
    named(query(&format!("{one}<l:service/>")), "`service`");
    named(query(&format!("{one}<l:path><l:via source='localhost'/></l:path>")), "`via`");
    let many: String =
        (0..17).map(|n| format!("<l:location id='{n}' profile='civic'>{CIVIC}</l:location>")).collect();
    named(query(&many), "more than 16 locations");
    let far = query(
        "<l:location id='a' profile='geodetic-2d'><g:Point srsName='EPSG:3857'><g:pos>1 2</g:pos></g:Point></l:location>",
    );
    assert_eq!(code(far).0, ExceptionCode::SrsInvalid);
}

#[test]
fn bad_input_answers_are_refused_with_the_element_named() {
    let refused = |inside: &str, part: &str| {
        let document = format!(
            "<findServiceResponse xmlns='urn:ietf:params:xml:ns:lost1'>{inside}</findServiceResponse>"
        );
        let error = Answer::parse(document.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(part), "{part}: {error}");
    };
    let mapping = |inside: &str| {
        format!(
            "<mapping expires='NO-CACHE' lastUpdated='2026-01-01T00:00:00Z' source='a.example' sourceId='1'>{inside}</mapping>"
        )
    };
    refused("", "has no `mapping`");
    refused(&mapping("").replace("NO-CACHE", "soon"), "`mapping`");
    refused(&mapping("").replace("a.example", "a"), "`mapping`");
    refused(&mapping("<serviceNumber>nine</serviceNumber>"), "`serviceNumber`");
    refused(&mapping("<uri>sip:a b</uri>"), "`uri`");
    refused(&mapping("<service>urn:a</service><service>urn:b</service>"), "`service` is given twice");
    let valid = |names: &str| {
        format!("{}<locationValidation><valid>{names}</valid></locationValidation>", mapping(""))
    };
    refused(&valid("a:b:c"), "`valid`");
    refused(&valid("xml:lang"), "`valid`");
    refused(&valid(&"A1 ".repeat(101)), "at most 100");
    refused(&mapping("").repeat(17), "more than 16 mappings");
    let errors = Answer::parse(
        b"<errors xmlns='urn:ietf:params:xml:ns:lost1' source='a.example'><loop/><loop/></errors>",
    );
    assert!(errors.unwrap_err().to_string().contains("`loop` is given twice"));
}
