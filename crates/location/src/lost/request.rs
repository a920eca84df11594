use super::answer::{read_path, write_path};
use super::{Identifier, Location, ReadError};
use crate::xml::{Reader, Writer, XmlError, document, line, ns};

/// How a service boundary is wanted (RFC 5222 section 8.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BoundaryForm {
    /// A reference to fetch it by.
    #[default]
    Reference,
    /// The boundary itself.
    Value,
}

/// A `findService` query (RFC 5222 section 8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindService {
    /// The same location in one or several profiles, the preferred one first.
    pub locations: Vec<Location>,
    /// The service URN (`urn:service:sos`, RFC 5031).
    pub service: Option<String>,
    /// `validateLocation`: whether the civic address is to be validated.
    pub validate: bool,
    /// `serviceBoundary`: how the boundary is wanted.
    pub boundary: BoundaryForm,
    /// Whether the server should ask further servers itself.
    pub recursive: bool,
    /// The servers it came through: a server that finds itself there answers `loop` (section 6).
    pub path: Vec<Identifier>,
}

const EXPECTED: &str = "findService of urn:ietf:params:xml:ns:lost1";

impl FindService {
    /// A query about one location, with everything else as it is by default.
    #[must_use]
    pub fn about(location: Location) -> Self {
        Self {
            locations: vec![location],
            service: None,
            validate: false,
            boundary: BoundaryForm::default(),
            recursive: false,
            path: Vec::new(),
        }
    }

    /// The location to answer for: the first whose profile is understood (RFC 5222 section 12.1);
    /// `None` means that the answer is `locationProfileUnrecognized`.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.locations.iter().find(|location| location.is_understood())
    }

    /// Whether the query has been at this server before.
    #[must_use]
    pub fn passed(&self, server: &Identifier) -> bool {
        self.path.contains(server)
    }

    /// Reads a `findService` document; what it holds of other namespaces is skipped.
    ///
    /// # Errors
    /// [`ReadError`] names the element, its line and the fix; [`ReadError::to_lost`] is the answer.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = document(bytes)?;
        let root = Reader(document.root_element());
        if root.0.tag_name().namespace() == Some(ns::LOST) && root.name() != "findService" {
            let name = root.name().chars().take(40).collect();
            return Err(ReadError::Unsupported { name, line: line(root.0) });
        }
        let root = Reader::root(&document, ns::LOST, &["findService"], EXPECTED)?;
        let locations = Location::read_all(root)?;
        if locations.is_empty() {
            root.required(ns::LOST, "location")?;
        }
        let service = root.child(ns::LOST, "service")?.map(uri).transpose()?;
        let boundary = match root.0.attribute("serviceBoundary").map(str::trim) {
            None | Some("reference") => BoundaryForm::Reference,
            Some("value") => BoundaryForm::Value,
            Some(_) => return Err(attribute(root, "serviceBoundary", "write reference or value").into()),
        };
        Ok(Self {
            locations,
            service,
            validate: root.boolean("validateLocation")?,
            boundary,
            recursive: root.boolean("recursive")?,
            path: read_path(root)?.unwrap_or_default(),
        })
    }

    /// Writes the document. A location that was not understood is left out.
    ///
    /// It is valid against RFC 5222's schema if it holds at least one location and its service is a URI.
    #[must_use]
    pub fn write(&self) -> String {
        let mut attributes = vec![("xmlns", ns::LOST)];
        if self.validate {
            attributes.push(("validateLocation", "true"));
        }
        if self.boundary == BoundaryForm::Value {
            attributes.push(("serviceBoundary", "value"));
        }
        if self.recursive {
            attributes.push(("recursive", "true"));
        }
        let mut out = Writer::new();
        out.element("findService", &attributes, |out| {
            for location in
                self.locations.iter().filter(|location| location.area.place != super::Place::Unknown)
            {
                location.write(out);
            }
            if let Some(service) = &self.service {
                out.text("service", &[], service);
            }
            write_path(out, &self.path);
        });
        out.finish()
    }
}

/// A URI as an element's text; never empty, no white space.
pub(super) fn uri(element: Reader<'_, '_>) -> Result<String, XmlError> {
    let text = element.text()?;
    if text.is_empty() || text.contains(' ') {
        return Err(element.bad("write one URI, such as urn:service:sos"));
    }
    Ok(text)
}

fn attribute(root: Reader<'_, '_>, name: &str, fix: &'static str) -> XmlError {
    XmlError::BadValue { element: name.to_owned(), line: line(root.0), fix }
}
