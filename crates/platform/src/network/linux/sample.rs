//! Looking at the network: the cheap look and the full one.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::Duration;

use netlink_sys::protocols::NETLINK_ROUTE;
use rightdoor_core::network::{
    Evidence, Gateway, Heard, Link, Medium, PreSample, Snapshot, Subnet, Wifi, Withheld,
};
use rightdoor_core::{Mono, Redacted};

use super::details::{self, Details};
use super::medium::Classifier;
use super::netlink::Channel;
use super::nl80211::Nl80211;
use super::nm::Air;
use super::watch::NeighbourEvents;
use super::world::{self, OwnAddress, World};
use crate::network::station::{Hardware, Keyer};
use crate::network::{Options, SenseError, wifi};
use crate::{clock, session};

/// After a change, old scans are not trusted for this long.
const UNSETTLED: Duration = Duration::from_secs(60);
/// How long a full look waits for a gateway's machine to answer.
const NEIGHBOUR_PATIENCE: Duration = Duration::from_secs(1);

/// Looks at the network, always at the system itself and never at something remembered.
pub struct Sampler {
    keyer: Keyer,
    channel: Channel,
    classifier: Classifier,
    radio: Radio,
    /// The system bus, once it was needed.
    bus: Option<zbus::Connection>,
    /// What the last look found, and when it last found something else.
    last: Option<(PreSample, Mono)>,
    /// The radio NetworkManager last named, for sandboxes where the kernel may not be asked.
    told: Evidence<Heard>,
}

/// How Wi-Fi can be asked.
enum Radio {
    Kernel(Nl80211),
    /// This kernel has no wireless support (yet: a module may come with an adapter).
    None,
    Refused,
}

impl std::fmt::Debug for Sampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampler").finish_non_exhaustive()
    }
}

/// One look at everything that is fast.
struct Look {
    world: World,
    gateways: BTreeMap<u32, Gateway>,
    /// Gateways whose machine is not known, with the link they are on.
    unresolved: Vec<(u32, IpAddr)>,
    wifi: Evidence<Wifi>,
    /// The scan behind it.
    scan: Vec<wifi::Radio>,
}

impl Sampler {
    /// Prepares to look, in the network namespace of the calling thread.
    ///
    /// # Errors
    /// [`SenseError::Io`] when the kernel gives no route socket (a sandbox without netlink).
    pub fn new(options: &Options) -> Result<Self, SenseError> {
        Ok(Self {
            keyer: Keyer::new(&options.key),
            channel: Channel::open(NETLINK_ROUTE).map_err(SenseError::io("ask for the network"))?,
            classifier: Classifier::new(&options.physical),
            radio: Radio::None,
            bus: None,
            last: None,
            told: Evidence::Withheld(Withheld::Unsupported),
        })
    }

    /// The cheap look: a few milliseconds, never waits.
    ///
    /// A gateway whose machine is not known yet is nudged to say so; a later hint tells when it did.
    ///
    /// # Errors
    /// [`SenseError`] when the kernel does not answer as it should.
    pub fn pre_sample(&mut self) -> Result<PreSample, SenseError> {
        let look = self.look()?;
        nudge(&look.unresolved);
        let found = self.snapshot(&look, &[], &Details::default()).pre_sample();
        self.is_moving(&found);
        Ok(found)
    }

    /// The full look; about a second at most when something must be waited for.
    ///
    /// # Errors
    /// [`SenseError`] when the kernel does not answer as it should.
    pub async fn sample(&mut self) -> Result<Snapshot, SenseError> {
        let mut look = self.look()?;
        if !look.unresolved.is_empty() {
            look = self.resolve(look).await?;
        }
        let addresses = world::addresses(&mut self.channel)?;
        let moving = self.is_moving(&self.snapshot(&look, &addresses, &Details::default()).pre_sample());
        let details = details::read(&mut self.bus, &look.world, &addresses, &self.keyer, moving).await;
        if let Evidence::Known(wifi) = &mut look.wifi {
            self.merge(wifi, &mut look.scan, &details.air);
        }
        Ok(self.snapshot(&look, &addresses, &details))
    }

    /// Whether what speaks for the place changed a moment ago, so that only a new scan tells anything.
    fn is_moving(&mut self, found: &PreSample) -> bool {
        let now = clock::now().mono;
        match &self.last {
            Some((before, _)) if before == found => {}
            _ => self.last = Some((found.clone(), now)),
        }
        self.last.as_ref().is_some_and(|(_, changed)| now.since(*changed) < UNSETTLED)
    }

    /// Adds what NetworkManager hears to what the kernel hears.
    fn merge(&mut self, wifi: &mut Wifi, scan: &mut Vec<wifi::Radio>, air: &Evidence<Vec<Air>>) {
        let Evidence::Known(airs) = air else { return };
        scan.extend(airs.iter().flat_map(|air| &air.heard));
        if matches!(self.radio, Radio::Refused) {
            let connected = airs.iter().find_map(|air| air.connected);
            self.told = connected
                .map_or(Evidence::Absent, |radio| Evidence::Known(wifi::connected(radio, &self.keyer)));
            wifi.connected = self.told;
        }
        *wifi = wifi::heard(scan, wifi.connected, &self.keyer);
    }

    fn look(&mut self) -> Result<Look, SenseError> {
        if matches!(self.radio, Radio::None) {
            self.radio = match Nl80211::open() {
                Ok(Some(radio)) => Radio::Kernel(radio),
                Ok(None) => Radio::None,
                Err(_) => Radio::Refused,
            };
        }
        if let Radio::Kernel(radio) = &mut self.radio {
            self.classifier.set_wireless(radio.interfaces()?);
        }
        let world = World::read(&mut self.channel, &mut self.classifier)?;
        let best = world.gateways();
        let neighbours = if best.values().any(|route| route.gateway.is_some()) {
            world::neighbours(&mut self.channel)?
        } else {
            BTreeMap::new()
        };
        let mut gateways = BTreeMap::new();
        let mut unresolved = Vec::new();
        for (physical, route) in best {
            let Some(address) = route.gateway else { continue };
            let machine: Option<Hardware> = neighbours.get(&(route.link, address)).copied().flatten();
            let station = match machine {
                Some(hardware) => Evidence::Known(self.keyer.gateway(hardware)),
                None => Evidence::Absent,
            };
            if machine.is_none() && world.links.get(&physical).is_some_and(|link| link.raw.carrier()) {
                unresolved.push((route.link, address));
            }
            gateways.insert(physical, Gateway { address: Redacted::new(address), station });
        }
        let mut scan = Vec::new();
        let wifi = self.wifi(&world, &mut scan);
        Ok(Look { world, gateways, unresolved, wifi, scan })
    }

    fn wifi(&mut self, world: &World, radios: &mut Vec<wifi::Radio>) -> Evidence<Wifi> {
        let mut wireless = world
            .links
            .values()
            .filter(|link| link.medium == Medium::Wifi)
            .map(|link| link.raw.index)
            .peekable();
        if wireless.peek().is_none() {
            return Evidence::Absent;
        }
        let Radio::Kernel(radio) = &mut self.radio else {
            return Evidence::Known(Wifi { connected: self.told, heard: Vec::new() });
        };
        let mut associated: Option<wifi::Radio> = None;
        for link in wireless {
            let scan = match radio.scan(link) {
                Ok(scan) => scan,
                Err(SenseError::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::PermissionDenied =>
                {
                    return Evidence::Withheld(Withheld::Permission);
                }
                Err(_) => return Evidence::Withheld(Withheld::Failed),
            };
            for bss in scan {
                radios.push(bss.radio);
                // With multi-link operation there are several; the choice must not flicker with the signal.
                if bss.associated && associated.is_none_or(|chosen| bss.radio.bssid < chosen.bssid) {
                    associated = Some(bss.radio);
                }
            }
        }
        let connected =
            associated.map_or(Evidence::Absent, |radio| Evidence::Known(wifi::connected(radio, &self.keyer)));
        Evidence::Known(wifi::heard(radios, connected, &self.keyer))
    }

    /// Nudges gateways and waits for their neighbour entries, woken by the kernel.
    async fn resolve(&mut self, first: Look) -> Result<Look, SenseError> {
        let Ok(mut events) = NeighbourEvents::open() else { return Ok(first) };
        nudge(&first.unresolved);
        let deadline = tokio::time::Instant::now() + NEIGHBOUR_PATIENCE;
        let mut look = self.look()?;
        while !look.unresolved.is_empty() {
            if tokio::time::timeout_at(deadline, events.next()).await.is_err() {
                break;
            }
            look = self.look()?;
        }
        Ok(look)
    }

    fn snapshot(&self, look: &Look, addresses: &[OwnAddress], details: &Details) -> Snapshot {
        let mut links: Vec<Link> = look
            .world
            .links
            .values()
            .map(|link| Link {
                name: link.raw.name.clone(),
                medium: link.medium,
                carrier: link.raw.carrier(),
                subnets: subnets(addresses.iter().filter(|address| {
                    address.link == link.raw.index
                        || (link.medium.is_physical()
                            && look.world.physical_under(address.link).contains(&link.raw.index))
                })),
                gateway: look.gateways.get(&link.raw.index).cloned(),
                dhcp: details.dhcp.get(&link.raw.index).cloned().unwrap_or_default(),
            })
            .collect();
        links.sort_by(|a, b| a.name.cmp(&b.name));
        Snapshot {
            links,
            wifi: look.wifi.clone(),
            lldp: details.lldp,
            dns_suffix: details.dns_suffix.clone(),
            session: session::current(&self.keyer),
        }
    }
}

/// The networks of some addresses: sorted, each once, without link-local ones and single hosts.
fn subnets<'a>(addresses: impl Iterator<Item = &'a OwnAddress>) -> Vec<Subnet> {
    let mut found: Vec<Subnet> = addresses
        .filter_map(|address| {
            let network = network(address.ip, address.prefix)?;
            Some(Subnet { network: Redacted::new(network), prefix: address.prefix })
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn network(ip: IpAddr, prefix: u8) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) if prefix < 32 && !ip.is_link_local() && !ip.is_loopback() => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            Some(Ipv4Addr::from_bits(ip.to_bits() & mask).into())
        }
        IpAddr::V6(ip) if prefix < 128 && !ip.is_unicast_link_local() && !ip.is_loopback() => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            Some(Ipv6Addr::from_bits(ip.to_bits() & mask).into())
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// Makes the kernel ask for the gateways' hardware addresses, by sending each an empty datagram to the
/// discard port (RFC 863). Asking over netlink would need a privilege.
fn nudge(gateways: &[(u32, IpAddr)]) {
    const DISCARD: u16 = 9;
    for (link, gateway) in gateways {
        let (any, target): (IpAddr, SocketAddr) = match gateway {
            IpAddr::V4(ip) => (Ipv4Addr::UNSPECIFIED.into(), (*ip, DISCARD).into()),
            IpAddr::V6(ip) => {
                (Ipv6Addr::UNSPECIFIED.into(), SocketAddrV6::new(*ip, DISCARD, 0, *link).into())
            }
        };
        let sent = UdpSocket::bind((any, 0)).and_then(|socket| {
            socket.set_nonblocking(true)?;
            socket.send_to(&[], target)
        });
        if let Err(error) = sent {
            tracing::debug!(%error, "a gateway could not be nudged");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn subnets_have_no_host_bits_and_no_link_local_networks() {
        let own = |text: &str, prefix| OwnAddress { link: 1, ip: text.parse().unwrap(), prefix };
        let addresses = [
            own("10.20.3.4", 16),
            own("10.20.3.5", 16),
            own("169.254.1.2", 16),
            own("192.0.2.7", 32),
            own("2001:db8:1:2::3", 64),
            own("fe80::1", 64),
            own("127.0.0.1", 8),
            own("198.51.100.1", 0),
        ];
        let found: Vec<String> = subnets(addresses.iter())
            .iter()
            .map(|s| format!("{}/{}", s.network.reveal(), s.prefix))
            .collect();
        assert_eq!(found, ["0.0.0.0/0", "10.20.0.0/16", "2001:db8:1:2::/64"]);
    }
}
