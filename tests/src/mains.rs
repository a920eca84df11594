//! Mains and battery: UPower, played by python-dbusmock on a system bus of its own.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{Process, read};

const UPOWER: &str = "org.freedesktop.UPower";
const START: Duration = Duration::from_secs(20);

/// The bus and UPower on it.
#[derive(Debug)]
pub struct Mains {
    address: String,
    // In this order they end.
    _upower: Process,
    _bus: Process,
}

impl Mains {
    /// Starts both; the computer is plugged in.
    ///
    /// # Errors
    /// When `dbus-daemon` or python-dbusmock does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let socket = folder.join("system-bus");
        let address = format!("unix:path={}", socket.display());
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile"]).arg(format!("--address={address}"));
        let mut bus = Process::start("system-bus", &mut command, folder)?;
        bus.wait_until("listening", START, || socket.exists())?;
        // Debian's own Python, which has the module.
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-m", "dbusmock", "--template", "upower", "--parameters", r#"{"OnBattery": false}"#]);
        let mut upower = Process::start("upower", command.env("DBUS_SYSTEM_BUS_ADDRESS", &address), folder)?;
        upower.wait_until("on the bus", START, || is_answered(&address))?;
        Ok(Self { address, _upower: upower, _bus: bus })
    }

    /// The bus, for `DBUS_SYSTEM_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Has UPower say whether the computer runs on its battery.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn unplug(&self, battery: bool) -> Result<()> {
        let properties = format!("{{'OnBattery': <{battery}>}}");
        let method = "org.freedesktop.DBus.Mock.UpdateProperties";
        read(call(&self.address, method).args([UPOWER, &properties])).map(|_| ())
    }
}

fn call(address: &str, method: &str) -> Command {
    let mut command = Command::new("gdbus");
    command.args([
        "call",
        "--system",
        "--timeout",
        "5",
        "--dest",
        UPOWER,
        "--object-path",
        "/org/freedesktop/UPower",
    ]);
    command.args(["--method", method]).env("DBUS_SYSTEM_BUS_ADDRESS", address);
    command
}

fn is_answered(address: &str) -> bool {
    read(call(address, "org.freedesktop.DBus.Properties.Get").args([UPOWER, "OnBattery"])).is_ok()
}
