//! One process answers for all windows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Raw;
use rightdoor_link::LinkError;
use rightdoor_link::doorbell::{Doorbell, path, ring};

#[tokio::test]
async fn the_second_process_is_heard_by_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(folder.path());
    assert!(matches!(ring(&path, &"status").await, Err(LinkError::NotRunning { .. })));
    let mut bell = Doorbell::hang(&path).await.unwrap();
    assert!(matches!(Doorbell::hang(&path).await, Err(LinkError::AlreadyRunning { .. })));
    let (rung, heard) = tokio::join!(ring(&path, &"guidance"), bell.rung::<String>());
    rung.unwrap();
    assert_eq!(heard, "guidance");
    drop(bell);
    assert!(matches!(ring(&path, &"status").await, Err(LinkError::NotRunning { .. })));
}

#[tokio::test]
async fn who_says_nothing_sensible_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(folder.path());
    let mut bell = Doorbell::hang(&path).await.unwrap();
    let noise = async {
        for said in [&b"\0\0\0\x05hello"[..], &b"\xff\xff\xff\xff"[..], &b""[..], &b"\0\0\0\x02[]"[..]] {
            Raw::connect(&path).await.bytes(said).await;
        }
        ring(&path, &"status").await.unwrap();
    };
    let ((), heard) = tokio::join!(noise, bell.rung::<String>());
    assert_eq!(heard, "status");
}
