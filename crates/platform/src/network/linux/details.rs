//! What needs more than a netlink answer: DHCP, DNS suffix, LLDP and the longer scan list. All of it
//! is bounded, and a fact that cannot be had is withheld with its reason, never guessed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rightdoor_core::Redacted;
use rightdoor_core::network::{DhcpFacts, Evidence, Medium, PortKey, Withheld};
use zbus::Connection;

use super::nm::{Air, NetworkManager};
use super::world::{OwnAddress, World};
use super::{dns, leases};
use crate::bus::{self, Silence};
use crate::network::station::Keyer;

/// The details of one look.
#[derive(Default)]
pub(super) struct Details {
    /// By link index.
    pub(super) dhcp: BTreeMap<u32, Evidence<DhcpFacts>>,
    pub(super) dns_suffix: Evidence<Redacted<String>>,
    pub(super) lldp: Evidence<PortKey>,
    /// What NetworkManager hears; `Withheld` when it does not say.
    pub(super) air: Evidence<Vec<Air>>,
}

/// Reads the details, over a bus that is kept between looks.
pub(super) async fn read(
    bus: &mut Option<Connection>,
    world: &World,
    addresses: &[OwnAddress],
    keyer: &Keyer,
    moving: bool,
) -> Details {
    if bus.is_none() {
        *bus = bus::system().await.ok();
    }
    let found = gather(bus.as_ref(), world, addresses, keyer, moving).await;
    if bus.as_ref().is_some_and(Connection::is_closed) {
        *bus = None;
    }
    found
}

async fn gather(
    bus: Option<&Connection>,
    world: &World,
    addresses: &[OwnAddress],
    keyer: &Keyer,
    moving: bool,
) -> Details {
    let manager = match bus {
        Some(bus) => NetworkManager::on(bus).await,
        None => None,
    };
    let mut details = Details { air: Evidence::Withheld(Withheld::Unsupported), ..Details::default() };
    let mut domains: BTreeMap<u32, String> = BTreeMap::new();
    let mut airs = Vec::new();
    for (index, link) in &world.links {
        if !link.medium.is_physical() || !link.raw.carrier() {
            continue;
        }
        let name = &link.raw.name;
        let device = match &manager {
            Some(manager) => manager.device(name).await,
            None => Err(Silence::Nobody),
        };
        let mut dhcp = Evidence::Absent;
        match device {
            Ok(device) => {
                domains.extend(device.domain.map(|domain| (*index, domain)));
                dhcp = device.dhcp.map_or(Evidence::Absent, Evidence::Known);
                if let Some((chassis, port)) = device.port {
                    details.lldp = Evidence::Known(keyer.port(&chassis, &port));
                }
            }
            Err(Silence::TimedOut) => dhcp = Evidence::Withheld(Withheld::TimedOut),
            // An interface NetworkManager does not know, or answers strangely about: others may.
            Err(Silence::Nobody | Silence::Refused | Silence::Failed) => {}
        }
        if dhcp.known().is_none() {
            let own: Vec<IpAddr> =
                addresses.iter().filter(|own| own.link == *index).map(|own| own.ip).collect();
            if let Some(lease) = leases::of(*index, name, &own) {
                dhcp = Evidence::Known(lease);
            }
        }
        if let Some(domain) = dhcp.known().and_then(|facts| facts.domain.as_ref()) {
            domains.entry(*index).or_insert_with(|| domain.reveal().clone());
        }
        details.dhcp.insert(*index, dhcp);
        if link.medium == Medium::Wifi
            && let Some(manager) = &manager
        {
            match manager.air(name, moving).await {
                Ok(air) => airs.push(air),
                Err(silence) => details.air = Evidence::Withheld(silence.into()),
            }
        }
    }
    if !airs.is_empty() {
        details.air = Evidence::Known(airs);
    }
    details.dns_suffix = suffix(bus, world, domains)
        .await
        .map_or(Evidence::Absent, |domain| Evidence::Known(Redacted::new(domain)));
    details
}

/// The domain of the physical link that carries the best default route. What a VPN adds to the
/// system's list says nothing of the place, so the link is asked first.
async fn suffix(
    bus: Option<&Connection>,
    world: &World,
    mut domains: BTreeMap<u32, String>,
) -> Option<String> {
    let gateways = world.gateways();
    let (best, _) = gateways.iter().min_by_key(|(_, route)| **route)?;
    if let Some(domain) = domains.remove(best) {
        return Some(domain);
    }
    if let Some(bus) = bus
        && let Some(domain) = dns::of_link(bus, *best).await
    {
        return Some(domain);
    }
    dns::of_system()
}
