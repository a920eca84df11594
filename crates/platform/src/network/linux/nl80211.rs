//! Wi-Fi from the kernel (linux/nl80211.h). Reading the interfaces, the cached scan and the radio one
//! is connected to needs no privilege; this never triggers a scan.

use std::collections::BTreeMap;

use netlink_sys::protocols::NETLINK_GENERIC;

use super::medium::Role;
use super::netlink::{Channel, Message, attribute, attributes, text, u16_at, u32_at};
use crate::network::SenseError;
use crate::network::station::Hardware;
use crate::network::wifi::Radio;

const GENL_ID_CTRL: u16 = 0x10;
const CTRL_CMD_GETFAMILY: u8 = 3;
const GET_INTERFACE: u8 = 5;
const GET_SCAN: u8 = 32;
const CONNECT: u8 = 46;
const ROAM: u8 = 47;
const DISCONNECT: u8 = 48;
const ATTR_IFINDEX: u16 = 3;
const ATTR_IFTYPE: u16 = 5;
const ATTR_BSS: u16 = 47;
const IFTYPE_STATION: u32 = 2;
const IFTYPE_P2P_CLIENT: u32 = 8;
/// Length of `struct genlmsghdr`.
const HEADER: usize = 4;

/// One radio of the cached scan.
pub(super) struct Bss {
    pub(super) radio: Radio,
    pub(super) associated: bool,
}

/// A socket to nl80211.
pub(super) struct Nl80211 {
    channel: Channel,
    family: u16,
    /// The multicast group that tells of connections.
    pub(super) mlme: u32,
}

impl Nl80211 {
    /// Opens nl80211; `Ok(None)` on a system without wireless support.
    pub(super) fn open() -> Result<Option<Self>, SenseError> {
        let what = "ask for nl80211";
        let mut channel = Channel::open(NETLINK_GENERIC).map_err(SenseError::io(what))?;
        // Asking for it by name would make the kernel run modprobe where there is none, at every look.
        let mut found = None;
        channel.dump(what, GENL_ID_CTRL, &[CTRL_CMD_GETFAMILY, 1, 0, 0], &mut |message| {
            let (mut id, mut mlme, mut ours) = (None, None, false);
            for (kind, value) in attributes(message.body, HEADER) {
                match kind {
                    1 => id = u16_at(value, 0),
                    2 => ours = text(value) == "nl80211",
                    7 => mlme = group(value, "mlme"),
                    _ => {}
                }
            }
            if ours {
                found = Some(id.zip(mlme));
            }
        })?;
        let Some(found) = found else { return Ok(None) };
        let (family, mlme) = found.ok_or(SenseError::Malformed { what })?;
        Ok(Some(Self { channel, family, mlme }))
    }

    /// The wireless interfaces and their roles.
    pub(super) fn interfaces(&mut self) -> Result<BTreeMap<u32, Role>, SenseError> {
        let mut found = BTreeMap::new();
        let request = [GET_INTERFACE, 0, 0, 0];
        self.channel.dump("list the wireless interfaces", self.family, &request, &mut |message| {
            let (mut index, mut role) = (None, Role::Other);
            for (kind, value) in attributes(message.body, HEADER) {
                match kind {
                    ATTR_IFINDEX => index = u32_at(value, 0),
                    ATTR_IFTYPE if matches!(u32_at(value, 0), Some(IFTYPE_STATION | IFTYPE_P2P_CLIENT)) => {
                        role = Role::Client;
                    }
                    _ => {}
                }
            }
            found.extend(index.map(|index| (index, role)));
        })?;
        Ok(found)
    }

    /// The scan the kernel has in its cache (it forgets a radio after 30 seconds).
    pub(super) fn scan(&mut self, link: u32) -> Result<Vec<Bss>, SenseError> {
        let mut found = Vec::new();
        let mut request = vec![GET_SCAN, 0, 0, 0];
        request.extend(attribute(ATTR_IFINDEX, &link.to_ne_bytes()));
        self.channel.dump("read the Wi-Fi scan", self.family, &request, &mut |message| {
            let nested = attributes(message.body, HEADER).find(|(kind, _)| *kind == ATTR_BSS);
            found.extend(nested.and_then(|(_, value)| bss(value)));
        })?;
        Ok(found)
    }
}

/// Whether an event of the `mlme` group tells of another radio.
pub(super) fn is_connection(message: &Message<'_>) -> bool {
    matches!(message.body.first(), Some(&(CONNECT | ROAM | DISCONNECT)))
}

fn group(groups: &[u8], wanted: &str) -> Option<u32> {
    attributes(groups, 0).find_map(|(_, group)| {
        let (mut name, mut id) = (String::new(), None);
        for (kind, value) in attributes(group, 0) {
            match kind {
                1 => name = text(value),
                2 => id = u32_at(value, 0),
                _ => {}
            }
        }
        id.filter(|_| name == wanted)
    })
}

fn bss(value: &[u8]) -> Option<Bss> {
    let (mut bssid, mut dbm, mut associated) = (None, None, false);
    for (kind, value) in attributes(value, 0) {
        match kind {
            1 => bssid = Hardware::from_bytes(value),
            // In hundredths of a dBm.
            7 => dbm = u32_at(value, 0).map(|mbm| mbm.cast_signed() / 100),
            // Some drivers know only a percentage.
            8 => dbm = value.first().map(|percent| i32::from(*percent) / 2 - 100),
            // 1: associated, 2: joined (IBSS).
            9 => associated = matches!(u32_at(value, 0), Some(1 | 2)),
            _ => {}
        }
    }
    let dbm = dbm.unwrap_or(-100).clamp(-128, 127);
    Some(Bss { radio: Radio { bssid: bssid?, dbm: i8::try_from(dbm).unwrap_or(-100) }, associated })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_scan_entry_is_read() {
        let mut value = attribute(1, &[0x00, 0x1b, 0x2c, 1, 2, 3]);
        value.extend(attribute(7, &(-5300_i32).to_ne_bytes()));
        value.extend(attribute(9, &1_u32.to_ne_bytes()));
        let bss = bss(&value).unwrap();
        assert!(bss.radio.bssid == Hardware([0x00, 0x1b, 0x2c, 1, 2, 3]));
        assert_eq!((bss.radio.dbm, bss.associated), (-53, true));
    }

    #[test]
    fn bad_input_scan_entries_are_left_out() {
        assert!(bss(&[]).is_none());
        assert!(bss(&attribute(1, &[1, 2, 3])).is_none(), "a short BSSID");
    }

    #[test]
    fn the_multicast_group_is_found_by_name() {
        let named = |name: &[u8], id: u32| {
            let mut inner = attribute(1, name);
            inner.extend(attribute(2, &id.to_ne_bytes()));
            inner
        };
        let mut groups = attribute(1, &named(b"scan\0", 4));
        groups.extend(attribute(2, &named(b"mlme\0", 6)));
        assert_eq!(group(&groups, "mlme"), Some(6));
        assert_eq!(group(&groups, "none"), None);
    }
}
