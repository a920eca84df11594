//! Where the project's binaries are.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

/// The path of one of the project's binaries, up to date. `RIGHTDOOR_BINARIES` names a folder in which they were built a
/// moment ago; without it they are built here.
///
/// # Errors
/// When they do not build, or there is no such binary.
pub fn path(name: &str) -> Result<PathBuf> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| folder().map_err(|error| format!("{error:#}")));
    let file = folder.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?.join(name);
    if file.is_file() { Ok(file) } else { bail!("{} is not there", file.display()) }
}

fn folder() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("RIGHTDOOR_BINARIES") {
        return Ok(PathBuf::from(folder));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let words = ["build", "--quiet", "--bins", "--workspace", "--exclude", "rightdoor"];
    let built =
        Command::new(cargo).args(words).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).status()?;
    if !built.success() {
        bail!("the project's binaries do not build");
    }
    // A test binary is in target/debug/deps, or in target/debug itself.
    let own = std::env::current_exe()?;
    let folder =
        own.ancestors().skip(1).find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    Ok(folder.context("this test is not in a folder of Cargo's")?.to_owned())
}
