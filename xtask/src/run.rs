//! `cargo xtask run`: the main job, on this desktop or played through on a virtual one.

use anyhow::Result;

use crate::setup;
use crate::shell::{self, command, target};
use crate::test;

/// Sets up, builds and runs.
///
/// # Errors
/// When set-up, the build or the run fails.
pub fn run() -> Result<()> {
    setup::system()?;
    test::binaries()?;
    test::windows()?;
    let folder = target().join("debug");
    let mut play = command(&folder.join("play").to_string_lossy(), [""; 0]);
    play.env("RIGHTDOOR_BINARIES", folder);
    shell::run(&mut play)
}
