use proptest::prelude::*;
use rightdoor_location::pidf::{Given, Method, Pidf, PidfError};
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};

use crate::sample::{any_address, any_basis, desk, registration};

proptest! {
    #[test]
    fn what_is_written_is_read(
        address in any_address(),
        device in prop_oneof!["[a-zA-Z0-9 _./:-]{0,20}", any::<String>()],
        revision in any::<u64>(),
        confirmed_at in -62_135_596_800_000_i64..=253_402_300_799_999,
        basis in any_basis(),
        absent in 0..4_u8,
    ) {
        let content = match absent {
            0 => Content::NoFixedAddress,
            1 => Content::Withdrawn,
            _ => Content::Located(address),
        };
        let entity = "sip:ada&co@example.com;x='y'".to_owned();
        let pidf = Pidf { entity, device, revision: Revision(revision), confirmed_at, basis, content };
        let written = pidf.write();
        let status = pidf.status();
        prop_assert_eq!(status.is_some(), pidf.content.address().is_some());
        if let Some(status) = status {
            // A server may pass this part of the document on.
            prop_assert_eq!(written.matches(&status).count(), 1);
            let given = pidf.for_call_path("pres:a@anonymous.invalid").unwrap();
            prop_assert!(given.write().contains(&status));
        }
        prop_assert_eq!(Pidf::parse(written.as_bytes()), Ok(pidf));
    }

    /// It is not valid, and the format check says so; but it is not lost on the way there.
    #[test]
    fn bad_input_countries_come_back_for_the_format_check(country in any::<String>()) {
        let address = CivicAddress::new().with(Element::Country, &country);
        let pidf = Pidf { content: Content::Located(address), ..registration() };
        prop_assert_eq!(Pidf::parse(pidf.write().as_bytes()), Ok(pidf));
    }

    #[test]
    fn the_call_path_reads_what_it_is_given(address in any_address(), basis in any_basis()) {
        let pidf = Pidf { basis, content: Content::Located(address), ..registration() };
        let given = pidf.for_call_path("pres:x7@lis.example.com").unwrap();
        prop_assert_eq!(Given::parse(given.write().as_bytes()), Ok(given));
    }
}

#[test]
fn a_registration_looks_like_this() {
    insta::assert_snapshot!(registration().write(), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:rd="urn:rightdoor:pidf:1" entity="sip:ada@example.com">
      <tuple id="desk-1">
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
        <rd:revision>7</rd:revision>
        <rd:basis>confirmed_here_before</rd:basis>
        <timestamp>2026-11-22T14:05:09.250Z</timestamp>
      </tuple>
    </presence>
    "#);
}

#[test]
fn no_fixed_address_looks_like_this() {
    let pidf = Pidf { content: Content::NoFixedAddress, basis: Basis::Manual, ..registration() };
    insta::assert_snapshot!(pidf.write(), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:rd="urn:rightdoor:pidf:1" entity="sip:ada@example.com">
      <tuple id="desk-1">
        <status>
          <basic>closed</basic>
        </status>
        <rd:revision>7</rd:revision>
        <rd:basis>manual</rd:basis>
        <rd:absence>no_fixed_address</rd:absence>
        <timestamp>2026-11-22T14:05:09.250Z</timestamp>
      </tuple>
    </presence>
    "#);
}

#[test]
fn the_call_path_learns_neither_person_nor_device_nor_revision() {
    let given = registration().for_call_path("pres:x7@lis.example.com").unwrap();
    let document = given.write();
    for secret in ["ada", "desk-1", "rightdoor", "revision", ">7<"] {
        assert!(!document.contains(secret), "{secret} is in\n{document}");
    }
    assert!(document.contains("<timestamp>2026-11-22T14:05:09.250Z</timestamp>"), "{document}");
    assert!(document.contains("<gp:method>Derived</gp:method>"), "{document}");
}

#[test]
fn without_a_location_the_call_path_is_given_nothing() {
    for content in [Content::NoFixedAddress, Content::Withdrawn] {
        let pidf = Pidf { content, ..registration() };
        assert_eq!(pidf.for_call_path("pres:x7@lis.example.com"), None);
        let refused = Given::parse(pidf.write().as_bytes());
        assert!(matches!(refused, Err(PidfError::NoCivicLocation { .. })), "{refused:?}");
    }
}

/// A stranger's presence with these containers, each `(kind, floor)`.
fn foreign(containers: &[(&str, Option<&str>)]) -> String {
    let geopriv = |floor: &Option<&str>| {
        let civic = floor.map_or_else(
            || "<g:Point xmlns:g='http://www.opengis.net/gml'><g:pos>1 2</g:pos></g:Point>".to_owned(),
            |floor| {
                format!("<c:civicAddress><c:country>US</c:country><c:FLR>{floor}</c:FLR></c:civicAddress>")
            },
        );
        format!(
            "<gp:geopriv><gp:location-info>{civic}</gp:location-info><gp:usage-rules/><gp:method>802.11</gp:method></gp:geopriv>"
        )
    };
    let parts: String = containers
        .iter()
        .map(|(kind, floor)| match *kind {
            "tuple" => format!("<p:tuple id='t'><p:status>{}</p:status></p:tuple>", geopriv(floor)),
            other => format!("<dm:{other} id='{other}'>{}<dm:deviceID>urn:x</dm:deviceID><dm:timestamp>2010-01-01T01:00:00+01:00</dm:timestamp></dm:{other}>", geopriv(floor)),
        })
        .collect();
    format!(
        "<p:presence xmlns:p='urn:ietf:params:xml:ns:pidf' xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' \
         xmlns:gp='urn:ietf:params:xml:ns:pidf:geopriv10' \
         xmlns:c='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr' entity='pres:someone@example.com'>{parts}</p:presence>"
    )
}

/// RFC 5491 section 3.4.
#[test]
fn a_stranger_s_device_comes_before_tuple_and_person_last() {
    let all = [("person", Some("1")), ("tuple", Some("2")), ("device", Some("3")), ("device", Some("4"))];
    let floor = |containers: &[(&str, Option<&str>)]| {
        let pidf = Pidf::parse(foreign(containers).as_bytes()).unwrap();
        pidf.content.address().unwrap().get(Element::FLR).unwrap().to_owned()
    };
    assert_eq!(floor(&all), "3");
    assert_eq!(floor(&all[..2]), "2");
    assert_eq!(floor(&all[..1]), "1");
    assert_eq!(floor(&[("device", None), ("tuple", Some("2"))]), "2");
}

#[test]
fn a_stranger_s_document_has_revision_0_and_a_basis_from_its_method() {
    let pidf = Pidf::parse(foreign(&[("device", Some("3"))]).as_bytes()).unwrap();
    assert_eq!((pidf.revision, pidf.basis), (Revision(0), Basis::NetworkMap));
    assert_eq!(pidf.confirmed_at, 1_262_304_000_000);
    assert_eq!(pidf.device, "device");
    let manual = foreign(&[("tuple", Some("3"))]).replace("802.11", "Manual");
    let pidf = Pidf::parse(manual.as_bytes()).unwrap();
    assert_eq!((pidf.basis, pidf.confirmed_at), (Basis::Manual, 0));
}

#[test]
fn extensions_of_strangers_are_skipped() {
    let document = registration().write().replace(
        "</ca:civicAddress>",
        "<n:POM xmlns:n='urn:nena:xml:ns:pidf:nenaCivicAddr'>x</n:POM><cae:NEW>12</cae:NEW></ca:civicAddress>",
    );
    assert_eq!(Pidf::parse(document.as_bytes()), Ok(registration()));
}

#[test]
fn the_method_says_whether_a_person_entered_it() {
    assert_eq!(Method::from(Basis::Manual), Method::Manual);
    assert_eq!(Method::from(Basis::NetworkMap), Method::Derived);
}

#[test]
fn debug_shows_no_address() {
    let shown = format!("{:?} {:?}", registration(), registration().for_call_path("pres:x@y.example"));
    assert!(!shown.contains("Blake") && !shown.contains("5-112"), "{shown}");
    assert_eq!(format!("{:?}", desk()), "CivicAddress(15 elements)");
    assert_eq!(CivicAddress::new().iter().count(), 0);
}
