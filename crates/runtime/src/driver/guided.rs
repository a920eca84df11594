//! Asking the registry for the organisation's guidance, whenever it was reached anyway.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rightdoor_core::Event;
use rightdoor_core::guidance::Document;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Fact;
use crate::organisation;
use crate::registry::{Guided, Registry};

/// What is known of the organisation's guidance.
#[derive(Default)]
pub(super) struct Asking {
    /// The data folder.
    pub data: PathBuf,
    /// Entity tag of what was answered last, used or refused: what is refused is not logged again until it is another.
    seen: Arc<Mutex<Option<String>>>,
    under_way: Option<JoinHandle<()>>,
}

impl Asking {
    pub fn new(data: PathBuf) -> Self {
        Self { data, ..Self::default() }
    }

    /// Asks, unless that is being done; what comes of it arrives at `facts`.
    pub fn ask(&mut self, registry: &Registry, facts: &mpsc::UnboundedSender<Fact>) {
        if self.under_way.as_ref().is_some_and(|asking| !asking.is_finished()) {
            return;
        }
        let (registry, facts) = (registry.clone(), facts.clone());
        let (data, seen) = (self.data.clone(), Arc::clone(&self.seen));
        self.under_way = Some(tokio::spawn(async move {
            let known = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (document, bytes, tag) = match registry.guidance(known.as_deref()).await {
                Guided::Same | Guided::Unavailable => return,
                Guided::Nothing => (Some(Document::default()), None, None),
                Guided::New { bytes, tag } => (checked(&bytes), Some(bytes), tag),
            };
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = tag;
            let Some(document) = document else { return };
            let kept = tokio::task::spawn_blocking(move || organisation::keep(&data, bytes.as_deref()));
            let _ = facts.send(Fact::unasked(Event::Guidance(Box::new(document))));
            let _ = kept.await;
        }));
    }

    /// The registry is another one now.
    pub fn begin_anew(&mut self) {
        if let Some(asking) = self.under_way.take() {
            asking.abort();
        }
        self.seen = Arc::default();
    }
}

fn checked(bytes: &[u8]) -> Option<Document> {
    Document::read(bytes)
        .inspect_err(|refused| tracing::warn!(%refused, "the registry's guidance cannot be used; the one before stays"))
        .ok()
}

#[cfg(test)]
mod tests;
