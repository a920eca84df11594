use proptest::prelude::*;
use rightdoor_location::format::{check, normalise};
use rightdoor_location::{CivicAddress, Element};

use crate::sample::{any_address, desk};

fn codes(address: &CivicAddress) -> Vec<(Element, String)> {
    check(address).into_iter().map(|fault| (fault.field, fault.code)).collect()
}

/// One change to a good address, and what is found.
fn changed(element: Element, value: &str) -> Vec<(Element, String)> {
    codes(&desk().with(element, value))
}

fn one(element: Element, code: &str) -> Vec<(Element, String)> {
    vec![(element, code.to_owned())]
}

#[test]
fn a_good_address_has_no_fault_and_is_already_normal() {
    assert_eq!(check(&desk()), []);
    assert_eq!(normalise(&desk()), desk());
}

#[test]
fn bad_input_each_fault_names_its_field() {
    use Element::{A1, A3, Country, FLR, HNO, PC, POBOX, RD, STS};
    assert_eq!(changed(Country, ""), one(Country, "missing"));
    assert_eq!(changed(Country, "us"), one(Country, "country_format"));
    assert_eq!(changed(A1, ""), one(A1, "missing"));
    assert_eq!(changed(A1, "Colorado"), one(A1, "state_abbreviate"));
    assert_eq!(changed(A1, "ZZ"), one(A1, "state_unknown"));
    assert_eq!(changed(A3, ""), one(A3, "missing"));
    assert_eq!(changed(RD, ""), one(RD, "missing"));
    assert_eq!(changed(RD, "P.O. Box 12"), one(RD, "po_box"));
    assert_eq!(changed(POBOX, "12"), one(POBOX, "po_box"));
    assert_eq!(changed(HNO, ""), one(HNO, "missing"));
    assert_eq!(changed(HNO, "1600A"), one(HNO, "house_number_digits"));
    assert_eq!(changed(HNO, "12345678901"), one(HNO, "too_long"));
    assert_eq!(changed(STS, "Strasse"), one(STS, "unknown_street_suffix"));
    assert_eq!(changed(PC, ""), one(PC, "missing"));
    assert_eq!(changed(PC, "8020"), one(PC, "zip_format"));
    assert_eq!(changed(PC, "80202-12"), one(PC, "zip_format"));
    assert_eq!(changed(PC, "00012"), one(PC, "zip_unknown"));
    assert_eq!(changed(PC, "94105"), one(PC, "zip_state_mismatch"));
    assert_eq!(changed(FLR, &"5".repeat(61)), one(FLR, "too_long"));
    assert_eq!(changed(RD, &"é".repeat(200)), one(RD, "too_long"));
    for good in ["80202-1234", "81137"] {
        assert_eq!(changed(PC, good), [], "{good}");
    }
    assert_eq!(changed(RD, "PO Boxwood"), []);
}

#[test]
fn an_empty_address_lacks_what_a_crew_needs() {
    let us = CivicAddress::new().with(Element::Country, "US");
    let fields: Vec<Element> = check(&us).into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, [Element::A1, Element::A3, Element::RD, Element::HNO, Element::PC]);
}

#[test]
fn a_landmark_needs_no_street_and_a_postal_community_no_city() {
    let mut address = desk();
    for gone in
        [Element::RD, Element::STS, Element::PRD, Element::HNO, Element::HNP, Element::HNS, Element::A3]
    {
        address.set(gone, "");
    }
    let address = address.with(Element::LMK, "Union Station").with(Element::PCN, "Denver");
    assert_eq!(check(&address), []);
}

#[test]
fn faults_say_what_to_do_and_never_repeat_the_value() {
    let fault = check(&desk().with(Element::PC, "94105")).remove(0);
    assert_eq!(fault.message, "The ZIP code is not in the state.");
    assert_eq!(fault.hint, "ZIP codes that start like this are in CA. Correct the ZIP code or the state.");
    let fault = check(&desk().with(Element::HNO, "1600A")).remove(0);
    assert!(fault.hint.contains("(HNS)") && !fault.message.contains("1600"), "{fault:?}");
}

#[test]
fn canada_is_checked_and_others_are_left_alone() {
    let ottawa = [
        (Element::Country, "Canada"),
        (Element::A1, "ontario"),
        (Element::A3, "Ottawa"),
        (Element::RD, "Wellington"),
        (Element::STS, "st"),
        (Element::HNO, "111"),
        (Element::PC, "k1a0b1"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value));
    let ottawa = normalise(&ottawa);
    assert_eq!(check(&ottawa), []);
    assert_eq!(ottawa.get(Element::PC), Some("K1A 0B1"));
    assert_eq!(
        codes(&ottawa.clone().with(Element::A1, "BC")),
        one(Element::PC, "postal_code_province_mismatch")
    );
    assert_eq!(codes(&ottawa.clone().with(Element::A1, "QC")), []);
    assert_eq!(codes(&ottawa.clone().with(Element::PC, "K1A0B1")), one(Element::PC, "postal_code_format"));
    assert_eq!(codes(&ottawa.clone().with(Element::A1, "XX")), one(Element::A1, "province_unknown"));
    for (province, code) in
        [("SK", "R8A 1A1"), ("MB", "R8A 1A1"), ("SK", "T9V 0A1"), ("AB", "S9V 0A1"), ("BC", "T0E 1A0")]
    {
        let address = ottawa.clone().with(Element::A1, province).with(Element::PC, code);
        assert_eq!(check(&address), [], "{province} {code}");
    }
    let sydney = CivicAddress::new()
        .with(Element::Country, "AU")
        .with(Element::A3, "Sydney")
        .with(Element::RD, "PO Box 12")
        .with(Element::STS, "Gasse");
    assert_eq!(check(&sydney), []);
    assert_eq!(normalise(&sydney), sydney);
}

#[test]
fn what_people_write_becomes_one_spelling() {
    let written = desk()
        .with(Element::Country, "usa")
        .with(Element::A1, "colorado")
        .with(Element::STS, "ST.")
        .with(Element::PRD, "n.")
        .with(Element::PC, "802021234")
        .with(Element::FLR, "5th floor")
        .with(Element::UNIT, "ste. 200")
        .with(Element::ROOM, "Rm 12")
        .with(Element::SEAT, "Desk 5-112");
    let expected =
        desk().with(Element::PC, "80202-1234").with(Element::UNIT, "Suite 200").with(Element::ROOM, "12");
    let tidy = normalise(&written);
    let differing: Vec<_> = Element::ALL.into_iter().filter(|e| tidy.get(*e) != expected.get(*e)).collect();
    assert_eq!(differing, []);
}

#[test]
fn interior_words_keep_their_meaning() {
    let floor =
        |value: &str| normalise(&desk().with(Element::FLR, value)).get(Element::FLR).unwrap().to_owned();
    for (written, normal) in [
        ("Fl 5", "5"),
        ("21st", "21"),
        ("Lower level", "Lower level"),
        ("2nd level", "2"),
        ("Floor", "Floor"),
        ("Mezzanine", "Mezzanine"),
        ("Ground floor", "Ground"),
        ("B1", "B1"),
    ] {
        assert_eq!(floor(written), normal, "{written}");
    }
    let unit =
        |value: &str| normalise(&desk().with(Element::UNIT, value)).get(Element::UNIT).unwrap().to_owned();
    for (written, normal) in [
        ("apt 4b", "Apartment 4b"),
        ("Unit # 7", "7"),
        ("PH", "Penthouse"),
        ("rear", "Rear"),
        ("Annex", "Annex"),
    ] {
        assert_eq!(unit(written), normal, "{written}");
    }
}

proptest! {
    #[test]
    fn normalising_twice_is_once_and_checking_never_fails(address in any_address(), country in "US|CA|us|[A-Z]{2}", floor in "(floor |fl |# ?|unit )*[0-9]{0,2}(th)?( floor| level)*") {
        let address = address.with(Element::Country, &country).with(Element::FLR, &floor).with(Element::UNIT, &floor);
        let once = normalise(&address);
        prop_assert_eq!(normalise(&once), once.clone());
        let fields: Vec<Element> = check(&once).into_iter().map(|fault| fault.field).collect();
        let mut sorted = fields.clone();
        sorted.dedup();
        prop_assert_eq!(sorted, fields);
    }
}
