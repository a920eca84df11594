//! `cargo xtask bundle`: the installers of this system. `docs/packaging.md` says what is in them.
//!
//! What only an installer needs (the other programs beside the windows, manual pages, completions) is put into `out/bundle`
//! and named in `src-tauri/bundle/bundle.conf.json`, which a plain `cargo build` never reads.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::shell::{cargo, command, read, root, run, target, without_ours};
use crate::{setup, ui};

/// Where the installers' other parts are put together.
const STAGE: &str = "out/bundle";
/// The folder of the configuration and of the pinned tool.
const FOLDER: &str = "src-tauri/bundle";
/// The programs beside the windows. The registry is a server's, and has no place on an agent's computer.
const PROGRAMS: [&str; 2] = ["rightdoor-companion", "rightdoorctl"];

/// Builds the installers of the given kinds, or those that this system makes without anything fetched, and gives the folder
/// they are in.
///
/// # Errors
/// When a tool is missing, or something does not build.
pub fn make(kinds: &[String]) -> Result<PathBuf> {
    setup::system()?;
    ui::build()?;
    programs()?;
    stage()?;
    run(ui::npm(["ci", "--ignore-scripts"]).current_dir(FOLDER))?;
    let kinds = if kinds.is_empty() { own_kinds().join(",") } else { kinds.join(",") };
    let tool = root().join(FOLDER).join("node_modules/@tauri-apps/cli/tauri.js");
    let mut build = command("node", [tool]);
    build.args(["build", "--ci", "--config", &format!("{FOLDER}/bundle.conf.json"), "--bundles", &kinds]);
    // The workspace's default members are the other crates.
    build.args(["--", "--package", "rightdoor"]);
    without_ours(&mut build);
    run(&mut build)?;
    Ok(target().join("release/bundle"))
}

/// AppImage, NSIS and MSI fetch their tools from the internet, so they are made only where they are asked for by name.
fn own_kinds() -> &'static [&'static str] {
    match std::env::consts::OS {
        "linux" => &["deb", "rpm"],
        "macos" => &["app", "dmg"],
        _ => &["nsis", "msi"],
    }
}

fn programs() -> Result<()> {
    run(&mut cargo(["build", "--release", "--bins", "-p", "rightdoor-companion", "-p", "rightdoor-cli"]))
}

fn stage() -> Result<()> {
    let stage = Path::new(STAGE);
    if stage.exists() {
        fs::remove_dir_all(stage)?;
    }
    for folder in ["bin", "completions", "man1"] {
        fs::create_dir_all(stage.join(folder))?;
    }
    let triple = triple()?;
    let suffix = std::env::consts::EXE_SUFFIX;
    for program in PROGRAMS {
        let built = target().join(format!("release/{program}{suffix}"));
        let place = stage.join(format!("bin/{program}-{triple}{suffix}"));
        fs::copy(&built, &place).with_context(|| format!("{}", built.display()))?;
    }
    let ctl = target().join(format!("release/rightdoorctl{suffix}")).to_string_lossy().into_owned();
    for shell in ["bash", "zsh", "fish"] {
        let text = read(&mut command(&ctl, ["completions", shell]))?;
        fs::write(stage.join(format!("completions/rightdoorctl.{shell}")), text)?;
    }
    if cfg!(unix) {
        pages(stage, &ctl)?;
        let changelog = stage.join("changelog");
        fs::write(&changelog, debian_changelog()?)?;
        compress(&changelog)?;
    }
    Ok(())
}

/// The manual pages: one per command of `rightdoorctl`, and one for each other program.
fn pages(stage: &Path, ctl: &str) -> Result<()> {
    let folder = stage.join("man1");
    read(&mut command(ctl, ["man", &folder.to_string_lossy()]))?;
    for name in ["rightdoor.1", "rightdoor-companion.1"] {
        fs::copy(Path::new(FOLDER).join("linux").join(name), folder.join(name))?;
    }
    for page in fs::read_dir(&folder)? {
        compress(&page?.path())?;
    }
    Ok(())
}

/// Without name and time inside, the same text is the same bytes.
fn compress(file: &Path) -> Result<()> {
    read(&mut command("gzip", ["-9", "-n", &*file.to_string_lossy()])).map(drop)
}

/// Debian wants its own form; what changed is in `CHANGELOG.md`.
fn debian_changelog() -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let when = read(&mut command("git", ["log", "-1", "--format=%aD"]))?;
    Ok(format!(
        "rightdoor ({version}) unstable; urgency=medium\n\n  * What changed is in CHANGELOG.md of the sources.\n\n \
         -- The Rightdoor contributors <rightdoor@example.invalid>  {}\n",
        when.trim()
    ))
}

/// The compiler's name for this system, which the bundler looks for at the end of each program's name.
fn triple() -> Result<String> {
    let compiler = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    let said = read(&mut command(&compiler.to_string_lossy(), ["-vV"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc -vV names no host")
}
