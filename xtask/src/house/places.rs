//! Things that belong in one place: platform differences, `unsafe`, `unwrap`, and no path of anybody's machine.

use std::fs;

use anyhow::Result;

use super::nothing;
use super::source::{self, Source};
use crate::shell::root;

/// Where the code may differ by operating system: the senses, and three seams. xtask sets up machines.
const PLATFORM: &[&str] = &[
    "crates/platform/",
    "crates/companion/src/tray",
    "crates/companion/src/notif",
    "crates/link/src/transport",
    "xtask/",
];

/// What only Unix has is asked for here, beside its use: who may read and write a file, and signals. The registry may not
/// import crates/platform; the runtime's two would be moved there with the next one of their kind.
const UNIX: &[&str] = &[
    "crates/runtime/src/config/mod.rs",
    "crates/runtime/src/folders.rs",
    "crates/registry/src/sqlite/open.rs",
    "crates/registry/src/told.rs",
];

/// Where `unsafe` may be: the senses, the one file that asks Windows who may open a pipe (docs/adr/0010), and the windows' first
/// line (docs/adr/0015).
const UNSAFE: &[&str] = &["crates/platform/", "crates/link/src/transport/owner.rs", "src-tauri/src/main.rs"];

/// Checks the rule.
pub fn check() -> Result<()> {
    let mut found = Vec::new();
    for file in source::rust()? {
        look(&file, &mut found);
    }
    machine(&mut found)?;
    nothing(&found)
}

fn look(file: &Source, found: &mut Vec<String>) {
    let differs = PLATFORM.iter().any(|place| file.path.starts_with(place));
    for (number, line) in file.lines.iter().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let mut say = |what: &str| found.push(format!("{}:{}: {what}", file.path, number + 1));
        let family = ["target_family", "cfg(unix", "cfg(windows", "cfg(not(unix", "cfg(not(windows"];
        let by_family = !UNIX.contains(&&*file.path) && family.iter().any(|word| code.contains(word));
        if !differs && (by_family || code.contains("target_os")) {
            say("the operating system is asked for outside crates/platform and the three seams");
        }
        // xtask forbids it to itself, and names it here.
        let may = UNSAFE.iter().any(|place| file.path.starts_with(place)) || file.path.starts_with("xtask/");
        if !may && code.contains("unsafe ") {
            say("`unsafe` where docs/adr has given no reason for it");
        }
        // Clippy refuses both everywhere; this refuses to silence it.
        let silenced = code.contains("clippy::unwrap_used") || code.contains("clippy::expect_used");
        if silenced && !file.path.starts_with("xtask/") {
            say("`unwrap` or `expect` allowed outside tests");
        }
    }
}

/// Nothing in the repository may name the machine it was written on.
fn machine(found: &mut Vec<String>) -> Result<()> {
    let mut words: Vec<String> = Vec::new();
    words.push(format!("{}/", root().display()));
    for name in ["HOME", "CARGO_HOME"] {
        words.extend(std::env::var(name).ok().filter(|home| home.len() > 1).map(|home| home + "/"));
    }
    for path in source::files("")? {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in words.iter().filter(|word| text.contains(word.as_str())) {
            found.push(format!("{path}: names {word}, a path of this machine"));
        }
    }
    Ok(())
}
