//! `cargo xtask bench NAME`: measurements. The measuring itself is in `tests/bench/`, because it starts the
//! project's own binaries in labs that the whole-system tests build as well.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::shell::{command, succeeds, target, watch};
use crate::{setup, test};

/// A measurement, by its name on the command line.
struct Bench {
    name: &'static str,
    /// What it needs beside what everything needs.
    packages: &'static [(&'static str, &'static str)],
    /// Builds what is measured, for one of its parts in the long form or not.
    build: fn(part: &str, long: bool) -> Result<()>,
    /// The folder of the target directory that what is measured is built into.
    built: &'static str,
    /// What it is started with.
    before: &'static [&'static str],
}

const BENCHES: [Bench; 2] = [
    Bench { name: "companion", packages: &[], build: companion, built: "release", before: &[] },
    Bench {
        name: "registry",
        packages: &[
            ("kamailio", "a registry to be compared with"),
            ("kamailio-presence-modules", "its XCAP server"),
            ("kamailio-sqlite-modules", "its database"),
            ("nginx-light", "the rate of a static file"),
            ("sqlite3", "asks for the mode of Kamailio's database"),
        ],
        build: |_, _| test::server(),
        built: "server",
        // The servers have the first processor to themselves.
        before: &["taskset", "-c", "1"],
    },
];

/// Runs a measurement and prints its figures.
///
/// # Errors
/// When there is no such measurement, or it cannot be taken.
pub fn run(name: &str, json: bool) -> Result<()> {
    setup::system()?;
    let (fine, figures) = measure(name, "all", true)?;
    if json {
        println!("{figures}");
    } else {
        println!("{figures:#}");
    }
    if fine { Ok(()) } else { bail!("a figure of `{name}` is beyond its bound") }
}

/// The figures behind a claim, and whether they are within its bounds.
///
/// # Errors
/// When the measurement cannot be taken.
pub fn claim(name: &str, part: &str, long: bool) -> Result<(bool, Value)> {
    measure(name, part, long)
}

fn companion(part: &str, long: bool) -> Result<()> {
    test::release()?;
    if long && part != "footprint" { test::release_windows() } else { Ok(()) }
}

fn measure(name: &str, part: &str, long: bool) -> Result<(bool, Value)> {
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
        bail!("there is no measurement `{name}`; there are: {}", BENCHES.map(|bench| bench.name).join(", "));
    };
    setup::debian(bench.packages)?;
    test::binaries()?;
    (bench.build)(part, long)?;
    let program = target().join(format!("debug/bench-{name}"));
    let program = program.to_string_lossy();
    // The quick form runs beside other work (CI), which must not decide a ratio between programs with more and with fewer
    // steps: everything measured, yardsticks too, then goes first where that may be asked for. The long form has an idle
    // machine, and asks for nothing.
    let first = ["chrt", "-f", "10"];
    let mut words = bench.before.to_vec();
    if !long && bench.before.is_empty() && succeeds(&mut command("chrt", ["-f", "10", "true"])) {
        words.extend(first);
    }
    words.extend([&*program, part]);
    let mut started = command(words[0], words[1..].iter().copied());
    started.env("RIGHTDOOR_BINARIES", target().join(bench.built));
    started.env("RIGHTDOOR_LONG", if long { "1" } else { "0" });
    let mut figures = Value::Null;
    let fine = watch(&mut started, |line| {
        if let Some(found) = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten() {
            figures = found;
        }
    })?;
    if figures.is_null() {
        bail!("the measurement `{name}` ended without figures");
    }
    Ok((fine, figures))
}
