//! The WLAN API. Since Windows 11 24H2 it answers "access denied" until the person allows location for
//! desktop apps; that is told apart from having no Wi-Fi.
#![expect(unsafe_code, reason = "the WLAN API gives lists by pointer")]

use std::io;
use std::ptr::null_mut;

use rightdoor_core::network::{Evidence, Withheld};
use windows::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_INVALID_STATE, ERROR_SUCCESS, HANDLE};
use windows::Win32::NetworkManagement::WiFi::{
    WLAN_BSS_ENTRY, WLAN_BSS_LIST, WLAN_CONNECTION_ATTRIBUTES, WLAN_INTERFACE_INFO, WLAN_INTERFACE_INFO_LIST,
    WlanCloseHandle, WlanEnumInterfaces, WlanFreeMemory, WlanGetNetworkBssList, WlanOpenHandle,
    WlanQueryInterface, dot11_BSS_type_any, wlan_intf_opcode_current_connection,
};
use windows::core::GUID;

use crate::network::portable::Air;
use crate::network::station::Hardware;
use crate::network::wifi::Radio;

/// Opens the WLAN service; the caller closes it.
pub(super) fn open() -> io::Result<HANDLE> {
    let (mut version, mut handle) = (0, HANDLE::default());
    // SAFETY: both pointers are valid for the whole call, which only writes to them.
    let code = unsafe { WlanOpenHandle(2, None, &raw mut version, &raw mut handle) };
    if code == ERROR_SUCCESS.0 { Ok(handle) } else { Err(io::Error::from_raw_os_error(code.cast_signed())) }
}

/// What the radios of this computer hear, from the system's own scans.
pub(in crate::network) fn air() -> Evidence<Air> {
    let Ok(handle) = open() else { return Evidence::Withheld(Withheld::Unsupported) };
    let found = listen(handle);
    // SAFETY: our own handle, closed once and not used after this.
    unsafe { WlanCloseHandle(handle, None) };
    match found {
        Ok(air) => Evidence::Known(air),
        Err(code) if code == ERROR_ACCESS_DENIED.0 => Evidence::Withheld(Withheld::Permission),
        Err(_) => Evidence::Withheld(Withheld::Failed),
    }
}

fn listen(handle: HANDLE) -> Result<Air, u32> {
    let mut air = Air { connected: Evidence::Absent, heard: Vec::new() };
    for interface in interfaces(handle)? {
        match connected(handle, &interface) {
            Ok(Some(radio)) => air.connected = Evidence::Known(radio),
            Ok(None) => {}
            Err(code) if code == ERROR_ACCESS_DENIED.0 => {
                air.connected = Evidence::Withheld(Withheld::Permission);
            }
            Err(_) => air.connected = Evidence::Withheld(Withheld::Failed),
        }
        match scan(handle, &interface) {
            Ok(radios) => air.heard.extend(radios),
            // With the connected radio known, the rest is a bonus.
            Err(_) if air.connected.known().is_some() => {}
            Err(code) => return Err(code),
        }
    }
    Ok(air)
}

fn interfaces(handle: HANDLE) -> Result<Vec<GUID>, u32> {
    let mut list: *mut WLAN_INTERFACE_INFO_LIST = null_mut();
    // SAFETY: on success `list` points at a list that stays valid until it is freed below.
    let code = unsafe { WlanEnumInterfaces(handle, None, &raw mut list) };
    if code != ERROR_SUCCESS.0 || list.is_null() {
        return Err(code);
    }
    // SAFETY: the list holds `dwNumberOfItems` entries in a row; only fields of any bit pattern are read.
    let found = unsafe {
        let first: *const WLAN_INTERFACE_INFO = (&raw const (*list).InterfaceInfo).cast();
        (0..usize::try_from((*list).dwNumberOfItems).unwrap_or(0))
            .map(|at| (&raw const (*first.add(at)).InterfaceGuid).read())
            .collect()
    };
    // SAFETY: allocated by WlanEnumInterfaces and not used after this.
    unsafe { WlanFreeMemory(list.cast()) };
    Ok(found)
}

fn connected(handle: HANDLE, interface: &GUID) -> Result<Option<Radio>, u32> {
    let (mut bytes, mut data) = (0, null_mut());
    // SAFETY: on success `data` points at `bytes` bytes that stay valid until they are freed below.
    let code = unsafe {
        WlanQueryInterface(
            handle,
            interface,
            wlan_intf_opcode_current_connection,
            None,
            &raw mut bytes,
            &raw mut data,
            None,
        )
    };
    if code == ERROR_INVALID_STATE.0 {
        return Ok(None);
    }
    if code != ERROR_SUCCESS.0 || data.is_null() {
        return Err(code);
    }
    let mut radio = None;
    if usize::try_from(bytes).is_ok_and(|bytes| bytes >= size_of::<WLAN_CONNECTION_ATTRIBUTES>()) {
        let attributes: *const WLAN_CONNECTION_ATTRIBUTES = data.cast_const().cast();
        // SAFETY: the length was checked; only fields of any bit pattern are read.
        let (bssid, quality) = unsafe {
            let association = &raw const (*attributes).wlanAssociationAttributes;
            (
                (&raw const (*association).dot11Bssid).read(),
                (&raw const (*association).wlanSignalQuality).read(),
            )
        };
        // 0 is -100 dBm and 100 is -50 dBm, says its documentation.
        let dbm = i8::try_from(quality.min(100) / 2).map_or(-100, |half| half - 100);
        radio = Hardware::from_bytes(&bssid).map(|bssid| Radio { bssid, dbm });
    }
    // SAFETY: allocated by WlanQueryInterface and not used after this.
    unsafe { WlanFreeMemory(data) };
    Ok(radio)
}

fn scan(handle: HANDLE, interface: &GUID) -> Result<Vec<Radio>, u32> {
    let mut list: *mut WLAN_BSS_LIST = null_mut();
    // SAFETY: on success `list` points at a list that stays valid until it is freed below.
    let code = unsafe {
        WlanGetNetworkBssList(handle, interface, None, dot11_BSS_type_any, false, None, &raw mut list)
    };
    if code != ERROR_SUCCESS.0 || list.is_null() {
        return Err(code);
    }
    // SAFETY: the list holds `dwNumberOfItems` entries in a row; only fields of any bit pattern are read.
    let found = unsafe {
        let first: *const WLAN_BSS_ENTRY = (&raw const (*list).wlanBssEntries).cast();
        (0..usize::try_from((*list).dwNumberOfItems).unwrap_or(0))
            .filter_map(|at| {
                let entry = first.add(at);
                let bssid = Hardware::from_bytes(&(&raw const (*entry).dot11Bssid).read())?;
                let rssi = (&raw const (*entry).lRssi).read().clamp(-128, 127);
                Some(Radio { bssid, dbm: i8::try_from(rssi).unwrap_or(-100) })
            })
            .collect()
    };
    // SAFETY: allocated by WlanGetNetworkBssList and not used after this.
    unsafe { WlanFreeMemory(list.cast()) };
    Ok(found)
}
