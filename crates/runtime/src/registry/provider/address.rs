//! An address as North American providers take it: parted, abbreviated, and compared without minding
//! the spelling. The model keeps full words; only what is sent is short.

use rightdoor_location::format::{abbreviation, normalise, street};
use rightdoor_location::{CivicAddress, Element, FieldError};

/// Room for what is inside the building (NENA ALI formats). Dispatchers' older screens show the first 20
/// characters, so floor and room come first.
const INSIDE: usize = 60;

/// What a provider binds to an endpoint.
#[derive(Clone, Default)]
pub(super) struct Postal {
    pub house_number: String,
    pub house_suffix: String,
    pub pre_directional: String,
    pub street_name: String,
    pub street_suffix: String,
    pub post_directional: String,
    /// Floor, room, unit, desk and building.
    pub inside: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    pub country: String,
}

/// The inside of the building, in the order in which it is cut, and our abbreviations.
const ORDER: [(Element, &str); 8] = [
    (Element::FLR, "FL"),
    (Element::ROOM, "RM"),
    (Element::UNIT, "UNIT"),
    (Element::WING, "WING"),
    (Element::SECTION, "SEC"),
    (Element::ROW, "ROW"),
    (Element::SEAT, "DESK"),
    (Element::BLD, "BLDG"),
];

/// What finds a door and has no place at any provider: it is refused, not left out.
const WITHOUT_PLACE: [Element; 8] = [
    Element::HNC,
    Element::STPS,
    Element::MP,
    Element::SITE,
    Element::SUBSITE,
    Element::UnitPreType,
    Element::UnitValue,
    Element::RDSEC,
];

impl Postal {
    /// The address for a provider.
    ///
    /// # Errors
    /// The fields that a provider cannot do without, or has no room for.
    pub fn of(address: &CivicAddress) -> Result<Self, Vec<FieldError>> {
        let address = &normalise(address);
        let hint = "Say it with number, street, unit, floor and room.";
        let lost = WITHOUT_PLACE.into_iter().filter(|element| address.get(*element).is_some());
        let lost: Vec<FieldError> = lost
            .map(|field| fault(field, "no_such_field", "The provider has no place for this.", hint))
            .collect();
        if !lost.is_empty() {
            return Err(lost);
        }
        let all = |elements: &[Element]| {
            let found: Vec<&str> = elements.iter().filter_map(|element| address.get(*element)).collect();
            found.join(" ")
        };
        let short = |element: Element| address.get(element).map(direction).unwrap_or_default();
        let postal = Self {
            house_number: all(&[Element::HNP, Element::HNO]),
            house_suffix: all(&[Element::HNS]),
            pre_directional: short(Element::PRD),
            street_name: all(&[Element::PRM, Element::STP, Element::RD]),
            street_suffix: address
                .get(Element::STS)
                .map(|full| abbreviation(full).unwrap_or_else(|| full.to_owned()))
                .unwrap_or_default(),
            post_directional: [short(Element::POD), all(&[Element::POM])].join(" ").trim().to_owned(),
            inside: inside(address)?,
            city: address.get(Element::A3).or(address.get(Element::PCN)).unwrap_or_default().to_owned(),
            state: all(&[Element::A1]),
            postal_code: all(&[Element::PC]),
            country: all(&[Element::Country]),
        };
        let missing: Vec<FieldError> = [
            (Element::HNO, &postal.house_number),
            (Element::RD, &postal.street_name),
            (Element::A3, &postal.city),
            (Element::A1, &postal.state),
            (Element::PC, &postal.postal_code),
            (Element::Country, &postal.country),
        ]
        .into_iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(field, _)| fault(field, "missing", "The provider needs this.", "Fill it in."))
        .collect();
        if missing.is_empty() { Ok(postal) } else { Err(missing) }
    }

    /// Number and street on one line.
    pub fn street_line(&self) -> String {
        let parts = [
            &self.house_number,
            &self.house_suffix,
            &self.pre_directional,
            &self.street_name,
            &self.street_suffix,
            &self.post_directional,
        ];
        parts.iter().filter(|part| !part.is_empty()).map(|part| part.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Where a crew would be sent elsewhere by `other` than by this; empty when nowhere.
    pub fn differs(&self, other: &Self) -> Vec<Element> {
        let pairs = [
            (Element::RD, line(&self.street_line()), line(&other.street_line())),
            (Element::FLR, within(&self.inside), within(&other.inside)),
            (Element::A3, self.city.to_uppercase(), other.city.to_uppercase()),
            (Element::A1, self.state.to_uppercase(), other.state.to_uppercase()),
            (Element::PC, area(&self.postal_code), area(&other.postal_code)),
        ];
        pairs.into_iter().filter(|(_, one, other)| one != other).map(|(element, ..)| element).collect()
    }

    /// Whether a crew is sent to the same door.
    pub fn is_same(&self, other: &Self) -> bool {
        self.differs(other).is_empty()
    }

    /// `given`, with what the provider has otherwise in its place.
    pub fn corrected(&self, given: &CivicAddress) -> CivicAddress {
        let differing = Self::of(given).map(|mine| mine.differs(self)).unwrap_or_default();
        let mut address = given.clone();
        let differs = |element| differing.contains(&element);
        if differs(Element::RD) {
            use Element::{HNO, HNP, HNS, POD, POM, PRD, PRM, RD, STP, STS};
            for part in [HNP, HNO, HNS, PRM, PRD, STP, RD, STS, POD, POM] {
                address.set(part, "");
            }
            merge(&mut address, &street(&self.street_line()));
        }
        if differs(Element::FLR) {
            for (part, _) in ORDER {
                address.set(part, "");
            }
            merge(&mut address, &self.within());
        }
        if differs(Element::A3) {
            address.set(Element::PCN, "");
            address.set(Element::A3, &self.city);
        }
        for (element, value) in [(Element::A1, &self.state), (Element::PC, &self.postal_code)] {
            if differs(element) {
                address.set(element, value);
            }
        }
        normalise(&address)
    }

    /// The address in the model's words, as far as it can be told from the provider's.
    pub fn civic(&self) -> CivicAddress {
        let mut address = street(&self.street_line());
        merge(&mut address, &self.within());
        for (element, value) in [
            (Element::A3, &self.city),
            (Element::A1, &self.state),
            (Element::PC, &self.postal_code),
            (Element::Country, &self.country),
        ] {
            address.set(element, value);
        }
        normalise(&address)
    }

    fn within(&self) -> CivicAddress {
        parted(&self.inside).unwrap_or_else(|| CivicAddress::new().with(Element::LOC, &self.inside))
    }
}

/// A complaint about a field.
pub(super) fn fault(field: Element, code: &str, message: &str, hint: &str) -> FieldError {
    FieldError { field, code: code.into(), message: message.into(), hint: hint.into() }
}

fn merge(address: &mut CivicAddress, from: &CivicAddress) {
    for (element, value) in from.iter() {
        address.set(element, value);
    }
}

/// Floor and room first; nothing that sends a crew through another door is left out unsaid.
fn inside(address: &CivicAddress) -> Result<String, Vec<FieldError>> {
    let mut line = String::new();
    let mut wrong = Vec::new();
    for (element, short) in ORDER {
        let Some(value) = address.get(element) else { continue };
        let upper = value.to_uppercase();
        let own = [("BUILDING ", "BLDG "), ("APARTMENT ", "APT "), ("SUITE ", "STE ")];
        let text = own
            .iter()
            .find_map(|(word, instead)| upper.strip_prefix(word).map(|rest| format!("{instead}{rest}")))
            .unwrap_or_else(|| format!("{short} {upper}"));
        let gap = usize::from(!line.is_empty());
        if line.chars().count() + gap + text.chars().count() > INSIDE {
            wrong.push(fault(
                element,
                "too_long",
                "The provider has no room for this.",
                "Shorten floor, room, unit, desk and building to 60 characters in all.",
            ));
            continue;
        }
        line.push_str(if gap == 1 { " " } else { "" });
        line.push_str(&text);
    }
    if wrong.is_empty() { Ok(line) } else { Err(wrong) }
}

fn direction(full: &str) -> String {
    let short = match full {
        "North" => "N",
        "South" => "S",
        "East" => "E",
        "West" => "W",
        "Northeast" => "NE",
        "Northwest" => "NW",
        "Southeast" => "SE",
        "Southwest" => "SW",
        other => other,
    };
    short.to_owned()
}

/// A street line in one spelling.
fn line(text: &str) -> String {
    let parts = street(text).with(Element::Country, "US");
    normalise(&parts).street_line().to_uppercase()
}

/// The inside of a building in one spelling; what is not understood counts as it is written.
fn within(text: &str) -> String {
    match parted(text) {
        Some(parts) => parts.interior_line().to_uppercase(),
        None => text.to_uppercase(),
    }
}

/// Floor, room, unit, desk and building of one line, if all of it is understood.
fn parted(text: &str) -> Option<CivicAddress> {
    let mut found = CivicAddress::new().with(Element::Country, "US");
    let mut open: Option<(Element, Vec<&str>)> = None;
    let close = |found: &mut CivicAddress, open: Option<(Element, Vec<&str>)>| {
        if let Some((element, words)) = open {
            found.set(element, &words.join(" "));
        }
    };
    let cleaned = text.replace([',', '#'], " ");
    let mut all: Vec<&str> = cleaned.split_whitespace().collect();
    // "14th Floor": the word comes behind.
    for at in 1..all.len() {
        let is_floor = ["fl", "floor"].iter().any(|word| all[at].eq_ignore_ascii_case(word));
        if is_floor && all[at - 1].starts_with(|c: char| c.is_ascii_digit()) && is_ordinal(all[at - 1]) {
            all.swap(at - 1, at);
        }
    }
    for word in all {
        let bare = word.trim_end_matches('.').to_ascii_lowercase();
        let begins = match bare.as_str() {
            "fl" | "floor" => Some((Element::FLR, Vec::new())),
            "rm" | "room" => Some((Element::ROOM, Vec::new())),
            "unit" => Some((Element::UNIT, Vec::new())),
            "apt" | "apartment" => Some((Element::UNIT, vec!["Apartment"])),
            "ste" | "suite" => Some((Element::UNIT, vec!["Suite"])),
            "wing" => Some((Element::WING, Vec::new())),
            "sec" => Some((Element::SECTION, Vec::new())),
            "row" => Some((Element::ROW, Vec::new())),
            "desk" => Some((Element::SEAT, Vec::new())),
            "bldg" | "building" => Some((Element::BLD, Vec::new())),
            _ => None,
        };
        match (begins, &mut open) {
            (Some(begun), _) => close(&mut found, open.replace(begun)),
            (None, Some((_, words))) => words.push(word),
            (None, None) => return None,
        }
    }
    close(&mut found, open);
    found = normalise(&found);
    found.set(Element::Country, "");
    Some(found)
}

fn is_ordinal(word: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|ending| word.to_ascii_lowercase().ends_with(ending))
}

/// The part of a postal code that finds a place: a provider adds the last four digits by itself.
fn area(code: &str) -> String {
    let tidy = code.replace(' ', "").to_uppercase();
    match tidy.split_once('-') {
        Some((five, _)) => five.to_owned(),
        None => tidy,
    }
}

#[cfg(test)]
mod tests {
    use rightdoor_location::{CivicAddress, Element};

    use super::Postal;

    fn address() -> CivicAddress {
        [
            (Element::Country, "US"),
            (Element::A1, "CO"),
            (Element::A3, "Denver"),
            (Element::PC, "80202"),
            (Element::HNO, "1600"),
            (Element::PRD, "North"),
            (Element::RD, "Blake"),
            (Element::STS, "Street"),
            (Element::BLD, "Building B"),
            (Element::UNIT, "Suite 500"),
            (Element::FLR, "5"),
            (Element::ROOM, "112"),
        ]
        .into_iter()
        .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
    }

    #[test]
    fn what_is_sent_is_short_with_floor_and_room_first() {
        let postal = Postal::of(&address()).unwrap_or_default();
        assert_eq!(postal.street_line(), "1600 N Blake St");
        assert_eq!(postal.inside, "FL 5 RM 112 STE 500 BLDG B");
        assert_eq!(postal.civic(), address().with(Element::BLD, "B"));
        let long = address().with(Element::ROOM, &"x".repeat(60));
        let fields = Postal::of(&long).err().unwrap_or_default();
        assert_eq!(fields.iter().map(|field| field.field).collect::<Vec<_>>(), [Element::ROOM]);
        let bare = Postal::of(&CivicAddress::new().with(Element::Country, "US")).err().unwrap_or_default();
        assert_eq!(bare.len(), 5);
    }

    #[test]
    fn another_spelling_is_the_same_door_and_another_floor_is_not() {
        let mine = Postal::of(&address()).unwrap_or_default();
        let spelled = Postal {
            house_number: "1600".into(),
            street_name: "NORTH BLAKE STREET".into(),
            inside: "Bldg B, Suite 500, 5th Floor, Rm. 112".into(),
            city: "DENVER".into(),
            state: "co".into(),
            postal_code: "80202-1234".into(),
            ..Postal::default()
        };
        assert!(mine.is_same(&spelled), "{:?}", mine.differs(&spelled));
        let elsewhere = Postal { inside: mine.inside.replace("FL 5", "FL 6"), ..spelled };
        assert_eq!(mine.differs(&elsewhere), [Element::FLR]);
        let corrected = elsewhere.corrected(&address());
        assert_eq!(corrected.get(Element::FLR), Some("6"));
        assert!(elsewhere.is_same(&Postal::of(&corrected).unwrap_or_default()));
    }
}
