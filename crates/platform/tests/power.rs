//! UPower, played by python-dbusmock on a bus of the test's own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::process::Command;
use std::time::Duration;

use rightdoor_platform::power::Watcher;
use support::block_on;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
const UPOWER: &str = "org.freedesktop.UPower";
const ROOT: &str = "/org/freedesktop/UPower";
const MOCK: &str = "org.freedesktop.DBus.Mock";

fn set(properties: &str) {
    let method = format!("{MOCK}.UpdateProperties");
    let mut command = Command::new("gdbus");
    command.args(["call", "--system", "--dest", UPOWER, "--object-path", ROOT, "--method", &method]);
    let output = command.args([UPOWER, properties]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn mains_and_battery_are_told_once_each() {
    let test = "mains_and_battery_are_told_once_each";
    if !support::installed(test, &["dbus-run-session", "gdbus", "python3"]) {
        return;
    }
    let Some(python) = support::mock(test) else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS\n\
         {python} -m dbusmock --template upower >/dev/null 2>&1 &\n\
         gdbus wait --system --timeout 20 {UPOWER}"
    );
    support::must_succeed(&support::on_a_bus(folder.path(), &script, "upower_body"));
}

#[test]
#[ignore = "body of another test"]
fn upower_body() {
    block_on(async {
        set("{'OnBattery': <true>}");
        let mut watcher = Watcher::open().await;
        assert!(watcher.hears());
        assert!(timeout(PATIENCE, watcher.next()).await.unwrap(), "as it was found");
        // What is no change is not told: the next that is heard is the mains.
        set("{'OnBattery': <true>, 'LidIsClosed': <true>}");
        set("{'OnBattery': <false>}");
        assert!(!timeout(PATIENCE, watcher.next()).await.unwrap(), "back on mains");
        set("{'OnBattery': <true>}");
        assert!(timeout(PATIENCE, watcher.next()).await.unwrap(), "unplugged");
    });
}

#[test]
fn without_upower_nothing_is_told() {
    let test = "without_upower_nothing_is_told";
    if !support::installed(test, &["dbus-run-session"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS";
    support::must_succeed(&support::on_a_bus(folder.path(), script, "no_upower_body"));
}

#[test]
#[ignore = "body of another test"]
fn no_upower_body() {
    block_on(async {
        let mut watcher = Watcher::open().await;
        assert!(!watcher.hears());
        assert!(timeout(Duration::from_millis(200), watcher.next()).await.is_err());
    });
}
