//! The way out past a VPN: by a physical adapter, whatever the routes say.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::num::NonZeroU32;

use socket2::Socket;

use super::{SenseError, bind, exits};

/// Any port will do: nothing is sent.
const DISCARD: u16 = 9;

/// A physical adapter with a router behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(NonZeroU32);

/// What physical adapters offer.
#[derive(Default)]
pub(super) struct Exits {
    /// Their addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// The index of the one whose router is preferred.
    pub(super) best: Option<u32>,
}

/// The physical adapter by which `peer` could be reached, where the system sends everything for it into a VPN;
/// `None`: it does not, or no adapter has a router. `physical` as in [`super::Options`].
///
/// # Errors
/// [`SenseError`] when the system does not answer as it should.
pub fn past_vpn(peer: IpAddr, physical: &[String]) -> Result<Option<Exit>, SenseError> {
    let exits = exits(physical)?;
    let is_past = own_address(peer).is_some_and(|own| own.is_loopback() || exits.addresses.contains(&own));
    Ok(exits.best.and_then(NonZeroU32::new).filter(|_| !is_past).map(Exit))
}

/// The address from which this computer would speak to `peer`, which tells the route on every system; `None`: there is
/// no way, as behind the barrier of a VPN that is down.
fn own_address(peer: IpAddr) -> Option<IpAddr> {
    let any: IpAddr =
        if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((peer, DISCARD)).ok()?;
    socket.local_addr().ok().map(|own| own.ip())
}

impl Exit {
    /// Has everything that `socket` sends to `peer` leave by this adapter.
    ///
    /// # Errors
    /// What the system says: before Linux 5.7 it takes a privilege.
    pub fn bind(self, socket: &Socket, peer: IpAddr) -> io::Result<()> {
        bind(socket, self.0, peer.is_ipv6())
    }
}
