use thiserror::Error;

use crate::pidf::PidfError;
use crate::record::Problem;
use crate::xml::{QNames, Reader, Writer, XmlError, find_children, ns};

/// The codes of RFC 5985 section 6.3 and of RFC 6155.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request is well-formed but cannot be understood.
    RequestError,
    /// The request is not well-formed XML.
    XmlError,
    /// The server has a fault of its own. A code that is not known is read as this one.
    GeneralLisError,
    /// There is no location for this device now; asking again later may help.
    LocationUnknown,
    /// The message is of a kind that this server does not answer.
    UnsupportedMessage,
    /// No location in the time that was allowed.
    Timeout,
    /// `exact` asked for a form that is not available.
    CannotProvideLiType,
    /// This device will never have a location here; do not ask again.
    NotLocatable,
    /// The identity is of a kind that does not help, or is ambiguous (RFC 6155).
    BadIdentifier,
}

impl ErrorCode {
    const ALL: [Self; 9] = [
        Self::RequestError,
        Self::XmlError,
        Self::GeneralLisError,
        Self::LocationUnknown,
        Self::UnsupportedMessage,
        Self::Timeout,
        Self::CannotProvideLiType,
        Self::NotLocatable,
        Self::BadIdentifier,
    ];

    /// The code as it stands in the document.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::RequestError => "requestError",
            Self::XmlError => "xmlError",
            Self::GeneralLisError => "generalLisError",
            Self::LocationUnknown => "locationUnknown",
            Self::UnsupportedMessage => "unsupportedMessage",
            Self::Timeout => "timeout",
            Self::CannotProvideLiType => "cannotProvideLiType",
            Self::NotLocatable => "notLocatable",
            Self::BadIdentifier => "badIdentifier",
        }
    }

    fn from_token(token: &str) -> Self {
        Self::ALL.into_iter().find(|code| code.token() == token).unwrap_or(Self::GeneralLisError)
    }
}

/// An `error` answer (RFC 5985 section 6.3). It travels with HTTP status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldError {
    /// What kind of error.
    pub code: ErrorCode,
    /// For a person, in English; may be empty.
    pub message: String,
    /// With `badIdentifier`: the kinds of identity that would help (`requiredIdentifiers`, RFC 6155),
    /// as [`super::Identity::kind`] names them.
    pub required: Vec<String>,
}

impl HeldError {
    /// An error with a message.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), required: Vec::new() }
    }

    /// The same, and which kinds of identity would help.
    #[must_use]
    pub fn requiring(mut self, kinds: &[&str]) -> Self {
        self.required = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        self
    }

    /// Writes it as a document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = Writer::new();
        let attributes = [("xmlns", ns::HELD), ("code", self.code.token())];
        out.element("error", &attributes, |out| {
            if !self.message.is_empty() {
                out.text("message", &[("xml:lang", "en")], &self.message);
            }
            if !self.required.is_empty() {
                let kinds = || self.required.iter().map(|kind| (ns::HELD_ID, kind.as_str()));
                let names = QNames::of(kinds());
                let element = names.list(std::iter::once((ns::HELD_ID, "requiredIdentifiers")));
                out.text(&element, &names.declarations(), &names.list(kinds()));
            }
        });
        out.finish()
    }

    /// Reads an `error` document.
    ///
    /// # Errors
    /// [`ReadError`] names the element, its line and the fix.
    pub fn parse(document: &[u8]) -> Result<Self, ReadError> {
        let document = crate::xml::document(document)?;
        let root =
            Reader::root(&document, ns::HELD, &["error"], "error of urn:ietf:params:xml:ns:geopriv:held")?;
        Ok(Self::read(root)?)
    }

    /// Reads the `error` element. Of messages in several languages the first counts.
    pub(super) fn read(error: Reader<'_, '_>) -> Result<Self, XmlError> {
        let code = ErrorCode::from_token(error.required_attribute("code")?);
        let first = find_children(error.0, ns::HELD, "message").next();
        let message = first.map(|message| Reader(message).text()).transpose()?.unwrap_or_default();
        let named = error.child(ns::HELD_ID, "requiredIdentifiers")?.map(Reader::qnames).transpose()?;
        let own = named.into_iter().flatten().filter(|(namespace, _)| namespace == ns::HELD_ID);
        Ok(Self { code, message, required: own.map(|(_, kind)| kind).collect() })
    }
}

/// Why a HELD document was refused. No message repeats an identity or an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The XML, or an element of it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The PIDF-LO in an answer.
    #[error(transparent)]
    Pidf(#[from] PidfError),
    /// A HELD message that is not read here.
    #[error("line {line}: `{name}` is not a message this server answers; send `locationRequest`")]
    Unsupported {
        /// The root element, cut to 40 characters.
        name: String,
        /// Where it is.
        line: u32,
    },
}

impl ReadError {
    /// The answer for whoever sent the request (RFC 5985 section 6.3).
    #[must_use]
    pub fn to_held(&self) -> HeldError {
        let code = match self {
            Self::Xml(error) if error.is_about_form() => ErrorCode::XmlError,
            Self::Xml(_) | Self::Pidf(_) => ErrorCode::RequestError,
            Self::Unsupported { .. } => ErrorCode::UnsupportedMessage,
        };
        HeldError::new(code, self.to_string())
    }

    /// Stable code for programs, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Xml(error) => error.code(),
            Self::Pidf(error) => error.code(),
            Self::Unsupported { .. } => "held_unsupported_message",
        }
    }
}

impl From<&ReadError> for Problem {
    fn from(error: &ReadError) -> Self {
        crate::xml::problem(error.code(), &error.to_string())
    }
}
