//! What only a Unix socket has: a file with an owner and a mode, in a folder with an owner and a mode.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use common::{Desk, Raw, nobody_else_noticed};
use rightdoor_link::LinkError;
use rightdoor_link::server::Server;
use serde_json::json;

#[tokio::test]
async fn the_folder_and_the_socket_are_for_their_user_alone() {
    let desk = Desk::open().await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(desk.path.parent().unwrap()), 0o700);
    assert_eq!(mode(&desk.path), 0o600);
}

#[tokio::test]
async fn a_socket_left_by_a_crash_is_replaced_and_a_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = rightdoor_link::socket_path(folder.path());
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    drop(Server::bind(&path).await.unwrap());
    std::fs::write(&path, "a letter").unwrap();
    let error = Server::bind(&path).await.unwrap_err();
    assert!(matches!(error, LinkError::Place { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a letter");
}

#[tokio::test]
async fn a_live_socket_without_our_lock_is_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = rightdoor_link::socket_path(folder.path());
    let _other = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let error = Server::bind(&path).await.unwrap_err();
    assert!(matches!(error, LinkError::AlreadyRunning { .. }), "{error}");
    assert!(path.exists());
}

#[tokio::test]
async fn a_folder_in_which_others_may_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = Server::bind(&rightdoor_link::socket_path(folder.path())).await.unwrap_err();
    assert!(error.to_string().contains("others may write in it"), "{error}");
}

/// Runs as another user in [`bad_input_another_user_is_refused`]; by itself it does nothing.
#[tokio::test]
async fn child_of_another_user() {
    let Some(path) = std::env::var_os("RIGHTDOOR_TEST_SOCKET") else { return };
    let mut raw = Raw::connect(path.as_ref()).await;
    raw.send(&json!({"rightdoor": 1, "client": "x"})).await;
    assert_eq!(raw.refused().await.code, "other_user");
}

#[tokio::test]
async fn bad_input_another_user_is_refused() {
    let mut desk = Desk::open().await;
    if std::fs::metadata(desk.folder.path()).unwrap().uid() != 0
        || Command::new("setpriv").arg("--version").output().is_err()
    {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let witness = desk.client().await;
    // Every file lets the stranger in, so that what refuses is the check of the peer.
    let program = desk.folder.path().join("child");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    for open in [desk.folder.path(), desk.path.parent().unwrap(), &desk.path] {
        std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    let mut child = Command::new("setpriv");
    child.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]).arg(&program);
    child.args(["--exact", "child_of_another_user"]).env("RIGHTDOOR_TEST_SOCKET", &desk.path);
    let ran = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed"));
    nobody_else_noticed(&mut desk, &witness).await;
}
