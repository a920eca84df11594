//! `cargo xtask test`: set-up, then every test; the runner's own summary comes last.

use anyhow::{Result, bail};

use crate::documents::{FEATURE, Kept, Verdict};
use crate::shell::{self, cargo, command, target, watch};
use crate::{face, setup};

/// Everything but the Tauri package, whose web view would be compiled for each change.
pub const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "rightdoor"];

/// How the runner did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
}

/// Sets up and runs all tests.
///
/// # Errors
/// When set-up, a build or a test fails.
pub fn run(arguments: &[String]) -> Result<()> {
    setup::system()?;
    face::test()?;
    binaries()?;
    windows()?;
    documentation()?;
    shell::run(&mut cargo(["test", "--quiet", "-p", "rightdoor"]))?;
    let tally = nextest(&[], arguments)?;
    if tally.failed > 0 { bail!("{} tests failed", tally.failed) } else { Ok(()) }
}

/// Builds the binaries that the whole-system tests start, and those that measure and play.
///
/// # Errors
/// When they do not compile.
pub fn binaries() -> Result<()> {
    shell::run(cargo(["build", "--bins"]).args(WORKSPACE).args(FEATURE))
}

/// Builds the windows, with their page, beside the other binaries.
///
/// # Errors
/// When the page or the program does not build.
pub fn windows() -> Result<()> {
    crate::ui::build()?;
    shell::run(&mut cargo(["build", "-p", "rightdoor"]))
}

/// Builds the product as it is shipped.
///
/// # Errors
/// When it does not compile.
pub fn release() -> Result<()> {
    let packages = ["-p", "rightdoor-companion", "-p", "rightdoor-cli", "-p", "rightdoor-registry"];
    shell::run(cargo(["build", "--release", "--bins"]).args(packages))
}

/// Builds the registry as it is shipped.
///
/// # Errors
/// When it does not build.
pub fn server() -> Result<()> {
    shell::run(&mut cargo(["build", "--profile", "server", "-p", "rightdoor-registry"]))
}

/// Builds the windows as they are shipped, with the page inside.
///
/// # Errors
/// When the page or the program does not build.
pub fn release_windows() -> Result<()> {
    crate::ui::build()?;
    // What `tauri build` switches on: the page comes from the program, never from a development server.
    shell::run(&mut cargo(["build", "--release", "-p", "rightdoor", "--features", "tauri/custom-protocol"]))
}

/// Runs the examples in the documentation.
///
/// # Errors
/// When one fails.
pub fn documentation() -> Result<()> {
    shell::run(cargo(["test", "--quiet", "--doc"]).args(WORKSPACE).args(FEATURE))
}

/// Runs the tests of a nextest filter, or all of them, with the runner's output shown. Documents that are
/// not valid count as one failed test more.
///
/// # Errors
/// When the runner cannot be started, or stops before it has a summary.
pub fn nextest(filter: &[&str], arguments: &[String]) -> Result<Tally> {
    let (mut tally, documents) = with_documents(filter, arguments)?;
    if let Err(error) = documents {
        println!("documents: {error:#}");
        tally.failed += 1;
    }
    Ok(tally)
}

/// The same, with what became of the documents that the tests wrote.
///
/// # Errors
/// As [`nextest`].
pub fn with_documents(filter: &[&str], arguments: &[String]) -> Result<(Tally, Result<Verdict>)> {
    setup::Tool::Nextest.install()?;
    let mut tally = None;
    let mut tests = command(&cargo_program(), ["nextest", "run", "--no-fail-fast"]);
    tests.args(WORKSPACE).args(FEATURE).args(filter).args(arguments);
    let kept = Kept::by(&mut tests, "tests")?;
    tests.env("RIGHTDOOR_BINARIES", target().join("debug"));
    let fine = watch(&mut tests, |line| tally = summary(line).or(tally))?;
    match tally {
        Some(tally) if fine || tally.failed > 0 => Ok((tally, kept.validate())),
        Some(_) | None => bail!("the test runner stopped before its summary"),
    }
}

fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Reads `Summary [ 1.2s] 7 tests run: 5 passed (1 slow), 1 failed, 1 timed out, 0 skipped`.
fn summary(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim_start().strip_prefix("Summary")?.split_once(" run: ")?;
    let mut tally = Tally::default();
    for part in counts.split(',') {
        let mut words = part.split_whitespace();
        let count: u64 = words.next()?.parse().ok()?;
        match words.next()? {
            "passed" => tally.passed += count,
            "skipped" => {}
            _ => tally.failed += count,
        }
    }
    Some(tally)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use super::summary;

    #[test]
    fn a_summary_counts_what_passed_and_everything_else_as_failed() {
        let line = "     Summary [   0.7s] 9 tests run: 5 passed (1 slow), 3 failed, 1 timed out, 4 skipped";
        let tally = summary(line).unwrap();
        assert_eq!((tally.passed, tally.failed), (5, 4));
        assert!(summary("    Starting 9 tests across 2 binaries").is_none());
    }
}
