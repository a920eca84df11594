//! The civic address and its elements (RFC 5139 section 3.1, RFC 6848, NENA-STA-004.2).

mod document;
mod element;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

pub(crate) use document::{read, write};
pub use element::Element;

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
        let tidy = tidied(value);
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
        use Element::{HNC, HNO, HNP, HNS, POD, POM, PRD, PRM, RD, STP, STPS, STS};
        let number = if self.get(HNC).is_some() { vec![HNC] } else { vec![HNP, HNO, HNS] };
        let street = self.join(&[&number[..], &[PRM, PRD, STP, STPS, RD, STS, POD, POM]].concat(), " ");
        if street.is_empty() { self.join(&[Element::LMK, Element::NAM], ", ") } else { street }
    }

    /// The city line: "Denver CO 80202".
    #[must_use]
    pub fn city_line(&self) -> String {
        let city = if self.get(Element::A3).is_some() { Element::A3 } else { Element::PCN };
        let line = self.join(&[city, Element::A1, Element::PC], " ");
        match (self.get(Element::PC), self.get(Element::PCE)) {
            (Some(_), Some(extension)) => format!("{line}-{extension}"),
            _ => line,
        }
    }

    /// The line inside the building: "Building B, floor 5, desk 5-112"; empty when there is none.
    #[must_use]
    pub fn interior_line(&self) -> String {
        let parts = [
            (Element::BLD, "building"),
            (Element::WING, "wing"),
            (Element::UNIT, "unit"),
            (Element::FLR, "floor"),
            (Element::ROOM, "room"),
            (Element::SECTION, "section"),
            (Element::ROW, "row"),
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

/// Most values are tidy already: to see that is quicker than to tidy them.
fn tidied(value: &str) -> String {
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain && !value.contains("  ") {
        return value.trim_matches(' ').to_owned();
    }
    let spaced: String = value.chars().filter(|c| c.is_whitespace() || xml_can_carry(*c)).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
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
            let value = map.next_value::<String>();
            let value =
                value.map_err(|error| M::Error::custom(format_args!("`{}`: {error}", element.name())))?;
            address.set(element, &value);
        }
        Ok(address)
    }
}
