//! Addresses and networks, the same on every system.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

use rightdoor_core::Redacted;
use rightdoor_core::network::Subnet;

/// The networks of some addresses: sorted, each once, without link-local ones and single hosts.
pub(crate) fn subnets(addresses: impl Iterator<Item = (IpAddr, u8)>) -> Vec<Subnet> {
    let mut found: Vec<Subnet> = addresses
        .filter_map(|(ip, prefix)| Some(Subnet { network: Redacted::new(network(ip, prefix)?), prefix }))
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

/// Makes the system ask for the hardware addresses of gateways (each with the index of its link), by
/// sending each an empty datagram to the discard port (RFC 863). Asking outright needs a privilege.
pub(crate) fn nudge(gateways: &[(u32, IpAddr)]) {
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
        let own = |text: &str, prefix| (text.parse::<IpAddr>().unwrap(), prefix);
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
        let found: Vec<String> = subnets(addresses.into_iter())
            .iter()
            .map(|s| format!("{}/{}", s.network.reveal(), s.prefix))
            .collect();
        assert_eq!(found, ["0.0.0.0/0", "10.20.0.0/16", "2001:db8:1:2::/64"]);
    }
}
