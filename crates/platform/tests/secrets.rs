//! Keyrings as people meet them: unlocked, locked, absent; and the file that stands in for one.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use rightdoor_platform::secrets::{HashKeyError, SecretError, Secrets, hash_key};

fn private_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

#[test]
fn an_unlocked_keyring_keeps_and_forgets_a_secret() {
    if !support::installed("an_unlocked_keyring", &["dbus-run-session", "gnome-keyring-daemon", "gdbus"]) {
        return;
    }
    let folder = private_folder();
    let script = "printf 'test\\n' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1\n\
                  gdbus wait --session --timeout 10 org.freedesktop.secrets";
    support::must_succeed(&support::on_a_bus(folder.path(), script, "unlocked_body"));
}

#[test]
#[ignore = "body of another test"]
fn unlocked_body() {
    support::block_on(async {
        let store = Secrets::Keyring;
        assert_eq!(store.get("token").await, Err(SecretError::Missing), "the store works and is empty");
        store.set("token", "one").await.unwrap();
        store.set("token", "two").await.unwrap();
        assert_eq!(store.get("token").await.as_deref(), Ok("two"));
        assert_eq!(store.get("other").await, Err(SecretError::Missing));
        store.delete("token").await.unwrap();
        store.delete("token").await.unwrap();
        assert_eq!(store.get("token").await, Err(SecretError::Missing));
    });
}

#[test]
fn a_locked_keyring_is_locked_and_not_empty() {
    if !support::installed("a_locked_keyring", &["dbus-run-session", "gnome-keyring-daemon", "gdbus"]) {
        return;
    }
    let folder = private_folder();
    let script = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1\n\
                  gdbus wait --session --timeout 10 org.freedesktop.secrets";
    support::must_succeed(&support::on_a_bus(folder.path(), script, "locked_body"));
}

#[test]
#[ignore = "body of another test"]
fn locked_body() {
    support::block_on(async {
        let begun = Instant::now();
        assert_eq!(Secrets::Keyring.get("token").await, Err(SecretError::Locked));
        assert_eq!(Secrets::Keyring.delete("token").await, Err(SecretError::Locked));
        assert_eq!(Secrets::Keyring.set("token", "one").await, Err(SecretError::Locked));
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    });
}

#[test]
fn without_a_bus_there_is_no_keyring_and_no_waiting() {
    let folder = private_folder();
    let child = support::child("no_bus_body");
    let output = Command::new(&child[0])
        .args(&child[1..])
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("XDG_RUNTIME_DIR", folder.path())
        .output()
        .unwrap();
    support::must_succeed(&output);
}

#[test]
#[ignore = "body of another test"]
fn no_bus_body() {
    support::block_on(async {
        let begun = Instant::now();
        for answer in [
            Secrets::Keyring.get("token").await.map(drop),
            Secrets::Keyring.set("token", "one").await,
            Secrets::Keyring.delete("token").await,
        ] {
            assert!(matches!(answer, Err(SecretError::Unavailable(_))), "{answer:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    });
}

#[test]
fn a_file_keeps_secrets_for_this_person_alone() {
    let folder = private_folder();
    let path = folder.path().join("deep/secrets");
    support::block_on(async {
        let store = Secrets::File(path.clone());
        assert_eq!(store.get("token").await, Err(SecretError::Missing));
        store.set("token", "a=b").await.unwrap();
        store.set("other", "x").await.unwrap();
        assert_eq!(store.get("token").await.as_deref(), Ok("a=b"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        store.delete("token").await.unwrap();
        assert_eq!(store.get("token").await, Err(SecretError::Missing));
        assert_eq!(store.get("other").await.as_deref(), Ok("x"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    });
}

#[test]
fn bad_input_secret_file_that_others_can_read_is_refused_and_left_alone() {
    let folder = private_folder();
    let path = folder.path().join("secrets");
    fs::write(&path, "token=one\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    support::block_on(async {
        let store = Secrets::File(path.clone());
        for answer in [store.get("token").await.map(drop), store.set("token", "two").await] {
            let Err(SecretError::Unavailable(why)) = answer else { panic!("{answer:?}") };
            assert!(why.contains("secrets: others can read this file"), "{why}");
        }
    });
    assert_eq!(fs::read_to_string(&path).unwrap(), "token=one\n");
}

#[test]
fn bad_input_secret_with_a_line_break_changes_nothing() {
    let folder = private_folder();
    let path = folder.path().join("secrets");
    support::block_on(async {
        let store = Secrets::File(path.clone());
        store.set("token", "one").await.unwrap();
        assert!(store.set("token", "two\nother=x").await.is_err());
        assert!(store.set("a=b", "x").await.is_err());
        assert_eq!(store.get("token").await.as_deref(), Ok("one"));
    });
}

#[test]
fn the_hash_key_is_made_once_and_stays() {
    let folder = private_folder();
    let data = folder.path().join("data");
    let first = hash_key(&data).unwrap();
    assert_eq!(hash_key(&data).unwrap(), first);
    assert_ne!(first, [0; 32]);
    assert_eq!(fs::metadata(data.join("hash.key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
}

#[test]
fn bad_input_hash_key_is_never_replaced() {
    let folder = private_folder();
    let path = folder.path().join("hash.key");
    fs::write(&path, "short").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(hash_key(folder.path()), Err(HashKeyError::Damaged { .. })));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    assert!(matches!(hash_key(folder.path()), Err(HashKeyError::File { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "short");
}
