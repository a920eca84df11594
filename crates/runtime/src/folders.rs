//! Folders that only this person may enter.

/// Makes a folder that only this person may enter.
///
/// # Errors
/// What the system said.
#[cfg(unix)]
pub(crate) fn private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a folder; a person's profile is private already.
///
/// # Errors
/// What the system said.
#[cfg(not(unix))]
pub(crate) fn private(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}
