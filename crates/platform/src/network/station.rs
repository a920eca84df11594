//! Addresses of machines and radios, made unreadable before anybody else sees them
//! (`place-recognition`, R1 steps 1 and 2).

use hmac::{Hmac, KeyInit, Mac};
#[cfg(target_os = "linux")]
use rightdoor_core::network::PortKey;
use rightdoor_core::network::{Station, StationKey, StationKind};
use sha2::Sha256;

/// A hardware address: MAC or BSSID. It has no `Debug`, so that none gets into a log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hardware(pub(crate) [u8; 6]);

impl Hardware {
    /// From raw bytes; `None` unless they are six, not all zero, and not a group address.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let octets: [u8; 6] = bytes.try_into().ok()?;
        (octets != [0; 6] && octets[0] & 1 == 0).then_some(Self(octets))
    }

    /// From text, as in `00:1b:2c:3d:4e:5f`, in either case.
    #[cfg(any(test, not(target_os = "windows")))]
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut octets = [0; 6];
        let mut parts = text.trim().split([':', '-']);
        for octet in &mut octets {
            let part = parts.next().filter(|part| part.len() == 2)?;
            *octet = u8::from_str_radix(part, 16).ok()?;
        }
        if parts.next().is_some() {
            return None;
        }
        Self::from_bytes(&octets)
    }

    /// Whether it was made up on the spot (the U/L bit of IEEE 802) instead of assigned to one machine.
    pub(crate) const fn is_local(self) -> bool {
        self.0[0] & 2 != 0
    }

    /// The address all virtual BSSIDs of one radio share: vendors count them up in the last four
    /// bits, or set the U/L bit. It depends on nothing else heard, so a radio has one key for ever.
    pub(crate) const fn folded(self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        Self([a & !2, b, c, d, e, f & 0xf0])
    }

    pub(crate) fn text(self) -> String {
        let [a, b, c, d, e, f] = self.0;
        format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

/// How far a gateway's address identifies one machine.
pub(crate) fn kind(address: Hardware) -> StationKind {
    match address.0 {
        // HSRP 1 and 2, HSRP for IPv6, GLBP, VRRP for IPv4 and IPv6 (RFC 5798 section 7.3).
        [0x00, 0x00, 0x0c, 0x07, 0xac, _]
        | [0x00, 0x00, 0x0c, 0x9f, 0xf0..=0xff, _]
        | [0x00, 0x05, 0x73, 0xa0, 0x00..=0x0f, _]
        | [0x00, 0x07, 0xb4, _, _, _]
        | [0x00, 0x00, 0x5e, 0x00, 0x01 | 0x02, _] => StationKind::VirtualRouter,
        _ if address.is_local() => StationKind::Local,
        _ => StationKind::Global,
    }
}

/// Makes keys of addresses. Its `Debug` shows nothing.
#[derive(Clone)]
pub(crate) struct Keyer(Hmac<Sha256>);

impl Keyer {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        // A key shorter than a block is filled with zeros (RFC 2104, section 2).
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self(Hmac::new(&block.into()))
    }

    fn number(&self, domain: &str, text: &[u8]) -> u64 {
        let mut mac = self.0.clone();
        mac.update(domain.as_bytes());
        mac.update(text);
        let digest = mac.finalize().into_bytes();
        digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// The key of a machine or of an already folded radio.
    pub(crate) fn station(&self, address: Hardware) -> StationKey {
        StationKey(self.number("", address.text().as_bytes()))
    }

    /// The machine behind a gateway.
    pub(crate) fn gateway(&self, address: Hardware) -> Station {
        Station { key: self.station(address), kind: kind(address) }
    }

    /// A switch port, from its LLDP chassis and port identifiers.
    #[cfg(target_os = "linux")]
    pub(crate) fn port(&self, chassis: &str, port: &str) -> PortKey {
        PortKey(self.number("lldp\0", format!("{}\0{}", chassis.trim(), port.trim()).as_bytes()))
    }

    /// A person, from their account.
    pub(crate) fn person(&self, account: &str) -> u64 {
        self.number("person\0", account.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn hardware(text: &str) -> Hardware {
        Hardware::from_text(text).unwrap()
    }

    #[test]
    fn shared_router_addresses_are_told_from_machines() {
        for (address, expected) in [
            ("00:00:0c:07:ac:01", StationKind::VirtualRouter),
            ("00:00:0c:9f:f0:01", StationKind::VirtualRouter),
            ("00:05:73:a0:00:05", StationKind::VirtualRouter),
            ("00:07:b4:00:01:01", StationKind::VirtualRouter),
            ("00:00:5e:00:01:0a", StationKind::VirtualRouter),
            ("00:00:5e:00:02:0a", StationKind::VirtualRouter),
            ("00:00:5e:00:03:0a", StationKind::Global),
            ("00:00:0c:9f:e0:01", StationKind::Global),
            ("02:11:22:33:44:55", StationKind::Local),
            ("00:1b:2c:33:44:55", StationKind::Global),
        ] {
            assert_eq!(kind(hardware(address)), expected, "{address}");
        }
    }

    #[test]
    fn the_key_is_hmac_sha_256_cut_to_64_bits() {
        // printf '00:1b:2c:3d:4e:5f' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07
        let keyer = Keyer::new(&[7; 32]);
        assert_eq!(keyer.station(hardware("00:1B:2C:3D:4E:5F")), StationKey(0x86ae_a31e_0dfe_22ce));
        assert_ne!(
            keyer.station(hardware("00:1b:2c:3d:4e:5f")),
            Keyer::new(&[8; 32]).station(hardware("00:1b:2c:3d:4e:5f"))
        );
    }

    #[test]
    fn virtual_bssids_of_one_radio_fold_into_one() {
        let radio = hardware("00:1b:2c:3d:4e:50").folded();
        assert!(radio == hardware("00:1b:2c:3d:4e:5f").folded());
        assert!(radio == hardware("02:1b:2c:3d:4e:53").folded());
        assert!(radio != hardware("00:1b:2c:3d:4e:60").folded());
        assert!(radio != hardware("00:1b:2c:3d:4f:50").folded());
    }

    #[test]
    fn bad_input_addresses_are_refused() {
        for text in [
            "",
            "00:1b:2c:3d:4e",
            "00:1b:2c:3d:4e:5f:60",
            "00:00:00:00:00:00",
            "+1:1b:2c:3d:4e:5f",
            "01:00:5e:00:00:01",
            "zz:1b:2c:3d:4e:5f",
        ] {
            assert!(Hardware::from_text(text).is_none(), "{text}");
        }
        assert!(Hardware::from_bytes(&[1, 2]).is_none());
    }
}
