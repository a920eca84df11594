//! Interfaces with their types, and what the services on them know: router, its hardware address,
//! lease and domain.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use core_foundation::boolean::CFBoolean;
use rightdoor_core::Redacted;
use rightdoor_core::network::{DhcpFacts, Medium};
use system_configuration::dynamic_store::{SCDynamicStore, SCDynamicStoreBuilder};
use system_configuration::network_configuration::{SCNetworkInterfaceType, get_interfaces};

use super::store::{bytes, dictionary, text, texts, value};
use crate::network::SenseError;
use crate::network::portable::Adapter;
use crate::network::station::Hardware;

/// What the service on an interface knows.
#[derive(Default)]
struct Service {
    gateway: Option<(IpAddr, Option<Hardware>)>,
    dhcp: Option<DhcpFacts>,
    domain: Option<String>,
}

/// The resolvers of the network that everything without a route of its own takes.
pub(in crate::network) fn resolvers() -> Vec<IpAddr> {
    let store = SCDynamicStoreBuilder::<()>::new("rightdoor").build();
    let found = store.and_then(|store| dictionary(&store, "State:/Network/Global/DNS"));
    let named = found.map(|found| texts(&found, "ServerAddresses")).unwrap_or_default();
    named.iter().filter_map(|address| address.parse().ok()).collect()
}

/// Every interface that has an address or a type.
pub(in crate::network) fn adapters(physical: &[String]) -> Result<Vec<Adapter>, SenseError> {
    let what = "read the network configuration";
    let store: SCDynamicStore = SCDynamicStoreBuilder::<()>::new("rightdoor")
        .build()
        .ok_or_else(|| SenseError::io(what)(std::io::Error::other("no dynamic store")))?;
    let mut found: BTreeMap<String, Adapter> = BTreeMap::new();
    for (name, medium) in media() {
        found.insert(name.clone(), adapter(name, medium));
    }
    for own in if_addrs::get_if_addrs().map_err(SenseError::io("list the addresses"))? {
        let ip = own.ip();
        let prefix = match &own.addr {
            if_addrs::IfAddr::V4(v4) => v4.prefixlen,
            if_addrs::IfAddr::V6(v6) => v6.prefixlen,
        };
        let entry =
            found.entry(own.name.clone()).or_insert_with(|| adapter(own.name.clone(), Medium::Virtual));
        entry.index = own.index.unwrap_or(entry.index);
        entry.addresses.push((ip, prefix));
    }
    let services = services(&store);
    let mut all: Vec<Adapter> = found.into_values().collect();
    for adapter in &mut all {
        if physical.contains(&adapter.name) {
            adapter.medium = Medium::Wired;
        }
        adapter.addresses.sort();
        let link = dictionary(&store, &format!("State:/Network/Interface/{}/Link", adapter.name));
        adapter.carrier = link
            .and_then(|link| value::<CFBoolean>(&link, "Active"))
            .is_some_and(|active| active == CFBoolean::true_value());
        if let Some(service) = services.get(&adapter.name) {
            adapter.gateway = service.gateway;
            adapter.dhcp.clone_from(&service.dhcp);
            adapter.domain.clone_from(&service.domain);
        }
    }
    Ok(all)
}

fn adapter(name: String, medium: Medium) -> Adapter {
    Adapter {
        index: 0,
        name,
        medium,
        carrier: false,
        addresses: Vec::new(),
        gateway: None,
        dhcp: None,
        domain: None,
        hardware: None,
    }
}

/// Interfaces of devices; tunnels and bridges are not among them or say so.
fn media() -> Vec<(String, Medium)> {
    get_interfaces()
        .iter()
        .filter_map(|interface| {
            let name = interface.bsd_name()?.to_string();
            let medium = match interface.interface_type() {
                Some(SCNetworkInterfaceType::Ethernet) => Medium::Wired,
                Some(SCNetworkInterfaceType::IEEE80211) => Medium::Wifi,
                // A phone lends its connection over Bluetooth: it moves with the person.
                Some(
                    SCNetworkInterfaceType::WWAN
                    | SCNetworkInterfaceType::Modem
                    | SCNetworkInterfaceType::Bluetooth,
                ) => Medium::Cellular,
                _ => Medium::Virtual,
            };
            Some((name, medium))
        })
        .collect()
}

/// Services by the interface they are on.
fn services(store: &SCDynamicStore) -> BTreeMap<String, Service> {
    let mut found: BTreeMap<String, Service> = BTreeMap::new();
    let keys = store.get_keys("State:/Network/Service/[^/]+/IPv[46]");
    for key in keys.iter().flat_map(|keys| keys.iter().map(|key| key.to_string()).collect::<Vec<_>>()) {
        let Some(addressing) = dictionary(store, &key) else { continue };
        let Some(interface) = text(&addressing, "InterfaceName") else { continue };
        let service = found.entry(interface).or_default();
        let router: Option<IpAddr> = text(&addressing, "Router").and_then(|text| text.parse().ok());
        // Sorted, IPv4 comes first; it stays, for router advertisements come and go.
        if service.gateway.is_none_or(|(known, _)| known.is_ipv6()) {
            service.gateway =
                router.map(|router| (router, resolved(&addressing, router))).or(service.gateway);
        }
        let Some(base) = key.rsplit_once('/').map(|(base, _)| base) else { continue };
        if let Some(lease) = dictionary(store, &format!("{base}/DHCP")) {
            service.dhcp = Some(dhcp(&lease));
        }
        if let Some(dns) = dictionary(store, &format!("{base}/DNS")) {
            let named = text(&dns, "DomainName").into_iter().chain(texts(&dns, "SearchDomains"));
            service.domain = named.map(|domain| canonical(&domain)).find(|domain| !domain.is_empty());
        }
    }
    found
}

/// The router's hardware address, where the system resolved this very router.
fn resolved(addressing: &core_foundation::dictionary::CFDictionary, router: IpAddr) -> Option<Hardware> {
    let of: IpAddr = text(addressing, "ARPResolvedIPAddress")?.parse().ok()?;
    let hardware = Hardware::from_text(&text(addressing, "ARPResolvedHardwareAddress")?)?;
    (of == router).then_some(hardware)
}

/// Options 54 and 15 of the lease (RFC 2132).
fn dhcp(lease: &core_foundation::dictionary::CFDictionary) -> DhcpFacts {
    let server = bytes(lease, "Option_54").and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let domain = bytes(lease, "Option_15").map(|bytes| canonical(&String::from_utf8_lossy(&bytes)));
    DhcpFacts {
        server: server.map(|octets| Redacted::new(Ipv4Addr::from(octets).into())),
        domain: domain.filter(|domain| !domain.is_empty()).map(Redacted::new),
    }
}

fn canonical(domain: &str) -> String {
    domain.trim_matches(['\0', ' ', '.']).to_ascii_lowercase()
}
