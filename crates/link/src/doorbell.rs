//! One process for all windows: the second asks the first to show what it was started for, and ends.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::LinkError;
use crate::transport::{self, Listener};
use crate::wire;

/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the windows of this person are rung up, given the runtime folder.
#[must_use]
pub fn path(runtime: &Path) -> PathBuf {
    transport::windows_path(runtime)
}

/// The first process's side.
#[derive(Debug)]
pub struct Doorbell(Listener);

impl Doorbell {
    /// Listens at `path`.
    ///
    /// # Errors
    /// [`LinkError::AlreadyRunning`] when another process does: then [`ring`] it.
    pub async fn hang(path: &Path) -> Result<Self, LinkError> {
        Listener::bind(path).await.map(Self)
    }

    /// What the next process of this user wants. Whoever says nothing sensible, or is another user, is passed over.
    pub async fn rung<T: DeserializeOwned>(&mut self) -> T {
        loop {
            let Ok(mut stream) = self.0.accept().await else {
                // Out of descriptors, most likely: breathe, so that it is not a busy loop.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            if !transport::same_user(&stream).unwrap_or(false) {
                continue;
            }
            let heard = timeout(PATIENCE, wire::read(&mut stream, PATIENCE)).await;
            let Ok(Ok(Some(json))) = heard else { continue };
            let Ok(wanted) = wire::decode(&json) else { continue };
            let Ok(heard) = wire::encode(&true) else { continue };
            // The other may be gone: what it wanted is shown all the same.
            let _ = wire::write(&mut stream, &heard, PATIENCE).await;
            return wanted;
        }
    }
}

/// Asks the process that listens at `path` to show this.
///
/// # Errors
/// [`LinkError::NotRunning`] when there is none, [`LinkError::NoAnswer`] or [`LinkError::Closed`] when it
/// does not take it.
pub async fn ring<T: Serialize + Sync>(path: &Path, wanted: &T) -> Result<(), LinkError> {
    let mut stream = transport::connect(path).await?;
    wire::write(&mut stream, &wire::encode(wanted)?, PATIENCE).await?;
    let heard = timeout(PATIENCE, wire::read(&mut stream, PATIENCE)).await;
    match heard.map_err(|_| LinkError::NoAnswer)?? {
        Some(_) => Ok(()),
        None => Err(LinkError::Closed),
    }
}
