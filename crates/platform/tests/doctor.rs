//! What doctor says, and that the supervisor understands its unit.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::process::Command;

use rightdoor_platform::network::Options;
use rightdoor_platform::secrets::Secrets;
use rightdoor_platform::supervise::{Service, text};
use rightdoor_platform::{State, doctor};
use support::{block_on, in_a_namespace, ip, must_succeed};

#[test]
fn doctor_names_every_fault_and_what_to_do() {
    if let Some(output) = in_a_namespace("doctor_names_every_fault", "doctor_body") {
        must_succeed(&output);
    }
}

#[test]
#[ignore = "body of another test"]
fn doctor_body() {
    let folder = tempfile::tempdir().unwrap();
    ip("link add vA type veth peer name vB");
    ip("link set vA addrgenmode none");
    ip("link set vB up");
    ip("link set vA up");
    ip("addr add 10.9.0.5/24 dev vA");
    ip("route add default via 10.9.0.1");
    let options = Options { physical: vec!["vA".to_owned(), "eth77".to_owned()], key: [7; 32] };
    let secrets = Secrets::File(folder.path().join("secrets"));
    let findings = block_on(doctor(&options, &secrets, folder.path(), folder.path()));
    let all: BTreeMap<&str, &rightdoor_platform::Finding> =
        findings.iter().map(|finding| (finding.sense.as_str(), finding)).collect();
    for finding in &findings {
        assert!(finding.state == State::Works || !finding.hint.is_empty(), "{finding:?}");
        for private in ["10.9.0", "00:1b", &folder.path().display().to_string()] {
            assert!(!finding.found.contains(private), "{finding:?}");
        }
    }
    assert_eq!(all["network events"].state, State::Works);
    assert_eq!(
        all["interfaces"].found,
        "senses.physical names eth77, which this computer has not; seen: vA (wired, by senses.physical, connected)"
    );
    assert_eq!(all["gateway"].found, "0 of 1 known by hardware address");
    assert_eq!(all["Wi-Fi"].found, "no Wi-Fi adapter");
    assert_eq!(all["secrets"].found, "secrets are kept in a file");
    assert_eq!(all["microphone"].state, State::Limited);
}

#[test]
fn systemd_understands_the_unit() {
    if !support::installed("systemd_understands_the_unit", &["systemd-analyze"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [vec![], vec!["--no-tray".to_owned(), "--config".to_owned(), "100% of $x \"y\"".to_owned()]]
    {
        let unit = folder.path().join("rightdoor-companion.service");
        let service = Service { program: "/bin/true".into(), arguments };
        std::fs::write(&unit, text::systemd_unit(&service)).unwrap();
        let output = Command::new("systemd-analyze")
            .args(["verify", "--user"])
            .arg(&unit)
            .env("XDG_RUNTIME_DIR", folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !said.contains("rightdoor-companion"), "{said}");
    }
}
