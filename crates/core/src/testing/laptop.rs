//! The laptop: where it is, what its interfaces say, and who sits at it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::spots::Spot;
use crate::network::{
    DhcpFacts, Evidence, Gateway, Heard, Link, Medium, Session, Snapshot, Subnet, Wifi, Withheld,
};

/// What the senses saw, in the world's own terms: the part that tells networks apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Where; `None` without a carrier.
    pub spot: Option<Spot>,
    /// How often the gateway there was replaced.
    pub swapped: u8,
    /// Whether the Wi-Fi identity was kept from us.
    pub withheld: bool,
}

impl Seen {
    /// Whether two looks could be told apart by honest evidence. A replaced gateway matters only
    /// where nothing else speaks.
    #[must_use]
    pub fn same_network(self, other: Self) -> bool {
        let wired = self.spot.is_some_and(Spot::is_wired);
        if !wired && (self.withheld || other.withheld) && self.looks_like(other) {
            // Nothing could tell the floor.
            return true;
        }
        let gateway_matters = self.spot.is_some_and(|spot| spot.is_unlearnable());
        self.spot == other.spot && (!gateway_matters || self.swapped == other.swapped)
    }

    /// Whether a cheap look sees the same: the link, its gateway, and the radio unless it is withheld.
    #[must_use]
    pub fn looks_like(self, other: Self) -> bool {
        match (self.spot, other.spot) {
            (Some(one), Some(two)) => {
                let radio = one.is_wired() || self.withheld || other.withheld || one == two;
                radio
                    && one.subnet() == two.subnet()
                    && one.gateway(self.swapped) == two.gateway(other.swapped)
            }
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether the same machine stands behind the default gateway, and says something.
    #[must_use]
    pub fn same_building(self, other: Self) -> bool {
        match (self.spot, other.spot) {
            (Some(one), Some(two)) => {
                let (one, two) = (one.gateway(self.swapped), two.gateway(other.swapped));
                one == two && one.kind == crate::network::StationKind::Global
            }
            _ => false,
        }
    }
}

/// The laptop.
#[derive(Clone, Debug)]
pub struct Laptop {
    /// Where it truly is.
    pub spot: Spot,
    /// Whether it has a network there now.
    pub carrier: bool,
    /// How often the gateway of each spot was replaced.
    pub swapped: [u8; 11],
    /// Whether a VPN is up.
    pub vpn: bool,
    /// Whether a bridge with its containers is up.
    pub bridge: bool,
    /// Number of the current extra (IPv6) prefix; 0 for none.
    pub churn: u8,
    /// Whether the system keeps the Wi-Fi identity from us.
    pub withheld: bool,
    /// Who sits there.
    pub session: Session,
    /// Changes the signal strengths a little.
    pub jitter: u64,
}

impl Laptop {
    /// A laptop at a spot, with its first user at the screen.
    #[must_use]
    pub const fn at(spot: Spot) -> Self {
        Self {
            spot,
            carrier: true,
            swapped: [0; 11],
            vpn: false,
            bridge: false,
            churn: 0,
            withheld: false,
            session: Session { user: 1, active: true, remote: false, locked: false },
            jitter: 0,
        }
    }

    /// What honest senses tell apart now.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen {
            spot: self.carrier.then_some(self.spot),
            swapped: self.swapped[usize::from(self.spot.number())],
            withheld: self.withheld,
        }
    }

    /// The full sample of this instant.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let wired = self.spot.is_wired();
        let mut links = Vec::new();
        if self.bridge {
            links.push(self.virtual_link("br0", 7));
        }
        links.push(self.physical_link("eth0", Medium::Wired, wired));
        if self.vpn {
            links.push(self.virtual_link("tun0", 8));
        }
        links.push(self.physical_link("wlan0", Medium::Wifi, !wired));
        let wifi = if self.withheld {
            Evidence::Withheld(Withheld::Permission)
        } else {
            let mut heard = if self.carrier { self.heard() } else { Vec::new() };
            let strongest = heard.iter().copied().max_by_key(|radio| (radio.dbm, radio.key));
            heard.sort();
            let connected = if wired { None } else { strongest };
            Evidence::Known(Wifi { connected: connected.map_or(Evidence::Absent, Evidence::Known), heard })
        };
        let lldp = self.spot.port().filter(|_| self.carrier);
        Snapshot {
            links,
            wifi,
            lldp: lldp.map_or(Evidence::Absent, Evidence::Known),
            dns_suffix: if self.carrier {
                Evidence::Known(format!("{:?}.zqx.example", self.spot).replace("zqx", "Zqx").into())
            } else {
                Evidence::Absent
            },
            session: self.session,
        }
    }

    fn physical_link(&self, name: &str, medium: Medium, used: bool) -> Link {
        let carrier = used && self.carrier;
        let mut subnets = Vec::new();
        let mut gateway = None;
        if carrier {
            subnets.push(Subnet { network: self.spot.subnet().into(), prefix: 24 });
            if self.churn > 0 {
                let extra = Ipv6Addr::new(0xfd5a, 1, 1, u16::from(self.churn), 0, 0, 0, 0);
                subnets.push(Subnet { network: IpAddr::V6(extra).into(), prefix: 64 });
            }
            let swapped = self.swapped[usize::from(self.spot.number())];
            let address = match self.spot.subnet() {
                IpAddr::V4(net) => IpAddr::V4(Ipv4Addr::from(u32::from(net) + 1)),
                v6 @ IpAddr::V6(_) => v6,
            };
            gateway = Some(Gateway {
                address: address.into(),
                station: Evidence::Known(self.spot.gateway(swapped)),
            });
        }
        let dhcp = if carrier {
            Evidence::Known(DhcpFacts { server: None, domain: Some("Zqx.example".to_owned().into()) })
        } else {
            Evidence::Absent
        };
        Link { name: name.to_owned(), medium, carrier, subnets, gateway, dhcp }
    }

    fn virtual_link(&self, name: &str, third: u8) -> Link {
        let network = IpAddr::V4(Ipv4Addr::new(10, 213, 200 + third, 0));
        Link {
            name: name.to_owned(),
            medium: Medium::Virtual,
            carrier: true,
            subnets: vec![Subnet { network: network.into(), prefix: 16 }],
            // A tunnel takes the default route, as full-tunnel VPNs do.
            gateway: (name == "tun0").then(|| Gateway { address: network.into(), station: Evidence::Absent }),
            dhcp: Evidence::Absent,
        }
    }

    fn heard(&self) -> Vec<Heard> {
        let mut radios = self.spot.radios();
        for radio in &mut radios {
            let wobble = radio.key.0.wrapping_mul(31).wrapping_add(self.jitter.wrapping_mul(17)) % 5;
            radio.dbm += i8::try_from(wobble).unwrap_or(0) - 2;
        }
        radios
    }
}
