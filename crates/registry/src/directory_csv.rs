//! The directory as CSV: one row for each place, all or nothing.
//!
//! Columns: `id` and `label`; `site` and `single_floor` (`yes`, `no` or empty) if wanted; and the
//! PIDF-LO names of address elements (`country`, `A1`, `A3`, `RD`, `STS`, `HNO`, `PC`, `BLD`, `FLR`,
//! `ROOM`, `SEAT`, …), in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use rightdoor_location::record::DirectoryPlace;
use rightdoor_location::{CivicAddress, Element, Floors, format};

use crate::sqlite::directory::Place;

/// Columns without which a place cannot be found by a person or by responders.
const REQUIRED: [&str; 4] = ["id", "label", "country", "A1"];
/// Columns that are not address elements.
const OWN: [&str; 4] = ["id", "label", "site", "single_floor"];

/// Why a CSV file was not imported; nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// A column that has no meaning here.
    #[error("unknown column {column:?}; {hint}")]
    UnknownColumn {
        /// Its name.
        column: String,
        /// What to do.
        hint: String,
    },
    /// A column that must be there.
    #[error("column {column:?} is missing; add it to the first line")]
    MissingColumn {
        /// Its name.
        column: &'static str,
    },
    /// A column that is there twice.
    #[error("column {column:?} is there twice; keep one of them")]
    TwiceColumn {
        /// Its name.
        column: String,
    },
    /// A field with a wrong value.
    #[error("line {line}, column {column}: {message}; {hint}")]
    Field {
        /// Line of the file, from 1.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// Not CSV at all.
    #[error("line {line}: {message}; save the file as CSV in UTF-8, with one line for each place")]
    Syntax {
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// No place in it.
    #[error("the file has no places; write one line for each place after the line of column names")]
    Empty,
}

enum Column {
    Id,
    Label,
    Site,
    SingleFloor,
    Element(Element),
}

/// Reads a directory.
///
/// # Errors
/// The first thing that is wrong, by line and column, with the fix.
pub fn read(input: impl Read) -> Result<Vec<Place>, CsvError> {
    let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
    let header = csv.headers().map_err(|error| syntax(&error))?.clone();
    let columns = columns(&header)?;
    let mut places = Vec::new();
    let mut ids = BTreeSet::new();
    let mut buildings: BTreeMap<CivicAddress, Floors> = BTreeMap::new();
    for row in csv.records() {
        let row = row.map_err(|error| syntax(&error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let place = place(&columns, &row, line)?;
        if !ids.insert(place.shown.id.clone()) {
            return Err(field(line, "id", "this id is there already", "give every place its own id"));
        }
        let floors = *buildings.entry(building(&place.shown.location)).or_insert(place.shown.floors);
        if floors != place.shown.floors {
            let message = "another line of the same building says otherwise";
            return Err(field(line, "single_floor", message, "write the same on every line of a building"));
        }
        places.push(place);
    }
    if places.is_empty() { Err(CsvError::Empty) } else { Ok(places) }
}

/// Writes a directory as [`read`] reads it, with the columns that are used.
///
/// # Errors
/// When `output` cannot be written.
pub fn write(places: &[Place], output: impl Write) -> Result<(), csv::Error> {
    let used: Vec<Element> = Element::ALL
        .into_iter()
        .filter(|element| {
            REQUIRED.contains(&element.name())
                || places.iter().any(|place| place.shown.location.get(*element).is_some())
        })
        .collect();
    let mut csv = csv::Writer::from_writer(output);
    csv.write_record(OWN.into_iter().chain(used.iter().map(|element| element.name())))?;
    for Place { shown, site } in places {
        let single = match shown.floors {
            Floors::Single => "yes",
            Floors::Several => "no",
            Floors::Unknown => "",
        };
        let own = [shown.id.as_str(), &shown.label, site, single];
        let address = used.iter().map(|element| shown.location.get(*element).unwrap_or(""));
        csv.write_record(own.into_iter().chain(address))?;
    }
    csv.flush().map_err(csv::Error::from)
}

fn columns(header: &csv::StringRecord) -> Result<Vec<Column>, CsvError> {
    let mut seen = BTreeSet::new();
    let mut columns = Vec::new();
    for (index, name) in header.iter().enumerate() {
        // Spreadsheets put a byte order mark before the first name.
        let name = if index == 0 { name.trim_start_matches('\u{feff}') } else { name };
        columns.push(match name {
            "id" => Column::Id,
            "label" => Column::Label,
            "site" => Column::Site,
            "single_floor" => Column::SingleFloor,
            other => Column::Element(Element::from_name(other).ok_or_else(|| unknown(other))?),
        });
        if !seen.insert(name.to_owned()) {
            return Err(CsvError::TwiceColumn { column: name.to_owned() });
        }
    }
    match REQUIRED.into_iter().find(|column| !seen.contains(*column)) {
        Some(column) => Err(CsvError::MissingColumn { column }),
        None => Ok(columns),
    }
}

/// Names people use for what PIDF-LO abbreviates.
const ALSO: [(&str, &str); 17] = [
    ("state", "A1"),
    ("province", "A1"),
    ("county", "A2"),
    ("city", "A3"),
    ("street", "RD"),
    ("road", "RD"),
    ("street_name", "RD"),
    ("street_type", "STS"),
    ("number", "HNO"),
    ("house_number", "HNO"),
    ("zip", "PC"),
    ("postal_code", "PC"),
    ("building", "BLD"),
    ("floor", "FLR"),
    ("desk", "SEAT"),
    ("name", "label"),
    ("suite", "UNIT"),
];

fn unknown(column: &str) -> CsvError {
    let plain = column.to_lowercase().replace([' ', '-'], "_");
    let same =
        OWN.into_iter().chain(Element::ALL.map(Element::name)).find(|known| known.to_lowercase() == plain);
    let known = same.or_else(|| ALSO.into_iter().find(|(word, _)| *word == plain).map(|(_, known)| known));
    let hint = match known {
        Some(known) => format!("name it {known:?}"),
        None => format!(
            "remove it, or use one of {}, or a PIDF-LO element such as HNO, FLR or SEAT",
            OWN.join(", ")
        ),
    };
    CsvError::UnknownColumn { column: column.to_owned(), hint }
}

fn place(columns: &[Column], row: &csv::StringRecord, line: u64) -> Result<Place, CsvError> {
    let (mut id, mut label, mut site) = (String::new(), String::new(), String::new());
    let mut floors = Floors::Unknown;
    let mut location = CivicAddress::new();
    for (column, value) in columns.iter().zip(row) {
        match column {
            Column::Id => value.clone_into(&mut id),
            Column::Label => value.clone_into(&mut label),
            Column::Site => value.clone_into(&mut site),
            Column::SingleFloor => {
                floors = match value.to_lowercase().as_str() {
                    "" => Floors::Unknown,
                    "yes" | "true" | "1" => Floors::Single,
                    "no" | "false" | "0" => Floors::Several,
                    _ => {
                        return Err(field(
                            line,
                            "single_floor",
                            "this is neither yes nor no",
                            "write yes, no or nothing",
                        ));
                    }
                }
            }
            Column::Element(element) => location.set(*element, value),
        }
    }
    let fits = |c: char| c.is_alphanumeric() || "/._:-".contains(c);
    if id.is_empty() || id.len() > 200 || !id.chars().all(fits) {
        return Err(field(
            line,
            "id",
            "this is not an id",
            "use letters, digits and / . _ : - only, such as denver/b/5/5-112",
        ));
    }
    if label.is_empty() {
        return Err(field(line, "label", "it is empty", "write what people call this place"));
    }
    let location = format::normalise(&location);
    if let Some(error) = format::check(&location).into_iter().next() {
        return Err(field(line, error.field.name(), &error.message, &error.hint));
    }
    Ok(Place { shown: DirectoryPlace { id, label, location, floors }, site })
}

/// The address without what is inside the building.
fn building(address: &CivicAddress) -> CivicAddress {
    let inside = |element: Element| element.is_interior() || matches!(element, Element::LOC | Element::LMK);
    let outside = address.iter().filter(|(element, _)| !inside(*element));
    outside.fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
}

fn field(line: u64, column: &str, message: &str, hint: &str) -> CsvError {
    // The parts of a sentence may come as sentences of their own.
    let part = |text: &str| text.trim_end_matches('.').to_owned();
    CsvError::Field { line, column: column.to_owned(), message: part(message), hint: part(hint) }
}

fn syntax(error: &csv::Error) -> CsvError {
    let line = error.position().map_or(1, csv::Position::line);
    let message = if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        format!("it has {len} fields where the first line has {expected_len}")
    } else if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        "it is not UTF-8".to_owned()
    } else {
        "it cannot be read".to_owned()
    };
    CsvError::Syntax { line, message }
}
