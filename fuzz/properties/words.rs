//! What must hold of the documents and the format check for any bytes. The fuzz targets search for a
//! counterexample; the location crate's tests replay the committed corpus through the same functions.

use rightdoor_location::format::{NARROW, WIDE, check, dispatcher, normalise, street};
use rightdoor_location::held::{
    Answer, HeldError, Identity, LocationRequest, LocationResponse, Measurements,
};
use rightdoor_location::lost::{self, FindService, Identifier, Place};
use rightdoor_location::pidf::{Given, Pidf, Presence};
use rightdoor_location::record::Problem;
use rightdoor_location::xml::{MAX_ATTRIBUTES, MAX_BYTES, MAX_NODES};
use rightdoor_location::{CivicAddress, Element};

/// Whether what is written of it stays within the limits of reading, too: the writer declares
/// namespaces where they are used, spells references out, and indents.
fn is_moderate(data: &[u8]) -> bool {
    let count = |byte| data.iter().filter(|other| **other == byte).count();
    data.len() < MAX_BYTES / 8 && count(b'=') < MAX_ATTRIBUTES / 4 && count(b'<') < MAX_NODES / 4
}

/// A refusal says what is wrong and what to do, in a few words.
fn is_refusal(problem: &Problem) {
    assert!(!problem.hint.is_empty() && problem.message.len() < 1_000, "{problem:?}");
}

/// A PIDF-LO is refused with a message and a fix, or what was read survives writing and reading.
pub fn pidf(data: &[u8]) {
    match Pidf::parse(data) {
        Err(error) => is_refusal(&Problem::from(&error)),
        Ok(pidf) => {
            if is_moderate(data) {
                assert_eq!(Pidf::parse(pidf.write().as_bytes()), Ok(pidf.clone()));
            }
            if let Some(address) = pidf.content.address() {
                checked(address);
            }
        }
    }
    if let Ok(given) = Given::parse(data)
        && is_moderate(data)
    {
        assert_eq!(Given::parse(given.write().as_bytes()), Ok(given));
    }
    match Presence::parse(data) {
        Err(error) => is_refusal(&Problem::from(&error)),
        Ok(presence) => {
            let _ = (presence.location(), presence.civic_location());
            if is_moderate(data) {
                assert_eq!(Presence::parse(presence.write().as_bytes()), Ok(presence));
            }
        }
    }
}

/// The same for HELD requests and answers; a refused request always has a HELD error as its answer.
pub fn held(data: &[u8]) {
    match LocationRequest::parse(data) {
        Err(error) => {
            let answer = error.to_held();
            assert_eq!(HeldError::parse(answer.write().as_bytes()), Ok(answer));
        }
        Ok(mut request) => {
            // There is nothing to write for an identity that is not understood, and measurements are never sent.
            request.device.retain(|identity| !matches!(identity, Identity::Unknown(_)));
            request.measurements = None;
            if is_moderate(data) {
                assert_eq!(LocationRequest::parse(request.write().as_bytes()), Ok(request));
            }
        }
    }
    match Answer::parse(data) {
        Err(error) => is_refusal(&Problem::from(&error)),
        Ok(Answer::Location(response)) if is_moderate(data) => {
            assert_eq!(LocationResponse::parse(response.write().as_bytes()), Ok(response));
        }
        Ok(Answer::Error(error)) if is_moderate(data) => {
            assert_eq!(HeldError::parse(error.write().as_bytes()), Ok(error));
        }
        Ok(Answer::Location(_) | Answer::Error(_)) => {}
    }
    if let Ok(measurements) = Measurements::parse(data) {
        assert!(measurements.list.len() <= 64);
    }
}

/// The same for LoST queries and answers; a refused query always has a LoST error as its answer.
pub fn lost(data: &[u8]) {
    match FindService::parse(data) {
        Err(error) => {
            let Some(source) = Identifier::new("lost.example") else { return };
            let answer = lost::Answer::Errors(error.to_lost(source));
            assert_eq!(lost::Answer::parse(answer.write().as_bytes()), Ok(answer));
        }
        Ok(mut query) => {
            assert!(query.locations.len() <= lost::MOST && query.path.len() <= lost::MOST);
            // There is nothing to write for a location that is not understood.
            query.locations.retain(|location| location.area.place != Place::Unknown);
            if is_moderate(data) && !query.locations.is_empty() {
                assert_eq!(FindService::parse(query.write().as_bytes()), Ok(query));
            }
        }
    }
    match lost::Answer::parse(data) {
        Err(error) => is_refusal(&Problem::from(&error)),
        Ok(answer) if is_moderate(data) => {
            assert_eq!(lost::Answer::parse(answer.write().as_bytes()), Ok(answer));
        }
        Ok(_) => {}
    }
}

/// An address from lines of `NAME value`, and the first line as a person writes a street.
pub fn civic(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut address = CivicAddress::new();
    for line in text.lines() {
        if let Some((name, value)) = line.split_once(' ')
            && let Some(element) = Element::from_name(name)
        {
            address.set(element, value);
        }
    }
    checked(&address);
    let found = street(text.lines().next().unwrap_or_default());
    checked(&found);
}

/// What the format check does with any address: nothing is lost, and doing it twice is doing it once.
fn checked(address: &CivicAddress) {
    let tidy = normalise(address);
    assert_eq!(normalise(&tidy), tidy);
    let faults = check(&tidy);
    assert!(faults.iter().all(|fault| !fault.message.is_empty() && !fault.hint.is_empty()));
    assert!(faults.is_sorted_by_key(|fault| fault.field));
    let screen = dispatcher(&tidy);
    assert!(screen.narrow.chars().count() <= NARROW && screen.wide.chars().count() <= WIDE);
    let _ = (tidy.one_line(), tidy.building());
}
