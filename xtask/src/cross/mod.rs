//! The claim `cross`: the code for Windows and macOS, checked from Linux. What that proves and what it does not is in
//! docs/cross.md.

mod display;
mod macos;
mod probe;
mod toolchain;
mod windows;

use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::shell::{self, read};
use toolchain::{Target, Toolchain};

/// Labs in network namespaces: a package for Linux alone.
const LINUX_ONLY: &str = "whole-system";

/// Runs the proof. Every step runs, whatever became of the one before.
///
/// # Errors
/// When the tools cannot be had; code that does not pass is an answer, not an error.
pub fn prove() -> Result<(bool, Value)> {
    if !cfg!(target_os = "linux") {
        bail!(
            "this claim is about checking other systems from Linux; elsewhere `cargo build --workspace` does more"
        );
    }
    let mut steps = Steps::default();
    let tools = steps.needed("tools", toolchain::prepare)?;
    steps.needed("std for Windows", || tools.standard_library(Target::Windows))?;
    steps.needed("std for macOS", || tools.standard_library(Target::MacOs))?;
    let wine = steps.needed("wine", || windows::Wine::prepare(&tools))?;
    let checked = packages(&tools)?;
    steps.needed("a fault is found", || probe::check(&tools))?;
    steps.tried("check for Windows", || check(&tools, Target::Windows));
    let mut tests = Map::new();
    steps.tried("tests under wine", || wine.test(&tools, &mut tests));
    steps.tried("check for macOS", || check(&tools, Target::MacOs));
    let figures = json!({
        "step_seconds": steps.seconds,
        "checked_packages": checked,
        "targets": [Target::Windows.triple(), Target::MacOs.triple()],
        "tests_under_wine": tests,
        "failed_steps": steps.failed,
    });
    Ok((steps.failed.is_empty(), figures))
}

/// What was done, and how long it took.
#[derive(Default)]
struct Steps {
    seconds: Map<String, Value>,
    failed: Vec<&'static str>,
}

impl Steps {
    /// A step without which nothing can be said.
    fn needed<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("-- {name}");
        let began = Instant::now();
        let done = work().with_context(|| format!("{name}: not done"));
        self.seconds.insert(name.to_owned(), json!(began.elapsed().as_secs()));
        done
    }

    /// A step that may fail while the others go on.
    fn tried(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        if let Err(error) = self.needed(name, work) {
            println!("{error:#}");
            self.failed.push(name);
        }
    }
}

/// Every package but the one for Linux alone, with its tests, under the lints that hold everywhere.
fn check(tools: &Toolchain, target: Target) -> Result<()> {
    let mut check = tools.cargo(target, ["check", "--workspace", "--exclude", LINUX_ONLY, "--all-targets"]);
    tools.with_lints(&mut check, target);
    shell::run(&mut check)
}

/// How many packages that is.
fn packages(tools: &Toolchain) -> Result<usize> {
    let mut asked = tools.cargo_of_host(["metadata", "--format-version=1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&read(&mut asked)?).context("cargo's metadata is not JSON")?;
    let all = metadata["packages"].as_array().context("cargo's metadata names no packages")?;
    Ok(all.iter().filter(|package| package["name"] != LINUX_ONLY).count())
}
