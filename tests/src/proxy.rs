//! Kamailio as the PBX's proxy: it asks the registry by HELD and puts the location into emergency calls.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use crate::call;
use crate::lab::{Lab, PBX};
use crate::netns::Netns;
use crate::process::{Process, read};
use crate::registry::Registry;

/// Where it takes calls.
pub const PORT: u16 = 5060;

const CONFIGURATION: &str = include_str!("../callpath/proxy.cfg");

/// A running Kamailio.
#[derive(Debug)]
pub struct Proxy(Process);

impl Proxy {
    /// Starts one on the lab's PBX, with credentials for HTTP Basic of its own.
    ///
    /// # Errors
    /// When Kamailio refuses its configuration or does not open its port.
    pub fn start(lab: &Lab, registry: &Registry) -> Result<Self> {
        let own = format!("://{}@", registry.basic_reader("proxy")?);
        let with_password = registry.url().trim_end_matches('/').replacen("://", &own, 1);
        let filled = CONFIGURATION
            .replace("@LISTEN@", &format!("{PBX}:{PORT}"))
            .replace("@AUTHORITY@", &registry.authority().to_string_lossy())
            .replace("@HELD@", &format!("{with_password}/held"))
            .replace("@LOST@", &format!("{with_password}/lost"))
            .replace("@FAR@", &format!("{PBX}:{}", call::PORT));
        let file = lab.folder().join("proxy.cfg");
        fs::write(&file, filled)?;
        let mut command = lab.pbx.command("kamailio");
        command.args(["-DD", "-E", "-f"]).arg(&file);
        let mut process = Process::start("kamailio", &mut command, lab.folder())?;
        process.wait_until("taking calls", Duration::from_secs(10), || is_open(&lab.pbx, PORT))?;
        Ok(Self(process))
    }

    /// What it said so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.0.log()
    }

    /// What it was answered for that call: the HELD error's code, empty where it got a location; `None` where it did
    /// not ask.
    #[must_use]
    pub fn was_told(&self, call_id: &str) -> Option<String> {
        self.said("asked", call_id).map(|(_, code)| code)
    }

    /// What a function of it returned for that call, and the text beside it.
    #[must_use]
    pub fn said(&self, what: &str, call_id: &str) -> Option<(u32, String)> {
        let log = self.0.log();
        let (_, rest) = log.split_once(&format!("{what} for {call_id}: "))?;
        let (number, rest) = rest.split_once(" [")?;
        Some((number.parse().ok()?, rest.split_once(']')?.0.to_owned()))
    }
}

/// Whether something has that UDP port open on a host.
pub(crate) fn is_open(host: &Netns, port: u16) -> bool {
    read(host.command("cat").arg("/proc/net/udp")).is_ok_and(|table| table.contains(&format!(":{port:04X} ")))
}
