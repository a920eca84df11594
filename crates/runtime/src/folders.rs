//! This person's folders.

use std::path::PathBuf;

/// Where configuration, data and sockets live.
pub(crate) struct Folders {
    pub config: PathBuf,
    pub data: PathBuf,
    pub runtime: PathBuf,
}

impl Folders {
    pub(crate) fn of_this_person() -> Self {
        let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = var("HOME").unwrap_or_else(|| PathBuf::from("."));
        let config = var("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")).join("rightdoor");
        let data = var("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")).join("rightdoor");
        let runtime = var("XDG_RUNTIME_DIR").map_or_else(|| data.join("run"), |d| d.join("rightdoor"));
        Self { config, data, runtime }
    }
}

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
