//! What the watcher remembers, so that the kernel's repetitions (router advertisements, neighbour
//! states, wireless extensions) wake nobody up.

use std::collections::{BTreeMap, BTreeSet};

use super::filter::Gateways;
use super::medium::{Classifier, Role};
use super::netlink::{Channel, Message};
use super::world::{
    self, DefaultRoute, Interface, Neighbour, OwnAddress, RTM_DELADDR, RTM_DELLINK, RTM_DELNEIGH,
    RTM_DELROUTE, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_NEWROUTE, RawLink, World,
};
use crate::network::{Options, SenseError};

/// A change that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Link,
    Address,
    Route,
    Neighbour,
}

/// The last known state of what may matter.
pub(super) struct Known {
    classifier: Classifier,
    world: World,
    addresses: BTreeSet<OwnAddress>,
    gateways: Gateways,
}

impl Known {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            classifier: Classifier::new(&options.physical),
            world: World::default(),
            addresses: BTreeSet::new(),
            gateways: BTreeMap::new(),
        }
    }

    pub(super) fn set_wireless(&mut self, interfaces: BTreeMap<u32, Role>) {
        self.classifier.set_wireless(interfaces);
    }

    /// Reads everything anew.
    pub(super) fn reload(&mut self, channel: &mut Channel) -> Result<(), SenseError> {
        self.world = World::read(channel, &mut self.classifier)?;
        self.addresses = world::addresses(channel)?.into_iter().collect();
        let neighbours = world::neighbours(channel)?;
        self.gateways = self
            .world
            .routes
            .iter()
            .filter_map(|route| Some((route.link, route.gateway?)))
            .map(|key| (key, neighbours.get(&key).copied().flatten()))
            .collect();
        Ok(())
    }

    /// The gateways, and who they are.
    pub(super) const fn gateways(&self) -> &Gateways {
        &self.gateways
    }

    /// Looks at the gateways again, whose messages may just have been filtered by what was known before; says whether one
    /// has become another machine. Forgets those that no route leads over any more.
    pub(super) fn look_at_gateways(&mut self, channel: &mut Channel) -> Result<bool, SenseError> {
        let routes = World::read(channel, &mut self.classifier)?.routes;
        let neighbours = world::neighbours(channel)?;
        let is_used = |key: &(u32, _)| {
            routes.iter().any(|route| route.gateway.is_some_and(|gateway| (route.link, gateway) == *key))
        };
        self.gateways.retain(|key, _| is_used(key));
        let mut another = false;
        for (key, machine) in &mut self.gateways {
            let found = neighbours.get(key).copied().flatten();
            another |= found.is_some() && found != *machine && !self.world.physical_under(key.0).is_empty();
            *machine = found;
        }
        Ok(another)
    }

    /// Takes one message; says what changed, if it can matter.
    pub(super) fn take(&mut self, message: Message<'_>) -> Option<Change> {
        match message.kind {
            RTM_NEWLINK => self.link(RawLink::parse(message)?),
            RTM_DELLINK => self.link_gone(RawLink::parse(message)?.index),
            RTM_NEWADDR => self.address(OwnAddress::parse(message)?, true),
            RTM_DELADDR => self.address(OwnAddress::parse(message)?, false),
            RTM_NEWROUTE | RTM_DELROUTE => self.routes(message),
            RTM_NEWNEIGH | RTM_DELNEIGH => self.neighbour(&Neighbour::parse(message)?),
            _ => None,
        }
    }

    /// Whether a link is physical or stands above one.
    fn matters(&self, link: u32) -> bool {
        !self.world.physical_under(link).is_empty()
    }

    fn link(&mut self, raw: RawLink) -> Option<Change> {
        let index = raw.index;
        let mattered = self.matters(index);
        let medium = self.classifier.medium(&raw);
        let interface = Interface { raw, medium };
        let before = self.world.links.insert(index, interface);
        let now = self.world.links.get(&index)?;
        let same = before.is_some_and(|before| {
            let fields = |link: &Interface| (link.raw.carrier(), link.raw.master, link.raw.lower);
            before.raw.name == now.raw.name && before.medium == now.medium && fields(&before) == fields(now)
        });
        (!same && (mattered || self.matters(index))).then_some(Change::Link)
    }

    fn link_gone(&mut self, index: u32) -> Option<Change> {
        let mattered = self.matters(index);
        self.world.links.remove(&index);
        self.addresses.retain(|address| address.link != index);
        self.gateways.retain(|(link, _), _| *link != index);
        mattered.then_some(Change::Link)
    }

    fn address(&mut self, address: OwnAddress, there: bool) -> Option<Change> {
        let changed = if there { self.addresses.insert(address) } else { self.addresses.remove(&address) };
        (changed && self.matters(address.link)).then_some(Change::Address)
    }

    fn routes(&mut self, message: Message<'_>) -> Option<Change> {
        let mut changed = false;
        for DefaultRoute { link, gateway, .. } in world::default_routes(message) {
            changed |= self.matters(link);
            if let Some(gateway) = gateway
                && message.kind == RTM_NEWROUTE
            {
                self.gateways.entry((link, gateway)).or_default();
            }
        }
        changed.then_some(Change::Route)
    }

    fn neighbour(&mut self, neighbour: &Neighbour) -> Option<Change> {
        let known = self.gateways.get_mut(&(neighbour.link, neighbour.ip))?;
        let before = std::mem::replace(known, neighbour.hardware);
        // A machine that only stops answering has not changed; probes tell an outage.
        (neighbour.hardware.is_some() && before != neighbour.hardware && self.matters(neighbour.link))
            .then_some(Change::Neighbour)
    }
}
