//! Documents and strategies that several tests share.

use proptest::prelude::*;
use rightdoor_location::pidf::Pidf;
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};

/// A desk on a floor, in canonical form.
pub fn desk() -> CivicAddress {
    [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A2, "Denver"),
        (Element::A3, "Denver"),
        (Element::PRD, "North"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::HNP, "N"),
        (Element::HNO, "1600"),
        (Element::HNS, "1/2"),
        (Element::NAM, "Smith & Sons <Upholstery>"),
        (Element::PC, "80202"),
        (Element::BLD, "B"),
        (Element::FLR, "5"),
        (Element::SEAT, "5-112"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
}

/// A registration of [`desk`].
pub fn registration() -> Pidf {
    Pidf {
        entity: "sip:ada@example.com".to_owned(),
        device: "desk-1".to_owned(),
        revision: Revision(7),
        confirmed_at: 1_795_356_309_250,
        basis: Basis::ConfirmedHereBefore,
        content: Content::Located(desk()),
    }
}

/// Any address, with any text a person or a program may put into it.
pub fn any_address() -> impl Strategy<Value = CivicAddress> {
    let value = prop_oneof![
        any::<String>(),
        "[ -~]{1,40}",
        Just("&amp; <b>]]></b> \"quoted\" 'single'".to_owned()),
        Just("tab\tnewline\r\nnull\0bell\u{7} \u{fffe}\u{feff}\u{85}\u{2028}end".to_owned()),
        Just("Łódź 東京 🚒 e\u{301}".to_owned()),
    ];
    let elements = Element::ALL.into_iter().filter(|element| *element != Element::Country);
    let elements = proptest::sample::select(elements.collect::<Vec<_>>());
    // The one element whose text the schema restricts; without that its document is not valid.
    let country = proptest::option::of("[A-Z]{2}");
    (country, proptest::collection::vec((elements, value), 0..12)).prop_map(|(country, pairs)| {
        let empty = CivicAddress::new().with(Element::Country, &country.unwrap_or_default());
        pairs.into_iter().fold(empty, |address, (element, text)| address.with(element, &text))
    })
}

pub fn any_basis() -> impl Strategy<Value = Basis> {
    proptest::sample::select(vec![
        Basis::NetworkMap,
        Basis::ConfirmedHereBefore,
        Basis::Manual,
        Basis::OsSuggestionConfirmed,
        Basis::AdminStatic,
    ])
}
