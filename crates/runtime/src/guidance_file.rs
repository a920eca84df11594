//! The outage card on disk, so that it opens when companion, store and link are all dead.

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
        let text = words::guidance(view).text();
        if self.shown.as_ref() == Some(&text) {
            return;
        }
        self.shown = Some(text.clone());
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = text;
        let (path, next) = (self.path.clone(), Arc::clone(&self.next));
        tokio::task::spawn_blocking(move || {
            let text = next.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = write(&path, &text) {
                tracing::warn!(%error, "the guidance file could not be written");
            }
        });
    }
}

/// Replaces the file whole: a reader sees the old card or the new one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let beside = path.with_extension("new");
    let mut file = crate::folders::private_file(&beside)?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;

    #[test]
    fn the_card_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path());
        write(&path, "first").unwrap();
        write(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
