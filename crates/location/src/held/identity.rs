use std::fmt;
use std::net::IpAddr;

use crate::xml::{Reader, Writer, XmlError};

/// One identity of the device that is asked about (RFC 6155 section 3).
///
/// Several identities in a request must all belong to the same device. `Debug` shows only the kind.
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// `uri`: a SIP or `tel:` URI that only one device uses.
    Uri(String),
    /// `ip`: an address as the server's network sees it.
    Ip(IpAddr),
    /// `mac`: six or eight octets, upper-case hex with hyphens (`00-1A-2B-3C-4D-5E`).
    Mac(String),
    /// `udpport` beside an `ip`.
    UdpPort(u16),
    /// `tcpport` beside an `ip`.
    TcpPort(u16),
    /// `sctpport` beside an `ip`.
    SctpPort(u16),
    /// `dccpport` beside an `ip`.
    DccpPort(u16),
    /// `nai`: network access identifier (RFC 4282).
    Nai(String),
    /// `fqdn`: a host name.
    Fqdn(String),
    /// `duid`: DHCP unique identifier, upper-case hex.
    Duid(String),
    /// `msisdn`: an E.164 number without `+`.
    Msisdn(String),
    /// `imsi`.
    Imsi(String),
    /// `imei`.
    Imei(String),
    /// `min`.
    Min(String),
    /// `mdn`.
    Mdn(String),
    /// An identity of a kind that is not known, by its element's local name: without
    /// understanding it one cannot say which device is meant.
    Unknown(String),
}

impl Identity {
    /// A hardware address, of hex pairs with hyphens or colons; `None` if it is none.
    #[must_use]
    pub fn mac(text: &str) -> Option<Self> {
        mac(text).map(Self::Mac)
    }

    /// The element's local name.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Uri(_) => "uri",
            Self::Ip(_) => "ip",
            Self::Mac(_) => "mac",
            Self::UdpPort(_) => "udpport",
            Self::TcpPort(_) => "tcpport",
            Self::SctpPort(_) => "sctpport",
            Self::DccpPort(_) => "dccpport",
            Self::Nai(_) => "nai",
            Self::Fqdn(_) => "fqdn",
            Self::Duid(_) => "duid",
            Self::Msisdn(_) => "msisdn",
            Self::Imsi(_) => "imsi",
            Self::Imei(_) => "imei",
            Self::Min(_) => "min",
            Self::Mdn(_) => "mdn",
            Self::Unknown(name) => name,
        }
    }

    pub(super) fn read(element: Reader<'_, '_>, known_namespace: bool) -> Result<Self, XmlError> {
        if !known_namespace {
            return Ok(Self::Unknown(element.name().chars().take(40).collect()));
        }
        let name = element.name();
        let text = || {
            let text = element.text()?;
            if text.is_empty() {
                Err(element.bad("write the identity, or leave the element out"))
            } else {
                Ok(text)
            }
        };
        let port = || text()?.parse().map_err(|_| element.bad("write a port from 0 to 65535"));
        let number = |least: usize, most: usize, fix| {
            let digits = text()?;
            let fits =
                (least..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            if fits { Ok(digits) } else { Err(element.bad(fix)) }
        };
        let e164 = || number(6, 15, "write 6 to 15 digits and nothing else");
        Ok(match name {
            "uri" => Self::Uri(text()?),
            "ip" => Self::Ip(ip(element, &text()?)?),
            "mac" => Self::Mac(mac(&text()?).ok_or_else(|| element.bad("write it as 00-1A-2B-3C-4D-5E"))?),
            "udpport" => Self::UdpPort(port()?),
            "tcpport" => Self::TcpPort(port()?),
            "sctpport" => Self::SctpPort(port()?),
            "dccpport" => Self::DccpPort(port()?),
            "nai" => Self::Nai(text()?),
            "fqdn" => Self::Fqdn(text()?),
            "duid" => Self::Duid(duid(&text()?).ok_or_else(|| element.bad("write pairs of hex digits"))?),
            "msisdn" => Self::Msisdn(e164()?),
            "imsi" => Self::Imsi(e164()?),
            "imei" => Self::Imei(number(1, 15, "write at most 15 digits and nothing else")?),
            "min" => Self::Min(number(10, 10, "write 10 digits and nothing else")?),
            "mdn" => Self::Mdn(e164()?),
            other => Self::Unknown(other.chars().take(40).collect()),
        })
    }

    /// Writes the element. [`Identity::Unknown`] has no value to write.
    pub(super) fn write(&self, out: &mut Writer) {
        match self {
            Self::Ip(address) => {
                let version = if address.is_ipv4() { "4" } else { "6" };
                out.text("ip", &[("v", version)], &address.to_string());
            }
            Self::UdpPort(port) | Self::TcpPort(port) | Self::SctpPort(port) | Self::DccpPort(port) => {
                out.text(self.kind(), &[], &port.to_string())
            }
            Self::Uri(text)
            | Self::Mac(text)
            | Self::Nai(text)
            | Self::Fqdn(text)
            | Self::Duid(text)
            | Self::Msisdn(text)
            | Self::Imsi(text)
            | Self::Imei(text)
            | Self::Min(text)
            | Self::Mdn(text) => out.text(self.kind(), &[], text),
            Self::Unknown(_) => {}
        }
    }
}

/// The version attribute must agree with the address (RFC 6155 section 3.1).
fn ip(element: Reader<'_, '_>, text: &str) -> Result<IpAddr, XmlError> {
    let version = element.required_attribute("v")?;
    let address: Option<IpAddr> = text.parse().ok();
    match address {
        Some(address) if version == if address.is_ipv4() { "4" } else { "6" } => Ok(address),
        _ => Err(element.bad("write an IPv4 address with v=\"4\" or an IPv6 address with v=\"6\"")),
    }
}

fn duid(text: &str) -> Option<String> {
    let hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| text.to_ascii_uppercase())
}

pub(super) fn mac(text: &str) -> Option<String> {
    let octets: Vec<&str> = text.split(['-', ':']).collect();
    let hex = |octet: &&str| octet.len() == 2 && octet.bytes().all(|byte| byte.is_ascii_hexdigit());
    (matches!(octets.len(), 6 | 8) && octets.iter().all(hex)).then(|| octets.join("-").to_ascii_uppercase())
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.kind())
    }
}
