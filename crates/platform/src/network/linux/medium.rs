//! What a link is made of, by what the kernel says: its kind, the device behind it, the driver's own
//! device type, and nl80211.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rightdoor_core::network::Medium;

use super::world::RawLink;

const IFF_LOOPBACK: u32 = 0x8;
const ARPHRD_ETHER: u16 = 1;

/// What nl80211 says of a wireless interface.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It connects to access points.
    Client,
    /// It is an access point, a monitor, or anything else that says nothing of the place.
    Other,
}

/// Classifies links, and remembers the answer while index and name stay.
pub(super) struct Classifier {
    physical: Vec<String>,
    wireless: BTreeMap<u32, Role>,
    remembered: BTreeMap<u32, (String, Medium)>,
}

impl Classifier {
    pub(super) fn new(physical: &[String]) -> Self {
        Self { physical: physical.to_vec(), wireless: BTreeMap::new(), remembered: BTreeMap::new() }
    }

    /// What nl80211 lists now, by link index.
    pub(super) fn set_wireless(&mut self, wireless: BTreeMap<u32, Role>) {
        if self.wireless != wireless {
            self.remembered.clear();
            self.wireless = wireless;
        }
    }

    pub(super) fn medium(&mut self, link: &RawLink) -> Medium {
        if let Some((name, medium)) = self.remembered.get(&link.index)
            && *name == link.name
        {
            return *medium;
        }
        let medium = self.decide(link, &Sysfs::of(link));
        self.remembered.insert(link.index, (link.name.clone(), medium));
        medium
    }

    fn decide(&self, link: &RawLink, sysfs: &Sysfs) -> Medium {
        if self.physical.contains(&link.name) {
            return Medium::Wired;
        }
        if link.flags & IFF_LOOPBACK != 0 {
            return Medium::Virtual;
        }
        match self.wireless.get(&link.index) {
            Some(Role::Client) => return Medium::Wifi,
            Some(Role::Other) => return Medium::Virtual,
            None => {}
        }
        match (link.kind.as_deref(), sysfs.devtype.as_str()) {
            (Some("wwan"), _) | (None, "wwan") => return Medium::Cellular,
            (Some(_), _) => return Medium::Virtual,
            (None, "wlan") => return Medium::Wifi,
            // A phone lends its connection over Bluetooth: it moves with the person.
            (None, "bluetooth") => return Medium::Cellular,
            (None, "bridge" | "vlan" | "gadget" | "bond") => return Medium::Virtual,
            (None, _) => {}
        }
        match sysfs.driver.as_str() {
            "qmi_wwan" | "cdc_mbim" | "huawei_cdc_ncm" | "sierra_net" => return Medium::Cellular,
            // A phone lends its connection over USB.
            "ipheth" | "rndis_host" => return Medium::Cellular,
            "thunderbolt-net" => return Medium::Virtual,
            _ => {}
        }
        let device = link.device || sysfs.device;
        if device && link.hardware == ARPHRD_ETHER { Medium::Wired } else { Medium::Virtual }
    }
}

/// What `/sys/class/net` says; empty where it shows another network namespace.
#[derive(Default)]
struct Sysfs {
    devtype: String,
    driver: String,
    device: bool,
}

impl Sysfs {
    fn of(link: &RawLink) -> Self {
        // A kind says everything, and names with a slash cannot exist.
        if link.kind.is_some() || link.name.contains('/') {
            return Self::default();
        }
        let folder = Path::new("/sys/class/net").join(&link.name);
        let index = fs::read_to_string(folder.join("ifindex")).unwrap_or_default();
        if index.trim().parse() != Ok(link.index) {
            return Self::default();
        }
        let uevent = fs::read_to_string(folder.join("uevent")).unwrap_or_default();
        let mut devtype =
            uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE=")).unwrap_or_default().to_owned();
        if devtype.is_empty() && (folder.join("phy80211").exists() || folder.join("wireless").exists()) {
            "wlan".clone_into(&mut devtype);
        }
        let driver = fs::read_link(folder.join("device/driver")).ok();
        let driver =
            driver.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        Self { devtype, driver: driver.unwrap_or_default(), device: folder.join("device").exists() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(name: &str, kind: Option<&str>, device: bool) -> RawLink {
        RawLink {
            index: 7,
            name: name.to_owned(),
            hardware: ARPHRD_ETHER,
            flags: 0,
            kind: kind.map(str::to_owned),
            master: None,
            lower: None,
            device,
        }
    }

    fn sysfs(devtype: &str, driver: &str) -> Sysfs {
        Sysfs { devtype: devtype.to_owned(), driver: driver.to_owned(), device: false }
    }

    #[test]
    fn kernel_facts_decide() {
        let classifier = Classifier::new(&[]);
        let none = Sysfs::default();
        assert_eq!(classifier.decide(&link("enp0s1", None, true), &sysfs("", "e1000e")), Medium::Wired);
        assert_eq!(classifier.decide(&link("usb0", None, true), &sysfs("", "ipheth")), Medium::Cellular);
        assert_eq!(classifier.decide(&link("wwan0", None, true), &sysfs("wwan", "iosm")), Medium::Cellular);
        assert_eq!(classifier.decide(&link("wlp1s0", None, true), &sysfs("wlan", "iwlwifi")), Medium::Wifi);
        assert_eq!(classifier.decide(&link("bnep0", None, true), &sysfs("bluetooth", "")), Medium::Cellular);
        for kind in ["bridge", "tun", "veth", "wireguard", "dummy", "vlan", "vxlan", "bond"] {
            assert_eq!(classifier.decide(&link("eth0", Some(kind), true), &none), Medium::Virtual, "{kind}");
        }
        assert_eq!(
            classifier.decide(&link("eth0", None, false), &none),
            Medium::Virtual,
            "no device behind it"
        );
        let loopback = RawLink { flags: IFF_LOOPBACK, ..link("lo", None, true) };
        assert_eq!(classifier.decide(&loopback, &none), Medium::Virtual);
    }

    #[test]
    fn a_named_interface_is_wired_whatever_the_kernel_says() {
        let classifier = Classifier::new(&["veth7".to_owned()]);
        assert_eq!(classifier.decide(&link("veth7", Some("veth"), false), &Sysfs::default()), Medium::Wired);
    }

    #[test]
    fn an_access_point_of_our_own_is_not_a_place() {
        let mut classifier = Classifier::new(&[]);
        classifier.set_wireless(BTreeMap::from([(7, Role::Other)]));
        assert_eq!(classifier.decide(&link("wlan0", None, true), &sysfs("wlan", "iwlwifi")), Medium::Virtual);
        classifier.set_wireless(BTreeMap::from([(7, Role::Client)]));
        assert_eq!(classifier.decide(&link("wlan0", None, true), &Sysfs::default()), Medium::Wifi);
    }
}
