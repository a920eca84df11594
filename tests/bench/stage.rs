//! The stage of every measurement: a lab, a registry, a desktop with a tray host and a notification daemon, and an enrolled
//! agent who has confirmed the first site.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rightdoor_core::View;
use rightdoor_core::view::RegistryFacet;
use whole_system::companion::Companion;
use whole_system::eye::Eye;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::lines::Lines;
use whole_system::process::{Process, read};
use whole_system::registry::Registry;
use whole_system::site::{Site, place};

use whole_system::session::{PATIENCE, Session};

/// Everything but the companion.
pub struct Stage {
    pub home: Site,
    pub lab: Lab,
    registry: Registry,
    dunst: Option<Process>,
    _panel: Process,
    pub session: Session,
}

impl Stage {
    pub fn build() -> Result<Self> {
        let mut lab = Lab::new()?;
        let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
        let session = Session::begin(lab.folder())?;
        let mut panel = session.start("panel", session.command("xfce4-panel").arg("--disable-wm-check"))?;
        let watcher = "org.kde.StatusNotifierWatcher";
        panel.wait_until("a tray host", PATIENCE, || {
            read(session.command("gdbus").args(["wait", "--session", "--timeout", "1", watcher])).is_ok()
        })?;
        let dunst = session.dunst()?;
        let mut home = lab.site(1)?;
        lab.plug(&mut home)?;
        Ok(Self { home, lab, registry, dunst: Some(dunst), _panel: panel, session })
    }

    /// A companion with or without the desktop, enrolled and confirmed.
    pub fn companion(&self, with_tray: bool) -> Result<(Companion, Eye)> {
        let mut companion = Companion::new(self.lab.folder(), &self.registry.authority())?;
        if with_tray {
            self.session.seat(&mut companion);
        } else {
            companion.argument("--no-tray");
        }
        companion.on(&self.lab).start()?;
        let mut eye = companion.eye()?;
        let enrolled = eye.now()?.standing.enrolled;
        if !enrolled {
            companion.ctl(&["enrol", &self.registry.code()?, "--registry", self.registry.url()])?;
            companion.ctl(&["change", "--place", &place(1)])?;
        }
        eye.first(0, "the confirmed location", PATIENCE, at_rest)?;
        Ok((companion, eye))
    }

    /// Ends the notification daemon.
    pub fn without_daemon(&mut self) {
        self.dunst = None;
    }

    /// A companion that opens windows, with the desktop, enrolled and confirmed.
    pub fn companion_with_windows(&self) -> Result<(Companion, Eye)> {
        let mut companion = Companion::new(self.lab.folder(), &self.registry.authority())?;
        self.session.seat(&mut companion);
        companion.with_windows()?;
        companion.on(&self.lab).start()?;
        companion.ctl(&["enrol", &self.registry.code()?, "--registry", self.registry.url()])?;
        companion.ctl(&["change", "--place", &place(1)])?;
        let mut eye = companion.eye()?;
        eye.first(0, "the confirmed location", PATIENCE, |view| at_rest(view) && view.prompt.is_none())?;
        Ok((companion, eye))
    }

    /// From the start of a process that is already enrolled to its item in the tray.
    pub fn cold_start(&self) -> Result<Duration> {
        let mut monitor = self.session.command("dbus-monitor");
        let lines = Lines::of(monitor.args(["--session", "member='RegisterStatusNotifierItem'"]))?;
        // Its own name on the bus is the sign that it listens.
        lines.wait("NameAcquired", PATIENCE)?;
        let mut companion = Companion::new(self.lab.folder(), &self.registry.authority())?;
        self.session.seat(&mut companion);
        let began = Instant::now();
        companion.on(&self.lab).launch()?;
        let there = lines.wait("RegisterStatusNotifierItem", PATIENCE).context("the tray item")?;
        Ok(there - began)
    }
}

/// Verified, and read back equal.
pub fn at_rest(view: &View) -> bool {
    view.standing.here.is_verified() && matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. })
}
