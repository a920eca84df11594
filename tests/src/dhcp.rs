//! DHCP as a laptop has it: a real server at each site, a real client on the laptop (both BusyBox).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::netns::Netns;
use crate::process::Process;

/// What the client does with a lease; `$LEASES` gets one line for each. The DNS configuration is written in place,
/// because it is mounted over the system's.
const SCRIPT: &str = r#"#!/bin/sh
case "$1" in
deconfig)
    ip -4 addr flush dev "$interface"
    ip link set "$interface" up ;;
bound|renew)
    ip addr replace "$ip/$mask" dev "$interface" valid_lft "$lease" preferred_lft "$lease"
    ip route replace default via "${router%% *}" dev "$interface" proto dhcp
    echo "search $domain" > "$RESOLV"
    echo "$1 $ip" >> "$LEASES" ;;
esac
"#;

/// A DHCP server.
#[derive(Debug)]
pub struct Server(#[expect(dead_code, reason = "held so that it runs")] Process);

impl Server {
    /// Starts one in a gateway's namespace.
    ///
    /// # Errors
    /// When BusyBox cannot be started.
    pub fn start(host: &Netns, interface: &str, subnet: &str, domain: &str, folder: &Path) -> Result<Self> {
        let (configuration, leases) = (folder.join("dhcp.conf"), folder.join(format!("{domain}.leases")));
        fs::write(&leases, "")?;
        let text = format!(
            "start {subnet}.50\nend {subnet}.99\ninterface {interface}\nlease_file {}\npidfile {}\n\
             option subnet 255.255.255.0\noption router {subnet}.1\noption domain {domain}\noption lease 3600\n",
            leases.display(),
            folder.join(format!("{domain}.pid")).display()
        );
        fs::write(&configuration, text)?;
        let mut busybox = host.command("busybox");
        // It does not ping an address before it offers it: nobody else is here.
        busybox.args(["udhcpd", "-f", "-a", "1"]).arg(&configuration);
        let name = format!("dhcp-{domain}");
        let mut server = Process::start(&name, &mut busybox, folder)?;
        let log = folder.join(format!("{name}.log"));
        server.wait_until("giving leases", Duration::from_secs(5), || {
            fs::read_to_string(&log).is_ok_and(|log| log.contains("started"))
        })?;
        Ok(Self(server))
    }
}

/// The laptop's DHCP client.
#[derive(Debug)]
pub struct Client {
    process: Process,
    leases: PathBuf,
}

impl Client {
    /// Starts it on `eth0`.
    ///
    /// # Errors
    /// When BusyBox cannot be started.
    pub fn start(host: &Netns, folder: &Path, resolv: &Path) -> Result<Self> {
        let script = folder.join("lease-script");
        let leases = folder.join("leases");
        fs::write(&script, SCRIPT)?;
        fs::write(&leases, "")?;
        let made = Command::new("chmod").args([Path::new("+x"), &script]).status()?;
        anyhow::ensure!(made.success(), "the lease script cannot be made executable");
        let mut busybox = host.command("busybox");
        // Asks again every second for ever, as one that has just seen its carrier come back would.
        busybox.args(["udhcpc", "-f", "-i", "eth0", "-t", "1000", "-T", "1", "-s"]).arg(&script);
        busybox.env("LEASES", &leases).env("RESOLV", resolv);
        Ok(Self { process: Process::start("dhcp-client", &mut busybox, folder)?, leases })
    }

    /// How many leases were got or renewed so far.
    #[must_use]
    pub fn count(&self) -> usize {
        fs::read_to_string(&self.leases).map_or(0, |leases| leases.lines().count())
    }

    /// Waits for the first lease.
    ///
    /// # Errors
    /// When none comes.
    pub fn first(&mut self) -> Result<()> {
        self.wait(0)
    }

    /// Renews the lease, and waits until it is renewed.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn renew(&mut self) -> Result<()> {
        let before = self.count();
        self.process.signal("USR1")?;
        self.wait(before)
    }

    /// Gives the lease back and asks for a new one, as after a new carrier; waits until it is there and gives the
    /// instant at which it was.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn rebind(&mut self) -> Result<Instant> {
        let before = self.count();
        self.process.signal("USR2")?;
        self.process.signal("USR1")?;
        self.wait(before)?;
        Ok(Instant::now())
    }

    fn wait(&mut self, before: usize) -> Result<()> {
        let leases = self.leases.clone();
        let count = || fs::read_to_string(&leases).map_or(0, |leases| leases.lines().count());
        self.process.wait_until("given a lease", Duration::from_secs(15), || count() > before).context("DHCP")
    }
}
