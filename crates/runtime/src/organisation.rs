//! The organisation's guidance, kept in a file of the data folder: readable with store, keyring and registry gone.

use std::path::{Path, PathBuf};

use rightdoor_core::guidance::Document;

/// The file's place.
fn path(data: &Path) -> PathBuf {
    data.join("guidance.json")
}

/// What was kept last; nothing where there is nothing, or it cannot be used: then what is built in holds.
pub(crate) fn kept(data: &Path) -> Document {
    let Ok(bytes) = std::fs::read(path(data)) else { return Document::default() };
    Document::read(&bytes).unwrap_or_else(|refused| {
        tracing::warn!(%refused, "the organisation's guidance on this computer cannot be used; the built-in one is");
        Document::default()
    })
}

/// Keeps what was fetched, whole; nothing to keep removes it.
pub(crate) fn keep(data: &Path, bytes: Option<&[u8]>) {
    let path = path(data);
    let kept = match bytes {
        Some(bytes) => crate::folders::replace(&path, bytes),
        None if path.exists() => std::fs::remove_file(&path),
        None => Ok(()),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "the organisation's guidance could not be kept; it is fetched again at the next start");
    }
}
