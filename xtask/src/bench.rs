//! `cargo xtask bench NAME`: measurements. The measuring itself is in `tests/bench/`, because it starts the
//! project's own binaries in labs that the whole-system tests build as well.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::shell::{command, succeeds, target, watch};
use crate::{setup, test};

/// Runs a measurement and prints its figures.
///
/// # Errors
/// When there is no such measurement, or it cannot be taken.
pub fn run(name: &str, json: bool) -> Result<()> {
    if name != "companion" {
        bail!("there is no measurement `{name}`; there is: companion");
    }
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

fn measure(name: &str, part: &str, long: bool) -> Result<(bool, Value)> {
    test::binaries()?;
    test::release()?;
    if long && part != "footprint" {
        test::release_windows()?;
    }
    let program = target().join(format!("debug/bench-{name}"));
    let program = program.to_string_lossy();
    // The quick form runs beside other work (CI), which must not decide a ratio between programs with more and with fewer
    // steps: everything measured, yardsticks too, then goes first where that may be asked for. The long form has an idle
    // machine, and asks for nothing.
    let first = ["-f", "10"];
    let mut bench = if !long && succeeds(&mut command("chrt", first.iter().chain(&["true"]))) {
        command("chrt", first.iter().copied().chain([&*program, part]))
    } else {
        command(&program, [part])
    };
    bench.env("RIGHTDOOR_BINARIES", target().join("release"));
    bench.env("RIGHTDOOR_LONG", if long { "1" } else { "0" });
    let mut figures = Value::Null;
    let fine = watch(&mut bench, |line| {
        if let Some(found) = line.starts_with('{').then(|| serde_json::from_str(line).ok()).flatten() {
            figures = found;
        }
    })?;
    if figures.is_null() {
        bail!("the measurement `{name}` ended without figures");
    }
    Ok((fine, figures))
}
