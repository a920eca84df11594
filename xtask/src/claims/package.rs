//! The claim about the package: it is built as it is shipped, and given to a clean Debian (`tests/install`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::shell::{cargo, command, run, target, watch};
use crate::{bundle, setup};

/// What only this claim needs.
const PACKAGES: &[(&str, &str)] = &[
    ("debootstrap", "makes a clean Debian"),
    ("lintian", "Debian's own checker of packages"),
    ("desktop-file-utils", "checks the menu entry"),
];

/// Builds the packages, and shows that the Debian one works.
///
/// # Errors
/// When they cannot be built.
pub fn prove() -> Result<(bool, Value)> {
    if !setup::is_debian() {
        // A claim that was not checked does not hold.
        return Ok((false, json!({ "cannot_be_shown_here": "this is not Debian or Ubuntu" })));
    }
    setup::debian(PACKAGES)?;
    for entry in ["rightdoor.desktop", "autostart.desktop"] {
        run(&mut command("desktop-file-validate", [Path::new("src-tauri/bundle/linux").join(entry)]))?;
    }
    let package = newest(&bundle::make(&["deb".to_owned(), "rpm".to_owned()])?.join("deb"))?;
    run(&mut cargo(["build", "--package", "whole-system", "--bin", "clean-install"]))?;
    let program = target().join("debug/clean-install");
    let mut figures = Value::Null;
    let mut install = command(&program.to_string_lossy(), [package, target().join("debian")]);
    let fine = watch(&mut install, |line| {
        if let Some(found) = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten() {
            figures = found;
        }
    })?;
    if figures.is_null() {
        bail!("the clean Debian ended without figures");
    }
    Ok((fine, figures))
}

/// The package that was made last.
fn newest(folder: &Path) -> Result<PathBuf> {
    let packages = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?.flatten();
    let packages =
        packages.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "deb"));
    let last = packages.max_by_key(|path| fs::metadata(path).and_then(|data| data.modified()).ok());
    last.with_context(|| format!("no package in {}", folder.display()))
}
