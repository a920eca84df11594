//! The address file: `{"label": …, "floors": …, "location": {"country": "US", …}}`.
//!
//! Read strictly, because a misspelt element would be a door that nobody finds: whatever is unknown,
//! twice there or not a text is one error with its field, its line and what to write instead.

use std::cell::RefCell;
use std::fmt;
use std::io::Read as _;
use std::path::Path;

use rightdoor_core::{Answer, Redacted};
use rightdoor_location::{CivicAddress, Element, Floors};
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::Value;

use crate::Fault;

/// Most bytes of an address file; a full address has less than two thousand.
const MOST: u64 = 64 * 1024;

/// What an address file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressFile {
    label: Option<Redacted<String>>,
    floors: Floors,
    location: CivicAddress,
}

impl AddressFile {
    /// As an answer to "where are you?".
    pub fn into_answer(self) -> Answer {
        let Self { label, floors, location } = self;
        Answer::Address { location, label, floors }
    }
}

/// Reads the file, or stdin for `-`.
pub fn read(file: &Path) -> Result<AddressFile, Fault> {
    let name = if file == Path::new("-") { "stdin".to_owned() } else { file.display().to_string() };
    let unreadable = |why: std::io::Error| {
        Fault::wrong(
            "address_file_unreadable",
            format!("--address {name}: {why}"),
            "name a file that exists and that you may read, or - for stdin",
        )
    };
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let open = std::fs::File::open(file).map_err(unreadable)?;
        open.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > MOST {
        return Err(Fault::wrong(
            "address_file_too_long",
            format!("{name} is longer than {MOST} bytes"),
            "name a file with one address",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Fault::wrong(
            "bad_address_file",
            format!("{name} is not UTF-8 text, from byte {} on", error.utf8_error().valid_up_to()),
            "save it as UTF-8",
        )
    })?;
    parse(&name, &text)
}

/// Reads the text of a file; `name` is only named in errors.
pub fn parse(name: &str, text: &str) -> Result<AddressFile, Fault> {
    let wrong = RefCell::new(None);
    let mut from = serde_json::Deserializer::from_str(text);
    let file = File(&wrong).deserialize(&mut from).and_then(|file| from.end().map(|()| file));
    file.map_err(|error| match wrong.into_inner() {
        Some(Wrong { field, what, fix }) => {
            Fault::wrong("bad_address_file", format!("{name}, line {}, {field}: {what}", error.line()), fix)
        }
        None => {
            let said = error.to_string();
            let said = if error.is_data() {
                "it is not an object with a `location` of elements"
            } else {
                // serde_json's text ends with the place, which we say in front.
                said.split(" at line ").next().unwrap_or_default()
            };
            let place = format!("line {}, column {}", error.line(), error.column());
            Fault::wrong("bad_address_file", format!("{name}, {place}: {said}"), FORM)
        }
    })
}

const FORM: &str = r#"write {"label": "Home", "floors": "single", "location": {"country": "US", "A1": "CO", "A3": "Denver", "HNO": "1600", "RD": "Blake", "STS": "Street", "PC": "80202"}}"#;

/// What is wrong, kept beside serde's error, which only has room for one text.
struct Wrong {
    field: String,
    what: String,
    fix: String,
}

type Slot<'a> = &'a RefCell<Option<Wrong>>;

fn fail<E: serde::de::Error>(slot: Slot<'_>, field: String, what: &str, fix: String) -> E {
    let error = E::custom(what);
    *slot.borrow_mut() = Some(Wrong { field, what: what.to_owned(), fix });
    error
}

struct File<'a>(Slot<'a>);

impl<'de> DeserializeSeed<'de> for File<'_> {
    type Value = AddressFile;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<AddressFile, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File<'_> {
    type Value = AddressFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `location`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AddressFile, A::Error> {
        let Self(slot) = self;
        let (mut label, mut floors, mut location) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            let taken = match key.as_str() {
                "label" => label.is_some(),
                "floors" => floors.is_some(),
                "location" => location.is_some(),
                _ => false,
            };
            if taken {
                return Err(fail(slot, key, TWICE, "keep the right one".to_owned()));
            }
            match key.as_str() {
                "label" => label = Some(text(slot, key, map.next_value()?)?),
                "floors" => {
                    let said = text(slot, key.clone(), map.next_value()?)?;
                    floors = Some(match said.as_str() {
                        "single" => Floors::Single,
                        "several" => Floors::Several,
                        "unknown" => Floors::Unknown,
                        _ => {
                            let fix = "write \"single\", \"several\" or \"unknown\"".to_owned();
                            return Err(fail(slot, key, "there is no such answer", fix));
                        }
                    });
                }
                "location" => location = Some(map.next_value_seed(Location(slot))?),
                other => {
                    let fix = match element_for(other) {
                        Some(element) => format!("put `{}` inside `location`", element.name()),
                        None => match nearest(other, &FIELDS) {
                            Some(known) => format!("write `{known}`, or take it out"),
                            None => format!("take it out; known are {}", FIELDS.join(", ")),
                        },
                    };
                    return Err(fail(slot, key, "there is no such field", fix));
                }
            }
        }
        match location {
            Some(location) if !location.is_empty() => {
                let label = label.filter(|label| !label.trim().is_empty()).map(Redacted::new);
                Ok(AddressFile { label, floors: floors.unwrap_or_default(), location })
            }
            Some(_) => Err(fail(slot, "location".to_owned(), "it holds no element", FORM.to_owned())),
            None => Err(fail(slot, "location".to_owned(), "it is missing", FORM.to_owned())),
        }
    }
}

const FIELDS: [&str; 3] = ["label", "floors", "location"];
const TWICE: &str = "it is there twice";

struct Location<'a>(Slot<'a>);

impl<'de> DeserializeSeed<'de> for Location<'_> {
    type Value = CivicAddress;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<CivicAddress, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Location<'_> {
    type Value = CivicAddress;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`location` as an object of elements")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CivicAddress, A::Error> {
        let Self(slot) = self;
        let mut address = CivicAddress::new();
        let mut seen = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let field = format!("location.{key}");
            let Some(element) = Element::from_name(&key) else {
                return Err(fail(slot, field, "there is no such element", instead(&key)));
            };
            if seen.contains(&element) {
                return Err(fail(slot, field, TWICE, "keep the right one".to_owned()));
            }
            seen.push(element);
            address.set(element, &text(slot, field, map.next_value()?)?);
        }
        Ok(address)
    }
}

fn text<E: serde::de::Error>(slot: Slot<'_>, field: String, value: Value) -> Result<String, E> {
    match value {
        Value::String(text) if text.chars().any(|c| c.is_control() && !c.is_whitespace()) => {
            Err(fail(slot, field, "it holds control characters", "take them out".to_owned()))
        }
        Value::String(text) => Ok(text),
        Value::Number(_) => Err(fail(slot, field, "it is a number", "put it in quotes".to_owned())),
        Value::Null => Err(fail(slot, field, "it is empty", "give it a text, or take it out".to_owned())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(fail(slot, field, "it is not a text", "give it one text in quotes".to_owned()))
        }
    }
}

fn instead(written: &str) -> String {
    let street = ["street_address", "address", "line1", "address1"];
    if street.contains(&written.to_ascii_lowercase().as_str()) {
        return "write the number as `HNO`, the street's name as `RD` and its type (Street, Avenue) as `STS`"
            .to_owned();
    }
    match element_for(written) {
        Some(element) => format!("write `{}` ({})", element.name(), meaning(element)),
        None => {
            let names = Element::ALL.map(Element::name);
            let known = names.join(", ");
            match nearest(written, &names) {
                Some(name) => format!("write `{name}`, or one of: {known}"),
                None => format!("write one of: {known}"),
            }
        }
    }
}

/// The element that people mean by a word.
fn element_for(word: &str) -> Option<Element> {
    let plain: String = word.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if let Some(element) = Element::ALL.into_iter().find(|e| e.name().eq_ignore_ascii_case(&plain)) {
        return Some(element);
    }
    Some(match plain.as_str() {
        "state" | "province" | "region" => Element::A1,
        "county" | "parish" | "district" => Element::A2,
        "city" | "town" | "locality" => Element::A3,
        "zip" | "zipcode" | "postcode" | "postalcode" | "postal" => Element::PC,
        "street" | "streetname" | "road" => Element::RD,
        "streettype" | "streetsuffix" | "suffix" => Element::STS,
        "direction" | "predir" | "predirection" => Element::PRD,
        "postdir" | "postdirection" => Element::POD,
        "number" | "housenumber" | "house" | "streetnumber" | "hnr" => Element::HNO,
        "building" | "bldg" => Element::BLD,
        "floor" | "level" | "storey" => Element::FLR,
        "apt" | "apartment" | "suite" | "ste" => Element::UNIT,
        "desk" | "cubicle" => Element::SEAT,
        "name" | "business" | "company" => Element::NAM,
        "landmark" => Element::LMK,
        "notes" | "directions" | "additional" | "comment" => Element::LOC,
        "community" => Element::PCN,
        _ => return None,
    })
}

fn meaning(element: Element) -> &'static str {
    match element {
        Element::Country => "two letters, such as US",
        Element::A1 => "state or province",
        Element::A2 => "county",
        Element::A3 => "city",
        Element::PRD => "direction before the street's name",
        Element::POD => "direction after the street's name",
        Element::RD => "the street's name, without number and type",
        Element::STS => "the street's type, such as Street",
        Element::HNO => "house number",
        Element::HNS => "what follows the house number, such as A or 1/2",
        Element::LMK => "landmark",
        Element::LOC => "what else helps a crew to find you",
        Element::NAM => "name of the business or residence",
        Element::PC => "ZIP or postal code",
        Element::BLD => "building",
        Element::UNIT => "unit, apartment or suite",
        Element::FLR => "floor",
        Element::ROOM => "room",
        Element::SEAT => "seat or desk",
        Element::PCN => "postal community",
        Element::PCE => "the four digits after a ZIP code",
        Element::WING => "wing",
        Element::SECTION => "section",
        Element::ROW => "row",
        Element::SITE => "site or campus",
        Element::SUBSITE => "part of a site",
        Element::A4
        | Element::A5
        | Element::A6
        | Element::PRM
        | Element::STP
        | Element::POM
        | Element::RDSEC
        | Element::RDBR
        | Element::RDSUBBR
        | Element::HNP
        | Element::PLC
        | Element::POBOX
        | Element::ADDCODE
        | Element::STPS
        | Element::HNC
        | Element::MP
        | Element::PN
        | Element::DT
        | Element::UnitPreType
        | Element::UnitValue => "capital letters, as in RFC 5139",
    }
}

/// The known name with the fewest edits, unless even that is mostly another word.
fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_ascii_lowercase();
    let edits = |name: &&str| strsim::levenshtein(&written, &name.to_ascii_lowercase());
    known.iter().copied().min_by_key(edits).filter(|name| edits(name) * 2 <= written.chars().count())
}
