use super::{Identity, Measurements, ReadError};
use crate::xml::{Reader, Writer, XmlError, document, line, ns};

/// How long the asker can wait, and so what for (RFC 5985 section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseTime {
    /// For routing an emergency call: as fast as possible.
    EmergencyRouting,
    /// For dispatch: as precise as possible.
    EmergencyDispatch,
    /// Milliseconds.
    Millis(u32),
}

impl ResponseTime {
    /// Whether this is a fetch for an emergency call.
    #[must_use]
    pub const fn is_emergency(self) -> bool {
        matches!(self, Self::EmergencyRouting | Self::EmergencyDispatch)
    }
}

/// A form in which a location may be given (RFC 5985 section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocationType {
    /// Whatever there is.
    Any,
    /// A civic address by value.
    Civic,
    /// A point or shape by value.
    Geodetic,
    /// A URI to fetch it from.
    LocationUri,
}

impl LocationType {
    const ALL: [Self; 4] = [Self::Any, Self::Civic, Self::Geodetic, Self::LocationUri];

    const fn token(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Civic => "civic",
            Self::Geodetic => "geodetic",
            Self::LocationUri => "locationURI",
        }
    }
}

/// A `locationRequest` (RFC 5985 section 5.1), with the device asked about (RFC 6155).
///
/// Extensions other than measurements (RFC 7105) are skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationRequest {
    /// `responseTime`, if given.
    pub response_time: Option<ResponseTime>,
    /// The forms asked for, in order of preference; empty means any.
    pub types: Vec<LocationType>,
    /// Whether only the forms asked for will do.
    pub exact: bool,
    /// The device, by one or several identities; empty means the sender itself.
    pub device: Vec<Identity>,
    /// What the device saw of its network. It is never written: [`LocationRequest::write`] leaves it out.
    pub measurements: Option<Measurements>,
}

impl LocationRequest {
    /// What a GET on a location URI asks for: `geodetic civic`, any other form too (RFC 6753 section 3.2).
    #[must_use]
    pub fn by_get() -> Self {
        Self { types: vec![LocationType::Geodetic, LocationType::Civic], ..Self::default() }
    }

    /// Whether it may be sent to a location URI, which says itself whom it is about: it names no
    /// device and brings no measurements (RFC 6753 section 3.1).
    #[must_use]
    pub const fn is_dereference(&self) -> bool {
        self.device.is_empty() && self.measurements.is_none()
    }

    /// Whether a civic address by value is an answer.
    #[must_use]
    pub fn wants_civic(&self) -> bool {
        self.wants(LocationType::Civic) || !self.exact && !self.only_uri()
    }

    /// Whether a location URI was asked for.
    #[must_use]
    pub fn wants_uri(&self) -> bool {
        self.wants(LocationType::LocationUri)
    }

    fn wants(&self, form: LocationType) -> bool {
        self.types.is_empty() || self.types.contains(&form) || self.types.contains(&LocationType::Any)
    }

    fn only_uri(&self) -> bool {
        self.types == [LocationType::LocationUri]
    }

    /// Reads a `locationRequest` document.
    ///
    /// # Errors
    /// [`ReadError`] names the element, its line and the fix; [`ReadError::to_held`] is the answer.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = document(bytes)?;
        let root = Reader(document.root_element());
        let is_held = root.0.tag_name().namespace() == Some(ns::HELD);
        if is_held && root.name() != "locationRequest" {
            let name = root.name().chars().take(40).collect();
            return Err(ReadError::Unsupported { name, line: line(root.0) });
        }
        let expected = "locationRequest of urn:ietf:params:xml:ns:geopriv:held";
        let root = Reader::root(&document, ns::HELD, &["locationRequest"], expected)?;
        let response_time =
            root.0.attribute("responseTime").map(|text| response_time(root, text)).transpose()?;
        let asked = root.child(ns::HELD, "locationType")?;
        let (types, exact) = asked.map(location_type).transpose()?.unwrap_or_default();
        let device = root.child(ns::HELD_ID, "device")?.map(identities).transpose()?.unwrap_or_default();
        let measurements = root.child(ns::MEASUREMENTS, "measurements")?.map(Measurements::read);
        Ok(Self { response_time, types, exact, device, measurements })
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let time = self.response_time.map(|time| match time {
            ResponseTime::EmergencyRouting => "emergencyRouting".to_owned(),
            ResponseTime::EmergencyDispatch => "emergencyDispatch".to_owned(),
            ResponseTime::Millis(ms) => ms.to_string(),
        });
        let mut attributes = vec![("xmlns", ns::HELD)];
        if let Some(time) = &time {
            attributes.push(("responseTime", time));
        }
        let mut out = Writer::new();
        out.element("locationRequest", &attributes, |out| {
            if !self.types.is_empty() || self.exact {
                let any = self.types.is_empty() || self.types.contains(&LocationType::Any);
                let tokens: Vec<&str> = self.types.iter().map(|form| form.token()).collect();
                let list = if any { "any".to_owned() } else { tokens.join(" ") };
                out.text("locationType", &[("exact", if self.exact { "true" } else { "false" })], &list);
            }
            if !self.device.is_empty() {
                out.element("device", &[("xmlns", ns::HELD_ID)], |out| {
                    for identity in &self.device {
                        identity.write(out);
                    }
                });
            }
        });
        out.finish()
    }
}

fn response_time(root: Reader<'_, '_>, text: &str) -> Result<ResponseTime, XmlError> {
    let text = text.trim();
    match text {
        "emergencyRouting" => Ok(ResponseTime::EmergencyRouting),
        "emergencyDispatch" => Ok(ResponseTime::EmergencyDispatch),
        _ if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // Nobody waits longer than 49 days: a larger number means the same.
            Ok(ResponseTime::Millis(text.parse().unwrap_or(u32::MAX)))
        }
        _ => Err(XmlError::BadValue {
            element: "responseTime".to_owned(),
            line: line(root.0),
            fix: "write milliseconds, emergencyRouting or emergencyDispatch",
        }),
    }
}

fn location_type(element: Reader<'_, '_>) -> Result<(Vec<LocationType>, bool), XmlError> {
    let fix = "write any, or a list of civic, geodetic and locationURI";
    let mut types = Vec::new();
    for token in element.text()?.split(' ') {
        let form = LocationType::ALL.into_iter().find(|form| form.token() == token);
        let form = form.ok_or_else(|| element.bad(fix))?;
        if !types.contains(&form) {
            types.push(form);
        }
    }
    if types.contains(&LocationType::Any) {
        types = vec![LocationType::Any];
    }
    let exact = element.boolean("exact")?;
    Ok((types, exact))
}

fn identities(device: Reader<'_, '_>) -> Result<Vec<Identity>, XmlError> {
    let elements = device.0.children().filter(roxmltree::Node::is_element);
    elements
        .map(|element| Identity::read(Reader(element), element.tag_name().namespace() == Some(ns::HELD_ID)))
        .collect()
}
