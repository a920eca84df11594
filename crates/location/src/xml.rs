//! Reading rules and writing for every XML document here: hostile input is the normal case.
//!
//! A document is at most 256 KiB (checked before parsing), UTF-8, without a DTD (so no entity can
//! expand or fetch), bounded in nodes and depth; elements are matched by namespace, never by prefix;
//! unknown namespaces are ignored; what may stand once must not stand twice.

mod error;
mod qname;
mod read;
mod write;

pub use error::XmlError;
pub(crate) use error::problem;
pub(crate) use qname::QNames;
pub(crate) use read::{Reader, cut, document, find_children, line};
pub(crate) use write::Writer;

/// The largest document that is read.
pub const MAX_BYTES: usize = 256 * 1024;
/// The most nodes (elements, texts, comments) in a document; real ones have fewer than 300.
pub const MAX_NODES: usize = 2_000;
/// The most `=` in a document, and so the most attributes; real ones have fewer than 60.
pub const MAX_ATTRIBUTES: usize = 1_000;
/// The most namespace declarations; real documents have fewer than 20.
pub const MAX_NAMESPACES: usize = 200;
/// The deepest nesting of elements; real documents stay under 12.
pub const MAX_DEPTH: u32 = 64;

/// The namespaces that are understood.
pub(crate) mod ns {
    /// RFC 3863: presence, tuple, status, timestamp.
    pub(crate) const PIDF: &str = "urn:ietf:params:xml:ns:pidf";
    /// RFC 4479: device, person.
    pub(crate) const DATA_MODEL: &str = "urn:ietf:params:xml:ns:pidf:data-model";
    /// RFC 4119: geopriv, location-info, usage-rules, method.
    pub(crate) const GEOPRIV: &str = "urn:ietf:params:xml:ns:pidf:geopriv10";
    /// RFC 5139: civicAddress and its elements.
    pub(crate) const CIVIC: &str = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr";
    /// RFC 6848: STP, HNP, MP, PN.
    pub(crate) const CIVIC_EXT: &str = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr:ext";
    /// NENA's first namespace: STPS.
    pub(crate) const NENA_1: &str = "urn:nena:xml:ns:pidf:nenaCivicAddr";
    /// NENA-STA-004.2's: SITE, WING, UNIT_VALUE and others.
    pub(crate) const NENA_2: &str = "urn:nena:xml:ns:pidf:nenaCivicAddr2";
    /// GML 3.1.1, of which RFC 5491 section 5 uses a part: Point, Polygon, pos.
    pub(crate) const GML: &str = "http://www.opengis.net/gml";
    /// OGC 06-142r1: Circle, Ellipse, ArcBand, Sphere, Ellipsoid, Prism.
    pub(crate) const SHAPES: &str = "http://www.opengis.net/pidflo/1.0";
    /// RFC 5222: findService and its answers.
    pub(crate) const LOST: &str = "urn:ietf:params:xml:ns:lost1";
    /// RFC 5985: locationRequest, locationResponse, error.
    pub(crate) const HELD: &str = "urn:ietf:params:xml:ns:geopriv:held";
    /// RFC 6155: device and its identities.
    pub(crate) const HELD_ID: &str = "urn:ietf:params:xml:ns:geopriv:held:id";
    /// RFC 7105: measurements.
    pub(crate) const MEASUREMENTS: &str = "urn:ietf:params:xml:ns:geopriv:lm";
    /// RFC 7105: lldp.
    pub(crate) const LLDP: &str = "urn:ietf:params:xml:ns:geopriv:lm:lldp";
    /// RFC 7105: dhcp-rai.
    pub(crate) const DHCP: &str = "urn:ietf:params:xml:ns:geopriv:lm:dhcp";
    /// RFC 7105: wifi.
    pub(crate) const WIFI: &str = "urn:ietf:params:xml:ns:geopriv:lm:wifi";
    /// RFC 4119: what usage-rules hold.
    pub(crate) const POLICY: &str = "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy";
    /// RFC 7459: confidence.
    pub(crate) const CONFIDENCE: &str = "urn:ietf:params:xml:ns:geopriv:conf";
    /// What a registration adds to a PIDF-LO: revision, basis, absence. A name on the wire, whoever speaks it.
    pub(crate) const REGISTRATION: &str = "urn:rightdoor:pidf:1";
}
