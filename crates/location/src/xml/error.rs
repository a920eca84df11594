use thiserror::Error;

use crate::record::Problem;

/// Why a document was refused: the element, the line and, after the semicolon, what to do.
///
/// No message repeats a value of the document, because values are addresses and identities.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlError {
    /// More bytes than [`super::MAX_BYTES`].
    #[error("the document has {size} bytes; send at most {limit}")]
    TooLarge {
        /// Bytes received.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A byte sequence that is not UTF-8.
    #[error("line {line}: the document is not UTF-8; encode it as UTF-8")]
    NotUtf8 {
        /// Where the first bad byte is.
        line: u32,
    },
    /// The XML declaration names another encoding than UTF-8.
    #[error("line 1: the XML declaration names another encoding; declare and send UTF-8")]
    OtherEncoding,
    /// A document type declaration, and with it any entity.
    #[error("the document has a DTD (<!DOCTYPE …>), which is never read; remove it")]
    Dtd,
    /// More nodes, attributes or namespaces than [`super::MAX_NODES`], [`super::MAX_ATTRIBUTES`] or
    /// [`super::MAX_NAMESPACES`].
    #[error("the document has more than {limit} {what}; send fewer")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// Elements nested deeper than [`super::MAX_DEPTH`].
    #[error("line {line}: elements are nested more than {limit} deep; flatten the document")]
    TooDeep {
        /// Where the limit is passed.
        line: u32,
        /// Levels allowed.
        limit: u32,
    },
    /// Not well-formed.
    #[error("line {line}: the XML is not well-formed ({what}); close every element and escape `&` and `<`")]
    NotWellFormed {
        /// Where reading stopped.
        line: u32,
        /// The kind of fault.
        what: &'static str,
    },
    /// The document is of another kind.
    #[error("line {line}: the root element is `{found}` in namespace `{namespace}`; send `{expected}`")]
    WrongRoot {
        /// The root element that was awaited, with its namespace.
        expected: &'static str,
        /// The root element's local name, cut to 40 characters.
        found: String,
        /// Its namespace, cut to 80 characters.
        namespace: String,
        /// Where it is.
        line: u32,
    },
    /// A required element is absent.
    #[error("line {line}: `{parent}` has no `{element}`; add one")]
    MissingElement {
        /// The absent element.
        element: &'static str,
        /// Where it belongs.
        parent: String,
        /// Where the parent starts.
        line: u32,
    },
    /// A required attribute is absent or empty.
    #[error("line {line}: `{element}` has no `{attribute}` attribute; add it")]
    MissingAttribute {
        /// The absent attribute.
        attribute: &'static str,
        /// The element it belongs to.
        element: String,
        /// Where the element is.
        line: u32,
    },
    /// An element that may stand once stands twice.
    #[error("line {line}: `{element}` is given twice; keep exactly one")]
    Duplicate {
        /// The element.
        element: String,
        /// Where the second one is.
        line: u32,
    },
    /// An element or attribute holds something it cannot hold.
    #[error("line {line}: `{element}` has a value that cannot be read; {fix}")]
    BadValue {
        /// The element or attribute.
        element: String,
        /// Where it is.
        line: u32,
        /// What it must hold.
        fix: &'static str,
    },
    /// Coordinates in a reference system that is not WGS 84, or not the one that belongs there.
    #[error(
        "line {line}: the reference system of the coordinates cannot be used; use EPSG 4326, or 4979 with altitude"
    )]
    UnknownReferenceSystem {
        /// Where it is named.
        line: u32,
    },
    /// An element that the namespace does not have.
    #[error("line {line}: `{element}` is not an element of `{parent}`; remove it or correct its name")]
    UnknownElement {
        /// The element's local name, cut to 40 characters.
        element: String,
        /// Its parent.
        parent: String,
        /// Where it is.
        line: u32,
    },
}

impl XmlError {
    /// Stable code for programs, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "xml_too_large",
            Self::NotUtf8 { .. } | Self::OtherEncoding => "xml_not_utf8",
            Self::Dtd => "xml_dtd",
            Self::TooMany { .. } => "xml_too_many",
            Self::TooDeep { .. } => "xml_too_deep",
            Self::NotWellFormed { .. } => "xml_not_well_formed",
            Self::WrongRoot { .. } => "xml_wrong_root",
            Self::MissingElement { .. } => "xml_missing_element",
            Self::MissingAttribute { .. } => "xml_missing_attribute",
            Self::Duplicate { .. } => "xml_duplicate",
            Self::BadValue { .. } => "xml_bad_value",
            Self::UnknownReferenceSystem { .. } => "xml_unknown_reference_system",
            Self::UnknownElement { .. } => "xml_unknown_element",
        }
    }

    /// Whether the bytes are no acceptable XML at all, rather than XML that says the wrong thing.
    #[must_use]
    pub const fn is_about_form(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. }
                | Self::NotUtf8 { .. }
                | Self::OtherEncoding
                | Self::Dtd
                | Self::TooMany { .. }
                | Self::TooDeep { .. }
                | Self::NotWellFormed { .. }
        )
    }
}

impl From<&XmlError> for Problem {
    fn from(error: &XmlError) -> Self {
        problem(error.code(), &error.to_string())
    }
}

/// Splits "what is wrong; what to do" where every message here has its semicolon.
pub(crate) fn problem(code: &str, sentence: &str) -> Problem {
    let (message, hint) = sentence.rsplit_once("; ").unwrap_or((sentence, ""));
    Problem { code: code.to_owned(), message: message.to_owned(), hint: hint.to_owned(), fields: Vec::new() }
}
