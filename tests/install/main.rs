//! Installs the package on a clean Debian, starts there what it brings, and takes it away again: `clean-install PACKAGE.deb
//! CACHE`. Prints one JSON line; fails where something is not as it has to be, or where it cannot be shown.
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

mod package;
mod root;
mod start;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use whole_system::process::read;

use root::Root;

/// Names the folder of the clean Debian to the run of this program that has its own mounts.
const INSIDE: &str = "RIGHTDOOR_CLEAN_ROOT";

/// All of it, downloads included; in seconds.
const BOUND: &str = "1800";

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(package), Some(cache)) = (words.next(), words.next()) else {
        eprintln!("usage: clean-install PACKAGE.deb CACHE");
        return ExitCode::from(2);
    };
    let done = match std::env::var_os(INSIDE) {
        Some(folder) => inside(&package, &cache, Path::new(&folder)),
        None => outside(&package, &cache),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs this program again with its own mounts and processes. Both are gone when it ends, however it ends; only then is the
/// folder removed, so that nothing mounted there can be removed with it.
fn outside(package: &Path, cache: &Path) -> Result<()> {
    if let Some(why) = impossible() {
        println!("{}", json!({ "cannot_be_shown_here": why }));
        bail!("cannot be shown here: {why}");
    }
    std::fs::create_dir_all(cache)?;
    let folder = tempfile::Builder::new().prefix("root-").tempdir_in(cache)?;
    let bound =
        ["--kill-after=10", BOUND, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let status = Command::new("timeout")
        .args(bound)
        .arg(std::env::current_exe()?)
        .args([package, cache])
        .env(INSIDE, folder.path())
        .status()?;
    folder.close().context("the clean Debian cannot be removed")?;
    ensure!(status.success(), "the package did not pass ({status})");
    Ok(())
}

/// Why a clean Debian cannot be made here, if so.
fn impossible() -> Option<String> {
    let is_root = read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root {
        return Some("only root can make a clean Debian and mount in it".to_owned());
    }
    let tools =
        [("debootstrap", "--version"), ("unshare", "--version"), ("Xvfb", "-help"), ("xwininfo", "-version")];
    let missing = tools.iter().find(|(tool, word)| Command::new(tool).arg(word).output().is_err());
    if let Some((tool, _)) = missing {
        return Some(format!("{tool} is not installed"));
    }
    let may = Command::new("unshare").args(["--mount", "--pid", "--fork", "true"]).status();
    (!may.is_ok_and(|status| status.success()))
        .then(|| "this system allows no mounts of one's own".to_owned())
}

fn inside(package: &Path, cache: &Path, folder: &Path) -> Result<()> {
    let mut figures = Map::new();
    let done = show(package, cache, folder, &mut figures);
    println!("{}", Value::Object(figures));
    done
}

fn show(package: &Path, cache: &Path, folder: &Path, figures: &mut Map<String, Value>) -> Result<()> {
    package::look_at(package, figures)?;
    let root = Root::make(cache, folder)?;
    figures.insert("system".to_owned(), json!(root.name()?));
    root.install(package).context("the package cannot be installed")?;
    // The second time is an upgrade to the scripts.
    root.install_again().context("the package cannot be installed over itself")?;
    ensure!(root.has_enabled_unit(), "the companion would not be started at login");
    start::companion_and_windows(&root, figures)?;
    let left = root.remove()?;
    figures.insert("left_behind".to_owned(), json!(left));
    ensure!(left.is_empty(), "left behind: {}", left.join(", "));
    Ok(())
}
