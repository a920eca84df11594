//! What the organisation's own directory can say about an address: element by element, and "did you mean".
//!
//! It knows its own buildings and nothing beyond them. An address that is not among them is not wrong, so
//! nothing outside a building is ever called invalid; within a known building, a floor or room that the directory
//! does not have is. Nor does the directory confirm anything: it was typed in by people, too.

use std::collections::BTreeSet;

use rightdoor_location::lost::{FieldName, LocationValidation};
use rightdoor_location::{CivicAddress, Element};

/// From the country to the door of the building, the coarse ones first.
const OUTSIDE: [Element; 19] = {
    use Element::{
        A1, A2, A3, A4, A5, A6, Country, HNO, HNP, HNS, POD, POM, PRD, PRM, RD, RDBR, RDSEC, STP, STS,
    };
    [Country, A1, A2, A3, A4, A5, A6, PRM, PRD, STP, RD, STS, POD, POM, RDSEC, RDBR, HNP, HNO, HNS]
};

/// Within a building, the coarse ones first; the postal code is one for each building.
const INSIDE: [Element; 7] = {
    use Element::{BLD, FLR, PC, ROOM, SEAT, UNIT, WING};
    [PC, BLD, WING, FLR, UNIT, ROOM, SEAT]
};

/// The most "did you mean" that anybody reads.
const FEW: usize = 5;

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn has(place: &CivicAddress, element: Element, value: &str) -> bool {
    place.get(element).is_some_and(|known| same(known, value))
}

/// Judges every element of `address` by `places`.
#[must_use]
pub fn judge(address: &CivicAddress, places: &[CivicAddress]) -> LocationValidation {
    let mut fitting: Vec<&CivicAddress> = places.iter().collect();
    let mut found = LocationValidation::default();
    let mut chain = true;
    for element in OUTSIDE {
        let Some(value) = address.get(element) else { continue };
        let narrower: Vec<_> = fitting.iter().copied().filter(|place| has(place, element, value)).collect();
        if chain && !narrower.is_empty() {
            fitting = narrower;
            found.valid.push(FieldName::Civic(element));
        } else {
            // What the directory never says of these places says nothing against them.
            chain = chain && fitting.iter().all(|place| place.get(element).is_none());
            found.unchecked.push(FieldName::Civic(element));
        }
    }
    let door = [Element::RD, Element::HNO].iter().all(|e| found.valid.contains(&FieldName::Civic(*e)));
    for element in INSIDE {
        let Some(value) = address.get(element) else { continue };
        let narrower: Vec<_> = fitting.iter().copied().filter(|place| has(place, element, value)).collect();
        let list = if !(chain && door) || fitting.iter().all(|place| place.get(element).is_none()) {
            &mut found.unchecked
        } else if narrower.is_empty() {
            &mut found.invalid
        } else {
            fitting = narrower;
            &mut found.valid
        };
        list.push(FieldName::Civic(element));
    }
    let judged = |element: &Element| OUTSIDE.contains(element) || INSIDE.contains(element);
    let rest = address.iter().map(|(element, _)| element).filter(|element| !judged(element));
    found.unchecked.extend(rest.map(FieldName::Civic));
    found
}

/// The known buildings that were perhaps meant: empty where `address` is one of them, or like none of them.
/// Each comes with what `address` says of the inside.
#[must_use]
pub fn meant(address: &CivicAddress, places: &[CivicAddress]) -> Vec<CivicAddress> {
    let doors: BTreeSet<CivicAddress> = places.iter().map(door).collect();
    let own = door(address);
    if doors.iter().any(|known| differing(known, &own) == Some(0)) {
        return Vec::new();
    }
    let mut near: Vec<_> =
        doors.iter().filter_map(|known| differing(known, &own).map(|by| (by, known))).collect();
    near.sort();
    near.truncate(FEW);
    let inside = |known: &CivicAddress| {
        let kept = address.iter().filter(|(element, _)| !is_door(*element));
        kept.fold(known.clone(), |built, (element, value)| built.with(element, value))
    };
    near.into_iter().map(|(_, known)| inside(known)).collect()
}

fn is_door(element: Element) -> bool {
    OUTSIDE.contains(&element) || element == Element::PC
}

fn door(address: &CivicAddress) -> CivicAddress {
    let kept = address.iter().filter(|(element, _)| is_door(*element));
    kept.fold(CivicAddress::new(), |door, (element, value)| door.with(element, value))
}

/// In how many elements two doors differ, each by no more than a slip; `None` where they are not alike. At most two.
fn differing(known: &CivicAddress, typed: &CivicAddress) -> Option<usize> {
    let mut count = 0;
    for element in OUTSIDE.into_iter().chain([Element::PC]) {
        let (one, other) = (known.get(element).unwrap_or(""), typed.get(element).unwrap_or(""));
        // A county is often left out, and says nothing that the city does not.
        if same(one, other) || element == Element::A2 && (one.is_empty() || other.is_empty()) {
            continue;
        }
        let slip = if matches!(element, Element::RD | Element::A3) {
            one.len().min(other.len()) >= 4 && distance(one, other) <= 2
        } else if element == Element::PC {
            distance(one, other) <= 1 || same_letters(one, other)
        } else if element == Element::HNO {
            // The house next door is another door; only swapped digits are a slip.
            same_letters(one, other)
        } else {
            matches!(element, Element::STS | Element::PRD | Element::POD)
        };
        count += 1;
        if !slip || count > 2 {
            return None;
        }
    }
    Some(count)
}

fn same_letters(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// How many letters must be put in, left out or changed.
fn distance(one: &str, other: &str) -> usize {
    strsim::levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Element::{A1, A3, BLD, Country, FLR, HNO, LOC, PC, RD, ROOM, SEAT, STS};

    fn at(pairs: &[(Element, &str)]) -> CivicAddress {
        let always = [(Country, "US"), (A1, "CO"), (A3, "Denver"), (RD, "Blake"), (STS, "Street")];
        let all = always.iter().chain(&[(HNO, "1600"), (PC, "80202")]).chain(pairs);
        all.fold(CivicAddress::new(), |address, (element, value)| address.with(*element, value))
    }

    fn directory() -> Vec<CivicAddress> {
        vec![
            at(&[(BLD, "B"), (FLR, "5"), (ROOM, "512")]),
            at(&[(BLD, "B"), (FLR, "6")]),
            at(&[(HNO, "210"), (RD, "Market")]),
        ]
    }

    fn names(list: &[FieldName]) -> Vec<&'static str> {
        let name = |field: &FieldName| match field {
            FieldName::Civic(element) => element.name(),
            FieldName::Other { .. } => "other",
        };
        list.iter().map(name).collect()
    }

    fn judged(address: &CivicAddress) -> [Vec<&'static str>; 3] {
        let found = judge(address, &directory());
        [names(&found.valid), names(&found.invalid), names(&found.unchecked)]
    }

    #[test]
    fn every_element_is_judged_by_what_the_directory_can_know() {
        let outside = ["country", "A1", "A3", "RD", "STS", "HNO", "PC"];
        let [valid, invalid, unchecked] = judged(&at(&[(BLD, "b"), (FLR, "5"), (SEAT, "9"), (LOC, "left")]));
        assert_eq!(valid, [&outside[..], &["BLD", "FLR"]].concat());
        assert_eq!((invalid, unchecked), (vec![], vec!["SEAT", "LOC"]));
        // A floor that this building does not have, and a room of another floor.
        let [_, invalid, unchecked] = judged(&at(&[(FLR, "9"), (ROOM, "512")]));
        assert_eq!((invalid, unchecked), (vec!["FLR"], vec![]));
        let [_, invalid, unchecked] = judged(&at(&[(FLR, "6"), (ROOM, "512")]));
        assert_eq!((invalid, unchecked), (vec![], vec!["ROOM"]));
        let [_, invalid, _] = judged(&at(&[(PC, "80203")]));
        assert_eq!(invalid, ["PC"]);
    }

    #[test]
    fn what_is_not_in_the_directory_is_not_wrong() {
        let [valid, invalid, unchecked] = judged(&at(&[(HNO, "1700"), (FLR, "5")]));
        assert_eq!(valid, ["country", "A1", "A3", "RD", "STS"]);
        assert_eq!((invalid, unchecked), (vec![], vec!["HNO", "PC", "FLR"]));
        let [_, invalid, unchecked] = judged(&at(&[(A3, "Boulder")]));
        assert_eq!((invalid, unchecked), (vec![], vec!["A3", "RD", "STS", "HNO", "PC"]));
        assert!(judge(&at(&[]), &[]).valid.is_empty());
    }

    #[test]
    fn a_slip_finds_the_door_that_was_meant() {
        let typed = at(&[(RD, "Blaek"), (FLR, "5"), (LOC, "left")]);
        assert_eq!(meant(&typed, &directory()), [at(&[(FLR, "5"), (LOC, "left")])]);
        let slips = [(HNO, "1060"), (A3, "Denvr"), (PC, "80220"), (STS, "Avenue")];
        for slip in slips {
            assert_eq!(meant(&at(&[slip]), &directory()), [at(&[])], "{slip:?}");
        }
        assert_eq!(meant(&at(&[]), &directory()), Vec::new(), "it is known");
        let elsewhere = [(HNO, "1602"), (A1, "WY"), (RD, "Larimer"), (A3, "Boulder")];
        for other in elsewhere {
            assert_eq!(meant(&at(&[other]), &directory()), Vec::new(), "{other:?} is another door");
        }
    }
}
