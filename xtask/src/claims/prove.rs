//! Running what stands behind a claim.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::{Behind, Claim, Starts};
use crate::documents::Kept;
use crate::shell::{cargo, target, watch};
use crate::{bench, cross, face, fuzz, house, test, ui};

/// What came of it.
#[derive(Debug)]
pub struct Proof {
    /// Whether the promise holds.
    pub holds: bool,
    figures: Map<String, Value>,
}

impl Proof {
    /// The figures as one line of JSON.
    pub fn line(&self) -> String {
        Value::Object(self.figures.clone()).to_string()
    }
}

/// Runs what stands behind a claim.
///
/// # Errors
/// When it cannot be started at all; a promise that does not hold is an answer, not an error.
pub fn prove(claim: &Claim, long: bool) -> Result<Proof> {
    println!("\n== {}: {}", claim.name, if long { claim.long } else { claim.quick.unwrap_or(claim.long) });
    let began = Instant::now();
    let (fine, found) = match claim.behind {
        Behind::Test { package, test, profile, count, only, starts } => {
            if matches!(starts, Starts::Binaries | Starts::Windows) {
                test::binaries()?;
            }
            if starts == Starts::Contracts {
                ui::contracts()?;
            }
            if starts == Starts::Windows {
                test::windows()?;
            }
            let mut run = cargo(["test", "--package", package, "--test", test, "--profile", profile]);
            if let Some((name, quick, many)) = count {
                run.env(name, if long { many } else { quick });
            }
            if !only.is_empty() {
                run.arg(only);
            }
            // Its programs were built to keep what they write.
            let kept = (starts != Starts::Nothing).then(|| Kept::by(&mut run, claim.name)).transpose()?;
            let (fine, figures) = one_test(run, long)?;
            let valid = kept.map_or(Ok(()), |kept| kept.validate().map(drop));
            if let Err(error) = &valid {
                println!("documents: {error:#}");
            }
            (fine && valid.is_ok(), figures)
        }
        Behind::Filter(filter) => {
            test::binaries()?;
            let tally = test::nextest(&["-E", filter], &[])?;
            (tally.failed == 0 && tally.passed > 0, json!({ "passed": tally.passed, "failed": tally.failed }))
        }
        Behind::Documents => {
            test::binaries()?;
            let everything = ["-E", "all()"];
            let filter = if long { everything } else { ["-E", super::WRITERS] };
            let (tally, verdict) = test::with_documents(&filter, &[])?;
            let mut figures = json!({ "passed": tally.passed, "failed": tally.failed });
            let valid = verdict.map_err(|error| println!("documents: {error:#}"));
            if let (Ok(verdict), Value::Object(figures)) = (&valid, &mut figures) {
                figures.extend(verdict.figures().as_object().cloned().unwrap_or_default());
            }
            (tally.failed == 0 && tally.passed > 0 && valid.is_ok(), figures)
        }
        Behind::Fuzz { replays, targets } => {
            let tally = test::nextest(&["-E", replays], &[])?;
            let mut figures = json!({ "passed": tally.passed, "failed": tally.failed });
            let mut fine = tally.failed == 0 && tally.passed > 0;
            if long {
                let (found_nothing, fuzzed) = fuzz::run(targets)?;
                fine &= found_nothing;
                figures["fuzzed"] = fuzzed;
            }
            (fine, figures)
        }
        Behind::House => {
            let kept = house::check_all();
            let broken: Vec<_> = kept.iter().filter(|(_, kept)| !kept).map(|(rule, _)| *rule).collect();
            (broken.is_empty(), json!({ "rules": kept.len(), "broken": broken }))
        }
        Behind::Cross => cross::prove()?,
        Behind::Face => face::prove(long)?,
        Behind::Package => super::package::prove()?,
        Behind::Bench { name, part } => bench::claim(name, part, long)?,
    };
    let mut figures = Map::new();
    figures.insert("claim".to_owned(), json!(claim.name));
    figures.insert("long".to_owned(), json!(long));
    figures.insert("seconds".to_owned(), json!(began.elapsed().as_secs()));
    if let Value::Object(more) = found {
        figures.extend(more);
    }
    figures.insert("holds".to_owned(), json!(fine));
    Ok(Proof { holds: fine, figures })
}

fn one_test(mut run: Command, long: bool) -> Result<(bool, Value)> {
    run.args(["--", "--nocapture", "--test-threads=1"]);
    run.env("RIGHTDOOR_BINARIES", target().join("debug"));
    // Both are named, so that a value left over in the caller's environment decides nothing.
    run.env("RIGHTDOOR_LONG", if long { "1" } else { "0" });
    let (mut figures, mut ran) = (Value::Null, 0_u64);
    let fine = watch(&mut run, |line| {
        if let Some(found) = json_object(line) {
            figures = found;
        }
        ran += line.strip_prefix("test result: ").and_then(passed).unwrap_or(0);
    })?;
    // A test binary without tests passes; a promise without a test does not hold.
    Ok((fine && ran > 0, figures))
}

fn json_object(line: &str) -> Option<Value> {
    // What a test prints first stands behind its name.
    let line =
        line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")).map_or(line, |(_, said)| said);
    line.trim().starts_with('{').then(|| serde_json::from_str(line.trim()).ok()).flatten()
}

/// Reads `ok. 3 passed; 0 failed; …`.
fn passed(result: &str) -> Option<u64> {
    result.split(". ").nth(1)?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{json_object, passed};

    #[test]
    fn the_count_of_passed_tests_is_read() {
        assert_eq!(passed("ok. 3 passed; 0 failed; 0 ignored"), Some(3));
        assert_eq!(passed("ok. 0 passed; 0 failed; 0 ignored"), Some(0));
    }

    #[test]
    fn figures_are_told_from_other_output() {
        assert!(json_object("{\"moves\": 6}").is_some());
        assert!(json_object("test every_move ... {\"moves\": 6}").is_some());
        assert!(json_object("{ not json").is_none());
        assert!(json_object("6 moves").is_none());
    }
}
