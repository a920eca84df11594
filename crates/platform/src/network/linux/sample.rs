//! Looking at the network: the cheap look and the full one.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use netlink_sys::protocols::NETLINK_ROUTE;
use rightdoor_core::network::{Evidence, Gateway, Heard, Link, Medium, PreSample, Snapshot, Wifi, Withheld};
use rightdoor_core::{Mono, Redacted};

use super::details::{self, Details};
use super::medium::Classifier;
use super::netlink::Channel;
use super::nl80211::Nl80211;
use super::nm::Air;
use super::watch::NeighbourEvents;
use super::world::{self, OwnAddress, World};
use crate::network::address::{nudge, subnets};
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
    /// This kernel has no wireless support among these links (yet: a module may come with an adapter).
    None {
        among: Vec<u32>,
    },
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
            radio: Radio::None { among: Vec::new() },
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
        if let Radio::Kernel(radio) = &mut self.radio {
            self.classifier.set_wireless(radio.interfaces()?);
        }
        let mut world = World::read(&mut self.channel, &mut self.classifier)?;
        if let Radio::None { among } = &mut self.radio
            && !world.links.keys().eq(among.iter())
        {
            *among = world.links.keys().copied().collect();
            match Nl80211::open() {
                Ok(Some(mut radio)) => {
                    self.classifier.set_wireless(radio.interfaces()?);
                    self.radio = Radio::Kernel(radio);
                    world = World::read(&mut self.channel, &mut self.classifier)?;
                }
                Ok(None) => {}
                Err(_) => self.radio = Radio::Refused,
            }
        }
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
                subnets: subnets(
                    addresses
                        .iter()
                        .filter(|address| {
                            address.link == link.raw.index
                                || (link.medium.is_physical()
                                    && look.world.physical_under(address.link).contains(&link.raw.index))
                        })
                        .map(|address| (address.ip, address.prefix)),
                ),
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
