//! The lab: a laptop with one cable, sites to plug it in, and beyond them a registry and a PBX.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::dhcp::Client;
use crate::netns::Netns;
use crate::site::Site;

/// Where the registry is.
pub const REGISTRY: &str = "192.0.2.250";
/// Where the PBX is.
pub const PBX: &str = "192.0.2.251";

/// The laptop's adapter.
pub const ADAPTER: &str = "00:1b:21:ff:ff:01";

/// When a move began and when the laptop was on the network again.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// Just before the command that took the cable out was started.
    pub began: Instant,
    /// When the lease of the new network was there.
    pub settled: Instant,
}

/// Hosts and cables. Everything in it goes when it is dropped.
#[derive(Debug)]
pub struct Lab {
    /// The laptop; its cable is `eth0`.
    pub laptop: Netns,
    /// The registry's host.
    pub registry: Netns,
    /// The PBX's host.
    pub pbx: Netns,
    wide: Netns,
    client: Option<Client>,
    plugged: String,
    folder: TempDir,
}

impl Lab {
    /// Builds the wide network with its two hosts, and the laptop with its cable plugged in nowhere.
    ///
    /// # Errors
    /// When the namespaces cannot be made.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("resolv.conf"), "")?;
        let wide = Netns::new("w")?;
        wide.ip("link add br0 type bridge")?;
        wide.ip("link set br0 up")?;
        let (registry, pbx) = (Netns::new("r")?, Netns::new("p")?);
        for (host, address, port) in [(&registry, REGISTRY, "registry"), (&pbx, PBX, "pbx")] {
            wide.ip(&format!("link add {port} type veth peer name eth0 netns {}", host.name()))?;
            wide.ip(&format!("link set {port} master br0 up"))?;
            host.ip(&format!("addr add {address}/24 dev eth0"))?;
            host.ip("link set eth0 up")?;
        }
        let laptop = Netns::new("l")?;
        laptop
            .ip(&format!("link add eth0 address {ADAPTER} type veth peer name lan netns {}", wide.name()))?;
        laptop.ip("link set eth0 up")?;
        let plugged = wide.name().to_owned();
        Ok(Self { laptop, registry, pbx, wide, client: None, plugged, folder })
    }

    /// The folder of logs and scratch files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The laptop's DNS configuration, to be mounted over the system's.
    #[must_use]
    pub fn resolv(&self) -> PathBuf {
        self.folder.path().join("resolv.conf")
    }

    /// A new site; nothing is plugged in there yet.
    ///
    /// # Errors
    /// When the namespace cannot be made.
    pub fn site(&self, number: u8) -> Result<Site> {
        let site = Site::new(number, &self.wide)?;
        for host in [&self.registry, &self.pbx] {
            host.ip(&format!("route replace {}.0/24 via 192.0.2.{number}", site.subnet()))?;
        }
        Ok(site)
    }

    /// Takes the cable out where it is and plugs it in at `site`; the laptop gets a lease there.
    ///
    /// # Errors
    /// When a step is refused, or no lease comes.
    pub fn plug(&mut self, site: &mut Site) -> Result<Moved> {
        let began = Instant::now();
        let cable = format!("-n {} link set lan netns {}", self.plugged, site.gateway.name());
        crate::process::read(std::process::Command::new("ip").args(cable.split_whitespace()))?;
        self.plugged = site.gateway.name().to_owned();
        site.plugged_in(self.folder.path())?;
        let settled = match &mut self.client {
            Some(client) => client.rebind()?,
            None => {
                let mut client =
                    Client::start(&self.laptop, self.folder.path(), &self.folder.path().join("resolv.conf"))?;
                client.first()?;
                self.client = Some(client);
                Instant::now()
            }
        };
        Ok(Moved { began, settled })
    }

    /// Takes the cable out and leaves it.
    ///
    /// # Errors
    /// When the command is refused.
    pub fn unplug(&mut self) -> Result<()> {
        let cable = format!("-n {} link set lan netns {}", self.plugged, self.wide.name());
        crate::process::read(std::process::Command::new("ip").args(cable.split_whitespace()))?;
        self.wide.name().clone_into(&mut self.plugged);
        Ok(())
    }

    /// The laptop's address on the network that it is plugged in to.
    ///
    /// # Errors
    /// When it has none.
    pub fn address(&self) -> Result<String> {
        let shown: serde_json::Value = serde_json::from_str(&self.laptop.ip("-json -4 addr show dev eth0")?)?;
        let address = shown[0]["addr_info"][0]["local"].as_str();
        Ok(address.context("the laptop has no address")?.to_owned())
    }

    /// The laptop's DHCP client.
    ///
    /// # Errors
    /// When the laptop was never plugged in.
    pub fn dhcp(&mut self) -> Result<&mut Client> {
        self.client.as_mut().context("the laptop was never plugged in")
    }
}
