//! The page of the windows: built before the windows are, and only when something of it changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::shell::{command, read, root, run};

/// The oldest Node.js that the build tool runs on.
const NODE: (u32, u32) = (20, 19);

/// Builds `ui/dist`, unless it is newer than everything it is made of.
///
/// # Errors
/// When npm is missing or fails.
pub fn build() -> Result<()> {
    let folder = root().join("ui");
    let built = folder.join("dist/index.html");
    let sources =
        ["src", "index.html", "package-lock.json", "vite.config.ts", "svelte.config.js", "tsconfig.json"];
    let newest = sources.iter().filter_map(|name| newest(&folder.join(name))).max();
    // A page without assets is the placeholder that a plain `cargo build` puts there.
    let is_placeholder = fs::read_to_string(&built).is_ok_and(|page| !page.contains("assets/"));
    if !is_placeholder && modified(&built).is_some_and(|built| Some(built) > newest) {
        return Ok(());
    }
    install()?;
    run(npm(["run", "--silent", "build"]).current_dir(&folder))?;
    // The windows' build looks at the time of this file.
    let page = fs::File::options().append(true).open(&built).context("npm built no page")?;
    page.set_modified(SystemTime::now()).context("the page's time cannot be set")
}

/// Installs what the page is built with, as the lock file names it.
///
/// # Errors
/// When npm is missing or fails.
pub fn install() -> Result<()> {
    install_in("ui")
}

/// Installs the mock of the providers' contracts, as its lock file names it.
///
/// # Errors
/// When npm is missing or fails.
pub fn contracts() -> Result<()> {
    install_in("tests/prism")
}

fn install_in(folder: &str) -> Result<()> {
    let folder = root().join(folder);
    let stamp = folder.join("node_modules/.package-lock.json");
    if modified(&stamp) > modified(&folder.join("package-lock.json")) {
        return Ok(());
    }
    node()?;
    run(npm(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))
}

/// Node.js comes from the system where that has one new enough.
fn node() -> Result<()> {
    let version = || read(&mut command("node", ["--version"]));
    if version().is_err() && setup::is_debian() {
        setup::debian(&[("nodejs", "builds the windows' page"), ("npm", "fetches what that needs")])?;
    }
    let found = version().unwrap_or_default();
    let mut parts =
        found.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    if parts.next().zip(parts.next()) < Some(NODE) {
        let found = if found.is_empty() { "none" } else { found.trim() };
        bail!(
            "Node.js {}.{} or newer is needed, and {found} was found: install it from nodejs.org",
            NODE.0,
            NODE.1
        );
    }
    Ok(())
}

/// npm, which is a script on Windows.
pub fn npm<const N: usize>(words: [&str; N]) -> std::process::Command {
    command(if cfg!(windows) { "npm.cmd" } else { "npm" }, words)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn newest(path: &PathBuf) -> Option<SystemTime> {
    let Ok(entries) = fs::read_dir(path) else { return modified(path) };
    entries.flatten().filter_map(|entry| newest(&entry.path())).max()
}
