use roxmltree::Node;

use super::words::message_attributes;
use super::{Identifier, Text};
use crate::xml::{Reader, Writer, XmlError, line, ns};

/// The errors of RFC 5222 section 13.1 and the warnings of section 13.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExceptionCode {
    /// The request cannot be parsed or understood.
    BadRequest,
    /// The server refuses to answer it.
    Forbidden,
    /// The server has a fault of its own.
    InternalError,
    /// None of the location profiles is known.
    LocationProfileUnrecognized {
        /// The profiles that are not known.
        unsupported: Vec<String>,
    },
    /// The location is malformed, or its content does not fit its profile.
    LocationInvalid,
    /// The spatial reference system is not known or does not fit the profile.
    SrsInvalid,
    /// The query has been at this server before.
    Loop,
    /// The server has no answer for this location and service.
    NotFound,
    /// Another server answered something that could not be understood.
    ServerError,
    /// Another server did not answer in time.
    ServerTimeout,
    /// The service URN is not known.
    ServiceNotImplemented,
    /// Warning: the location could not be validated, though that was asked for.
    LocationValidationUnavailable,
    /// Warning: the mapping is for another service than the one asked for.
    ServiceSubstitution,
    /// Warning: the mapping is the default one, not that of this location.
    DefaultMappingReturned,
}

impl ExceptionCode {
    /// The element's name.
    #[must_use]
    pub const fn token(&self) -> &'static str {
        match self {
            Self::BadRequest => "badRequest",
            Self::Forbidden => "forbidden",
            Self::InternalError => "internalError",
            Self::LocationProfileUnrecognized { .. } => "locationProfileUnrecognized",
            Self::LocationInvalid => "locationInvalid",
            Self::SrsInvalid => "SRSInvalid",
            Self::Loop => "loop",
            Self::NotFound => "notFound",
            Self::ServerError => "serverError",
            Self::ServerTimeout => "serverTimeout",
            Self::ServiceNotImplemented => "serviceNotImplemented",
            Self::LocationValidationUnavailable => "locationValidationUnavailable",
            Self::ServiceSubstitution => "serviceSubstitution",
            Self::DefaultMappingReturned => "defaultMappingReturned",
        }
    }

    /// Whether it comes beside an answer, rather than instead of one.
    #[must_use]
    pub const fn is_warning(&self) -> bool {
        matches!(
            self,
            Self::LocationValidationUnavailable | Self::ServiceSubstitution | Self::DefaultMappingReturned
        )
    }

    /// `None` where the element is none of RFC 5222's.
    fn read(element: Reader<'_, '_>) -> Option<Self> {
        Some(match element.name() {
            "badRequest" => Self::BadRequest,
            "forbidden" => Self::Forbidden,
            "internalError" => Self::InternalError,
            "locationProfileUnrecognized" => {
                let profiles = element.0.attribute("unsupportedProfiles").unwrap_or_default();
                let unsupported = profiles.split_whitespace().map(str::to_owned).collect();
                Self::LocationProfileUnrecognized { unsupported }
            }
            "locationInvalid" => Self::LocationInvalid,
            "SRSInvalid" => Self::SrsInvalid,
            "loop" => Self::Loop,
            "notFound" => Self::NotFound,
            "serverError" => Self::ServerError,
            "serverTimeout" => Self::ServerTimeout,
            "serviceNotImplemented" => Self::ServiceNotImplemented,
            "locationValidationUnavailable" => Self::LocationValidationUnavailable,
            "serviceSubstitution" => Self::ServiceSubstitution,
            "defaultMappingReturned" => Self::DefaultMappingReturned,
            _ => return None,
        })
    }
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// What kind.
    pub code: ExceptionCode,
    /// For a person.
    pub message: Option<Text>,
}

/// `errors` or `warnings` of one server (RFC 5222 section 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceptions {
    /// The server that says so.
    pub source: Identifier,
    /// What it says; each kind at most once.
    pub list: Vec<Exception>,
}

impl Exceptions {
    /// One error or warning, with a message in English.
    #[must_use]
    pub fn one(source: Identifier, code: ExceptionCode, message: &str) -> Self {
        Self { source, list: vec![Exception { code, message: Some(Text::new("en", message)) }] }
    }

    pub(super) fn read(container: Reader<'_, '_>) -> Result<Self, XmlError> {
        let mut list: Vec<Exception> = Vec::new();
        for child in container.0.children().filter(Node::is_element).map(Reader) {
            // Codes may come that are not known yet, also in RFC 5222's own namespace.
            let known = child.0.tag_name().namespace() == Some(ns::LOST);
            let Some(code) = known.then(|| ExceptionCode::read(child)).flatten() else { continue };
            if list.iter().any(|earlier| earlier.code.token() == code.token()) {
                return Err(XmlError::Duplicate { element: code.token().to_owned(), line: line(child.0) });
            }
            list.push(Exception { code, message: Text::message(child) });
        }
        Ok(Self { source: Identifier::attribute(container, "source")?, list })
    }

    pub(super) fn write(&self, out: &mut Writer, name: &str, more: &[(&str, &str)]) {
        let attributes = [more, &[("source", self.source.as_str())]].concat();
        out.element(name, &attributes, |out| {
            for exception in &self.list {
                let profiles = match &exception.code {
                    ExceptionCode::LocationProfileUnrecognized { unsupported } => Some(unsupported.join(" ")),
                    ExceptionCode::BadRequest
                    | ExceptionCode::Forbidden
                    | ExceptionCode::InternalError
                    | ExceptionCode::LocationInvalid
                    | ExceptionCode::SrsInvalid
                    | ExceptionCode::Loop
                    | ExceptionCode::NotFound
                    | ExceptionCode::ServerError
                    | ExceptionCode::ServerTimeout
                    | ExceptionCode::ServiceNotImplemented
                    | ExceptionCode::LocationValidationUnavailable
                    | ExceptionCode::ServiceSubstitution
                    | ExceptionCode::DefaultMappingReturned => None,
                };
                let mut attributes = Vec::new();
                attributes.extend(profiles.as_deref().map(|list| ("unsupportedProfiles", list)));
                attributes.extend(message_attributes(exception.message.as_ref()));
                out.empty(exception.code.token(), &attributes);
            }
        });
    }
}
