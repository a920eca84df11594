//! `core` and `location` are pure: no clock, file, socket, environment, randomness or hash order.

use std::fs;

use anyhow::{Context, Result};

use super::{nothing, source};
use crate::shell::{cargo, read};

const PURE: [&str; 2] = ["location", "core"];

/// Every crate that a pure crate may bring along; none of them reads a clock, a file, a socket, the environment or a
/// random source on its own account. A new one is added here by someone who looked.
const KNOWN: &[&str] = &[
    "rightdoor-core",
    "rightdoor-location",
    "serde",
    "serde_core",
    "serde_json",
    // Names the field at fault; reads and writes nothing.
    "serde_path_to_error",
    "itoa",
    "ryu",
    "zmij",
    "memchr",
    "thiserror",
    "roxmltree",
    "sha2",
    "digest",
    "block-buffer",
    "crypto-common",
    "hybrid-array",
    "typenum",
    "const-oid",
    "ctutils",
    "cmov",
    "cfg-if",
    "cpufeatures",
    // Declarations only, which code that forbids `unsafe` cannot call; cpufeatures has it on ARM.
    "libc",
];

/// What the pure crates' own clippy.toml must ban.
const BANNED: &[&str] = &[
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::env::var",
    "std::fs::read",
    "std::fs::File::open",
    "std::thread::spawn",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::net::TcpStream",
    "std::net::UdpSocket",
];

/// Whole modules of `std` that a pure crate has no use for; clippy bans single items only.
const WORDS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::os::",
    "TcpListener",
    "UnixStream",
    "SystemTime",
    "RandomState",
    "HashMap",
    "HashSet",
];

/// Checks the rule.
pub fn check() -> Result<()> {
    let mut found = Vec::new();
    for room in PURE {
        let package = format!("rightdoor-{room}");
        let mut tree =
            cargo(["tree", "--package", &package, "--edges", "normal,no-proc-macro", "--target", "all"]);
        for line in read(tree.args(["--prefix", "none", "--format", "{p}"]))?.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            if !name.is_empty() && !KNOWN.contains(&name) {
                found.push(format!("{package} brings along {name}, which nobody has looked at"));
            }
        }
        let file = format!("crates/{room}/clippy.toml");
        let bans = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
        for banned in BANNED.iter().filter(|banned| !bans.contains(&format!("\"{banned}\""))) {
            found.push(format!("{file} does not ban {banned}"));
        }
        let begin = format!("crates/{room}/src/");
        for file in source::rust()?.iter().filter(|file| file.path.starts_with(&begin)) {
            for (number, line) in file.lines.iter().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in WORDS.iter().filter(|word| code.contains(**word)) {
                    found.push(format!("{}:{}: `{word}` in a pure crate", file.path, number + 1));
                }
            }
        }
    }
    found.dedup();
    nothing(&found)
}
