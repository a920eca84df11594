use thiserror::Error;

use super::{Exception, ExceptionCode, Exceptions, Identifier, Text};
use crate::xml::XmlError;

/// Why a LoST document was refused. No message repeats a location.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The XML, or an element of it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A LoST query that is not answered here.
    #[error("line {line}: `{name}` is not a query this server answers; send `findService`")]
    Unsupported {
        /// The root element, cut to 40 characters.
        name: String,
        /// Where it is.
        line: u32,
    },
}

impl ReadError {
    /// The answer for whoever sent the request (RFC 5222 section 13.1), from the server `source`.
    #[must_use]
    pub fn to_lost(&self, source: Identifier) -> Exceptions {
        let code = match self {
            Self::Xml(XmlError::UnknownReferenceSystem { .. }) => ExceptionCode::SrsInvalid,
            Self::Xml(_) | Self::Unsupported { .. } => ExceptionCode::BadRequest,
        };
        let message = Some(Text::new("en", &self.to_string()));
        Exceptions { source, list: vec![Exception { code, message }] }
    }

    /// Stable code for programs, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Xml(error) => error.code(),
            Self::Unsupported { .. } => "lost_unsupported_query",
        }
    }
}

impl From<&ReadError> for crate::record::Problem {
    fn from(error: &ReadError) -> Self {
        crate::xml::problem(error.code(), &error.to_string())
    }
}
