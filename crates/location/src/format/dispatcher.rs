//! What a dispatcher's screen may hold of the inside of a building: few characters, in capitals.

use serde::{Deserialize, Serialize};

use crate::{CivicAddress, Element};

/// The narrow location field of older dispatch screens (NENA ALI formats), in characters.
pub const NARROW: usize = 20;
/// The wide one.
pub const WIDE: usize = 60;

/// A dispatcher's screen, line by line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Screen {
    /// Number and street.
    pub street: String,
    /// City and state.
    pub city: String,
    /// The location field of [`NARROW`] characters.
    pub narrow: String,
    /// The location field of [`WIDE`] characters.
    pub wide: String,
    /// What the narrow field has no room for.
    pub left_out: Vec<Element>,
    /// What even the wide field has no room for.
    pub left_out_wide: Vec<Element>,
}

/// Usual abbreviations, in the order in which a crew needs them inside a building.
const INSIDE: [(Element, &str); 5] = [
    (Element::BLD, "BLDG"),
    (Element::FLR, "FL"),
    (Element::UNIT, "UNIT"),
    (Element::ROOM, "RM"),
    (Element::SEAT, "DESK"),
];

/// What would stand there. Whole elements are left out where they do not fit, last needed first: half a
/// room number sends a crew to another room. It is a preview of common formats; a centre's own screen may differ.
#[must_use]
pub fn dispatcher(address: &CivicAddress) -> Screen {
    let (narrow, left_out) = fit(address, NARROW);
    let (wide, left_out_wide) = fit(address, WIDE);
    let city = [Element::A3, Element::A1].iter().filter_map(|element| address.get(*element));
    Screen {
        street: address.street_line().to_uppercase(),
        city: city.collect::<Vec<_>>().join(" ").to_uppercase(),
        narrow,
        wide,
        left_out,
        left_out_wide,
    }
}

fn fit(address: &CivicAddress, room: usize) -> (String, Vec<Element>) {
    let inside = INSIDE.iter().filter_map(|(element, short)| {
        address.get(*element).map(|value| (*element, abbreviated(value, short)))
    });
    let more = address.get(Element::LOC).map(|text| (Element::LOC, text.to_uppercase()));
    let mut line = String::new();
    let mut left_out = Vec::new();
    for (element, text) in inside.chain(more) {
        let gap = usize::from(!line.is_empty());
        if line.chars().count() + gap + text.chars().count() <= room {
            line.push_str(if gap == 1 { " " } else { "" });
            line.push_str(&text);
        } else {
            left_out.push(element);
        }
    }
    (line, left_out)
}

/// "BLDG B", "STE 200": a value that brings its own word keeps it.
fn abbreviated(value: &str, short: &str) -> String {
    let upper = value.to_uppercase();
    let own = [("BUILDING ", "BLDG "), ("APARTMENT ", "APT "), ("SUITE ", "STE "), ("UNIT ", "UNIT ")];
    for (word, instead) in own {
        if let Some(rest) = upper.strip_prefix(word) {
            return format!("{instead}{rest}");
        }
    }
    format!("{short} {upper}")
}

#[cfg(test)]
mod tests {
    use super::{Element, dispatcher};
    use crate::CivicAddress;

    #[test]
    fn whole_elements_are_left_out_where_they_do_not_fit() {
        let address = CivicAddress::new()
            .with(Element::HNO, "1600")
            .with(Element::RD, "Blake")
            .with(Element::STS, "Street")
            .with(Element::A1, "CO")
            .with(Element::A3, "Denver")
            .with(Element::BLD, "Building B")
            .with(Element::FLR, "5")
            .with(Element::UNIT, "Suite 500")
            .with(Element::SEAT, "5-112")
            .with(Element::LOC, "Door code 4411; met by reception");
        let screen = dispatcher(&address);
        assert_eq!(screen.street, "1600 BLAKE STREET");
        assert_eq!(screen.city, "DENVER CO");
        assert_eq!(screen.narrow, "BLDG B FL 5 STE 500");
        assert_eq!(screen.left_out, [Element::SEAT, Element::LOC]);
        assert_eq!(screen.wide, "BLDG B FL 5 STE 500 DESK 5-112");
        assert_eq!(screen.left_out_wide, [Element::LOC]);
        assert!(screen.narrow.chars().count() <= super::NARROW);
    }
}
