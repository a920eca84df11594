//! The places of the world: what is true, and what the networks there look like.
//!
//! Every private value in the world holds one of [`SECRETS`], so that a leak into a `Debug` form is
//! found by looking for them.

use std::net::{IpAddr, Ipv4Addr};

use rightdoor_location::{CivicAddress, Element, Floors};

use crate::network::{Heard, PortKey, Station, StationKey, StationKind};

/// Texts that only private values hold: addresses, labels, codes; machine addresses.
pub const SECRETS: [&str; 3] = ["Zqx", "10.213.", "fd5a:"];

/// Somewhere the laptop can be, with the network it has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// One access point, one gateway: weak evidence, for a router can travel.
    Home,
    /// Third floor: its own radios, the building's gateway.
    OfficeThree,
    /// Fifth floor: other radios, the same gateway.
    OfficeFive,
    /// A phone's hotspot: nothing that could be recognised.
    Hotspot,
    /// Wired, behind a shared (VRRP) gateway address.
    SiteA,
    /// Wired, behind the same shared gateway address, another town.
    SiteB,
    /// Wired, with LLDP.
    DeskOne,
    /// Wired, the same gateway as `DeskOne`, another port.
    DeskTwo,
    /// Many radios, its own gateway.
    Cafe,
    /// Wired, one gateway for all floors, and nothing that tells them apart.
    WardTwo,
    /// The floor above, behind the same gateway.
    WardThree,
}

impl Spot {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Home,
        Self::OfficeThree,
        Self::OfficeFive,
        Self::Hotspot,
        Self::SiteA,
        Self::SiteB,
        Self::DeskOne,
        Self::DeskTwo,
        Self::Cafe,
        Self::WardTwo,
        Self::WardThree,
    ];

    /// Its number in [`Spot::ALL`].
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the laptop is plugged in there.
    #[must_use]
    pub const fn is_wired(self) -> bool {
        self.is_ward() || matches!(self, Self::SiteA | Self::SiteB | Self::DeskOne | Self::DeskTwo)
    }

    /// Whether its building is known and its floor is not.
    #[must_use]
    pub const fn is_ward(self) -> bool {
        matches!(self, Self::WardTwo | Self::WardThree)
    }

    /// Whether nothing there could be recognised on another day.
    #[must_use]
    pub const fn is_unlearnable(self) -> bool {
        matches!(self, Self::Hotspot | Self::SiteA | Self::SiteB)
    }

    /// Whether only a gateway or a single radio speaks for it.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::Home)
    }

    /// The machine behind the default gateway. `swapped` counts how often it was replaced.
    #[must_use]
    pub const fn gateway(self, swapped: u8) -> Station {
        let (key, kind) = match self {
            Self::Home => (100, StationKind::Global),
            Self::OfficeThree | Self::OfficeFive => (200, StationKind::Global),
            Self::Hotspot => (300, StationKind::Local),
            Self::SiteA | Self::SiteB => (400, StationKind::VirtualRouter),
            Self::DeskOne | Self::DeskTwo => (500, StationKind::Global),
            Self::Cafe => (600, StationKind::Global),
            Self::WardTwo | Self::WardThree => (700, StationKind::Global),
        };
        // A replaced gateway is an ordinary router again, whatever stood there before.
        if swapped == 0 {
            Station { key: StationKey(key), kind }
        } else {
            Station { key: StationKey(key + swapped as u64), kind: StationKind::Global }
        }
    }

    /// The radios heard there, strongest first.
    #[must_use]
    pub fn radios(self) -> Vec<Heard> {
        let floor = |first: u64, leak: u64| {
            let own = (0..10).map(move |n| (first + n, -45 - 3 * i8::try_from(n).unwrap_or(0), true));
            let leaked = (0..3).map(move |n| (leak + n, -84 - i8::try_from(n).unwrap_or(0), true));
            own.chain(leaked).collect::<Vec<_>>()
        };
        let list = match self {
            Self::Home => vec![(1001, -45, true)],
            Self::OfficeThree => floor(2000, 2100),
            Self::OfficeFive => floor(2100, 2000),
            Self::Hotspot => vec![(3001, -40, false)],
            Self::Cafe => (0..7).map(|n| (6000 + n, -48 - 4 * i8::try_from(n).unwrap_or(0), true)).collect(),
            Self::SiteA | Self::SiteB | Self::DeskOne | Self::DeskTwo | Self::WardTwo | Self::WardThree => {
                Vec::new()
            }
        };
        list.into_iter().map(|(key, dbm, global)| Heard { key: StationKey(key), dbm, global }).collect()
    }

    /// The switch port, where LLDP tells it.
    #[must_use]
    pub const fn port(self) -> Option<PortKey> {
        match self {
            Self::DeskOne => Some(PortKey(5001)),
            Self::DeskTwo => Some(PortKey(5002)),
            _ => None,
        }
    }

    /// The physical network's third byte: `10.213.N.0/24`; the office floors share one.
    #[must_use]
    pub const fn subnet(self) -> IpAddr {
        let third = match self {
            Self::OfficeThree | Self::OfficeFive => 20,
            Self::DeskOne | Self::DeskTwo => 50,
            Self::WardTwo | Self::WardThree => 70,
            other => other.number(),
        };
        IpAddr::V4(Ipv4Addr::new(10, 213, third, 0))
    }

    /// Where it truly is. Interior elements only where the building has several floors.
    #[must_use]
    pub fn address(self) -> CivicAddress {
        let number = 100 + u32::from(self.number());
        let building = match self {
            Self::OfficeFive => 101,
            Self::WardThree => 109,
            _ => number,
        };
        let base = CivicAddress::new()
            .with(Element::Country, "US")
            .with(Element::A1, "CO")
            .with(Element::A3, "Zqxville")
            .with(Element::RD, "Zqxroad")
            .with(Element::STS, "Street")
            .with(Element::HNO, &building.to_string())
            .with(Element::PC, "80202");
        match self {
            Self::Home | Self::Hotspot | Self::Cafe => base,
            Self::OfficeThree => base.with(Element::FLR, "3"),
            Self::OfficeFive => base.with(Element::FLR, "5"),
            Self::SiteA | Self::SiteB => base.with(Element::ROOM, "Zqx12"),
            Self::DeskOne => base.with(Element::FLR, "2").with(Element::SEAT, "Zqx2-1"),
            Self::DeskTwo => base.with(Element::FLR, "2").with(Element::SEAT, "Zqx2-2"),
            Self::WardTwo => base.with(Element::FLR, "2"),
            Self::WardThree => base.with(Element::FLR, "3"),
        }
    }

    /// How many floors its building is known to have.
    #[must_use]
    pub const fn floors(self) -> Floors {
        match self {
            Self::Home | Self::Cafe => Floors::Single,
            Self::Hotspot | Self::SiteA | Self::SiteB => Floors::Unknown,
            Self::OfficeThree
            | Self::OfficeFive
            | Self::DeskOne
            | Self::DeskTwo
            | Self::WardTwo
            | Self::WardThree => Floors::Several,
        }
    }

    /// Its id in the organisation's directory, where it has one.
    #[must_use]
    pub const fn directory_id(self) -> Option<&'static str> {
        match self {
            Self::OfficeThree => Some("hq/3"),
            Self::OfficeFive => Some("hq/5"),
            Self::DeskOne => Some("annex/2/1"),
            _ => None,
        }
    }
}
