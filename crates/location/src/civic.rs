//! The civic address and its elements (RFC 5139 section 3.1, RFC 6848 section 4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// One civic address element, by its PIDF-LO name. Order is the order of writing in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Element {
    /// `country`: ISO 3166-1 alpha-2, upper case.
    #[serde(rename = "country")]
    Country,
    /// State, province or territory; for the United States and Canada its postal abbreviation.
    A1,
    /// County, parish or district.
    A2,
    /// City or incorporated municipality.
    A3,
    /// City district or borough.
    A4,
    /// Neighbourhood.
    A5,
    /// Group of streets.
    A6,
    /// Street name pre-modifier ("Old").
    PRM,
    /// Leading street direction ("North").
    PRD,
    /// Street type before the name (RFC 6848, "Avenue" in "Avenue A").
    STP,
    /// Street name without direction and type.
    RD,
    /// Street type after the name ("Street").
    STS,
    /// Trailing street direction.
    POD,
    /// Street name post-modifier.
    POM,
    /// Road section.
    RDSEC,
    /// Road branch.
    RDBR,
    /// Road sub-branch.
    RDSUBBR,
    /// House number prefix (RFC 6848).
    HNP,
    /// House number, digits only.
    HNO,
    /// House number suffix ("A", "1/2").
    HNS,
    /// Landmark or vanity address.
    LMK,
    /// Additional location information: what else helps a crew find the person.
    LOC,
    /// Name of the residence or business.
    NAM,
    /// Postal code (ZIP).
    PC,
    /// Building name or number.
    BLD,
    /// Unit, apartment or suite.
    UNIT,
    /// Floor, as people say it.
    FLR,
    /// Room.
    ROOM,
    /// Place type (RFC 4589).
    PLC,
    /// Postal community name, when it differs from A3.
    PCN,
    /// Post office box: never dispatchable by itself.
    POBOX,
    /// Additional code.
    ADDCODE,
    /// Seat, desk or cubicle.
    SEAT,
}

impl Element {
    /// Every element, in document order.
    pub const ALL: [Self; 33] = [
        Self::Country,
        Self::A1,
        Self::A2,
        Self::A3,
        Self::A4,
        Self::A5,
        Self::A6,
        Self::PRM,
        Self::PRD,
        Self::STP,
        Self::RD,
        Self::STS,
        Self::POD,
        Self::POM,
        Self::RDSEC,
        Self::RDBR,
        Self::RDSUBBR,
        Self::HNP,
        Self::HNO,
        Self::HNS,
        Self::LMK,
        Self::LOC,
        Self::NAM,
        Self::PC,
        Self::BLD,
        Self::UNIT,
        Self::FLR,
        Self::ROOM,
        Self::PLC,
        Self::PCN,
        Self::POBOX,
        Self::ADDCODE,
        Self::SEAT,
    ];

    /// The element's name in a PIDF-LO document (`country`, `A1`, `FLR`, …).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::A3 => "A3",
            Self::A4 => "A4",
            Self::A5 => "A5",
            Self::A6 => "A6",
            Self::PRM => "PRM",
            Self::PRD => "PRD",
            Self::STP => "STP",
            Self::RD => "RD",
            Self::STS => "STS",
            Self::POD => "POD",
            Self::POM => "POM",
            Self::RDSEC => "RDSEC",
            Self::RDBR => "RDBR",
            Self::RDSUBBR => "RDSUBBR",
            Self::HNP => "HNP",
            Self::HNO => "HNO",
            Self::HNS => "HNS",
            Self::LMK => "LMK",
            Self::LOC => "LOC",
            Self::NAM => "NAM",
            Self::PC => "PC",
            Self::BLD => "BLD",
            Self::UNIT => "UNIT",
            Self::FLR => "FLR",
            Self::ROOM => "ROOM",
            Self::PLC => "PLC",
            Self::PCN => "PCN",
            Self::POBOX => "POBOX",
            Self::ADDCODE => "ADDCODE",
            Self::SEAT => "SEAT",
        }
    }

    /// The element of that PIDF-LO name; case matters, as it does in the schema.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.name() == name)
    }

    /// Whether the element is one of RFC 6848's, which stand in a namespace of their own.
    #[must_use]
    pub const fn is_rfc6848(self) -> bool {
        matches!(self, Self::STP | Self::HNP)
    }

    /// Whether the element says where *inside* the building the person is.
    #[must_use]
    pub const fn is_interior(self) -> bool {
        matches!(self, Self::UNIT | Self::FLR | Self::ROOM | Self::SEAT)
    }
}

/// A civic address: elements and their trimmed, non-empty values.
///
/// Its `Debug` form shows no value, because an address is private and must not reach a log. In JSON
/// it is an object of element names and texts; an unknown name is an error that names it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CivicAddress(BTreeMap<Element, String>);

impl CivicAddress {
    /// An address with nothing in it.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The same address with `element` set to `value`; an empty or blank value removes it.
    #[must_use]
    pub fn with(mut self, element: Element, value: &str) -> Self {
        self.set(element, value);
        self
    }

    /// Sets `element`; inner runs of white space become one space, characters that no XML document
    /// can carry (control characters) are left out, and a blank value removes the element.
    pub fn set(&mut self, element: Element, value: &str) {
        let spaced: String = value.chars().filter(|c| c.is_whitespace() || xml_can_carry(*c)).collect();
        let tidy = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
        if tidy.is_empty() {
            self.0.remove(&element);
        } else {
            self.0.insert(element, tidy);
        }
    }

    /// The value of `element`, if the address has one.
    #[must_use]
    pub fn get(&self, element: Element) -> Option<&str> {
        self.0.get(&element).map(String::as_str)
    }

    /// Elements and values in document order.
    pub fn iter(&self) -> impl Iterator<Item = (Element, &str)> {
        self.0.iter().map(|(element, value)| (*element, value.as_str()))
    }

    /// Whether no element is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address claims anything inside the building: unit, floor, room or seat.
    #[must_use]
    pub fn names_interior(&self) -> bool {
        self.0.keys().any(|element| element.is_interior())
    }

    /// The address of the building: the same without anything inside it.
    #[must_use]
    pub fn building(&self) -> Self {
        let outside = |element: &Element| !element.is_interior() && *element != Element::LOC;
        Self(self.0.iter().filter(|(element, _)| outside(element)).map(|(e, v)| (*e, v.clone())).collect())
    }

    /// The street line, as an envelope has it: "1600 Blake Street".
    #[must_use]
    pub fn street_line(&self) -> String {
        use Element::{HNO, HNP, HNS, POD, POM, PRD, PRM, RD, STP, STS};
        let street = self.join(&[HNP, HNO, HNS, PRM, PRD, STP, RD, STS, POD, POM], " ");
        if street.is_empty() { self.join(&[Element::LMK, Element::NAM], ", ") } else { street }
    }

    /// The city line: "Denver CO 80202".
    #[must_use]
    pub fn city_line(&self) -> String {
        let city = if self.get(Element::A3).is_some() { Element::A3 } else { Element::PCN };
        self.join(&[city, Element::A1, Element::PC], " ")
    }

    /// The line inside the building: "Building B, floor 5, desk 5-112"; empty when there is none.
    #[must_use]
    pub fn interior_line(&self) -> String {
        let parts = [
            (Element::BLD, "building"),
            (Element::UNIT, "unit"),
            (Element::FLR, "floor"),
            (Element::ROOM, "room"),
            (Element::SEAT, "desk"),
        ];
        let words: Vec<String> = parts
            .into_iter()
            .filter_map(|(element, word)| {
                let value = self.get(element)?;
                // "Building B" is already a phrase; "B" needs its word.
                let spoken = value.to_ascii_lowercase().starts_with(word);
                Some(if spoken { value.to_owned() } else { format!("{word} {value}") })
            })
            .collect();
        words.join(", ")
    }

    /// The whole address on one line, for a sentence or a read-out.
    #[must_use]
    pub fn one_line(&self) -> String {
        let lines = [self.street_line(), self.interior_line(), self.city_line()];
        let full: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        full.join(", ")
    }

    fn join(&self, elements: &[Element], between: &str) -> String {
        let found: Vec<&str> = elements.iter().filter_map(|element| self.get(*element)).collect();
        found.join(between)
    }
}

impl fmt::Debug for CivicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CivicAddress({} elements)", self.0.len())
    }
}

/// Whether XML 1.0 has a form for the character (section 2.2, `Char`).
pub(crate) const fn xml_can_carry(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Values are tidied as [`CivicAddress::set`] does, and an element given twice is an error: JSON
/// comes from outside too.
impl<'de> Deserialize<'de> for CivicAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Elements)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = CivicAddress;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of civic address elements and texts")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<CivicAddress, M::Error> {
        let mut address = CivicAddress::new();
        let mut seen = BTreeSet::new();
        while let Some(element) = map.next_key::<Element>()? {
            if !seen.insert(element) {
                return Err(M::Error::custom(format_args!("`{}` is given twice; keep one", element.name())));
            }
            address.set(element, &map.next_value::<String>()?);
        }
        Ok(address)
    }
}
