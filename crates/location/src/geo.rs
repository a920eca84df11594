//! Geodetic shapes: the part of GML that a PIDF-LO may hold (RFC 5491 section 5, OGC 06-142r1).
//!
//! All are WGS 84: EPSG 4326 in two dimensions, EPSG 4979 in three. Latitude comes first, lengths
//! are metres, angles are degrees clockwise from north. `Debug` shows no coordinate, because a
//! location is private and must not reach a log.

mod read;
mod write;

use std::fmt;

pub(crate) use read::{find, shape as read};
pub(crate) use write::shape as write;

/// A point on or above the earth. Its numbers are finite and within their ranges.
#[derive(Clone, Copy, PartialEq)]
pub struct Position {
    latitude: f64,
    longitude: f64,
    altitude: Option<f64>,
}

// No number in it is ever NaN: `new` sees to that.
impl Eq for Position {}

impl Position {
    /// A position, from degrees and, for three dimensions, metres above the ellipsoid.
    ///
    /// `None` where latitude is not within ±90, longitude not within ±180 or a number not finite.
    #[must_use]
    pub fn new(latitude: f64, longitude: f64, altitude: Option<f64>) -> Option<Self> {
        let fits = (-90.0..=90.0).contains(&latitude)
            && (-180.0..=180.0).contains(&longitude)
            && altitude.is_none_or(|metres| (-FARTHEST..=FARTHEST).contains(&metres));
        fits.then_some(Self { latitude, longitude, altitude })
    }

    /// Degrees north of the equator.
    #[must_use]
    pub const fn latitude(&self) -> f64 {
        self.latitude
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub const fn longitude(&self) -> f64 {
        self.longitude
    }

    /// Metres above the WGS 84 ellipsoid (not above the ground or the sea).
    #[must_use]
    pub const fn altitude(&self) -> Option<f64> {
        self.altitude
    }
}

/// Once around the earth, in metres: no length of a location is longer.
const FARTHEST: f64 = 40_075_017.0;

/// A length in metres: finite, not negative.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Length(f64);

impl Eq for Length {}

impl Length {
    /// A length; `None` where it is negative, longer than once around the earth, or no number.
    #[must_use]
    pub fn new(metres: f64) -> Option<Self> {
        (0.0..=FARTHEST).contains(&metres).then_some(Self(metres))
    }

    /// In metres.
    #[must_use]
    pub const fn metres(self) -> f64 {
        self.0
    }
}

/// An angle in degrees, clockwise from north; within ±360.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Angle(f64);

impl Eq for Angle {}

impl Angle {
    /// An angle; `None` where it is not within ±360 or no number.
    #[must_use]
    pub fn new(degrees: f64) -> Option<Self> {
        (-360.0..=360.0).contains(&degrees).then_some(Self(degrees))
    }

    /// In degrees.
    #[must_use]
    pub const fn degrees(self) -> f64 {
        self.0
    }
}

/// The outline of a polygon: closed, at least three corners, all in the same number of dimensions.
#[derive(Clone, PartialEq, Eq)]
pub struct Ring(Vec<Position>);

impl Ring {
    /// The most corners that are read. RFC 5491 section 5.2.1 asks senders to stay at 15.
    pub const MOST: usize = 1_000;

    /// A ring of these positions, of which the last repeats the first (RFC 5491 section 5.2.1).
    ///
    /// `None` where there are fewer than four or more than [`Ring::MOST`], where the last differs
    /// from the first, or where some have an altitude and others not.
    #[must_use]
    pub fn new(positions: Vec<Position>) -> Option<Self> {
        let first = positions.first()?;
        let level = positions.iter().all(|at| at.altitude.is_some() == first.altitude.is_some());
        let closed = positions.last() == Some(first);
        ((4..=Self::MOST).contains(&positions.len()) && level && closed).then_some(Self(positions))
    }

    /// The positions, the first one again at the end.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.0
    }
}

/// Where somebody is, and how certain that is: the person is somewhere within the shape (with 95 %
/// confidence unless a document says otherwise, RFC 7459).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// `gml:Point`: no statement about uncertainty.
    Point(Position),
    /// `gml:Polygon`.
    Polygon(Ring),
    /// `gs:Circle`.
    Circle {
        /// Its centre.
        centre: Position,
        /// Its radius.
        radius: Length,
    },
    /// `gs:Ellipse`.
    Ellipse {
        /// Its centre.
        centre: Position,
        /// Half of its longer axis.
        semi_major: Length,
        /// Half of its shorter axis.
        semi_minor: Length,
        /// Where the longer axis points.
        orientation: Angle,
    },
    /// `gs:ArcBand`: part of a ring around a radio mast.
    ArcBand {
        /// Where the mast is.
        centre: Position,
        /// Not nearer than this.
        inner: Length,
        /// Not farther than this.
        outer: Length,
        /// Where the arc begins.
        start: Angle,
        /// How far it opens from there.
        opening: Angle,
    },
    /// `gs:Sphere`.
    Sphere {
        /// Its centre.
        centre: Position,
        /// Its radius.
        radius: Length,
    },
    /// `gs:Ellipsoid`.
    Ellipsoid {
        /// Its centre.
        centre: Position,
        /// Half of its longer horizontal axis.
        semi_major: Length,
        /// Half of its shorter horizontal axis.
        semi_minor: Length,
        /// Half of its vertical axis.
        vertical: Length,
        /// Where the longer horizontal axis points.
        orientation: Angle,
    },
    /// `gs:Prism`: a polygon with a height, such as a floor of a building.
    Prism {
        /// The polygon below.
        base: Ring,
        /// How high it is.
        height: Length,
    },
}

impl Shape {
    /// The element's local name (`Point`, `Circle`, …).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Point(_) => "Point",
            Self::Polygon(_) => "Polygon",
            Self::Circle { .. } => "Circle",
            Self::Ellipse { .. } => "Ellipse",
            Self::ArcBand { .. } => "ArcBand",
            Self::Sphere { .. } => "Sphere",
            Self::Ellipsoid { .. } => "Ellipsoid",
            Self::Prism { .. } => "Prism",
        }
    }

    /// Whether the shape is given in three dimensions (EPSG 4979).
    #[must_use]
    pub fn has_altitude(&self) -> bool {
        self.position().altitude.is_some()
    }

    /// Its centre, its point, or the first corner of its outline.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Point(at) => *at,
            Self::Circle { centre, .. }
            | Self::Ellipse { centre, .. }
            | Self::ArcBand { centre, .. }
            | Self::Sphere { centre, .. }
            | Self::Ellipsoid { centre, .. } => *centre,
            Self::Polygon(ring) | Self::Prism { base: ring, .. } => ring.corner(),
        }
    }
}

impl Ring {
    /// A ring is never empty, which the compiler cannot know.
    fn corner(&self) -> Position {
        let nowhere = Position { latitude: 0.0, longitude: 0.0, altitude: None };
        self.0.first().copied().unwrap_or(nowhere)
    }
}

macro_rules! private {
    ($($kind:ty => $shown:expr),*) => {$(
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn(&$kind, &mut fmt::Formatter<'_>) -> fmt::Result = $shown;
                show(self, f)
            }
        }
    )*};
}

private! {
    Position => |_, f| f.write_str("Position"),
    Length => |_, f| f.write_str("Length"),
    Angle => |_, f| f.write_str("Angle"),
    Ring => |ring, f| write!(f, "Ring({} positions)", ring.0.len()),
    Shape => |shape, f| f.write_str(shape.name())
}
