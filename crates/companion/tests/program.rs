//! The program's edge: usage, version, and a configuration that is wrong.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;
use std::process::{Command, Output};

fn companion(home: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rightdoor-companion"))
        .args(words)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", home.join("no-bus").display()))
        .output()
        .unwrap()
}

#[test]
fn it_says_its_version() {
    let home = tempfile::tempdir().unwrap();
    let said = companion(home.path(), &["--version"]);
    assert!(said.status.success());
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        concat!("rightdoor-companion ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn bad_input_in_the_named_configuration_names_key_and_line_and_starts_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("c.toml");
    std::fs::write(&file, "[senses]\nphysicl = [\"eth0\"]\n").unwrap();
    let said = companion(home.path(), &["--no-tray", "--config", &file.to_string_lossy()]);
    let error = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(2), "{error}");
    for part in ["physicl", "physical", "c.toml:2"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert!(!home.path().join("data").exists(), "nothing is made");
}

#[test]
fn bad_input_in_the_arguments_is_wrong_usage() {
    let home = tempfile::tempdir().unwrap();
    let said = companion(home.path(), &["--no-tra"]);
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("--no-tray"));
}

#[test]
fn windows_that_read_no_configuration_look_where_the_companion_is() {
    let folders = rightdoor_platform::dirs::Folders::of_this_person().unwrap();
    assert_eq!(rightdoor_link::places::runtime().unwrap(), folders.runtime);
    let card = rightdoor_runtime::guidance_file::path(&folders.data);
    assert_eq!(rightdoor_link::places::guidance_file().unwrap(), card);
}
