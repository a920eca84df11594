//! NetworkManager, played by python-dbusmock on a bus of the test's own.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "../../../../tests/support/mod.rs"]
mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

const MOCK: &str = "org.freedesktop.DBus.Mock";
const ROOT: &str = "/org/freedesktop/NetworkManager";

fn call(path: &str, method: &str, arguments: &[&str]) {
    let mut command = Command::new("gdbus");
    command.args(["call", "--system", "--dest", NM, "--object-path", path, "--method", method, "--"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{method}: {}", String::from_utf8_lossy(&output.stderr));
}

fn mock(method: &str, arguments: &[&str]) {
    call(ROOT, &format!("{MOCK}.{method}"), arguments);
}

fn set(path: &str, interface: &str, name: &str, value: &str) {
    call(path, "org.freedesktop.DBus.Properties.Set", &[interface, name, value]);
}

/// Runs a body on a bus with a mocked NetworkManager.
fn on_network_manager(test: &str, body: &str) {
    if !support::installed(test, &["dbus-run-session", "gdbus", "python3"]) {
        return;
    }
    let has_mock = |python: &&str| {
        Command::new(python).args(["-c", "import dbusmock"]).status().is_ok_and(|status| status.success())
    };
    let Some(python) = ["/usr/bin/python3", "python3"].into_iter().find(has_mock) else {
        println!("skipped: {test} needs python3-dbusmock");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let script = format!(
        "export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS\n\
         {python} -m dbusmock --template networkmanager >/dev/null 2>&1 &\n\
         gdbus wait --system --timeout 20 {NM}"
    );
    support::must_succeed(&support::on_a_bus(
        folder.path(),
        &script,
        &format!("network::os::nm::tests::{body}"),
    ));
}

#[test]
fn radios_are_read_and_old_ones_forgotten() {
    on_network_manager("radios_are_read", "air_body");
}

#[test]
#[ignore = "body of another test"]
fn air_body() {
    let device = format!("{ROOT}/Devices/wifi");
    let device = device.as_str();
    let point = |name: &str| format!("{ROOT}/AccessPoint/{name}");
    mock("AddWiFiDevice", &["wifi", "wlan0", "100"]);
    let now = clock::now().mono.0;
    for (name, bssid, strength, seen) in [
        ("here", "00:1b:2c:00:00:10", "80", now / 1000),
        ("near", "00:1b:2c:00:01:10", "0x28", now / 1000),
        ("gone", "00:1b:2c:00:02:10", "90", (now / 1000).saturating_sub(61)),
        ("never", "00:1b:2c:00:03:10", "90", u64::MAX),
        ("odd", "not an address", "90", now / 1000),
    ] {
        mock(
            "AddAccessPoint",
            &[
                "/org/freedesktop/NetworkManager/Devices/wifi",
                name,
                "x",
                bssid,
                "2",
                "2412",
                "54",
                strength,
                "0",
            ],
        );
        let seen = i32::try_from(seen).unwrap_or(-1);
        set(&point(name), ACCESS_POINT, "LastSeen", &format!("<int32 {seen}>"));
    }
    call(
        device,
        &format!("{MOCK}.AddProperty"),
        &[WIRELESS, "ActiveAccessPoint", &format!("<objectpath '{}'>", point("here"))],
    );
    call(device, &format!("{MOCK}.AddProperty"), &[WIRELESS, "LastScan", &format!("<int64 {now}>")]);
    support::block_on(async {
        let bus = bus::system().await.unwrap();
        let manager = NetworkManager::on(&bus).await.unwrap();
        let air = manager.air("wlan0", true).await.unwrap();
        let radio = |text: &str, dbm| Radio { bssid: Hardware::from_text(text).unwrap(), dbm };
        assert!(air.connected.is_some_and(|radio| radio.dbm == -60));
        assert_eq!(air.heard.len(), 2);
        for expected in [radio("00:1b:2c:00:00:10", -60), radio("00:1b:2c:00:01:10", -80)] {
            assert!(air.heard.iter().any(|radio| radio.bssid == expected.bssid && radio.dbm == expected.dbm));
        }
        assert!(manager.air("wlan9", false).await.is_err(), "an interface it does not know");

        // With an old list, a scan is asked for and waited for while moving.
        let old = i64::try_from(now).unwrap() - 20_000;
        set(device, WIRELESS, "LastScan", &format!("<int64 {old}>"));
        let scans = format!(
            "self._set_property('{WIRELESS}', 'ActiveAccessPoint', dbus.ObjectPath('{}', variant_level=1))\n\
             self.UpdateProperties('{WIRELESS}', {{'LastScan': dbus.Int64({now})}})",
            point("near")
        );
        call(device, &format!("{MOCK}.AddMethod"), &[WIRELESS, "RequestScan", "a{sv}", "", &scans]);
        let begun = std::time::Instant::now();
        let air = manager.air("wlan0", true).await.unwrap();
        assert_eq!(air.heard.len(), 2);
        assert!(air.connected.is_some_and(|radio| radio.dbm == -80), "what the scan brought is read");
        assert!(begun.elapsed() < SCAN_PATIENCE, "it did not hear that the scan was done");
        let wireless = bus::properties(&bus, NM, device, WIRELESS).await.unwrap();
        assert_eq!(property::<i64>(&wireless, "LastScan"), i64::try_from(now).ok());
    });
}

#[test]
fn lease_domain_and_switch_port_are_read() {
    on_network_manager("lease_domain_and_switch_port", "device_body");
}

#[test]
#[ignore = "body of another test"]
fn device_body() {
    let device = format!("{ROOT}/Devices/eth");
    let device = device.as_str();
    mock("AddEthernetDevice", &["eth", "eth0", "100"]);
    let add = |path: &str, interface: &str, properties: &str| {
        call(ROOT, &format!("{MOCK}.AddObject"), &[path, interface, properties, "@a(ssss) []"]);
    };
    add(
        "/lease",
        "org.freedesktop.NetworkManager.DHCP4Config",
        "{'Options': <{'dhcp_server_identifier': <'10.1.0.1'>, 'domain_name': <'Lease.example'>}>}",
    );
    add(
        "/ip",
        "org.freedesktop.NetworkManager.IP4Config",
        "{'Domains': <@as []>, 'Searches': <['Corp.example.']>}",
    );
    let add_property =
        |name: &str, value: &str| call(device, &format!("{MOCK}.AddProperty"), &[DEVICE, name, value]);
    support::block_on(async {
        let bus = bus::system().await.unwrap();
        let manager = NetworkManager::on(&bus).await.unwrap();
        let bare = manager.device("eth0").await.unwrap();
        assert!(bare.dhcp.is_none() && bare.domain.is_none() && bare.port.is_none());

        add_property("Dhcp4Config", "<objectpath '/lease'>");
        add_property("Ip4Config", "<objectpath '/ip'>");
        add_property("LldpNeighbors", "<[{'chassis-id': <'00:1B:2C:00:00:AA'>, 'port-id': <'Gi1/0/7'>}]>");
        let found = manager.device("eth0").await.unwrap();
        let lease = found.dhcp.unwrap();
        assert_eq!(lease.server.unwrap().reveal().to_string(), "10.1.0.1");
        assert_eq!(lease.domain.unwrap().reveal(), "lease.example");
        assert_eq!(found.domain.as_deref(), Some("corp.example"));
        assert_eq!(found.port, Some(("00:1B:2C:00:00:AA".to_owned(), "Gi1/0/7".to_owned())));

        // A hub or a phone in between: two neighbours name no port.
        set(
            device,
            DEVICE,
            "LldpNeighbors",
            "<[{'chassis-id': <'a'>, 'port-id': <'1'>}, {'chassis-id': <'b'>, 'port-id': <'2'>}]>",
        );
        assert_eq!(manager.device("eth0").await.unwrap().port, None);
    });
}
