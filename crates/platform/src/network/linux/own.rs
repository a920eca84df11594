//! The hardware addresses of this computer's adapters.

use netlink_sys::protocols::NETLINK_ROUTE;

use super::medium::Classifier;
use super::netlink::{Channel, attributes};
use super::world::{RTM_GETLINK, RawLink, steady};
use crate::network::SenseError;
use crate::network::station::Hardware;

/// `IFLA_ADDRESS`.
const ADDRESS: u16 = 1;

/// Those of physical links with a carrier.
pub(in crate::network) fn hardware(physical: &[String]) -> Result<Vec<Hardware>, SenseError> {
    let mut channel = Channel::open(NETLINK_ROUTE).map_err(SenseError::io("ask for the adapters"))?;
    let mut classifier = Classifier::new(physical);
    steady(|| {
        let mut found = Vec::new();
        channel.dump("list the adapters", RTM_GETLINK, &[0; 16], &mut |message| {
            let Some(link) = RawLink::parse(message) else { return };
            if link.carrier() && classifier.medium(&link).is_physical() {
                let address = attributes(message.body, 16).find(|(kind, _)| *kind == ADDRESS);
                found.extend(address.and_then(|(_, bytes)| Hardware::from_bytes(bytes)));
            }
        })?;
        Ok(found)
    })
}
