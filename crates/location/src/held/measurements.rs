//! Location measurements (RFC 7105): what a device saw of its network, from which a server may
//! find out where it is. They are read, and there is no writer.

use std::fmt;
use std::net::IpAddr;

use roxmltree::Node;

use super::identity::mac;
use crate::held::ReadError;
use crate::xml::{Reader, XmlError, cut, document, find_children, ns};

/// The most measurements that are read, and the most access points in one.
const MOST: usize = 64;

/// A `measurements` element (RFC 7105). `Debug` shows only the kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurements {
    /// When they were made, Unix milliseconds.
    pub time: Option<i64>,
    /// Until when they may be used, Unix milliseconds.
    pub expires: Option<i64>,
    /// What was measured, at most 64.
    pub list: Vec<Measurement>,
}

/// One measurement. What is malformed is read as [`Measurement::Other`]: a server that cannot use
/// a measurement does without it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measurement {
    /// `lldp`: the switch and its port (section 5.1).
    Lldp {
        /// The switch's chassis identifier.
        chassis: LldpId,
        /// Its port identifier.
        port: LldpId,
    },
    /// `dhcp-rai`: what a DHCP relay agent added (section 5.2).
    DhcpRelay {
        /// The relay agent's address.
        giaddr: IpAddr,
        /// Circuit identifier.
        circuit: Option<Vec<u8>>,
        /// Remote identifier.
        remote: Option<Vec<u8>>,
        /// Subscriber identifier.
        subscriber: Option<Vec<u8>>,
    },
    /// `wifi`: access points (section 5.3).
    WiFi(Vec<AccessPoint>),
    /// Another kind (cellular, GNSS, DSL), by its element's local name.
    Other(String),
}

/// An identifier of LLDP: its subtype (IEEE 802.1AB) and its octets.
#[derive(Clone, PartialEq, Eq)]
pub struct LldpId {
    /// The subtype.
    pub subtype: u8,
    /// The octets, 1 to 255.
    pub octets: Vec<u8>,
}

/// An access point that was heard.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessPoint {
    /// Its BSSID, upper-case hex with hyphens.
    pub bssid: String,
    /// Its network's name, as escaped in the document.
    pub ssid: Option<String>,
    /// Whether the device was connected to it.
    pub serving: bool,
}

impl fmt::Debug for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lldp { .. } => "Lldp",
            Self::DhcpRelay { .. } => "DhcpRelay",
            Self::WiFi(_) => "WiFi",
            Self::Other(_) => "Other",
        })
    }
}

impl Measurements {
    /// Reads a document whose root is `measurements`.
    ///
    /// # Errors
    /// [`ReadError`] where it is no such document.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = document(bytes)?;
        let expected = "measurements of urn:ietf:params:xml:ns:geopriv:lm";
        Ok(Self::read(Reader::root(&document, ns::MEASUREMENTS, &["measurements"], expected)?))
    }

    pub(super) fn read(element: Reader<'_, '_>) -> Self {
        let time = |name: &str| element.0.attribute(name).and_then(crate::time::read);
        let children = element.0.children().filter(Node::is_element).map(Reader);
        Self { time: time("time"), expires: time("expires"), list: children.take(MOST).map(one).collect() }
    }
}

fn one(element: Reader<'_, '_>) -> Measurement {
    let known = match (element.0.tag_name().namespace(), element.name()) {
        (Some(ns::LLDP), "lldp") => lldp(element),
        (Some(ns::DHCP), "dhcp-rai") => relay(element),
        (Some(ns::WIFI), "wifi") => wifi(element),
        _ => Ok(None),
    };
    known.ok().flatten().unwrap_or_else(|| Measurement::Other(cut(element.name(), 40)))
}

fn lldp(element: Reader<'_, '_>) -> Result<Option<Measurement>, XmlError> {
    let id = |name| {
        let id = element.required(ns::LLDP, name)?;
        let subtype = id.required_attribute("type")?.parse().ok();
        let octets = hex(&id.text()?).filter(|octets| (1..=255).contains(&octets.len()));
        Ok::<_, XmlError>(subtype.zip(octets).map(|(subtype, octets)| LldpId { subtype, octets }))
    };
    let both = id("chassis")?.zip(id("port")?);
    Ok(both.map(|(chassis, port)| Measurement::Lldp { chassis, port }))
}

fn relay(element: Reader<'_, '_>) -> Result<Option<Measurement>, XmlError> {
    let giaddr = element.required(ns::DHCP, "giaddr")?.text()?.parse().ok();
    let id = |name| {
        let id = element.child(ns::DHCP, name)?.map(Reader::text).transpose()?;
        Ok::<_, XmlError>(id.and_then(|text| hex(&text)))
    };
    let (circuit, remote, subscriber) = (id("circuit")?, id("remote")?, id("subscriber")?);
    Ok(giaddr.map(|giaddr| Measurement::DhcpRelay { giaddr, circuit, remote, subscriber }))
}

fn wifi(element: Reader<'_, '_>) -> Result<Option<Measurement>, XmlError> {
    let mut points = Vec::new();
    for point in find_children(element.0, ns::WIFI, "ap").map(Reader).take(MOST) {
        let Some(bssid) = mac(&point.required(ns::WIFI, "bssid")?.text()?) else { return Ok(None) };
        let ssid = point.child(ns::WIFI, "ssid")?.map(Reader::text).transpose()?;
        points.push(AccessPoint { bssid, ssid, serving: point.boolean("serving")? });
    }
    Ok((!points.is_empty()).then_some(Measurement::WiFi(points)))
}

/// XML schema's `hexBinary`.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| u8::try_from(pair.iter().fold(0, |octet, digit| octet * 16 + digit)).ok()).collect()
}
