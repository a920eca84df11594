//! `cargo xtask ci`: what CI runs. Every step runs, whatever became of the one before; the last line counts.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::shell::{self, cargo};
use crate::test::{self, WORKSPACE};
use crate::{claims, house, setup};

/// Tests that a quick claim runs again are left to that claim.
const WITHOUT_CLAIMS: &str = "not (binary(lab) or binary(crash) or binary(desk) or binary(app) or binary(outage) or binary(histories) or binary(no_false_alarms))";

#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
    broken: Vec<String>,
    /// What was done, in how many seconds, and what room it left on the disk.
    times: Vec<(String, u64, String)>,
}

impl Count {
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        println!("\n==== {name}");
        let began = Instant::now();
        match work() {
            Ok(()) => self.passed += 1,
            Err(error) => {
                println!("{name}: {error:#}");
                self.fail(name);
            }
        }
        self.took(name, began);
    }

    fn took(&mut self, name: &str, began: Instant) {
        self.times.push((name.to_owned(), began.elapsed().as_secs(), room()));
    }

    fn fail(&mut self, name: &str) {
        self.failed += 1;
        self.broken.push(name.to_owned());
    }
}

/// Runs everything.
///
/// # Errors
/// When anything failed.
pub fn run() -> Result<()> {
    setup::system()?;
    let mut count = Count::default();
    count.step("formatting", || run_cargo(&["fmt", "--all", "--check"], &[]));
    count.step("lints", || {
        let mut words = vec!["clippy", "--all-targets"];
        words.extend(WORKSPACE);
        run_cargo(&words, &["--", "-D", "warnings"])
    });
    count.step("the windows' page", crate::ui::build);
    count.step("lints of the windows", || {
        run_cargo(&["clippy", "-p", "rightdoor", "--all-targets"], &["--", "-D", "warnings"])
    });
    count.step("tests of the windows' own code", || run_cargo(&["test", "--quiet", "-p", "rightdoor"], &[]));
    count.step("binaries", test::binaries);
    count.step("examples in the documentation", test::documentation);
    let mut tally = test::Tally::default();
    count.step("tests", || {
        tally = test::nextest(&["-E", WITHOUT_CLAIMS], &[])?;
        if tally.failed > 0 { bail!("{} tests failed", tally.failed) } else { Ok(()) }
    });
    count.passed += tally.passed;
    // The step itself already counts one.
    count.failed += tally.failed.saturating_sub(1);
    println!("\n==== house");
    for (rule, kept) in house::check_all() {
        if kept { count.passed += 1 } else { count.fail(&format!("house rule {rule}")) }
    }
    println!("\n==== claims");
    let began = Instant::now();
    // The house was checked a moment ago.
    match claims::quick(|claim| !matches!(claim.behind, claims::Behind::House)) {
        Ok(proofs) => {
            for proof in proofs {
                println!("{}", proof.line());
                if proof.holds { count.passed += 1 } else { count.fail(&proof.line()) }
            }
        }
        Err(error) => {
            println!("claims: {error:#}");
            count.fail("claims");
        }
    }
    count.took("claims", began);
    println!();
    for (name, seconds, room) in &count.times {
        println!("{seconds:>5} s  {room:>5} GiB left  {name}");
    }
    for name in &count.broken {
        println!("failed: {name}");
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    // The count is the last line on either stream: CI reads it.
    if count.failed == 0 { Ok(()) } else { std::process::exit(1) }
}

/// What is left on the disk, in GiB: a full one breaks whatever comes next, and says so badly.
fn room() -> String {
    let table = shell::read(&mut shell::command("df", ["-Pk", "."])).unwrap_or_default();
    let left = table.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    left.map_or_else(|| "?".to_owned(), |left| (left >> 20).to_string())
}

fn run_cargo(words: &[&str], after: &[&str]) -> Result<()> {
    shell::run(&mut cargo(words.iter().chain(after)))
}
