//! Wine: a prefix of our own, and the tests that run in it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::display::Display;
use super::toolchain::{Target, Toolchain};
use crate::shell::{self, command, run, succeeds};

const WINE: &str = "/usr/lib/wine/wine64";

/// Packages whose tests run under wine.
const TESTED: [&str; 6] = [
    "rightdoor-location",
    "rightdoor-core",
    "rightdoor-platform",
    "rightdoor-link",
    "rightdoor-runtime",
    "rightdoor-companion",
];

/// What one test binary may take, in seconds: one that hangs must fail.
const LIMIT: &str = "600";

/// Rust's standard library takes its randomness from `bcryptprimitives.dll`, which wine 8 has not. For tests alone.
const RANDOMNESS: &str = r"
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T left) {
    while (left) {
        ULONG part = left > 0x40000000 ? 0x40000000 : (ULONG)left;
        if (!SystemFunction036(to, part)) return FALSE;
        to += part;
        left -= part;
    }
    return TRUE;
}
";

/// A Windows that is not one.
pub struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// Makes the prefix and puts into it what wine lacks.
    pub fn prepare(tools: &Toolchain) -> Result<Self> {
        let wine = Self { prefix: tools.folder.join("wine") };
        let system = wine.prefix.join("drive_c/windows/system32");
        if !system.join("kernel32.dll").exists() {
            println!("$ wineboot --init");
            // It complains of missing displays and browsers even where it succeeds: what it made is looked at.
            succeeds(&mut wine.start(Path::new("wineboot"), ["--init"]));
        }
        let shim = system.join("bcryptprimitives.dll");
        if !shim.exists() {
            if !system.exists() {
                bail!("wine made no prefix in {}", wine.prefix.display());
            }
            let source = tools.folder.join("bcryptprimitives.c");
            fs::write(&source, RANDOMNESS)?;
            let mut compile = command("x86_64-w64-mingw32-gcc-posix", ["-shared", "-O2", "-o"]);
            run(compile.arg(&shim).arg(&source).arg("-ladvapi32"))?;
        }
        Ok(wine)
    }

    fn start<'a>(&self, program: &Path, words: impl IntoIterator<Item = &'a str>) -> Command {
        let mut start = command("timeout", ["--kill-after=10", LIMIT, WINE]);
        start.arg(program).args(words);
        // Tests of what wine 8 cannot do ask for this, and say that they are skipped.
        start.env("RIGHTDOOR_WINE", "1");
        start.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all").stdin(Stdio::null());
        start
    }

    /// Builds the tests and runs each test binary. `figures` gets those of each package, also where one fails.
    pub fn test(&self, tools: &Toolchain, figures: &mut Map<String, Value>) -> Result<()> {
        let mut words = vec![
            "test",
            "--no-run",
            "--lib",
            "--bins",
            "--tests",
            "--message-format=json-render-diagnostics",
        ];
        words.extend(TESTED.iter().flat_map(|package| ["--package", package]));
        let mut build = tools.cargo(Target::Windows, words);
        println!("$ {}", shell::shown(&build));
        let built = build.stderr(Stdio::inherit()).output()?;
        if !built.status.success() {
            bail!("the tests do not build for Windows");
        }
        let binaries: Vec<Binary> =
            String::from_utf8_lossy(&built.stdout).lines().filter_map(Binary::from_message).collect();
        // Even a hidden window, which the session's events need, wants a screen.
        let display = Display::open()?;
        let mut fine = true;
        for package in TESTED {
            let mut all = Tally::default();
            for binary in binaries.iter().filter(|binary| binary.package == package) {
                let one = self.run(binary, &display)?;
                println!("{package}, {}: {one}", binary.name);
                all.add(one);
            }
            // A package without a test that ran would pass for nothing.
            fine &= all.failed == 0 && all.passed > 0;
            let counts = json!({ "passed": all.passed, "failed": all.failed, "skipped": all.skipped });
            figures.insert(package.to_owned(), counts);
        }
        if fine { Ok(()) } else { bail!("not every test passed under wine") }
    }

    fn run(&self, binary: &Binary, display: &Display) -> Result<Tally> {
        let mut start = self.start(&binary.program, ["--show-output"]);
        let folder = binary.manifest.parent().context("a package without a folder")?;
        start.current_dir(folder).env("CARGO_MANIFEST_DIR", folder).env("RUST_BACKTRACE", "0");
        // Snapshots are looked for below the workspace's root; there is no cargo in there to be asked.
        start.env("INSTA_WORKSPACE_ROOT", shell::root()).env("INSTA_UPDATE", "no");
        let output = start.env("DISPLAY", &display.name).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut tally = said.lines().find_map(Tally::read).unwrap_or_default();
        // A test that finds nothing to test with says so and returns.
        tally.skipped = said.lines().filter(|line| line.starts_with("skipped:")).count() as u64;
        tally.passed = tally.passed.saturating_sub(tally.skipped);
        if !output.status.success() {
            println!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
            println!("{} under wine: {}", binary.name, output.status);
            // One that ended without its summary has failed as well.
            tally.failed = tally.failed.max(1);
        }
        Ok(tally)
    }
}

/// A built test binary.
struct Binary {
    package: String,
    name: String,
    manifest: PathBuf,
    program: PathBuf,
}

impl Binary {
    /// Reads cargo's message about an artifact.
    fn from_message(line: &str) -> Option<Self> {
        let message: Value = serde_json::from_str(line).ok()?;
        let program = message["executable"].as_str().filter(|_| message["profile"]["test"] == true)?;
        let manifest = PathBuf::from(message["manifest_path"].as_str()?);
        let folder = manifest.parent()?.file_name()?.to_string_lossy().into_owned();
        Some(Self {
            package: format!("rightdoor-{folder}"),
            name: message["target"]["name"].as_str()?.to_owned(),
            program: program.into(),
            manifest,
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// How a test binary did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads `test result: ok. 3 passed; 0 failed; …`.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut parts = counts.split("; ").map(|part| part.split_once(' '));
        let mut next = |what: &str| match parts.next()?? {
            (count, word) if word == what => count.parse().ok(),
            _ => None,
        };
        Some(Self { passed: next("passed")?, failed: next("failed")?, skipped: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_a_test_binary_is_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(Tally::read(line), Some(Tally { passed: 12, failed: 3, skipped: 0 }));
        assert_eq!(Tally::read("test a ... ok"), None);
    }

    #[test]
    fn only_test_binaries_are_run() {
        let line = |test: bool| {
            json!({
                "reason": "compiler-artifact", "manifest_path": "/r/crates/core/Cargo.toml", "executable": "/t/words.exe",
                "target": { "name": "words" }, "profile": { "test": test },
            })
            .to_string()
        };
        assert_eq!(
            Binary::from_message(&line(true)).map(|found| found.package).as_deref(),
            Some("rightdoor-core")
        );
        assert!(Binary::from_message(&line(false)).is_none());
        assert!(Binary::from_message("not JSON").is_none());
    }
}
