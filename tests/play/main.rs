//! `cargo xtask run`: the main job. On a desktop: an embedded registry on loopback and a companion enrolled to it, until
//! Ctrl-C. Without a display: a virtual one, and the whole job played through on real networks.
#![expect(clippy::print_stdout, reason = "it tells a person what happens")]

mod desktop;
mod scene;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use whole_system::netns::main_as_root;

fn main() -> ExitCode {
    let has_display = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if has_display("DISPLAY") || has_display("WAYLAND_DISPLAY") {
        return match desktop::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error:?}");
                ExitCode::FAILURE
            }
        };
    }
    main_as_root(scene::play)
}

/// Where screenshots and a desktop's own files go.
fn out() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/run");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?)
}

/// A heading.
fn say(text: &str) {
    println!("\n== {text}");
}

/// Indented, as something that was printed by somebody else.
fn quote(text: &str) {
    for line in text.trim_end().lines() {
        println!("   {line}");
    }
}
