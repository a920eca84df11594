//! What the radio hears, canonicalised (`place-recognition`, R1 step 1).

use std::collections::BTreeMap;

use rightdoor_core::network::Evidence;
use rightdoor_core::network::{Heard, Wifi};

use super::station::{Hardware, Keyer};

/// Radios kept of one scan.
const STRONGEST: usize = 48;

/// One line of a scan.
#[derive(Clone, Copy)]
pub(crate) struct Radio {
    pub(crate) bssid: Hardware,
    pub(crate) dbm: i8,
}

/// The radio one is connected to. It is kept even if it is a hotspot: the core is told, not spared.
pub(crate) fn connected(radio: Radio, keyer: &Keyer) -> Heard {
    Heard { key: keyer.station(radio.bssid.folded()), dbm: radio.dbm, global: !radio.bssid.is_local() }
}

/// A whole scan: virtual BSSIDs of one radio become one, the strongest; hotspots (locally
/// administered, alone) go; the 48 strongest stay, sorted by key.
pub(crate) fn heard(scan: &[Radio], link: Evidence<Heard>, keyer: &Keyer) -> Wifi {
    struct Folded {
        bssids: Vec<Hardware>,
        dbm: i8,
    }
    let mut folded: BTreeMap<Hardware, Folded> = BTreeMap::new();
    for radio in scan {
        let entry = folded.entry(radio.bssid.folded()).or_insert(Folded { bssids: Vec::new(), dbm: i8::MIN });
        if !entry.bssids.contains(&radio.bssid) {
            entry.bssids.push(radio.bssid);
        }
        entry.dbm = entry.dbm.max(radio.dbm);
    }
    let mut heard: Vec<Heard> = folded
        .into_iter()
        .filter_map(|(canonical, Folded { bssids, dbm })| {
            let global = bssids.iter().any(|bssid| !bssid.is_local());
            (global || bssids.len() > 1).then(|| Heard { key: keyer.station(canonical), dbm, global })
        })
        .collect();
    heard.sort_by(|a, b| b.dbm.cmp(&a.dbm).then(a.key.cmp(&b.key)));
    heard.truncate(STRONGEST);
    heard.sort();
    Wifi { connected: link, heard }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn scan(lines: &[(&str, i8)]) -> Wifi {
        let radios: Vec<Radio> = lines
            .iter()
            .map(|(text, dbm)| Radio { bssid: Hardware::from_text(text).unwrap(), dbm: *dbm })
            .collect();
        heard(&radios, Evidence::Absent, &Keyer::new(&[1; 32]))
    }

    #[test]
    fn one_radio_with_four_networks_is_one_radio_at_its_strongest() {
        let wifi = scan(&[
            ("00:1b:2c:3d:4e:50", -60),
            ("00:1b:2c:3d:4e:51", -58),
            ("00:1b:2c:3d:4e:52", -61),
            ("02:1b:2c:3d:4e:53", -59),
        ]);
        assert_eq!(wifi.heard.iter().map(|h| (h.dbm, h.global)).collect::<Vec<_>>(), [(-58, true)]);
    }

    #[test]
    fn a_lone_hotspot_is_dropped_and_local_siblings_stay_marked() {
        let wifi =
            scan(&[("0a:11:22:33:44:50", -40), ("06:aa:bb:cc:dd:11", -70), ("06:aa:bb:cc:dd:12", -71)]);
        assert_eq!(wifi.heard.iter().map(|h| (h.dbm, h.global)).collect::<Vec<_>>(), [(-70, false)]);
    }

    #[test]
    fn the_48_strongest_stay_in_key_order() {
        let lines: Vec<(String, i8)> =
            (0..60).map(|i: u8| (format!("00:1b:2c:3d:{i:02x}:10"), -30 - i.cast_signed())).collect();
        let wifi = scan(&lines.iter().map(|(text, dbm)| (text.as_str(), *dbm)).collect::<Vec<_>>());
        assert_eq!(wifi.heard.len(), 48);
        assert!(wifi.heard.iter().all(|h| h.dbm > -30 - 48));
        assert!(wifi.heard.is_sorted());
    }
}
