//! A site: a gateway of its own with a globally administered MAC, a subnet, a DHCP server and its domain.

use std::path::Path;

use anyhow::Result;

use crate::dhcp::Server;
use crate::netns::Netns;

/// A place with its own network. Sites differ in everything that a laptop can see of them.
#[derive(Debug)]
pub struct Site {
    /// Its number, 1 to 199.
    pub number: u8,
    /// Its gateway.
    pub gateway: Netns,
    server: Option<Server>,
}

impl Site {
    /// Builds the gateway and joins it to the wide network; nothing is plugged in yet.
    ///
    /// # Errors
    /// When the namespace cannot be made.
    pub fn new(number: u8, wide: &Netns) -> Result<Self> {
        let gateway = Netns::new("g")?;
        gateway.forward()?;
        let port = format!("w{number}");
        wide.ip(&format!("link add {port} type veth peer name wan netns {}", gateway.name()))?;
        wide.ip(&format!("link set {port} master br0 up"))?;
        gateway.ip(&format!("addr add 192.0.2.{number}/24 dev wan"))?;
        gateway.ip("link set wan up")?;
        Ok(Self { number, gateway, server: None })
    }

    /// The first three bytes of its subnet.
    #[must_use]
    pub fn subnet(&self) -> String {
        format!("10.{}.0", self.number)
    }

    /// Its gateway's MAC: globally administered, of a maker of network cards.
    #[must_use]
    pub fn mac(&self) -> String {
        format!("00:1b:21:00:00:{:02x}", self.number)
    }

    /// Its domain.
    #[must_use]
    pub fn domain(&self) -> String {
        format!("site{}.example", self.number)
    }

    /// The id of its place in the registry's directory.
    #[must_use]
    pub fn place(&self) -> String {
        place(self.number)
    }

    /// The house number of its address, by which it is told from every other.
    #[must_use]
    pub fn house(&self) -> String {
        house(self.number)
    }

    /// Takes the cable's end, which is already in the gateway's namespace, into use.
    pub(crate) fn plugged_in(&mut self, folder: &Path) -> Result<()> {
        self.gateway.ip(&format!("link set lan address {}", self.mac()))?;
        self.gateway.ip(&format!("addr replace {}.1/24 dev lan", self.subnet()))?;
        self.gateway.ip("link set lan up")?;
        // A server whose interface left answers no more: each stay has its own.
        self.server = None;
        self.server = Some(Server::start(&self.gateway, "lan", &self.subnet(), &self.domain(), folder)?);
        Ok(())
    }
}

/// The id of a site's place in the registry's directory.
#[must_use]
pub fn place(number: u8) -> String {
    format!("denver/site-{number}")
}

/// The house number of a site's address.
#[must_use]
pub fn house(number: u8) -> String {
    (1600 + u32::from(number)).to_string()
}
