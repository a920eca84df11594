//! What rtnetlink says of links, addresses, default routes and neighbours (linux/rtnetlink.h).

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rightdoor_core::network::Medium;

use super::medium::Classifier;
use super::netlink::{Channel, Message, attributes, text, u16_at, u32_at};
use crate::network::SenseError;
use crate::network::station::Hardware;

pub(super) const RTM_NEWLINK: u16 = 16;
pub(super) const RTM_DELLINK: u16 = 17;
pub(super) const RTM_GETLINK: u16 = 18;
pub(super) const RTM_NEWADDR: u16 = 20;
pub(super) const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;
pub(super) const RTM_NEWROUTE: u16 = 24;
pub(super) const RTM_DELROUTE: u16 = 25;
const RTM_GETROUTE: u16 = 26;
pub(super) const RTM_NEWNEIGH: u16 = 28;
pub(super) const RTM_DELNEIGH: u16 = 29;
const RTM_GETNEIGH: u16 = 30;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const RT_TABLE_MAIN: u8 = 254;
const RTN_UNICAST: u8 = 1;
const RTM_F_CLONED: u32 = 0x200;
/// Up, running and with a lower layer: `IFF_UP | IFF_RUNNING | IFF_LOWER_UP`.
const CARRIER: u32 = 0x1 | 0x40 | 0x1_0000;
/// Incomplete or failed: the machine is not known.
pub(super) const NUD_UNKNOWN: u16 = 0x01 | 0x20;

/// A link as the kernel tells it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RawLink {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) hardware: u16,
    pub(super) flags: u32,
    /// `IFLA_INFO_KIND`: bridge, tun, veth…
    pub(super) kind: Option<String>,
    /// The bridge or bond it is a port of.
    pub(super) master: Option<u32>,
    /// The link it rides on (VLAN).
    pub(super) lower: Option<u32>,
    /// Whether a device stands behind it (`IFLA_PARENT_DEV_NAME`, kernel 5.14).
    pub(super) device: bool,
}

impl RawLink {
    pub(super) fn parse(message: Message<'_>) -> Option<Self> {
        let body = message.body;
        // Bridges repeat their ports' links in their own family.
        if *body.first()? != 0 {
            return None;
        }
        let mut link = Self {
            index: u32_at(body, 4)?,
            name: String::new(),
            hardware: u16_at(body, 2)?,
            flags: u32_at(body, 8)?,
            kind: None,
            master: None,
            lower: None,
            device: false,
        };
        for (kind, value) in attributes(body, 16) {
            match kind {
                3 => link.name = text(value),
                5 => link.lower = u32_at(value, 0),
                10 => link.master = u32_at(value, 0),
                18 => {
                    link.kind =
                        attributes(value, 0).find(|(kind, _)| *kind == 1).map(|(_, value)| text(value))
                }
                56 => link.device = true,
                _ => {}
            }
        }
        (!link.name.is_empty()).then_some(link)
    }

    pub(super) const fn carrier(&self) -> bool {
        self.flags & CARRIER == CARRIER
    }
}

/// A link with what it is made of.
pub(super) struct Interface {
    pub(super) raw: RawLink,
    pub(super) medium: Medium,
}

/// A default route of the main table, one per next hop.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DefaultRoute {
    /// IPv4 sorts before IPv6: router advertisements come and go while the lease stays.
    family: u8,
    metric: u32,
    pub(super) gateway: Option<IpAddr>,
    pub(super) link: u32,
}

/// The default routes in a message: none, one, or one per next hop.
pub(super) fn default_routes(message: Message<'_>) -> Vec<DefaultRoute> {
    let body = message.body;
    let (Some(&family), Some(&prefix), Some(&kind)) = (body.first(), body.get(1), body.get(7)) else {
        return Vec::new();
    };
    let mut table = body.get(4).copied().map_or(0, u32::from);
    let cloned = u32_at(body, 8).unwrap_or_default() & RTM_F_CLONED != 0;
    if !matches!(family, AF_INET | AF_INET6) || prefix != 0 || kind != RTN_UNICAST || cloned {
        return Vec::new();
    }
    let mut metric = 0;
    let mut single = (None, None);
    let mut hops: Vec<(Option<u32>, Option<IpAddr>)> = Vec::new();
    for (kind, value) in attributes(body, 12) {
        match kind {
            4 => single.0 = u32_at(value, 0),
            5 | 18 => single.1 = address(kind, value),
            6 => metric = u32_at(value, 0).unwrap_or_default(),
            9 => hops = next_hops(value),
            15 => table = u32_at(value, 0).unwrap_or(table),
            _ => {}
        }
    }
    if table != u32::from(RT_TABLE_MAIN) {
        return Vec::new();
    }
    if hops.is_empty() {
        hops.push(single);
    }
    hops.into_iter()
        .filter_map(|(link, gateway)| Some(DefaultRoute { family, metric, gateway, link: link? }))
        .collect()
}

/// `RTA_MULTIPATH`: a list of `struct rtnexthop`, each with attributes.
fn next_hops(mut rest: &[u8]) -> Vec<(Option<u32>, Option<IpAddr>)> {
    let mut hops = Vec::new();
    while let Some(hop) = u16_at(rest, 0).and_then(|length| rest.get(..usize::from(length))) {
        if hop.len() < 8 {
            break;
        }
        let gateway = attributes(hop, 8).filter(|(kind, _)| matches!(kind, 5 | 18));
        hops.push((u32_at(hop, 4), gateway.filter_map(|(kind, value)| address(kind, value)).next()));
        rest = rest.get(hop.len().next_multiple_of(4)..).unwrap_or_default();
    }
    hops
}

/// `RTA_GATEWAY`, or `RTA_VIA` with its family in front.
fn address(kind: u16, value: &[u8]) -> Option<IpAddr> {
    let bytes = if kind == 18 { value.get(2..)? } else { value };
    ip(bytes)
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|octets| Ipv4Addr::from(octets).into()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// An address of this computer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnAddress {
    pub(super) link: u32,
    pub(super) ip: IpAddr,
    pub(super) prefix: u8,
}

impl OwnAddress {
    pub(super) fn parse(message: Message<'_>) -> Option<Self> {
        let body = message.body;
        let mut found = None;
        for (kind, value) in attributes(body, 8) {
            match kind {
                // On a point-to-point link IFA_ADDRESS is the peer and IFA_LOCAL is ours.
                1 if found.is_none() => found = ip(value),
                2 => found = ip(value),
                _ => {}
            }
        }
        Some(Self { link: u32_at(body, 4)?, ip: found?, prefix: *body.get(1)? })
    }
}

/// A machine on a local network, and its hardware address while that is known.
pub(super) struct Neighbour {
    pub(super) link: u32,
    pub(super) ip: IpAddr,
    pub(super) hardware: Option<Hardware>,
}

impl Neighbour {
    pub(super) fn parse(message: Message<'_>) -> Option<Self> {
        let body = message.body;
        let state = u16_at(body, 8)?;
        let (mut found, mut hardware) = (None, None);
        for (kind, value) in attributes(body, 12) {
            match kind {
                1 => found = ip(value),
                2 => hardware = Hardware::from_bytes(value),
                _ => {}
            }
        }
        let known = message.kind == RTM_NEWNEIGH && state & NUD_UNKNOWN == 0;
        Some(Self { link: u32_at(body, 4)?, ip: found?, hardware: hardware.filter(|_| known) })
    }
}

/// Links and default routes, read together.
#[derive(Default)]
pub(super) struct World {
    pub(super) links: BTreeMap<u32, Interface>,
    pub(super) routes: Vec<DefaultRoute>,
}

impl World {
    /// Reads the world as it is now.
    pub(super) fn read(channel: &mut Channel, classifier: &mut Classifier) -> Result<Self, SenseError> {
        steady(|| {
            let mut world = Self::default();
            channel.dump("list the links", RTM_GETLINK, &[0; 16], &mut |message| {
                if let Some(raw) = RawLink::parse(message) {
                    let medium = classifier.medium(&raw);
                    world.links.insert(raw.index, Interface { raw, medium });
                }
            })?;
            for family in [AF_INET, AF_INET6] {
                let mut request = [0; 12];
                request[0] = family;
                request[4] = RT_TABLE_MAIN;
                let read = channel.dump("list the routes", RTM_GETROUTE, &request, &mut |message| {
                    world.routes.extend(default_routes(message));
                });
                // A table begins with its first route, and a system without IPv6 has none; that is no fault.
                let is_v4_fault = family == AF_INET && !read.as_ref().is_err_and(has_no_table);
                if is_v4_fault || matches!(read, Err(SenseError::Unsteady)) {
                    read?;
                }
            }
            world.routes.sort();
            Ok(world)
        })
    }

    /// The physical links that `link` speaks for: itself, or what stands under a bridge, bond or VLAN.
    pub(super) fn physical_under(&self, link: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut look = vec![(link, 0)];
        while let Some((index, depth)) = look.pop() {
            let Some(interface) = self.links.get(&index) else { continue };
            if interface.medium.is_physical() {
                found.push(index);
                continue;
            }
            if depth == 4 {
                continue;
            }
            match interface.raw.kind.as_deref() {
                Some("bridge" | "bond" | "team") => look.extend(
                    self.links
                        .values()
                        .filter(|port| port.raw.master == Some(index))
                        .map(|port| (port.raw.index, depth + 1)),
                ),
                Some("vlan" | "macvlan" | "macsec") => {
                    look.extend(interface.raw.lower.map(|lower| (lower, depth + 1)))
                }
                _ => {}
            }
        }
        found
    }

    /// The best default route of each physical link.
    pub(super) fn gateways(&self) -> BTreeMap<u32, &DefaultRoute> {
        let mut best = BTreeMap::new();
        // Sorted best first; the first one stays.
        for route in &self.routes {
            for physical in self.physical_under(route.link) {
                best.entry(physical).or_insert(route);
            }
        }
        best
    }
}

/// Neighbours with a known hardware address.
pub(super) fn neighbours(
    channel: &mut Channel,
) -> Result<BTreeMap<(u32, IpAddr), Option<Hardware>>, SenseError> {
    steady(|| {
        let mut found = BTreeMap::new();
        channel.dump("list the neighbours", RTM_GETNEIGH, &[0; 12], &mut |message| {
            if let Some(neighbour) = Neighbour::parse(message) {
                found.insert((neighbour.link, neighbour.ip), neighbour.hardware);
            }
        })?;
        Ok(found)
    })
}

/// Addresses of this computer, sorted.
pub(super) fn addresses(channel: &mut Channel) -> Result<Vec<OwnAddress>, SenseError> {
    steady(|| {
        let mut found = Vec::new();
        channel.dump("list the addresses", RTM_GETADDR, &[0; 8], &mut |message| {
            found.extend(OwnAddress::parse(message));
        })?;
        found.sort();
        Ok(found)
    })
}

fn has_no_table(error: &SenseError) -> bool {
    matches!(error, SenseError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}

/// Reads again when the kernel says that the list changed under the reader.
pub(super) fn steady<T>(mut read: impl FnMut() -> Result<T, SenseError>) -> Result<T, SenseError> {
    for _ in 0..4 {
        match read() {
            Err(SenseError::Unsteady) => {}
            other => return other,
        }
    }
    read()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::netlink::{attribute, messages};
    use super::*;

    fn datagram(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(16 + body.len()).unwrap().to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    fn neighbour(kind: u16, state: u16) -> Option<Hardware> {
        let mut body = vec![AF_INET, 0, 0, 0];
        body.extend(3_u32.to_ne_bytes());
        body.extend(state.to_ne_bytes());
        body.extend([0, 0]);
        body.extend(attribute(1, &[10, 0, 0, 1]));
        body.extend(attribute(2, &[0, 0x1b, 0x2c, 1, 2, 3]));
        let bytes = datagram(kind, &body);
        let message = messages(&bytes).next().unwrap().ok().unwrap();
        Neighbour::parse(message).unwrap().hardware
    }

    #[test]
    fn a_stale_neighbour_is_known_and_a_failed_or_deleted_one_is_not() {
        for known in [0x02, 0x04, 0x08, 0x10, 0x40, 0x80] {
            assert!(neighbour(RTM_NEWNEIGH, known).is_some(), "state {known:#x}");
        }
        assert!(neighbour(RTM_NEWNEIGH, 0x01).is_none(), "incomplete");
        assert!(neighbour(RTM_NEWNEIGH, 0x20).is_none(), "failed");
        assert!(neighbour(RTM_DELNEIGH, 0x04).is_none(), "deleted");
    }

    #[test]
    fn default_routes_of_the_main_table_are_read_and_others_are_not() {
        let route = |table: u8, prefix: u8, attributes: Vec<u8>| {
            let mut body = vec![AF_INET, prefix, 0, 0, table, 3, 0, RTN_UNICAST, 0, 0, 0, 0];
            body.extend(attributes);
            let bytes = datagram(RTM_NEWROUTE, &body);
            let message = messages(&bytes).next().unwrap().ok().unwrap();
            default_routes(message).iter().map(|r| (r.link, r.gateway.unwrap(), r.metric)).collect::<Vec<_>>()
        };
        let gateway = |last: u8| attribute(5, &[10, 0, 0, last]);
        let single =
            [attribute(4, &2_u32.to_ne_bytes()), gateway(1), attribute(6, &100_u32.to_ne_bytes())].concat();
        assert_eq!(route(RT_TABLE_MAIN, 0, single.clone()), [(2, "10.0.0.1".parse().unwrap(), 100)]);
        assert!(route(RT_TABLE_MAIN, 24, single.clone()).is_empty(), "not a default route");
        assert!(route(255, 0, single).is_empty(), "another table");

        let hop = |link: u32, last: u8| {
            let mut hop = 16_u16.to_ne_bytes().to_vec();
            hop.extend([0, 0]);
            hop.extend(link.to_ne_bytes());
            hop.extend(gateway(last));
            hop
        };
        let several = attribute(9, &[hop(2, 1), hop(3, 2)].concat());
        assert_eq!(
            route(RT_TABLE_MAIN, 0, several),
            [(2, "10.0.0.1".parse().unwrap(), 0), (3, "10.0.0.2".parse().unwrap(), 0)]
        );
    }

    #[test]
    fn bad_input_bodies_are_ignored() {
        for length in 0..40 {
            let bytes = datagram(RTM_NEWROUTE, &vec![0xff; length]);
            for message in messages(&bytes).flatten() {
                assert!(default_routes(message).is_empty());
                let _ = (RawLink::parse(message), OwnAddress::parse(message), Neighbour::parse(message));
            }
        }
    }
}
