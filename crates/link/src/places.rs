//! Where a program that reads no configuration finds the companion and its card: the same folders that the
//! companion has where nobody configured others.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The runtime folder: the link's socket is there.
#[must_use]
pub fn runtime() -> Option<PathBuf> {
    let dirs = ProjectDirs::from("", "", "rightdoor")?;
    let runtime = dirs.runtime_dir().map(std::path::Path::to_path_buf);
    Some(runtime.unwrap_or_else(|| dirs.data_local_dir().join("run")))
}

/// The flat guidance file.
#[must_use]
pub fn guidance_file() -> Option<PathBuf> {
    ProjectDirs::from("", "", "rightdoor").map(|dirs| dirs.data_local_dir().join("guidance.txt"))
}
