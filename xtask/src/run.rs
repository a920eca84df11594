//! `cargo xtask run`: the main job, on this desktop or played through on a virtual one.

use anyhow::Result;

use crate::setup;
use crate::shell::{self, cargo, target};
use crate::test;

/// Sets up, builds and runs.
///
/// # Errors
/// When set-up, the build or the run fails.
pub fn run() -> Result<()> {
    setup::run_all()?;
    test::binaries(false)?;
    let mut play = cargo(["run", "--quiet", "--package", "whole-system", "--bin", "play"]);
    play.env("RIGHTDOOR_BINARIES", target().join("debug"));
    shell::run(&mut play)
}
