//! What the computer sees of its networks, as facts: the full [`Snapshot`] and the cheap
//! [`PreSample`].
//!
//! Addresses of machines never get here in clear: the senses turn every BSSID and MAC into a
//! [`StationKey`] with a key of this installation before the core sees it.

pub mod delta;
pub mod settle;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Redacted;

/// A fact that may be known, absent, or kept from us; the three are never mixed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence<T> {
    /// The fact.
    Known(T),
    /// There is no such thing here (no Wi-Fi adapter, no DNS suffix given).
    #[default]
    Absent,
    /// There may be such a thing, but we may not or could not see it.
    Withheld(Withheld),
}

impl<T> Evidence<T> {
    /// The fact, if it is known.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Withheld(_) => None,
        }
    }
}

/// Why a fact is kept from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The operating system wants the person's permission first (location services).
    Permission,
    /// This system has no way to ask.
    Unsupported,
    /// It was asked and did not answer in time.
    TimedOut,
    /// It was asked and failed.
    Failed,
}

/// A machine's or radio's address as HMAC-SHA-256 under this installation's key, cut to 64 bits
/// (`place-recognition`, R1 step 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StationKey(pub u64);

/// How far an address identifies one machine in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationKind {
    /// Globally administered: one machine.
    Global,
    /// Locally administered (U/L bit set): a hotspot, a virtual machine, a random address.
    Local,
    /// A shared router address (HSRP, VRRP, GLBP): repeats across sites, identifies nothing.
    VirtualRouter,
}

/// A machine on the local network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// Its keyed address.
    pub key: StationKey,
    /// How far the address identifies it.
    pub kind: StationKind,
}

/// The default gateway of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Its address.
    pub address: Redacted<IpAddr>,
    /// The machine behind the address; `Absent` while the neighbour is not resolved.
    pub station: Evidence<Station>,
}

/// What a link is made of. Only the first three are physical; the others never speak for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Ethernet, dock, USB adapter.
    Wired,
    /// Wi-Fi.
    Wifi,
    /// Mobile broadband.
    Cellular,
    /// Tunnel, bridge, container, virtual machine, loopback.
    Virtual,
}

impl Medium {
    /// Whether the link speaks for where the computer is.
    #[must_use]
    pub const fn is_physical(self) -> bool {
        match self {
            Self::Wired | Self::Wifi | Self::Cellular => true,
            Self::Virtual => false,
        }
    }
}

/// An address range: the network of an interface's address, host bits cleared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subnet {
    /// Network address.
    pub network: Redacted<IpAddr>,
    /// Prefix length in bits.
    pub prefix: u8,
}

/// What the DHCP client learned, as far as the system lets us read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpFacts {
    /// The server that gave the lease (option 54).
    pub server: Option<Redacted<IpAddr>>,
    /// The domain name it gave (option 15).
    pub domain: Option<Redacted<String>>,
}

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The system's name for it (`eth0`).
    pub name: String,
    /// What it is made of.
    pub medium: Medium,
    /// Whether it has a carrier and is up.
    pub carrier: bool,
    /// Networks of its addresses, sorted; link-local ones left out.
    pub subnets: Vec<Subnet>,
    /// Its default gateway, if a default route leaves through it.
    pub gateway: Option<Gateway>,
    /// What DHCP told it.
    pub dhcp: Evidence<DhcpFacts>,
}

/// One radio heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Heard {
    /// Its keyed, folded BSSID.
    pub key: StationKey,
    /// Signal in dBm.
    pub dbm: i8,
    /// Whether the BSSID is globally administered.
    pub global: bool,
}

/// What the Wi-Fi adapter hears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wifi {
    /// The radio it is connected to.
    pub connected: Evidence<Heard>,
    /// Every radio heard, sorted by key, at most 48.
    pub heard: Vec<Heard>,
}

/// The switch port a cable leads to: chassis and port of LLDP (IEEE 802.1AB), keyed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PortKey(pub u64);

/// Who sits at the computer, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The person's session, keyed; another value is another person (invariant 14).
    pub user: u64,
    /// Whether this session is the one at the screen now (false after a fast user switch).
    pub active: bool,
    /// Whether the person sits elsewhere (RDP, VDI, SSH): then the network here is not theirs.
    pub remote: bool,
    /// Whether the screen is locked.
    pub locked: bool,
}

/// The network facts of one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Every interface, sorted by name.
    pub links: Vec<Link>,
    /// What Wi-Fi hears.
    pub wifi: Evidence<Wifi>,
    /// The switch port.
    pub lldp: Evidence<PortKey>,
    /// DNS search domain of the physical network.
    pub dns_suffix: Evidence<Redacted<String>>,
    /// Who is there.
    pub session: Session,
}

/// The cheap look that decides whether anything a person would call a move may have happened:
/// physical links with a carrier, their gateways, the connected radio, the session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreSample {
    /// Physical links with a carrier, sorted by name, each with its gateway.
    pub links: Vec<(String, Option<Gateway>)>,
    /// The radio Wi-Fi is connected to.
    pub radio: Evidence<StationKey>,
    /// Who is there.
    pub session: Session,
}

impl Snapshot {
    /// Physical links with a carrier.
    pub fn live(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(|link| link.medium.is_physical() && link.carrier)
    }

    /// Gateways of the physical links with a carrier.
    pub fn gateways(&self) -> impl Iterator<Item = &Gateway> {
        self.live().filter_map(|link| link.gateway.as_ref())
    }

    /// What a [`PreSample`] taken at the same instant would say.
    #[must_use]
    pub fn pre_sample(&self) -> PreSample {
        let radio = match &self.wifi {
            Evidence::Known(wifi) => match &wifi.connected {
                Evidence::Known(heard) => Evidence::Known(heard.key),
                Evidence::Absent => Evidence::Absent,
                Evidence::Withheld(why) => Evidence::Withheld(*why),
            },
            Evidence::Absent => Evidence::Absent,
            Evidence::Withheld(why) => Evidence::Withheld(*why),
        };
        PreSample {
            links: self.live().map(|link| (link.name.clone(), link.gateway.clone())).collect(),
            radio,
            session: self.session,
        }
    }
}
