use proptest::prelude::*;
use rightdoor_location::Element;
use rightdoor_location::pidf::{
    Confidence, Distribution, Given, Kind, Location, Part, Pidf, PidfError, Presence, Subject, UsageRules,
};
use rightdoor_location::xml::XmlError;

use crate::geo::any_shape;
use crate::sample::any_address;

fn any_location() -> impl Strategy<Value = Location> {
    let parts = prop_oneof![
        any_address().prop_map(|address| vec![Part::Civic(address)]),
        any_shape(true).prop_map(|shape| vec![Part::Geodetic(shape)]),
        (any_shape(false), any_address())
            .prop_map(|(shape, address)| vec![Part::Geodetic(shape), Part::Civic(address)]),
        Just(Vec::new()),
    ];
    let confidence = prop_oneof![
        Just(Confidence::default()),
        Just(Confidence::unknown(Distribution::Rectangular)),
        (0.001..=99.999_f64).prop_map(|percent| Confidence::new(percent, Distribution::Normal).unwrap()),
    ];
    let rules = any::<[Option<bool>; 3]>().prop_map(|[allowed, kept, ruled]| UsageRules {
        retransmission_allowed: allowed,
        retention_expiry: kept.map(|_| 1_795_356_309_000),
        external_ruleset: ruled.map(|_| "https://rules.example/1".to_owned()),
        note_well: kept.and(ruled).map(|_| "for the crew only".to_owned()),
    });
    let method = proptest::option::of(Just("Wiremap".to_owned()));
    (parts, confidence, rules, method).prop_map(|(parts, confidence, rules, method)| Location {
        parts,
        confidence,
        rules,
        method,
    })
}

fn any_presence() -> impl Strategy<Value = Presence> {
    let kind = proptest::sample::select(vec![Kind::Device, Kind::Tuple, Kind::Person]);
    let subject = (
        kind,
        proptest::collection::vec(any_location(), 0..3),
        proptest::option::of(0..4_000_000_000_000_i64),
    );
    proptest::collection::vec(subject, 0..4).prop_map(|mut subjects| {
        subjects.sort_by_key(|(kind, ..)| *kind != Kind::Tuple);
        Presence {
            entity: "pres:x7@lis.example.com".to_owned(),
            subjects: subjects
                .into_iter()
                .enumerate()
                .map(|(n, (kind, locations, timestamp))| Subject {
                    kind,
                    id: format!("s{n}"),
                    device_id: (kind == Kind::Device).then(|| "mac:0123456789ab".to_owned()),
                    timestamp,
                    locations,
                })
                .collect(),
        }
    })
}

proptest! {
    #[test]
    fn a_whole_document_comes_back(presence in any_presence()) {
        prop_assert_eq!(Presence::parse(presence.write().as_bytes()), Ok(presence));
    }
}

fn kept(name: &str) -> Vec<u8> {
    let document = match name {
        "compound" => include_bytes!("../../../../fuzz/corpus/pidf/foreign_compound.xml").as_slice(),
        "two_shapes" => include_bytes!("../../../../fuzz/corpus/pidf/foreign_two_shapes.xml").as_slice(),
        "nena" => include_bytes!("../../../../fuzz/corpus/pidf/foreign_nena.xml").as_slice(),
        other => panic!("{other}"),
    };
    document.to_vec()
}

/// RFC 5491 section 3.2: a point, and the floor there.
#[test]
fn a_compound_location_keeps_its_parts_in_order() {
    let presence = Presence::parse(&kept("compound")).unwrap();
    let (subject, location) = presence.location().unwrap();
    assert_eq!(subject.kind, Kind::Tuple);
    assert!(matches!(location.parts.as_slice(), [Part::Geodetic(_), Part::Civic(_)]));
    assert_eq!(location.address().unwrap().get(Element::FLR), Some("2"));
    assert_eq!(location.shape().unwrap().position().longitude(), 153.2);
    assert_eq!(location.confidence.percent(), Some(67.5));
    assert_eq!(location.rules.retransmission_allowed, Some(true));
    let person = presence.subjects.get(1).unwrap();
    assert_eq!(person.locations.first().unwrap().confidence.percent(), None);
    assert_eq!(Confidence::default().percent(), Some(95.0));
}

#[test]
fn a_reader_who_needs_an_address_passes_over_shapes() {
    let shape = |kind: &str| {
        format!(
            "<dm:{kind} id='{kind}'><gp:geopriv><gp:location-info><g:Point><g:pos>1 2</g:pos></g:Point></gp:location-info><gp:usage-rules/></gp:geopriv></dm:{kind}>"
        )
    };
    let civic = "<tuple id='t'><status><gp:geopriv><gp:location-info><c:civicAddress><c:FLR>2</c:FLR></c:civicAddress></gp:location-info><gp:usage-rules/></gp:geopriv></status></tuple>";
    let document = format!(
        "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model' \
         xmlns:gp='urn:ietf:params:xml:ns:pidf:geopriv10' xmlns:g='http://www.opengis.net/gml' \
         xmlns:c='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr' entity='pres:a@b.example'>{}{civic}{}</presence>",
        shape("person"),
        shape("device"),
    );
    let presence = Presence::parse(document.as_bytes()).unwrap();
    assert_eq!(presence.location().unwrap().0.kind, Kind::Device);
    assert_eq!(presence.civic_location().unwrap().0.kind, Kind::Tuple);
    assert_eq!(Given::parse(document.as_bytes()).unwrap().address.get(Element::FLR), Some("2"));
}

#[test]
fn nena_s_elements_are_read() {
    let pidf = Pidf::parse(&kept("nena")).unwrap();
    let address = pidf.content.address().unwrap();
    assert_eq!(address.street_line(), "194-03 Avenue of the Americas");
    assert_eq!(address.get(Element::MP), Some("12"));
    assert_eq!(address.get(Element::UnitValue), Some("500"));
    assert_eq!(address.interior_line(), "wing East");
}

#[test]
fn bad_input_two_shapes_in_one_location() {
    let refused = Presence::parse(&kept("two_shapes"));
    assert!(matches!(refused, Err(PidfError::Xml(XmlError::Duplicate { .. }))), "{refused:?}");
}

#[test]
fn bad_input_confidence_and_rules() {
    let refused = |from: &str, to: &str| {
        let document = String::from_utf8(kept("compound")).unwrap().replace(from, to);
        Presence::parse(document.as_bytes()).unwrap_err().to_string()
    };
    for wrong in ["0", "100", "NaN", "much"] {
        assert!(refused("67.5", wrong).contains("`confidence`"), "{wrong}");
    }
    assert!(refused("2027-01-01T00:00:00Z", "soon").contains("`retention-expiry`"));
    let many =
        format!("{}<gp:method>", "</gp:geopriv><gp:geopriv><gp:location-info/><gp:usage-rules/>".repeat(24));
    assert!(refused("<gp:method>", &many).contains("more than 24 locations"));
}
