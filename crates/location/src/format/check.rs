use super::{FieldError, regions, suffixes, zips};
use crate::{CivicAddress, Element};

/// RFC 4776 section 3.3: the length of a civic address element is one octet.
const LONGEST: usize = 255;
/// What carriers and dispatch screens show of a value inside the building.
const LONGEST_INTERIOR: usize = 60;

/// Everything that is wrong with the form of an address; empty means "format ok", which does not
/// mean that the address exists.
///
/// Give it the answer of [`super::normalise`], or it finds fault with what that would mend. At most
/// one error per field, in document order. Nothing is said about optional elements that are absent.
#[must_use]
pub fn check(address: &CivicAddress) -> Vec<FieldError> {
    let mut faults = Faults { address, found: Vec::new() };
    faults.common();
    match address.get(Element::Country) {
        Some("US") => faults.united_states(),
        Some("CA") => faults.canada(),
        _ => {}
    }
    faults.found.sort_by_key(|fault| fault.field);
    faults.found.dedup_by_key(|fault| fault.field);
    faults.found
}

struct Faults<'a> {
    address: &'a CivicAddress,
    found: Vec<FieldError>,
}

impl Faults<'_> {
    fn add(&mut self, field: Element, code: &str, message: &str, hint: &str) {
        let fault =
            FieldError { field, code: code.to_owned(), message: message.to_owned(), hint: hint.to_owned() };
        self.found.push(fault);
    }

    fn missing(&mut self, field: Element, name: &str, hint: &str) {
        self.add(field, "missing", &format!("The {name} is missing."), hint);
    }

    fn has(&self, element: Element) -> bool {
        self.address.get(element).is_some()
    }

    /// What holds in every country.
    fn common(&mut self) {
        match self.address.get(Element::Country) {
            None => self.missing(Element::Country, "country", "Add its two-letter code, such as US."),
            Some(code) if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {}
            Some(_) => self.add(
                Element::Country,
                "country_format",
                "The country is not a two-letter code.",
                "Write the ISO 3166 code in capitals, such as US or CA.",
            ),
        }
        if !self.has(Element::A3) && !self.has(Element::PCN) {
            self.missing(Element::A3, "city", "Add the city or town (A3) or the postal community (PCN).");
        }
        if !self.has(Element::RD) && !self.has(Element::LMK) {
            self.missing(
                Element::RD,
                "street",
                "Add the street name (RD) or, where there is none, a landmark (LMK).",
            );
        }
        for (element, value) in self.address.iter() {
            if value.len() > LONGEST {
                self.add(
                    element,
                    "too_long",
                    "The value is too long.",
                    "Shorten it to at most 255 bytes of UTF-8.",
                );
            }
        }
    }

    fn united_states(&mut self) {
        self.region(regions::STATES, "state", "CO");
        self.north_american();
        if let Some(written) = self.address.get(Element::STS)
            && suffixes::full_word(written).is_none()
        {
            self.add(
                Element::STS,
                "unknown_street_suffix",
                "The street suffix is not one that the postal service knows.",
                "Write one such as Street, Avenue, Court or Way; if the word is part of the name, move it to the street name.",
            );
        }
        let Some(written) = self.address.get(Element::PC) else {
            return self.missing(Element::PC, "ZIP code", "Add the five-digit ZIP code.");
        };
        let Some(zip) = zip(written) else {
            let hint = "Write five digits, or ZIP+4 as five digits, a hyphen and four digits.";
            return self.add(Element::PC, "zip_format", "The ZIP code does not have the form of one.", hint);
        };
        let Some(owner) = zips::state(zip) else {
            let hint = "Check its first three digits.";
            return self.add(
                Element::PC,
                "zip_unknown",
                "No state has a ZIP code that starts like this.",
                hint,
            );
        };
        if let Some(state) =
            self.address.get(Element::A1).and_then(|a1| regions::abbreviation(regions::STATES, a1))
            && !zips::fits(zip, state)
        {
            let hint =
                format!("ZIP codes that start like this are in {owner}. Correct the ZIP code or the state.");
            self.add(Element::PC, "zip_state_mismatch", "The ZIP code is not in the state.", &hint);
        }
    }

    fn canada(&mut self) {
        self.region(regions::PROVINCES, "province", "ON");
        self.north_american();
        let Some(code) = self.address.get(Element::PC) else {
            return self.missing(Element::PC, "postal code", "Add the postal code, such as K1A 0B1.");
        };
        if !is_postal_code(code) {
            let hint =
                "Write letter, digit, letter, space, digit, letter, digit in capitals, such as K1A 0B1.";
            return self.add(
                Element::PC,
                "postal_code_format",
                "The postal code does not have the form of one.",
                hint,
            );
        }
        let province =
            self.address.get(Element::A1).and_then(|a1| regions::abbreviation(regions::PROVINCES, a1));
        if province.is_some_and(|province| !regions::postal_code_fits(code, province)) {
            let hint =
                "The first letter belongs to another province. Correct the postal code or the province.";
            self.add(
                Element::PC,
                "postal_code_province_mismatch",
                "The postal code is not in the province.",
                hint,
            );
        }
    }

    /// What the United States and Canada have in common.
    fn north_american(&mut self) {
        match self.address.get(Element::HNO) {
            None if !self.has(Element::LMK) => {
                self.missing(Element::HNO, "house number", "Add it; where there is none, name a landmark (LMK).");
            }
            Some(number) if !number.bytes().all(|byte| byte.is_ascii_digit()) => self.add(
                Element::HNO,
                "house_number_digits",
                "The house number has more in it than digits.",
                "Keep only the digits here. Move what follows them (A, 1/2) to the house number suffix (HNS), and what comes before them to the prefix (HNP).",
            ),
            Some(number) if number.len() > 10 => {
                self.add(Element::HNO, "too_long", "The house number is too long.", "Write at most 10 digits.");
            }
            _ => {}
        }
        if self.has(Element::POBOX) {
            self.po_box(Element::POBOX);
        }
        for element in [Element::RD, Element::LMK] {
            if self.address.get(element).is_some_and(is_po_box) {
                self.po_box(element);
            }
        }
        for element in [Element::BLD, Element::UNIT, Element::FLR, Element::ROOM, Element::SEAT] {
            if self.address.get(element).is_some_and(|value| value.chars().count() > LONGEST_INTERIOR) {
                self.add(
                    element,
                    "too_long",
                    "The value is longer than a dispatch screen shows.",
                    "Shorten it to at most 60 characters; put directions into the additional information (LOC).",
                );
            }
        }
    }

    fn po_box(&mut self, element: Element) {
        let hint = "Remove it and give the street address where you are.";
        self.add(element, "po_box", "A post office box is not a place a crew can be sent to.", hint);
    }

    fn region(&mut self, table: &[(&'static str, &str)], name: &str, example: &str) {
        let hint = format!("Write its two-letter postal abbreviation in capitals, such as {example}.");
        match self.address.get(Element::A1) {
            None => self.missing(Element::A1, name, &hint),
            Some(written) if table.iter().any(|(short, _)| *short == written) => {}
            Some(written) => {
                let code =
                    if regions::abbreviation(table, written).is_some() { "abbreviate" } else { "unknown" };
                let message = format!("The {name} is not a postal abbreviation.");
                self.add(Element::A1, &format!("{name}_{code}"), &message, &hint);
            }
        }
    }
}

fn zip(written: &str) -> Option<u32> {
    let (five, four) = written.split_once('-').map_or((written, None), |(five, four)| (five, Some(four)));
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(five, 5) && four.is_none_or(|four| digits(four, 4))).then(|| five.parse().ok())?
}

/// Canada Post: letter digit letter, space, digit letter digit, without D F I O Q U.
fn is_postal_code(code: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() && !b"DFIOQU".contains(&byte);
    let bytes = code.as_bytes();
    bytes.len() == 7
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            0 => letter(*byte) && !b"WZ".contains(byte),
            2 | 5 => letter(*byte),
            3 => *byte == b' ',
            _ => byte.is_ascii_digit(),
        })
}

/// "PO Box 12", "P.O. Box", "Post Office Box 3": a box where a street should be.
fn is_po_box(value: &str) -> bool {
    let key: String =
        value.chars().filter(|c| !matches!(c, '.' | ' ' | '#')).collect::<String>().to_lowercase();
    let rest = ["pobox", "postofficebox"].iter().find_map(|start| key.strip_prefix(start));
    // "PO Boxwood Lane" is a street.
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
}
