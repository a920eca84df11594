//! `GetAdaptersAddresses`, `GetIfTable2`, `GetIpNetTable2`.
#![expect(unsafe_code, reason = "IP Helper gives linked lists and tables by pointer")]

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr::null_mut;

use rightdoor_core::Redacted;
use rightdoor_core::network::{DhcpFacts, Medium};
use windows::Win32::Foundation::{
    ERROR_BUFFER_OVERFLOW, ERROR_NOT_FOUND, ERROR_NOT_SUPPORTED, NO_ERROR, WIN32_ERROR,
};
use windows::Win32::NetworkManagement::IpHelper::{
    FreeMibTable, GAA_FLAG_INCLUDE_GATEWAYS, GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_MULTICAST,
    GetAdaptersAddresses, GetIfTable2, GetIpNetTable2, IP_ADAPTER_ADDRESSES_LH, MIB_IF_TABLE2,
    MIB_IPNET_TABLE2,
};
use windows::Win32::NetworkManagement::Ndis::IfOperStatusUp;
use windows::Win32::Networking::WinSock::{
    ADDRESS_FAMILY, AF_INET, AF_INET6, AF_UNSPEC, NlnsProbe, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6,
    SOCKET_ADDRESS,
};

use crate::network::SenseError;
use crate::network::portable::Adapter;
use crate::network::station::Hardware;

/// Interface types of IANA's list, as Windows uses them.
const ETHERNET: u32 = 6;
const IEEE80211: u32 = 71;
const MOBILE_BROADBAND: [u32; 2] = [243, 244];

/// Every interface, in the system's order.
pub(in crate::network) fn adapters(physical: &[String]) -> Result<Vec<Adapter>, SenseError> {
    let buffer = list()?;
    let hardware = with_hardware()?;
    let neighbours = neighbours()?;
    let mut found = Vec::new();
    let mut next: *const IP_ADAPTER_ADDRESSES_LH = buffer.as_ptr().cast();
    // SAFETY: `list` filled the buffer, which is aligned for the structure and outlives this loop; the
    // system links whole structures inside it and ends with a null pointer.
    while let Some(adapter) = unsafe { next.as_ref() } {
        next = adapter.Next;
        // SAFETY: this arm of the union is the documented one for the interface index.
        let v4_index = unsafe { adapter.Anonymous1.Anonymous.IfIndex };
        let index = if v4_index == 0 { adapter.Ipv6IfIndex } else { v4_index };
        // SAFETY: a null-terminated string inside the buffer.
        let name = unsafe { adapter.FriendlyName.to_string() }.unwrap_or_default();
        let medium = if physical.contains(&name) {
            Medium::Wired
        } else {
            match adapter.IfType {
                kind if MOBILE_BROADBAND.contains(&kind) => Medium::Cellular,
                IEEE80211 if hardware.contains_key(&index) => Medium::Wifi,
                ETHERNET if hardware.contains_key(&index) => Medium::Wired,
                _ => Medium::Virtual,
            }
        };
        let gateway =
            best(gateways(adapter)).map(|address| (address, neighbours.get(&(index, address)).copied()));
        // SAFETY: a null-terminated string inside the buffer.
        let suffix = unsafe { adapter.DnsSuffix.to_string() }.unwrap_or_default();
        let domain = Some(suffix.trim_end_matches('.').to_ascii_lowercase()).filter(|text| !text.is_empty());
        let server = address(&adapter.Dhcpv4Server).map(Redacted::new);
        let dhcp = server
            .map(|server| DhcpFacts { server: Some(server), domain: domain.clone().map(Redacted::new) });
        let mut addresses = unicast(adapter);
        addresses.sort();
        found.push(Adapter {
            index,
            name,
            medium,
            carrier: adapter.OperStatus == IfOperStatusUp,
            addresses,
            gateway,
            dhcp,
            domain,
            hardware: adapter
                .PhysicalAddress
                .get(..usize::try_from(adapter.PhysicalAddressLength).unwrap_or(0))
                .and_then(Hardware::from_bytes),
        });
    }
    Ok(found)
}

/// The resolvers of every adapter that is up, in the system's order.
pub(in crate::network) fn resolvers() -> Vec<IpAddr> {
    let Ok(buffer) = list() else { return Vec::new() };
    let mut found = Vec::new();
    let mut next: *const IP_ADAPTER_ADDRESSES_LH = buffer.as_ptr().cast();
    // SAFETY: as in `adapters`.
    while let Some(adapter) = unsafe { next.as_ref() } {
        next = adapter.Next;
        if adapter.OperStatus != IfOperStatusUp {
            continue;
        }
        let mut server = adapter.FirstDnsServerAddress;
        // SAFETY: a list inside the same buffer, ended by a null pointer.
        while let Some(named) = unsafe { server.as_ref() } {
            found.extend(address(&named.Address).filter(|address| !found.contains(address)));
            server = named.Next;
        }
    }
    found
}

/// The raw list, in a buffer aligned for its structures.
fn list() -> Result<Vec<u64>, SenseError> {
    let flags = GAA_FLAG_INCLUDE_GATEWAYS | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST;
    // Microsoft's advice is to begin with 15 KB, so that one call is enough.
    let mut bytes: u32 = 15 * 1024;
    for _ in 0..4 {
        let mut buffer = vec![0_u64; usize::try_from(bytes).unwrap_or(0).div_ceil(8)];
        // SAFETY: the buffer holds at least `bytes` bytes and is writable for the whole call; on
        // success the system writes no more than that.
        let code = unsafe {
            GetAdaptersAddresses(
                u32::from(AF_UNSPEC.0),
                flags,
                None,
                Some(buffer.as_mut_ptr().cast()),
                &raw mut bytes,
            )
        };
        if code == NO_ERROR.0 {
            return Ok(buffer);
        }
        if code != ERROR_BUFFER_OVERFLOW.0 {
            return Err(failed("list the adapters", code));
        }
    }
    Err(SenseError::Unsteady)
}

/// Indices of interfaces that a device stands behind.
fn with_hardware() -> Result<BTreeMap<u32, ()>, SenseError> {
    let mut table: *mut MIB_IF_TABLE2 = null_mut();
    // SAFETY: on success `table` points at a table that stays valid until it is freed below.
    let code = unsafe { GetIfTable2(&raw mut table) };
    if code != NO_ERROR || table.is_null() {
        return Err(failed("list the interfaces", code.0));
    }
    // SAFETY: the table holds `NumEntries` rows in a row, and is not freed before the last use.
    let rows = unsafe {
        std::slice::from_raw_parts(
            (&raw const (*table).Table).cast::<windows::Win32::NetworkManagement::IpHelper::MIB_IF_ROW2>(),
            usize::try_from((*table).NumEntries).unwrap_or(0),
        )
    };
    // Bit 0: a hardware interface. Bit 1: a filter above one, which repeats it.
    let found = rows
        .iter()
        .filter(|row| row.InterfaceAndOperStatusFlags._bitfield & 0b11 == 0b01)
        .map(|row| (row.InterfaceIndex, ()))
        .collect();
    // SAFETY: allocated by GetIfTable2 and not used after this.
    unsafe { FreeMibTable(table.cast()) };
    Ok(found)
}

/// Known machines, by link and address. A system without one of the two protocols says so, or that it found none.
fn neighbours() -> Result<BTreeMap<(u32, IpAddr), Hardware>, SenseError> {
    let mut found = BTreeMap::new();
    for family in [AF_INET, AF_INET6] {
        match neighbours_of(family, &mut found) {
            NO_ERROR | ERROR_NOT_FOUND | ERROR_NOT_SUPPORTED => {}
            code if family == AF_INET => return Err(failed("list the neighbours", code.0)),
            // IPv4 gateways come first, and a gateway without a known machine only makes us ask.
            code => tracing::debug!(code = code.0, "the neighbours of IPv6 cannot be listed"),
        }
    }
    Ok(found)
}

fn neighbours_of(family: ADDRESS_FAMILY, found: &mut BTreeMap<(u32, IpAddr), Hardware>) -> WIN32_ERROR {
    let mut table: *mut MIB_IPNET_TABLE2 = null_mut();
    // SAFETY: on success `table` points at a table that stays valid until it is freed below.
    let code = unsafe { GetIpNetTable2(family, &raw mut table) };
    if code != NO_ERROR || table.is_null() {
        return code;
    }
    // SAFETY: the table holds `NumEntries` rows in a row, and is not freed before the last use.
    let rows = unsafe {
        std::slice::from_raw_parts(
            (&raw const (*table).Table).cast::<windows::Win32::NetworkManagement::IpHelper::MIB_IPNET_ROW2>(),
            usize::try_from((*table).NumEntries).unwrap_or(0),
        )
    };
    for row in rows {
        // Probing, delayed, stale, reachable and permanent ones have a known address.
        if row.State.0 < NlnsProbe.0 || row.PhysicalAddressLength != 6 {
            continue;
        }
        let hardware = row.PhysicalAddress.get(..6).and_then(Hardware::from_bytes);
        // SAFETY: `SOCKADDR_INET` begins with the family, and holds the structure it names.
        let ip = unsafe { sockaddr((&raw const row.Address).cast()) };
        if let (Some(hardware), Some(ip)) = (hardware, ip) {
            found.insert((row.InterfaceIndex, ip), hardware);
        }
    }
    // SAFETY: allocated by GetIpNetTable2 and not used after this.
    unsafe { FreeMibTable(table.cast()) };
    code
}

fn gateways(adapter: &IP_ADAPTER_ADDRESSES_LH) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut next = adapter.FirstGatewayAddress;
    // SAFETY: a list inside the same buffer, ended by a null pointer.
    while let Some(gateway) = unsafe { next.as_ref() } {
        found.extend(address(&gateway.Address));
        next = gateway.Next;
    }
    found
}

fn unicast(adapter: &IP_ADAPTER_ADDRESSES_LH) -> Vec<(IpAddr, u8)> {
    let mut found = Vec::new();
    let mut next = adapter.FirstUnicastAddress;
    // SAFETY: a list inside the same buffer, ended by a null pointer.
    while let Some(own) = unsafe { next.as_ref() } {
        found.extend(address(&own.Address).map(|ip| (ip, own.OnLinkPrefixLength)));
        next = own.Next;
    }
    found
}

/// IPv4 before IPv6: router advertisements come and go while the lease stays.
fn best(mut gateways: Vec<IpAddr>) -> Option<IpAddr> {
    gateways.sort();
    gateways.into_iter().next()
}

fn address(found: &SOCKET_ADDRESS) -> Option<IpAddr> {
    // SAFETY: the system gives null or a socket address that begins with its family.
    unsafe { sockaddr(found.lpSockaddr) }
}

/// # Safety
/// `pointer` is null or points at a socket address of the family it begins with.
unsafe fn sockaddr(pointer: *const SOCKADDR) -> Option<IpAddr> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and every socket address begins with its family.
    let family = unsafe { (*pointer).sa_family };
    if family == AF_INET {
        // SAFETY: the family says that this is the structure; every bit pattern is a valid number.
        let raw = unsafe { (*pointer.cast::<SOCKADDR_IN>()).sin_addr.S_un.S_addr };
        return Some(Ipv4Addr::from(raw.to_ne_bytes()).into());
    }
    if family == AF_INET6 {
        // SAFETY: as above.
        let raw = unsafe { (*pointer.cast::<SOCKADDR_IN6>()).sin6_addr.u.Byte };
        return Some(Ipv6Addr::from(raw).into());
    }
    None
}

fn failed(what: &'static str, code: u32) -> SenseError {
    SenseError::io(what)(io::Error::from_raw_os_error(code.cast_signed()))
}
