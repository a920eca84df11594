//! What DHCP clients write down: systemd-networkd and dhclient.
//!
//! A lease counts only while its address is on the link, because both clients leave the lease of the
//! last network behind.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use rightdoor_core::Redacted;
use rightdoor_core::network::DhcpFacts;

/// Where dhclient keeps its leases on Debian, Fedora and below NetworkManager.
const DHCLIENT: [&str; 3] = ["/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/NetworkManager"];

/// The lease of a link, if one is written down and holds for one of its addresses.
pub(super) fn of(link: u32, name: &str, addresses: &[IpAddr]) -> Option<DhcpFacts> {
    let networkd = Path::new("/run/systemd/netif/leases").join(link.to_string());
    if let Ok(text) = fs::read_to_string(networkd)
        && let Some(facts) = networkd_lease(&text, addresses)
    {
        return Some(facts);
    }
    DHCLIENT.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten()).find_map(|file| {
        let file_name = file.file_name();
        let file_name = file_name.to_string_lossy();
        let ours = file_name.starts_with("dhclient")
            && Path::new(&*file_name).extension().is_some_and(|kind| kind == "lease" || kind == "leases");
        let text = ours.then(|| fs::read_to_string(file.path()).ok()).flatten()?;
        dhclient_lease(&text, name, addresses)
    })
}

/// `KEY=value` lines of `sd-network`.
fn networkd_lease(text: &str, addresses: &[IpAddr]) -> Option<DhcpFacts> {
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.split_once('=').filter(|(found, _)| *found == key))
            .map(|(_, value)| value)
    };
    let own: Ipv4Addr = value("ADDRESS")?.parse().ok()?;
    addresses.contains(&own.into()).then(|| facts(value("SERVER_ADDRESS"), value("DOMAINNAME")))
}

/// The last `lease { … }` of dhclient.leases(5) for this interface.
fn dhclient_lease(text: &str, name: &str, addresses: &[IpAddr]) -> Option<DhcpFacts> {
    let last = text
        .split("lease {")
        .skip(1)
        .filter_map(|lease| lease.split_once('}').map(|(inside, _)| inside))
        .filter(|lease| statement(lease, "interface").is_some_and(|found| found == name))
        .last()?;
    let own: Ipv4Addr = statement(last, "fixed-address")?.parse().ok()?;
    let server = statement(last, "option dhcp-server-identifier");
    addresses.contains(&own.into()).then(|| facts(server, statement(last, "option domain-name")))
}

fn statement<'a>(lease: &'a str, name: &str) -> Option<&'a str> {
    lease.split(';').find_map(|statement| {
        let value = statement.trim().strip_prefix(name)?.strip_prefix(' ')?;
        Some(value.trim().trim_matches('"'))
    })
}

/// From text as clients give it; empty and unreadable values are none.
pub(super) fn facts(server: Option<&str>, domain: Option<&str>) -> DhcpFacts {
    DhcpFacts {
        server: server.and_then(|text| text.parse().ok()).map(|ip: Ipv4Addr| Redacted::new(ip.into())),
        domain: domain.and_then(super::dns::canonical).map(Redacted::new),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn shown(facts: Option<DhcpFacts>) -> Option<(String, String)> {
        facts.map(|facts| (facts.server.unwrap().reveal().to_string(), facts.domain.unwrap().into_inner()))
    }

    #[test]
    fn a_networkd_lease_counts_while_its_address_is_on_the_link() {
        let text = "# private\nADDRESS=10.1.2.3\nSERVER_ADDRESS=10.1.0.1\nDOMAINNAME=Example.COM\n";
        let ours = ["10.1.2.3".parse().unwrap()];
        assert_eq!(shown(networkd_lease(text, &ours)), Some(("10.1.0.1".into(), "example.com".into())));
        assert!(networkd_lease(text, &["10.9.9.9".parse().unwrap()]).is_none());
    }

    #[test]
    fn the_last_dhclient_lease_of_the_interface_counts() {
        let lease = |interface: &str, address: &str, server: &str| {
            format!(
                "lease {{\n  interface \"{interface}\";\n  fixed-address {address};\n  option domain-name \"example.org\";\n  \
                 option domain-name-servers 192.0.2.1;\n  option dhcp-server-identifier {server};\n}}\n"
            )
        };
        let text = [
            lease("eth0", "10.0.0.5", "10.0.0.1"),
            lease("eth0", "10.0.1.5", "10.0.1.1"),
            lease("wlan0", "10.0.2.5", "10.0.2.1"),
        ]
        .concat();
        let ours = ["10.0.1.5".parse().unwrap()];
        assert_eq!(
            shown(dhclient_lease(&text, "eth0", &ours)),
            Some(("10.0.1.1".into(), "example.org".into()))
        );
        assert!(dhclient_lease(&text, "eth0", &["10.0.0.5".parse().unwrap()]).is_none(), "an older lease");
        assert!(dhclient_lease(&text, "eth1", &ours).is_none());
    }

    #[test]
    fn bad_input_leases_are_ignored() {
        for text in
            ["", "lease {", "lease { interface \"eth0\"", "lease {}", "ADDRESS=x", "ADDRESS", "}{;=\u{0}"]
        {
            assert!(dhclient_lease(text, "eth0", &[]).is_none());
            assert!(networkd_lease(text, &[]).is_none());
        }
    }
}
