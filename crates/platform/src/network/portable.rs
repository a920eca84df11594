//! Windows and macOS: what both need beyond the few questions each answers in its own way.
//!
//! A system gives `adapters`, `air`, and `Registrations` that ring a [`Doorbell`]. Its callbacks
//! fire for tunnels, for statistics and for nothing at all, so a ring only makes the watcher list the
//! adapters again; a hint is given when a physical one differs.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use rightdoor_core::network::{
    DhcpFacts, Evidence, Gateway, Link, Medium, PreSample, Snapshot, Wifi, Withheld,
};
use rightdoor_core::{HintSource, Redacted};
use tokio::sync::Notify;

use super::address::{nudge, subnets};
use super::exit::Exits;
use super::station::{Hardware, Keyer};
use super::{Hint, Options, SenseError, os, wifi};
use crate::session;

/// Between looks while a gateway's machine is waited for; these systems do not announce it.
const NEIGHBOUR_STEP: Duration = Duration::from_millis(100);
/// Looks before giving up: one second.
const NEIGHBOUR_STEPS: u32 = 10;

/// One interface as the system tells it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Adapter {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) medium: Medium,
    pub(super) carrier: bool,
    /// Addresses with prefix lengths, sorted.
    pub(super) addresses: Vec<(IpAddr, u8)>,
    pub(super) gateway: Option<(IpAddr, Option<Hardware>)>,
    pub(super) dhcp: Option<DhcpFacts>,
    pub(super) domain: Option<String>,
    /// Its own hardware address, where the system tells.
    pub(super) hardware: Option<Hardware>,
}

/// What the radio hears.
pub(super) struct Air {
    pub(super) connected: Evidence<wifi::Radio>,
    pub(super) heard: Vec<wifi::Radio>,
}

/// Rung by callbacks on threads of the system; heard by the watcher.
#[derive(Default)]
pub(super) struct Doorbell {
    rung: AtomicU8,
    notify: Notify,
}

const LINK: u8 = 1;
const ADDRESS: u8 = 2;
const ROUTE: u8 = 4;
const WIFI: u8 = 8;

impl Doorbell {
    pub(super) fn ring(&self, source: HintSource) {
        let bit = match source {
            HintSource::Link | HintSource::Neighbour | HintSource::Session => LINK,
            HintSource::Address => ADDRESS,
            HintSource::Route => ROUTE,
            HintSource::Wifi => WIFI,
        };
        self.rung.fetch_or(bit, Ordering::Release);
        self.notify.notify_one();
    }

    /// Waits for a ring. Cancel-safe: what was rung stays rung until it is taken here.
    async fn wait(&self) -> u8 {
        loop {
            let rung = self.rung.swap(0, Ordering::Acquire);
            if rung != 0 {
                return rung;
            }
            self.notify.notified().await;
        }
    }
}

/// Listens to the system.
pub struct Watcher {
    bell: Arc<Doorbell>,
    _registrations: os::Registrations,
    physical: Vec<String>,
    last: Vec<Adapter>,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").finish_non_exhaustive()
    }
}

impl Watcher {
    /// Begins to listen; open it before the first look.
    ///
    /// # Errors
    /// [`SenseError::Io`] when the system takes no callback.
    pub fn open(options: &Options) -> Result<Self, SenseError> {
        let bell = Arc::new(Doorbell::default());
        let registrations = os::Registrations::new(&bell)?;
        let last = physical(os::adapters(&options.physical)?);
        Ok(Self { bell, _registrations: registrations, physical: options.physical.clone(), last })
    }

    /// Waits for the next hint. Cancel-safe.
    pub async fn next(&mut self) -> Hint {
        loop {
            let rung = self.bell.wait().await;
            let Ok(adapters) = os::adapters(&self.physical) else { return Hint::Lost };
            let now = physical(adapters);
            let changed = now != self.last;
            self.last = now;
            if rung & WIFI != 0 {
                return Hint::Look(HintSource::Wifi);
            }
            if changed {
                return Hint::Look(match rung {
                    rung if rung & LINK != 0 => HintSource::Link,
                    rung if rung & ROUTE != 0 => HintSource::Route,
                    _ => HintSource::Address,
                });
            }
        }
    }
}

/// The hardware addresses of physical adapters with a carrier.
pub(super) fn hardware(names: &[String]) -> Result<Vec<Hardware>, SenseError> {
    let adapters = physical(os::adapters(names)?).into_iter().filter(|adapter| adapter.carrier);
    Ok(adapters.filter_map(|adapter| adapter.hardware).collect())
}

/// What physical adapters offer as a way out.
pub(super) fn exits(names: &[String]) -> Result<Exits, SenseError> {
    let adapters = physical(os::adapters(names)?);
    let addresses = adapters.iter().flat_map(|adapter| adapter.addresses.iter().map(|(ip, _)| *ip)).collect();
    let best = adapters.iter().find(|adapter| adapter.carrier && adapter.gateway.is_some());
    Ok(Exits { addresses, best: best.map(|adapter| adapter.index) })
}

/// What speaks for the place; a gateway's machine that is only not resolved now is no difference.
fn physical(adapters: Vec<Adapter>) -> Vec<Adapter> {
    adapters.into_iter().filter(|adapter| adapter.medium.is_physical()).collect()
}

/// Looks at the network, always at the system itself and never at something remembered.
pub struct Sampler {
    keyer: Keyer,
    physical: Vec<String>,
}

impl std::fmt::Debug for Sampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampler").finish_non_exhaustive()
    }
}

impl Sampler {
    /// Prepares to look.
    ///
    /// # Errors
    /// None on this system; the signature is the same everywhere.
    pub fn new(options: &Options) -> Result<Self, SenseError> {
        Ok(Self { keyer: Keyer::new(&options.key), physical: options.physical.clone() })
    }

    /// The cheap look: a few milliseconds, never waits. A gateway whose machine is not known yet is
    /// nudged to say so.
    ///
    /// # Errors
    /// [`SenseError`] when the system does not answer as it should.
    pub fn pre_sample(&mut self) -> Result<PreSample, SenseError> {
        let adapters = os::adapters(&self.physical)?;
        nudge(&unresolved(&adapters));
        Ok(self.snapshot(&adapters).pre_sample())
    }

    /// The full look; about a second at most when something must be waited for.
    ///
    /// # Errors
    /// [`SenseError`] when the system does not answer as it should.
    pub async fn sample(&mut self) -> Result<Snapshot, SenseError> {
        let mut adapters = os::adapters(&self.physical)?;
        let waiting = unresolved(&adapters);
        nudge(&waiting);
        for _ in 0..NEIGHBOUR_STEPS {
            if unresolved(&adapters).is_empty() {
                break;
            }
            tokio::time::sleep(NEIGHBOUR_STEP).await;
            adapters = os::adapters(&self.physical)?;
        }
        Ok(self.snapshot(&adapters))
    }

    fn snapshot(&self, adapters: &[Adapter]) -> Snapshot {
        let mut links: Vec<Link> = adapters.iter().map(|adapter| self.link(adapter)).collect();
        links.sort_by(|a, b| a.name.cmp(&b.name));
        let wireless = adapters.iter().any(|adapter| adapter.medium == Medium::Wifi);
        let wifi = if wireless { self.wifi() } else { Evidence::Absent };
        let speaking =
            |adapter: &&Adapter| adapter.medium.is_physical() && adapter.carrier && adapter.gateway.is_some();
        let domain = adapters.iter().filter(speaking).find_map(|adapter| adapter.domain.clone());
        Snapshot {
            links,
            wifi,
            lldp: Evidence::Withheld(Withheld::Unsupported),
            dns_suffix: domain.map_or(Evidence::Absent, |domain| Evidence::Known(Redacted::new(domain))),
            session: session::current(&self.keyer),
        }
    }

    fn link(&self, adapter: &Adapter) -> Link {
        let gateway = adapter.gateway.map(|(address, machine)| Gateway {
            address: Redacted::new(address),
            station: machine
                .map_or(Evidence::Absent, |hardware| Evidence::Known(self.keyer.gateway(hardware))),
        });
        Link {
            name: adapter.name.clone(),
            medium: adapter.medium,
            carrier: adapter.carrier,
            subnets: subnets(adapter.addresses.iter().copied()),
            gateway,
            dhcp: adapter.dhcp.clone().map_or(Evidence::Absent, Evidence::Known),
        }
    }

    fn wifi(&self) -> Evidence<Wifi> {
        match os::air() {
            Evidence::Known(air) => {
                let connected = match air.connected {
                    Evidence::Known(radio) => Evidence::Known(wifi::connected(radio, &self.keyer)),
                    Evidence::Absent => Evidence::Absent,
                    Evidence::Withheld(why) => Evidence::Withheld(why),
                };
                Evidence::Known(wifi::heard(&air.heard, connected, &self.keyer))
            }
            Evidence::Absent => Evidence::Absent,
            Evidence::Withheld(why) => Evidence::Withheld(why),
        }
    }
}

fn unresolved(adapters: &[Adapter]) -> Vec<(u32, IpAddr)> {
    let live = adapters.iter().filter(|adapter| adapter.medium.is_physical() && adapter.carrier);
    live.filter_map(|adapter| match adapter.gateway {
        Some((address, None)) => Some((adapter.index, address)),
        Some((_, Some(_))) | None => None,
    })
    .collect()
}
