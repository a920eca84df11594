//! PIDF-LO: the document that carries a location (RFC 3863, 4119, 5139, 5491, 6848).
//!
//! Three views of the same kind of document: [`Presence`] is all of it that is understood, also its
//! shapes; [`Pidf`] is a registration, one civic location of one endpoint and device, which a client
//! PUTs with XCAP (RFC 4827) and reads back; [`Given`] is the part of that which the call path gets with
//! HELD: no endpoint, no device, no revision.
//!
//! ```
//! use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
//! use rightdoor_location::pidf::Pidf;
//!
//! let address = CivicAddress::new().with(Element::Country, "US").with(Element::FLR, "5");
//! let document = Pidf {
//!     entity: "sip:ada@example.com".into(),
//!     device: "desk-1".into(),
//!     revision: Revision(3),
//!     confirmed_at: 1_770_000_000_000,
//!     basis: Basis::Manual,
//!     content: Content::Located(address),
//! };
//! assert_eq!(Pidf::parse(document.write().as_bytes()), Ok(document));
//! ```

mod device_id;
mod presence;
mod read;
mod whole;
mod write;

use thiserror::Error;

use crate::record::Problem;
use crate::xml::{XmlError, problem};
use crate::{Basis, CivicAddress, Content, Revision};

pub use presence::{Confidence, Distribution, Kind, Location, Part, Presence, Subject, UsageRules};
pub(crate) use read::given_in;
pub(crate) use write::write_prepared;

/// A registration as a PIDF-LO document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pidf {
    /// `presence/@entity`: the endpoint's URI (RFC 3863 section 4.1.1).
    pub entity: String,
    /// The device, from the tuple's (or RFC 4479 device's) `id`.
    pub device: String,
    /// The registration's number; 0 in a document that has none.
    pub revision: Revision,
    /// `timestamp`: when it was confirmed, Unix milliseconds; 0 where a foreign document has none,
    /// which is older than anything.
    pub confirmed_at: i64,
    /// Why it is believed. A foreign document has only RFC 4119's `method`: `Manual` is
    /// [`Basis::Manual`], another method [`Basis::NetworkMap`], none [`Basis::AdminStatic`].
    pub basis: Basis,
    /// The location, or the honest absence of one.
    pub content: Content,
}

impl Pidf {
    /// Reads a document, with a revision or anybody's.
    ///
    /// Of several locations it takes the first `device` that has a civic one, else the first
    /// `tuple`, else the first `person` (RFC 5491 section 3.4). Geodetic shapes are skipped.
    ///
    /// # Errors
    /// [`PidfError`] names the element, its line and the fix.
    pub fn parse(document: &[u8]) -> Result<Self, PidfError> {
        read::parse(document)
    }

    /// Writes the document: `presence` with one `tuple`, `geopriv` in its status, and `revision` and
    /// `basis` in the namespace `urn:rightdoor:pidf:1`. Without a location the status is `closed` and
    /// the element `absence` says why.
    ///
    /// It is valid against the schemas of RFC 3863, 4119, 5139 and 6848 if `entity` is a URI and
    /// `country`, where set, is two upper-case letters (see [`crate::format::check`]).
    #[must_use]
    pub fn write(&self) -> String {
        write::write_own(self)
    }

    /// The `status` element that [`Pidf::write`] writes for its location, and [`Given::write`] for what the call path
    /// is given of it; `None` where there is no location.
    ///
    /// Whoever keeps a document that holds this very text can pass it on unread, as [`Prepared`].
    #[must_use]
    pub fn status(&self) -> Option<String> {
        Some(write::write_status(self.content.address()?, Method::from(self.basis)))
    }

    /// What the call path is given of it under `pseudonym`, an URI that cannot be linked to the
    /// person (RFC 5985 section 6.6); `None` where there is no location (answer `locationUnknown`).
    #[must_use]
    pub fn for_call_path(&self, pseudonym: &str) -> Option<Given> {
        let address = self.content.address()?;
        Some(Given {
            entity: pseudonym.to_owned(),
            confirmed_at: self.confirmed_at,
            method: Method::from(self.basis),
            address: address.clone(),
        })
    }
}

/// A location as the call path gets it: by value in HELD's `locationResponse`, or alone when a
/// location URI is dereferenced as `application/pidf+xml` (RFC 6753).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// An unlinked pseudonym (`pres:…@…`).
    pub entity: String,
    /// When the location was confirmed, Unix milliseconds.
    pub confirmed_at: i64,
    /// How it was found.
    pub method: Method,
    /// Where responders go.
    pub address: CivicAddress,
}

impl Given {
    /// Writes it as a PIDF-LO document of its own.
    #[must_use]
    pub fn write(&self) -> String {
        self.prepared().write()
    }

    /// Writes the longest part of it.
    #[must_use]
    pub fn prepared(&self) -> Prepared {
        Prepared {
            entity: self.entity.clone(),
            confirmed_at: self.confirmed_at,
            status: write::write_status(&self.address, self.method),
        }
    }

    /// Reads a PIDF-LO document as a client of the call path does.
    ///
    /// # Errors
    /// As [`Pidf::parse`]; and [`PidfError::NoCivicLocation`] where the document says that there is none.
    pub fn parse(document: &[u8]) -> Result<Self, PidfError> {
        read::parse_given(document)
    }
}

/// [`Given`] with its longest part written: what a server keeps, so that no call waits for it to be written anew.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// An unlinked pseudonym (`pres:…@…`).
    pub entity: String,
    /// When the location was confirmed, Unix milliseconds.
    pub confirmed_at: i64,
    /// The `status` element with the location, as [`Pidf::status`] gives it; it is not looked into again.
    pub status: String,
}

impl Prepared {
    /// Writes it as a PIDF-LO document of its own.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = crate::xml::Writer::new();
        write_prepared(&mut out, self);
        out.finish()
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

/// RFC 4119 section 2.2.3 `method`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A person entered it.
    Manual,
    /// It was derived from something else, such as the network.
    Derived,
}

impl Method {
    /// The token of IANA's method registry.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::Derived => "Derived",
        }
    }
}

impl From<Basis> for Method {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Manual | Basis::AdminStatic => Self::Manual,
            Basis::NetworkMap | Basis::ConfirmedHereBefore | Basis::OsSuggestionConfirmed => Self::Derived,
        }
    }
}

/// Why a PIDF-LO was refused. No message repeats an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PidfError {
    /// The XML, or an element of it.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// No `geopriv` with a civic address in any device, tuple or person, and no statement that there is none.
    #[error(
        "line {line}: `presence` has no civic location; put a `civicAddress` into a tuple's `geopriv/location-info`"
    )]
    NoCivicLocation {
        /// Where `presence` starts.
        line: u32,
    },
    /// The document says both that there is a location and that there is none.
    #[error("line {line}: `absence` stands beside a location; keep one of them")]
    Contradiction {
        /// Where `absence` is.
        line: u32,
    },
}

impl PidfError {
    /// Stable code for programs, `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Xml(error) => error.code(),
            Self::NoCivicLocation { .. } => "pidf_no_civic_location",
            Self::Contradiction { .. } => "pidf_contradiction",
        }
    }
}

impl From<&PidfError> for Problem {
    fn from(error: &PidfError) -> Self {
        problem(error.code(), &error.to_string())
    }
}
