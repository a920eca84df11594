use super::MOST;
use crate::xml::{Reader, Writer, XmlError, find_children, line, ns};
use crate::{CivicAddress, civic, geo};

/// How a location is given (RFC 5222 section 12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `civic`: a civic address (section 12.3).
    Civic,
    /// `geodetic-2d`: a shape in two dimensions (section 12.2).
    Geodetic2d,
    /// One that is not known.
    Other(String),
}

impl Profile {
    /// The token in the document.
    #[must_use]
    pub fn token(&self) -> &str {
        match self {
            Self::Civic => "civic",
            Self::Geodetic2d => "geodetic-2d",
            Self::Other(token) => token,
        }
    }
}

/// What a `location` or `serviceBoundary` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A civic address.
    Civic(CivicAddress),
    /// A shape.
    Geodetic(geo::Shape),
    /// Something that is not understood here. It has no content to write.
    Unknown,
}

impl Place {
    fn read(element: Reader<'_, '_>) -> Result<Self, XmlError> {
        Ok(match element.child(ns::CIVIC, "civicAddress")? {
            Some(civic) => Self::Civic(civic::read(civic)?),
            None => geo::find(element)?.map_or(Self::Unknown, Self::Geodetic),
        })
    }

    fn profile(&self) -> Profile {
        match self {
            Self::Civic(_) => Profile::Civic,
            Self::Geodetic(_) | Self::Unknown => Profile::Geodetic2d,
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        match self {
            Self::Civic(address) => civic::write(out, address),
            Self::Geodetic(shape) => geo::write(out, shape),
            Self::Unknown => {}
        }
    }
}

/// A place in a profile: a `serviceBoundary`, or a location without its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The profile it is given in.
    pub profile: Profile,
    /// The place.
    pub place: Place,
}

impl Area {
    pub(super) fn read(element: Reader<'_, '_>) -> Result<Self, XmlError> {
        let profile = match element.0.attribute("profile").map(str::trim) {
            // RFC 5222's schema lets it be absent; then the content says what it is.
            None | Some("") => None,
            Some("civic") => Some(Profile::Civic),
            Some("geodetic-2d") => Some(Profile::Geodetic2d),
            Some(other) if other.len() <= 80 && !other.contains(char::is_whitespace) => {
                let profile = Profile::Other(other.to_owned());
                // Whatever is wrong in a profile that is not known, another location may be right.
                return Ok(Self { profile, place: Place::read(element).unwrap_or(Place::Unknown) });
            }
            Some(_) => return Err(element.bad("name its profile: civic or geodetic-2d")),
        };
        let place = Place::read(element)?;
        let profile = profile.unwrap_or_else(|| place.profile());
        match (&profile, &place) {
            (Profile::Civic, Place::Geodetic(_) | Place::Unknown) => {
                Err(element.bad("put a civicAddress into it, or correct its profile"))
            }
            (Profile::Geodetic2d, Place::Civic(_)) => {
                Err(element.bad("put a gml or pidflo shape into it, or correct its profile"))
            }
            (Profile::Geodetic2d, Place::Geodetic(shape)) if shape.has_altitude() => {
                Err(XmlError::UnknownReferenceSystem { line: line(element.0) })
            }
            _ => Ok(Self { profile, place }),
        }
    }
}

/// One `location` of a request (RFC 5222 section 8.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// By which `locationUsed` refers to it.
    pub id: String,
    /// Where it is.
    pub area: Area,
}

impl Location {
    /// A civic address.
    #[must_use]
    pub fn civic(id: &str, address: CivicAddress) -> Self {
        let area = Area { profile: Profile::Civic, place: Place::Civic(address) };
        Self { id: id.to_owned(), area }
    }

    /// The civic address, if it is one.
    #[must_use]
    pub const fn address(&self) -> Option<&CivicAddress> {
        match &self.area.place {
            Place::Civic(address) => Some(address),
            Place::Geodetic(_) | Place::Unknown => None,
        }
    }

    /// Whether its profile is one of the two that RFC 5222 defines, and its content was understood.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        !matches!(self.area.profile, Profile::Other(_)) && self.area.place != Place::Unknown
    }

    pub(super) fn read_all(request: Reader<'_, '_>) -> Result<Vec<Self>, XmlError> {
        let mut all: Vec<Self> = Vec::new();
        for element in find_children(request.0, ns::LOST, "location").map(Reader) {
            if all.len() == MOST {
                return Err(XmlError::TooMany { what: "locations", limit: MOST });
            }
            let id = element.token_attribute("id")?;
            if all.iter().any(|location| location.id == id) {
                return Err(XmlError::Duplicate { element: "location id".to_owned(), line: line(element.0) });
            }
            all.push(Self { id, area: Area::read(element)? });
        }
        Ok(all)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        let attributes = [("id", self.id.as_str()), ("profile", self.area.profile.token())];
        out.element("location", &attributes, |out| self.area.place.write(out));
    }
}
