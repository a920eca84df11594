use std::fmt;

use super::{PidfError, whole};
use crate::xml::{Reader, Writer, document, ns};
use crate::{CivicAddress, geo::Shape};

/// A PIDF-LO document with everything in it that is understood: every device, tuple and person
/// with its locations (RFC 3863, RFC 4479, RFC 4119, RFC 5491).
///
/// What is not understood (other namespaces, unknown shapes, `provided-by`) is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// `presence/@entity`.
    pub entity: String,
    /// Who or what is located: tuples first, as the schema has them, then devices and persons in document
    /// order. Also those without a location.
    pub subjects: Vec<Subject>,
}

/// What an element of a presence document stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `device` (RFC 4479 section 3.3): the thing itself. RFC 5491 has its location count first.
    Device,
    /// `tuple` (RFC 3863 section 4.1.2): a way to reach somebody.
    Tuple,
    /// `person` (RFC 4479 section 3.1).
    Person,
}

/// A device, tuple or person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which of them.
    pub kind: Kind,
    /// Its `id`.
    pub id: String,
    /// `deviceID`, a URI; only devices have one.
    pub device_id: Option<String>,
    /// `timestamp`, Unix milliseconds.
    pub timestamp: Option<i64>,
    /// One for each `geopriv`: they describe the same place, or one is meant for another reader.
    pub locations: Vec<Location>,
}

/// A `geopriv` element (RFC 4119 section 2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// What `location-info` holds: one place, or a coarse part and then a finer one of the same
    /// place, such as a point and a floor (RFC 5491 section 3.2, rules 5 to 7).
    pub parts: Vec<Part>,
    /// How certain it is that the place is within the shape (RFC 7459).
    pub confidence: Confidence,
    /// What the reader may do with it.
    pub rules: UsageRules,
    /// `method`: a token of IANA's registry, such as `Manual` or `Wiremap`.
    pub method: Option<String>,
}

impl Location {
    /// The civic address in it, which may be no more than a floor beside a shape.
    #[must_use]
    pub fn address(&self) -> Option<&CivicAddress> {
        self.parts.iter().find_map(|part| match part {
            Part::Civic(address) => Some(address),
            Part::Geodetic(_) => None,
        })
    }

    /// The shape in it.
    #[must_use]
    pub fn shape(&self) -> Option<&Shape> {
        self.parts.iter().find_map(|part| match part {
            Part::Geodetic(shape) => Some(shape),
            Part::Civic(_) => None,
        })
    }
}

/// One part of a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A civic address.
    Civic(CivicAddress),
    /// A shape.
    Geodetic(Shape),
}

/// How certain a shape is (RFC 7459).
#[derive(Clone, Copy, PartialEq, Default)]
pub struct Confidence {
    percent: Option<f64>,
    distribution: Distribution,
    stated: bool,
}

// Its number is never NaN: `new` sees to that.
impl Eq for Confidence {}

impl Confidence {
    /// A confidence, in percent; `None` where it is not between 0 and 100, both excluded.
    #[must_use]
    pub fn new(percent: f64, distribution: Distribution) -> Option<Self> {
        let fits = percent > 0.0 && percent < 100.0;
        fits.then_some(Self { percent: Some(percent), distribution, stated: true })
    }

    /// The document says `unknown`.
    #[must_use]
    pub const fn unknown(distribution: Distribution) -> Self {
        Self { percent: None, distribution, stated: true }
    }

    /// Percent; 95 where a document states none, and `None` where it says that nobody knows.
    #[must_use]
    pub const fn percent(&self) -> Option<f64> {
        if self.stated { self.percent } else { Some(95.0) }
    }

    /// How the probability is spread over the shape.
    #[must_use]
    pub const fn distribution(&self) -> Distribution {
        self.distribution
    }

    /// Whether the document states it.
    #[must_use]
    pub const fn is_stated(&self) -> bool {
        self.stated
    }
}

impl fmt::Debug for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confidence({:?} %)", self.percent())
    }
}

/// `pdf`: the probability density function (RFC 7459).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distribution {
    /// Nobody has said.
    #[default]
    Unknown,
    /// More likely in the middle.
    Normal,
    /// Equally likely everywhere.
    Rectangular,
}

impl Distribution {
    pub(super) const fn token(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Normal => "normal",
            Self::Rectangular => "rectangular",
        }
    }
}

/// `usage-rules` (RFC 4119 section 2.2.2). Empty means: not to be passed on, to be forgotten after 24 hours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageRules {
    /// Whether it may be passed on.
    pub retransmission_allowed: Option<bool>,
    /// Until when it may be kept, Unix milliseconds.
    pub retention_expiry: Option<i64>,
    /// Where further rules are.
    pub external_ruleset: Option<String>,
    /// A remark for people.
    pub note_well: Option<String>,
}

impl Presence {
    /// Reads a document whose root is `presence`, or the `presence` in a HELD `locationResponse`.
    ///
    /// # Errors
    /// [`PidfError`] names the element, its line and the fix. A document without any location is
    /// none of them: see [`Presence::location`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PidfError> {
        let document = document(bytes)?;
        let root = Reader(document.root_element());
        if root.0.has_tag_name((ns::HELD, "locationResponse")) {
            return Ok(whole::read(root.required(ns::PIDF, "presence")?)?);
        }
        let expected = "presence of urn:ietf:params:xml:ns:pidf";
        Ok(whole::read(Reader::root(&document, ns::PIDF, &["presence"], expected)?)?)
    }

    /// Writes the document.
    ///
    /// It is valid against the schemas if `entity` and `device_id` are URIs, every `id` is an XML `ID` and
    /// `country`, where set, is two upper-case letters.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = Writer::new();
        whole::write(&mut out, self);
        out.finish()
    }

    /// The location to use (RFC 5491 section 3.4): that of the first device that has one, else of the
    /// first tuple, else of the first person.
    #[must_use]
    pub fn location(&self) -> Option<(&Subject, &Location)> {
        self.first(|location| !location.parts.is_empty())
    }

    /// The same for a reader who needs a civic address: locations without one are passed over.
    #[must_use]
    pub fn civic_location(&self) -> Option<(&Subject, &Location)> {
        self.first(|location| location.address().is_some())
    }

    fn first(&self, wanted: impl Fn(&Location) -> bool) -> Option<(&Subject, &Location)> {
        [Kind::Device, Kind::Tuple, Kind::Person].into_iter().find_map(|kind| {
            let of_kind = self.subjects.iter().filter(|subject| subject.kind == kind);
            let mut all = of_kind.flat_map(|subject| subject.locations.iter().map(move |l| (subject, l)));
            all.find(|(_, location)| wanted(location))
        })
    }
}
