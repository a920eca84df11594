//! systemd-logind over D-Bus.

use std::future::pending;

use super::SessionEvent;

/// Listens to logind. Without a system bus it waits for ever.
#[derive(Debug)]
pub struct Watcher {}

impl Watcher {
    /// Begins to listen.
    pub async fn open() -> Self {
        Self {}
    }

    /// Waits for the next event. Cancel-safe.
    pub async fn next(&mut self) -> SessionEvent {
        pending().await
    }
}

/// Whether this session came over a network, by what its programs are told.
pub(super) fn remote_by_environment() -> bool {
    ["SSH_CONNECTION", "XRDP_SESSION"].iter().any(|name| std::env::var_os(name).is_some())
}

/// The account this process runs for.
pub(super) fn account() -> String {
    let uid = std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own));
    uid.map_or_else(|_| "unknown".to_owned(), |uid| uid.to_string())
}
