//! What can be wrong on the way.

use std::fs;

use anyhow::{Context as _, Result};

use super::{SIP, START, Way};
use crate::mains::Mains;
use crate::netns::Netns;
use crate::process::{Process, read};
use crate::tunnel;

const FLAKY: &str = include_str!("../../outage/flaky.xml");

impl Way<'_> {
    /// Ends the phone service, between two packets: told to stop, Kamailio may take seconds in which its ports are open
    /// and nobody answers, which is another fault.
    pub fn hang_up(&mut self) {
        if let Some(mut phone) = self.phone.take() {
            phone.fell();
        }
    }

    /// Puts somebody in the phone service's place who answers by turns: well, with 503, and not at all.
    ///
    /// # Errors
    /// When sipp does not start.
    pub fn flake(&mut self) -> Result<()> {
        self.hang_up();
        let scenario = self.folder().join("flaky.xml");
        fs::write(&scenario, FLAKY)?;
        let mut command = self.world.command("sipp");
        command.arg("-sf").arg(&scenario).args(["-i", SIP[0], "-p", "5060", "-nostdin"]);
        let mut flaky = Process::start("flaky", command.current_dir(self.folder()), self.folder())?;
        let world = &self.world;
        flaky.wait_until("answering", START, || crate::proxy::is_open(world, 5060))?;
        self.phone = Some(flaky);
        Ok(())
    }

    /// Gives the laptop a UPower, which says mains; the address of its system bus.
    ///
    /// # Errors
    /// When it does not start.
    pub fn plug(&mut self) -> Result<String> {
        let mains = Mains::start(self.folder())?;
        let address = mains.address().to_owned();
        self.mains = Some(mains);
        Ok(address)
    }

    /// Has the laptop run on its battery, or on mains again.
    ///
    /// # Errors
    /// When there is no UPower.
    pub fn unplug(&self, battery: bool) -> Result<()> {
        self.mains.as_ref().context("nothing was plugged in")?.unplug(battery)
    }

    /// Lets a page of somebody else stand for every page: the router's own, which wants a sign-in.
    ///
    /// # Errors
    /// When nginx refuses.
    pub fn portal(&mut self) -> Result<()> {
        let server =
            "server { listen 10.0.0.1:8080; location / { return 302 http://10.0.0.1:8080/sign-in; } }";
        self.nginx("portal", true, server)
    }

    /// Holds back by so many seconds whatever the laptop sends.
    ///
    /// # Errors
    /// When the device cannot be made.
    pub fn slow_down(&mut self, seconds: u8) -> Result<()> {
        let slow = tunnel::start(&self.router, "slow", seconds, self.folder())?;
        self.router.ip("route add default dev slow table 100")?;
        self.router.ip("rule add iif lan to 192.0.2.0/24 lookup 100")?;
        self.others.push(slow);
        Ok(())
    }

    /// Has the laptop send everything into a VPN that carries nothing.
    ///
    /// # Errors
    /// When the device cannot be made.
    pub fn tunnel(&mut self) -> Result<()> {
        let vpn = tunnel::start(&self.laptop, "vpn", u8::MAX, self.folder())?;
        self.laptop.ip("addr add 10.77.0.2/32 dev vpn")?;
        for half in ["0.0.0.0/1", "128.0.0.0/1"] {
            self.laptop.ip(&format!("route add {half} dev vpn"))?;
        }
        self.others.push(vpn);
        Ok(())
    }

    /// Ends the VPN, and with it its routes.
    ///
    /// # Errors
    /// When there is none.
    pub fn leave_tunnel(&self) -> Result<()> {
        self.laptop.ip("link del vpn").map(|_| ())
    }

    /// Rules for what a host does with packets, in the words of `nft`; the ones before go.
    ///
    /// # Errors
    /// When `nft` refuses.
    pub fn rules(&self, host: &Netns, rules: &str) -> Result<()> {
        let file = self.folder().join(format!("{}.nft", host.name()));
        fs::write(
            &file,
            format!("table inet fault\ndelete table inet fault\ntable inet fault {{\n{rules}\n}}\n"),
        )?;
        read(host.command("nft").arg("-f").arg(&file)).map(|_| ())
    }
}
