//! The outage card on disk in every language, so that it opens when companion, store and link are all dead.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rightdoor_core::{View, words};

/// The file's name in the data folder.
pub const NAME: &str = "guidance.txt";

/// The file's place.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Keeps the file up to date.
#[derive(Debug)]
pub(crate) struct GuidanceFile {
    path: PathBuf,
    shown: Option<String>,
    /// One writer at a time; what it writes last is what was shown last.
    next: Arc<Mutex<String>>,
}

impl GuidanceFile {
    pub fn new(data: &Path) -> Self {
        Self { path: path(data), shown: None, next: Arc::default() }
    }

    /// Writes the card of `view` if its text is another one; off the loop's thread, for a disk may stall.
    pub fn show(&mut self, view: &View) {
        let text = words::Card::file(&words::cards(view, None));
        if self.shown.as_ref() == Some(&text) {
            return;
        }
        self.shown = Some(text.clone());
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = text;
        let (path, next) = (self.path.clone(), Arc::clone(&self.next));
        tokio::task::spawn_blocking(move || {
            let text = next.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = crate::folders::replace(&path, text.as_bytes()) {
                tracing::warn!(%error, "the guidance file could not be written");
            }
        });
    }
}
