use std::future::pending;

/// Asks nobody yet.
#[derive(Debug)]
pub struct Watcher;

impl Watcher {
    /// Begins to listen.
    #[expect(clippy::unused_async, reason = "where it is asked, asking takes time")]
    pub async fn open() -> Self {
        Self
    }

    /// Whether anybody says it.
    #[must_use]
    pub const fn hears(&self) -> bool {
        false
    }

    /// Waits for ever.
    pub async fn next(&mut self) -> bool {
        pending().await
    }
}
