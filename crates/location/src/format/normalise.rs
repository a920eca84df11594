use super::{interior, regions, suffixes};
use crate::{CivicAddress, Element};

/// Compass words, by every way of writing them without dots, spaces and hyphens.
#[rustfmt::skip]
const DIRECTIONS: &[(&str, &str)] = &[
    ("n", "North"), ("north", "North"), ("no", "North"), ("s", "South"), ("south", "South"), ("so", "South"),
    ("e", "East"), ("east", "East"), ("w", "West"), ("west", "West"), ("ne", "Northeast"),
    ("northeast", "Northeast"), ("nw", "Northwest"), ("northwest", "Northwest"), ("se", "Southeast"),
    ("southeast", "Southeast"), ("sw", "Southwest"), ("southwest", "Southwest"),
];

/// The address in one spelling: country and state as upper-case codes, street words in full (as
/// NENA CLDXF has them), postal code in its usual form, and no "floor" before the floor.
///
/// Only what is certain is changed; a value that is not understood stays, for [`super::check`] to
/// name. Outside the United States and Canada only the country changes. Doing it twice changes
/// nothing more.
#[must_use]
pub fn normalise(address: &CivicAddress) -> CivicAddress {
    let mut tidy = address.clone();
    let Some(country) = address.get(Element::Country).map(country) else { return tidy };
    tidy.set(Element::Country, &country);
    let regions = match country.as_str() {
        "US" => regions::STATES,
        "CA" => regions::PROVINCES,
        _ => return tidy,
    };
    let mut change = |element: Element, how: &dyn Fn(&str) -> Option<String>| {
        if let Some(better) = address.get(element).and_then(how) {
            tidy.set(element, &better);
        }
    };
    change(Element::A1, &|written| regions::abbreviation(regions, written).map(str::to_owned));
    change(Element::STS, &|written| suffixes::full_word(written).map(str::to_owned));
    for element in [Element::PRD, Element::POD] {
        change(element, &|written| direction(written).map(str::to_owned));
    }
    change(Element::PC, &|written| if country == "US" { zip(written) } else { postal_code(written) });
    for element in [Element::FLR, Element::UNIT, Element::ROOM, Element::SEAT] {
        change(element, &|written| Some(interior::tidy(element, written)));
    }
    tidy
}

fn country(written: &str) -> String {
    let upper = written.to_uppercase();
    match upper.replace('.', "").as_str() {
        "US" | "USA" | "UNITED STATES" | "UNITED STATES OF AMERICA" => "US".to_owned(),
        "CA" | "CAN" | "CANADA" => "CA".to_owned(),
        // A long name stays as it was written; upper case would only shout it.
        _ if upper.chars().count() > 2 => written.to_owned(),
        _ => upper,
    }
}

pub(super) fn direction(written: &str) -> Option<&'static str> {
    let key: String = written.chars().filter(|c| !matches!(c, '.' | ' ' | '-')).collect();
    DIRECTIONS.iter().find(|(short, _)| key.eq_ignore_ascii_case(short)).map(|(_, full)| *full)
}

/// Nine digits become ZIP+4.
fn zip(written: &str) -> Option<String> {
    let digits: String = written.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let (five, four) = digits.split_at_checked(5)?;
    let is_zip = digits.bytes().all(|byte| byte.is_ascii_digit());
    match four.len() {
        0 if is_zip => Some(five.to_owned()),
        4 if is_zip => Some(format!("{five}-{four}")),
        _ => None,
    }
}

fn postal_code(written: &str) -> Option<String> {
    let code: String = written.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let (area, unit) = code.split_at_checked(3)?;
    (code.len() == 6 && code.is_ascii()).then(|| format!("{area} {unit}").to_ascii_uppercase())
}
