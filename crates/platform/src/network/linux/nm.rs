//! What only NetworkManager knows: the DHCP lease, search domains, LLDP neighbours, and a scan list that
//! lives longer than the kernel's 30 seconds.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use rightdoor_core::network::DhcpFacts;
use zbus::export::futures_core::Stream;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MessageStream};

use super::leases;
use crate::bus::{self, Properties, Silence, property};
use crate::clock;
use crate::network::station::Hardware;
use crate::network::wifi::Radio;

const NM: &str = "org.freedesktop.NetworkManager";
const MANAGER: (&str, &str, &str) = (NM, "/org/freedesktop/NetworkManager", NM);
const DEVICE: &str = "org.freedesktop.NetworkManager.Device";
const WIRELESS: &str = "org.freedesktop.NetworkManager.Device.Wireless";
const ACCESS_POINT: &str = "org.freedesktop.NetworkManager.AccessPoint";
/// A radio not heard for this long is not here.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// How long a scan takes at most before the look goes on without it.
const SCAN_PATIENCE: Duration = Duration::from_secs(4);
/// A scan younger than this is new.
const NEW: Duration = Duration::from_secs(15);
/// A scan older than this is asked for again even when nothing moves.
const OLD: Duration = Duration::from_secs(120);

/// NetworkManager, on its bus.
pub(super) struct NetworkManager<'a> {
    bus: &'a Connection,
}

/// What it says of one interface.
#[derive(Default)]
pub(super) struct Device {
    pub(super) dhcp: Option<DhcpFacts>,
    pub(super) domain: Option<String>,
    /// LLDP chassis and port of the neighbour, if exactly one is heard.
    pub(super) port: Option<(String, String)>,
}

/// What a wireless interface hears.
#[derive(Default)]
pub(super) struct Air {
    pub(super) connected: Option<Radio>,
    pub(super) heard: Vec<Radio>,
}

impl<'a> NetworkManager<'a> {
    /// `None` when it does not run.
    pub(super) async fn on(bus: &'a Connection) -> Option<Self> {
        bus::served(bus, NM).await.then_some(Self { bus })
    }

    async fn device_path(&self, name: &str) -> Result<OwnedObjectPath, Silence> {
        bus::call(self.bus, MANAGER, "GetDeviceByIpIface", &name).await
    }

    async fn object(&self, path: &OwnedObjectPath, interface: &str) -> Result<Properties, Silence> {
        bus::properties(self.bus, NM, path.as_str(), interface).await
    }

    /// The wired and addressing facts of an interface.
    pub(super) async fn device(&self, name: &str) -> Result<Device, Silence> {
        let path = self.device_path(name).await?;
        let device = self.object(&path, DEVICE).await?;
        let mut found = Device { port: lldp(&device), ..Device::default() };
        if let Some(lease) = below(&device, "Dhcp4Config") {
            let lease = self.object(&lease, "org.freedesktop.NetworkManager.DHCP4Config").await?;
            let options: HashMap<String, OwnedValue> = property(&lease, "Options").unwrap_or_default();
            let option = |name| property::<String>(&options, name);
            let facts =
                leases::facts(option("dhcp_server_identifier").as_deref(), option("domain_name").as_deref());
            found.dhcp = (facts != DhcpFacts::default()).then_some(facts);
        }
        if let Some(config) = below(&device, "Ip4Config") {
            let config = self.object(&config, "org.freedesktop.NetworkManager.IP4Config").await?;
            found.domain = ["Domains", "Searches"]
                .into_iter()
                .flat_map(|name| property::<Vec<String>>(&config, name).unwrap_or_default())
                .find_map(|domain| super::dns::canonical(&domain));
        }
        Ok(found)
    }

    /// What a wireless interface hears; asks for a new scan when the last one is too old to decide on,
    /// and waits for it while `moving`.
    pub(super) async fn air(&self, name: &str, moving: bool) -> Result<Air, Silence> {
        let path = self.device_path(name).await?;
        let mut wireless = self.object(&path, WIRELESS).await?;
        let age = scan_age(&wireless);
        if age.is_none_or(|age| age >= if moving { NEW } else { OLD }) && self.scan(&path, moving).await {
            wireless = self.object(&path, WIRELESS).await?;
        }
        let active = below(&wireless, "ActiveAccessPoint");
        let mut air = Air::default();
        for point in property::<Vec<OwnedObjectPath>>(&wireless, "AccessPoints").unwrap_or_default() {
            // A radio may go while the list is read.
            let Ok(properties) = self.object(&point, ACCESS_POINT).await else { continue };
            let Some(radio) = radio(&properties) else { continue };
            if active.as_ref() == Some(&point) {
                air.connected = Some(radio);
                air.heard.push(radio);
            } else if seen_ago(&properties).is_some_and(|ago| ago < FORGOTTEN) {
                air.heard.push(radio);
            }
        }
        Ok(air)
    }

    /// Asks for a scan; says whether one was finished.
    async fn scan(&self, device: &OwnedObjectPath, wait: bool) -> bool {
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .sender(NM)
            .and_then(|rule| rule.path(device.as_str()))
            .and_then(|rule| rule.member("PropertiesChanged"))
            .and_then(|rule| rule.arg(0, WIRELESS));
        let Ok(rule) = rule else { return false };
        let Ok(mut changes) = MessageStream::for_match_rule(rule.build(), self.bus, Some(16)).await else {
            return false;
        };
        let options: HashMap<String, Value<'_>> = HashMap::new();
        let asked =
            bus::call::<_, ()>(self.bus, (NM, device.as_str(), WIRELESS), "RequestScan", &options).await;
        if !wait || asked.is_err() {
            return false;
        }
        let done = async {
            while let Some(change) = poll_fn(|cx| Pin::new(&mut changes).poll_next(cx)).await {
                let body: Option<(String, Properties, Vec<String>)> =
                    change.ok().and_then(|change| change.body().deserialize().ok());
                if body.is_some_and(|(_, changed, _)| changed.contains_key("LastScan")) {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(SCAN_PATIENCE, done).await.unwrap_or(false)
    }
}

/// A path property, unless it is `/`, NetworkManager's word for none.
fn below(properties: &Properties, name: &str) -> Option<OwnedObjectPath> {
    property::<OwnedObjectPath>(properties, name).filter(|path| path.as_str() != "/")
}

fn scan_age(wireless: &Properties) -> Option<Duration> {
    let last: i64 = property(wireless, "LastScan").filter(|last| *last >= 0)?;
    let now = clock::now().mono.0;
    Some(Duration::from_millis(now.saturating_sub(u64::try_from(last).ok()?)))
}

fn seen_ago(point: &Properties) -> Option<Duration> {
    let seen: i32 = property(point, "LastSeen").filter(|seen| *seen >= 0)?;
    let now = clock::now().mono.0 / 1000;
    Some(Duration::from_secs(now.saturating_sub(u64::try_from(seen).ok()?)))
}

fn radio(point: &Properties) -> Option<Radio> {
    let bssid = Hardware::from_text(&property::<String>(point, "HwAddress")?)?;
    let percent: u8 = property(point, "Strength").unwrap_or(0);
    let dbm = i16::from(percent.min(100)) / 2 - 100;
    Some(Radio { bssid, dbm: i8::try_from(dbm).unwrap_or(-100) })
}

/// The switch port, where the connection listens to LLDP. Two neighbours on one cable name no port.
fn lldp(device: &Properties) -> Option<(String, String)> {
    let neighbours: Vec<HashMap<String, OwnedValue>> = property(device, "LldpNeighbors")?;
    let mut ports = neighbours
        .iter()
        .filter_map(|neighbour| Some((property(neighbour, "chassis-id")?, property(neighbour, "port-id")?)));
    let first = ports.next()?;
    ports.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests;
