//! The DNS search domain.

use std::fs;
use std::net::IpAddr;

use zbus::Connection;
use zbus::zvariant::OwnedObjectPath;

use crate::bus;

/// The C library takes no more of them.
const MOST_RESOLVERS: usize = 3;
const RESOLVED: &str = "org.freedesktop.resolve1";

/// A domain in one form: lower case, without its closing dot; `None` for the root and for nothing.
pub(super) fn canonical(domain: &str) -> Option<String> {
    let domain = domain.trim().trim_start_matches('~').trim_end_matches('.').to_ascii_lowercase();
    (!domain.is_empty()).then_some(domain)
}

/// The first search domain systemd-resolved has for a link.
pub(super) async fn of_link(bus: &Connection, link: u32) -> Option<String> {
    if !bus::served(bus, RESOLVED).await {
        return None;
    }
    let manager = (RESOLVED, "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager");
    let path: OwnedObjectPath = bus::call(bus, manager, "GetLink", &link.cast_signed()).await.ok()?;
    let link = bus::properties(bus, RESOLVED, path.as_str(), "org.freedesktop.resolve1.Link").await.ok()?;
    let domains: Vec<(String, bool)> = bus::property(&link, "Domains")?;
    // The second field marks domains that only route questions and are not searched.
    domains.into_iter().filter(|(_, route_only)| !route_only).find_map(|(domain, _)| canonical(&domain))
}

/// The system's first search domain (resolv.conf(5)).
pub(super) fn of_system() -> Option<String> {
    search(&fs::read_to_string("/etc/resolv.conf").ok()?)
}

/// The resolvers that programs ask (resolv.conf(5)).
pub(in crate::network) fn resolvers() -> Vec<IpAddr> {
    nameservers(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
}

fn nameservers(text: &str) -> Vec<IpAddr> {
    let named =
        text.lines().filter_map(|line| line.trim().strip_prefix("nameserver")?.split_whitespace().next());
    // An address of this link may name its interface; a socket cannot be told so by the address alone.
    named.filter_map(|address| address.parse().ok()).take(MOST_RESOLVERS).collect()
}

/// `domain` and `search` exclude each other; the last one counts.
fn search(text: &str) -> Option<String> {
    let mut found = None;
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let Some("search" | "domain") = words.next() {
            found = words.find_map(canonical);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolvers_are_those_of_the_nameserver_lines() {
        let text =
            "# nameserver 9.9.9.9\nsearch x\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 \nnameserver x\n";
        let named: Vec<String> = nameservers(text).iter().map(ToString::to_string).collect();
        assert_eq!(named, ["192.0.2.1", "2001:db8::1"]);
    }

    #[test]
    fn the_last_search_line_counts() {
        assert_eq!(
            search("nameserver 1.1.1.1\ndomain a.example\nsearch B.Example. c.example\n"),
            Some("b.example".into())
        );
        assert_eq!(search("search .\n"), None);
        assert_eq!(search("# search x.example\n"), None);
        assert_eq!(search(""), None);
    }
}
