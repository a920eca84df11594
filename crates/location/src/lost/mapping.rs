use super::request::uri;
use super::words::{language_of, message_attributes};
use super::{Area, Identifier, MOST, Place, Text};
use crate::xml::{Reader, Writer, XmlError, find_children, ns};

/// How long an answer may be kept (RFC 5222 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// Until then, Unix milliseconds.
    At(i64),
    /// `NO-CACHE`: not at all.
    NoCache,
    /// `NO-EXPIRATION`: for ever.
    Never,
}

/// Where a mapping holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// `serviceBoundaryReference`: a key to fetch it by.
    Reference {
        /// The server that has it.
        source: Identifier,
        /// The key.
        key: String,
    },
    /// `serviceBoundary`, in one or several profiles.
    Value(Vec<Area>),
}

/// A `mapping`: which service answers (RFC 5222 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// How long it may be kept.
    pub expires: Expires,
    /// When it was last changed, Unix milliseconds.
    pub last_updated: i64,
    /// The authoritative server.
    pub source: Identifier,
    /// That server's name for the mapping.
    pub source_id: String,
    /// What people call the service, by language.
    pub display_names: Vec<Text>,
    /// The service that the mapping is for.
    pub service: Option<String>,
    /// Where it holds.
    pub boundary: Option<Boundary>,
    /// Where the service is reached; may be empty (section 5.6).
    pub uris: Vec<String>,
    /// What to dial for it: digits, `*` and `#`.
    pub service_number: Option<String>,
    /// A remark for a person.
    pub message: Option<Text>,
}

impl Mapping {
    /// A mapping to URIs, with nothing that may be left out.
    #[must_use]
    pub fn new(expires: Expires, last_updated: i64, source: Identifier, source_id: &str) -> Self {
        Self {
            expires,
            last_updated,
            source,
            source_id: source_id.to_owned(),
            display_names: Vec::new(),
            service: None,
            boundary: None,
            uris: Vec::new(),
            service_number: None,
            message: None,
        }
    }

    pub(super) fn read(element: Reader<'_, '_>) -> Result<Self, XmlError> {
        let time = "write RFC 3339 times such as 2026-01-31T09:30:00Z";
        let expires = match element.required_attribute("expires")? {
            "NO-CACHE" => Expires::NoCache,
            "NO-EXPIRATION" => Expires::Never,
            text => Expires::At(crate::time::read(text).ok_or_else(|| element.bad(time))?),
        };
        let updated = crate::time::read(element.required_attribute("lastUpdated")?);
        let names = children(element, "displayName")?;
        let display_names = names.into_iter().map(|name| Ok(Text::new(language_of(name), &name.text()?)));
        Ok(Self {
            expires,
            last_updated: updated.ok_or_else(|| element.bad(time))?,
            source: Identifier::attribute(element, "source")?,
            source_id: element.token_attribute("sourceId")?,
            display_names: display_names.collect::<Result<_, XmlError>>()?,
            service: element.child(ns::LOST, "service")?.map(uri).transpose()?,
            boundary: boundary(element)?,
            uris: children(element, "uri")?.into_iter().map(uri).collect::<Result<_, _>>()?,
            service_number: element.child(ns::LOST, "serviceNumber")?.map(number).transpose()?,
            message: Text::message(element),
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let expires = match self.expires {
            Expires::At(ms) => crate::time::write(ms),
            Expires::NoCache => "NO-CACHE".to_owned(),
            Expires::Never => "NO-EXPIRATION".to_owned(),
        };
        let updated = crate::time::write(self.last_updated);
        let mut attributes = vec![
            ("expires", expires.as_str()),
            ("lastUpdated", &updated),
            ("source", self.source.as_str()),
            ("sourceId", &self.source_id),
        ];
        attributes.extend(message_attributes(self.message.as_ref()));
        out.element("mapping", &attributes, |out| {
            for name in &self.display_names {
                out.text("displayName", &[("xml:lang", name.language())], name.as_str());
            }
            if let Some(service) = &self.service {
                out.text("service", &[], service);
            }
            match &self.boundary {
                Some(Boundary::Reference { source, key }) => {
                    out.empty("serviceBoundaryReference", &[("source", source.as_str()), ("key", key)]);
                }
                Some(Boundary::Value(areas)) => {
                    for area in areas {
                        let profile = [("profile", area.profile.token())];
                        out.element("serviceBoundary", &profile, |out| area.place.write(out));
                    }
                }
                None => {}
            }
            for uri in &self.uris {
                out.text("uri", &[], uri);
            }
            if let Some(number) = &self.service_number {
                out.text("serviceNumber", &[], number);
            }
        });
    }
}

/// The children of that name; not many.
fn children<'a, 'input>(
    parent: Reader<'a, 'input>,
    name: &'static str,
) -> Result<Vec<Reader<'a, 'input>>, XmlError> {
    let all: Vec<_> = find_children(parent.0, ns::LOST, name).map(Reader).collect();
    if all.len() > MOST { Err(XmlError::TooMany { what: name, limit: MOST }) } else { Ok(all) }
}

/// A boundary in a form that is not understood is left out: the mapping holds without it.
fn boundary(mapping: Reader<'_, '_>) -> Result<Option<Boundary>, XmlError> {
    if let Some(reference) = mapping.child(ns::LOST, "serviceBoundaryReference")? {
        let source = Identifier::attribute(reference, "source")?;
        return Ok(Some(Boundary::Reference { source, key: reference.token_attribute("key")? }));
    }
    let mut areas = Vec::new();
    for area in children(mapping, "serviceBoundary")? {
        let area = Area::read(area)?;
        if area.place != Place::Unknown {
            areas.push(area);
        }
    }
    Ok((!areas.is_empty()).then_some(Boundary::Value(areas)))
}

fn number(element: Reader<'_, '_>) -> Result<String, XmlError> {
    let text = element.text()?;
    let dialled = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    if !text.is_empty() && text.chars().all(dialled) {
        Ok(text)
    } else {
        Err(element.bad("write digits, * and # only"))
    }
}
