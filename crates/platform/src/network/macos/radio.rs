//! CoreWLAN. Since macOS 14 it names no BSSID until the person allows location; that is told apart from
//! having no Wi-Fi. A scan of our own would take seconds, so only the system's cached one is read.
#![expect(unsafe_code, reason = "Objective-C methods are declared unsafe")]

use objc2::rc::{Retained, autoreleasepool};
use objc2_core_location::{CLAuthorizationStatus, CLLocationManager};
use objc2_core_wlan::CWWiFiClient;
use rightdoor_core::network::{Evidence, Withheld};

use crate::network::portable::Air;
use crate::network::station::Hardware;
use crate::network::wifi::Radio;

/// What the radio of this computer hears.
pub(in crate::network) fn air() -> Evidence<Air> {
    autoreleasepool(|_| {
        // SAFETY: takes nothing; gives the process-wide client, retained.
        let client = unsafe { CWWiFiClient::sharedWiFiClient() };
        // SAFETY: the client is valid; gives a retained interface or nil.
        let Some(interface) = (unsafe { client.interface() }) else { return Evidence::Absent };
        // SAFETY: the interface is valid for all of these, which only read.
        let (powered, bssid, rssi, scan) = unsafe {
            (interface.powerOn(), interface.bssid(), interface.rssiValue(), interface.cachedScanResults())
        };
        if !powered {
            return Evidence::Known(Air { connected: Evidence::Absent, heard: Vec::new() });
        }
        let mut heard = Vec::new();
        let mut nameless = false;
        for network in scan.iter().flat_map(|scan| scan.iter()) {
            // SAFETY: the network is valid for both, which only read.
            let (bssid, rssi) = unsafe { (network.bssid(), network.rssiValue()) };
            match bssid.and_then(|text| Hardware::from_text(&padded(&text.to_string()))) {
                Some(bssid) => heard.push(Radio { bssid, dbm: dbm(rssi) }),
                None => nameless = true,
            }
        }
        // An RSSI of zero is how it says "not connected".
        let connected = match bssid.and_then(|text| Hardware::from_text(&padded(&text.to_string()))) {
            Some(bssid) => Evidence::Known(Radio { bssid, dbm: dbm(rssi) }),
            None if rssi == 0 => Evidence::Absent,
            None => Evidence::Withheld(if is_allowed() { Withheld::Failed } else { Withheld::Permission }),
        };
        if heard.is_empty() && nameless && !is_allowed() {
            return Evidence::Withheld(Withheld::Permission);
        }
        Evidence::Known(Air { connected, heard })
    })
}

/// Asks the person to allow location, if nobody has answered yet: without it no radio is named. The system shows the
/// question once, with the words of our bundle, as long as what is returned lives.
pub(super) fn ask() -> Option<Retained<CLLocationManager>> {
    // SAFETY: makes a manager without a delegate, reads its status, and asks; nothing is passed.
    unsafe {
        let manager = CLLocationManager::new();
        let open = manager.authorizationStatus() == CLAuthorizationStatus::NotDetermined;
        open.then(|| {
            manager.requestWhenInUseAuthorization();
            manager
        })
    }
}

/// CoreWLAN leaves leading zeros of an octet out.
fn padded(text: &str) -> String {
    text.split(':').map(|octet| format!("{octet:0>2}")).collect::<Vec<_>>().join(":")
}

fn dbm(rssi: isize) -> i8 {
    i8::try_from(rssi.clamp(-128, 127)).unwrap_or(-100)
}

fn is_allowed() -> bool {
    // SAFETY: makes a manager without a delegate, which asks for nothing, and reads its status.
    let status = unsafe { CLLocationManager::new().authorizationStatus() };
    status == CLAuthorizationStatus::AuthorizedAlways || status == CLAuthorizationStatus::AuthorizedWhenInUse
}
