use super::words::message_attributes;
use super::{Exceptions, Identifier, LocationValidation, MOST, Mapping, ReadError, Text};
use crate::xml::{Reader, Writer, XmlError, document, find_children, ns};

/// What a LoST server answers: all of them travel with HTTP status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A mapping, and what was asked about the location.
    Found(FindServiceResponse),
    /// There is none, or the request was bad.
    Errors(Exceptions),
    /// Another server knows: ask that one.
    Redirect(Redirect),
}

impl Answer {
    /// Reads the answer to a `findService`.
    ///
    /// # Errors
    /// [`ReadError`] names the element, its line and the fix.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = document(bytes)?;
        let expected = "findServiceResponse, errors or redirect of urn:ietf:params:xml:ns:lost1";
        let names = ["findServiceResponse", "errors", "redirect"];
        let root = Reader::root(&document, ns::LOST, &names, expected)?;
        Ok(match root.name() {
            "errors" => Self::Errors(Exceptions::read(root)?),
            "redirect" => Self::Redirect(Redirect::read(root)?),
            _ => Self::Found(FindServiceResponse::read(root)?),
        })
    }

    /// Writes the document.
    ///
    /// It is valid against RFC 5222's schema if its URIs are URIs and a response has a mapping. The
    /// schema lacks `SRSInvalid` and `locationValidationUnavailable`, which the text of RFC 5222
    /// (sections 13.1 and 13.2) has.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = Writer::new();
        match self {
            Self::Found(response) => response.write(&mut out),
            Self::Errors(errors) => errors.write(&mut out, "errors", &[("xmlns", ns::LOST)]),
            Self::Redirect(redirect) => redirect.write(&mut out),
        }
        out.finish()
    }
}

/// A `findServiceResponse` (RFC 5222 section 8.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindServiceResponse {
    /// Which service answers; at least one, the first is the one to use.
    pub mappings: Vec<Mapping>,
    /// What was found about the civic address, where that was asked for.
    pub validation: Option<LocationValidation>,
    /// What went wrong without making the answer useless.
    pub warnings: Vec<Exceptions>,
    /// The servers that the answer came through. Where an answer has none, the mapping's own.
    pub path: Vec<Identifier>,
    /// The `id` of the location that was used.
    pub location_used: Option<String>,
}

impl FindServiceResponse {
    fn read(root: Reader<'_, '_>) -> Result<Self, XmlError> {
        let first = Mapping::read(root.first(ns::LOST, "mapping")?)?;
        let source = first.source.clone();
        let mut mappings = vec![first];
        for element in find_children(root.0, ns::LOST, "mapping").skip(1) {
            few(mappings.len(), "mappings")?;
            mappings.push(Mapping::read(Reader(element))?);
        }
        let mut warnings = Vec::new();
        for element in find_children(root.0, ns::LOST, "warnings") {
            few(warnings.len(), "warnings")?;
            warnings.push(Exceptions::read(Reader(element))?);
        }
        let validation = root.child(ns::LOST, "locationValidation")?;
        let used = root.child(ns::LOST, "locationUsed")?;
        Ok(Self {
            mappings,
            validation: validation.map(LocationValidation::read).transpose()?,
            warnings,
            path: read_path(root)?.unwrap_or_else(|| vec![source]),
            location_used: used.map(|used| used.token_attribute("id")).transpose()?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.element("findServiceResponse", &[("xmlns", ns::LOST)], |out| {
            for mapping in &self.mappings {
                mapping.write(out);
            }
            if let Some(validation) = &self.validation {
                validation.write(out);
            }
            for warnings in &self.warnings {
                warnings.write(out, "warnings", &[]);
            }
            if self.path.is_empty() {
                let own = self.mappings.first().map(|mapping| mapping.source.clone());
                write_path(out, own.as_slice());
            } else {
                write_path(out, &self.path);
            }
            if let Some(id) = &self.location_used {
                out.empty("locationUsed", &[("id", id)]);
            }
        });
    }
}

/// A `redirect` (RFC 5222 section 13.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The server to ask; resolved like any LoST server name.
    pub target: Identifier,
    /// Who says so.
    pub source: Identifier,
    /// Why, for a person.
    pub message: Option<Text>,
}

impl Redirect {
    fn read(root: Reader<'_, '_>) -> Result<Self, XmlError> {
        Ok(Self {
            target: Identifier::attribute(root, "target")?,
            source: Identifier::attribute(root, "source")?,
            message: Text::message(root),
        })
    }

    fn write(&self, out: &mut Writer) {
        let mut attributes =
            vec![("xmlns", ns::LOST), ("target", self.target.as_str()), ("source", self.source.as_str())];
        attributes.extend(message_attributes(self.message.as_ref()));
        out.empty("redirect", &attributes);
    }
}

fn few(already: usize, what: &'static str) -> Result<(), XmlError> {
    if already < MOST { Ok(()) } else { Err(XmlError::TooMany { what, limit: MOST }) }
}

/// `path`: one `via` for each server (RFC 5222 section 6).
pub(super) fn read_path(root: Reader<'_, '_>) -> Result<Option<Vec<Identifier>>, XmlError> {
    let Some(path) = root.child(ns::LOST, "path")? else { return Ok(None) };
    let mut servers = Vec::new();
    for via in find_children(path.0, ns::LOST, "via") {
        few(servers.len(), "servers in its path")?;
        servers.push(Identifier::attribute(Reader(via), "source")?);
    }
    Ok((!servers.is_empty()).then_some(servers))
}

pub(super) fn write_path(out: &mut Writer, path: &[Identifier]) {
    if path.is_empty() {
        return;
    }
    out.element("path", &[], |out| {
        for server in path {
            out.empty("via", &[("source", server.as_str())]);
        }
    });
}
