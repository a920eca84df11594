//! What physical links offer as a way out.

use netlink_sys::protocols::NETLINK_ROUTE;

use super::medium::Classifier;
use super::netlink::Channel;
use super::world::{World, addresses};
use crate::network::SenseError;
use crate::network::exit::Exits;

/// Read anew: routes change with a VPN, and no sense listens to those.
pub(in crate::network) fn exits(physical: &[String]) -> Result<Exits, SenseError> {
    let mut channel = Channel::open(NETLINK_ROUTE).map_err(SenseError::io("ask for the routes"))?;
    let world = World::read(&mut channel, &mut Classifier::new(physical))?;
    let is_physical = |link: u32| !world.physical_under(link).is_empty();
    let own = addresses(&mut channel)?;
    Ok(Exits {
        addresses: own.iter().filter(|own| is_physical(own.link)).map(|own| own.ip).collect(),
        // Sorted best first.
        best: world.routes.iter().map(|route| route.link).find(|link| is_physical(*link)),
    })
}
