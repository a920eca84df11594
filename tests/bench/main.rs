//! `cargo xtask bench companion`: what the companion costs and how quick it is, with yardsticks in the same run. Prints one
//! JSON line; fails where a figure is beyond its bound.
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

mod footprint;
mod latency;
mod stage;
mod window;
mod yardstick;

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use whole_system::binaries;
use whole_system::figures::is_long;
use whole_system::netns::main_as_root;

fn main() -> ExitCode {
    let part = std::env::args().nth(1).unwrap_or_else(|| "all".to_owned());
    main_as_root(|| run(&part))
}

fn run(part: &str) -> Result<()> {
    let (mut figures, mut beyond) = (Map::new(), Vec::new());
    let (footprint, latency, windows) = match part {
        // The windows take minutes to build as they are shipped; their time is absolute, and judges an idle machine.
        "all" => (true, true, is_long()),
        "footprint" => (true, false, false),
        "latency" => (false, true, is_long()),
        "windows" => (false, false, true),
        _ => bail!("there is no part {part:?}; there are: all, footprint, latency, windows"),
    };
    if footprint {
        footprint::measure(&mut figures, &mut beyond)?;
    }
    if latency {
        latency::measure(&mut figures, &mut beyond)?;
    }
    if windows {
        window::measure(&mut figures, &mut beyond)?;
    }
    figures.insert("binary_bytes".to_owned(), sizes()?);
    figures.insert("load".to_owned(), json!(load()));
    figures.insert("long".to_owned(), json!(is_long()));
    figures.insert("beyond_bounds".to_owned(), json!(beyond));
    println!("{}", Value::Object(figures));
    if beyond.is_empty() { Ok(()) } else { bail!("beyond their bounds: {}", beyond.join("; ")) }
}

fn sizes() -> Result<Value> {
    let mut sizes = Map::new();
    for name in ["rightdoor-companion", "rightdoorctl", "rightdoor-registry", "rightdoor"] {
        // The windows are built as they are shipped only where they are measured.
        if let Ok(file) = binaries::path(name) {
            sizes.insert(name.to_owned(), json!(std::fs::metadata(file)?.len()));
        }
    }
    Ok(Value::Object(sizes))
}

/// The load average of the last minute: figures of a busy machine are worth less.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}
