use std::fmt;

use super::{HeldError, ReadError};
use crate::pidf::{Given, PidfError, Prepared, given_in, write_prepared};
use crate::xml::{Reader, Writer, XmlError, document, find_children, ns};

/// A `locationResponse` (RFC 5985 section 5.2): by reference, by value, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationResponse {
    /// Where the location can be fetched (`locationUriSet`).
    pub uris: Option<LocationUris>,
    /// The location itself; `None` also where an answer has only a geodetic shape.
    pub location: Option<Given>,
}

/// Writes a [`LocationResponse`] whose location was prepared.
#[must_use]
pub fn write_response(uris: Option<&LocationUris>, location: Option<&Prepared>) -> String {
    let mut out = Writer::new();
    out.element("locationResponse", &[("xmlns", ns::HELD)], |out| {
        if let Some(set) = uris {
            out.element("locationUriSet", &[("expires", &crate::time::write(set.expires))], |out| {
                for uri in &set.uris {
                    out.text("locationURI", &[], uri);
                }
            });
        }
        if let Some(location) = location {
            out.enclosed(|out| write_prepared(out, location));
        }
    });
    out.finish()
}

/// A `locationUriSet` (RFC 5985 section 6.5). Who has such a URI can fetch the location, so `Debug`
/// shows only how many there are.
#[derive(Clone, PartialEq, Eq)]
pub struct LocationUris {
    /// When they stop working, Unix milliseconds.
    pub expires: i64,
    /// The URIs: opaque, not naming the device.
    pub uris: Vec<String>,
}

impl fmt::Debug for LocationUris {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocationUris({} until {})", self.uris.len(), self.expires)
    }
}

impl LocationResponse {
    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        write_response(self.uris.as_ref(), self.location.as_ref().map(Given::prepared).as_ref())
    }

    /// Reads a `locationResponse` document.
    ///
    /// # Errors
    /// [`ReadError`] names the element, its line and the fix.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = document(bytes)?;
        let expected = "locationResponse of urn:ietf:params:xml:ns:geopriv:held";
        Self::read(Reader::root(&document, ns::HELD, &["locationResponse"], expected)?)
    }

    fn read(root: Reader<'_, '_>) -> Result<Self, ReadError> {
        let uris = root.child(ns::HELD, "locationUriSet")?.map(uri_set).transpose()?;
        let location = match root.child(ns::PIDF, "presence")?.map(given_in).transpose() {
            // A shape without a civic address is a valid answer that means nothing here.
            Err(PidfError::NoCivicLocation { .. }) => None,
            other => other?,
        };
        Ok(Self { uris, location })
    }
}

/// What a HELD server answers: a client reads this, because both travel with HTTP status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Here it is.
    Location(LocationResponse),
    /// There is none, or the request was bad.
    Error(HeldError),
}

impl Answer {
    /// Reads either document.
    ///
    /// # Errors
    /// [`ReadError`] names the element, its line and the fix.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = document(bytes)?;
        let expected = "locationResponse or error of urn:ietf:params:xml:ns:geopriv:held";
        let root = Reader::root(&document, ns::HELD, &["locationResponse", "error"], expected)?;
        if root.name() == "error" {
            Ok(Self::Error(HeldError::read(root)?))
        } else {
            LocationResponse::read(root).map(Self::Location)
        }
    }
}

fn uri_set(set: Reader<'_, '_>) -> Result<LocationUris, XmlError> {
    let expires = crate::time::read(set.required_attribute("expires")?)
        .ok_or_else(|| set.bad("set expires to an RFC 3339 time such as 2026-01-31T09:30:00Z"))?;
    let uris = find_children(set.0, ns::HELD, "locationURI").map(|uri| Reader(uri).text());
    let uris: Vec<String> = uris.collect::<Result<_, _>>()?;
    if uris.is_empty() {
        return Err(set.bad("put at least one locationURI into it"));
    }
    Ok(LocationUris { expires, uris })
}
