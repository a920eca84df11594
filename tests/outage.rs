//! Claim `outage-matrix`: every row of the design's table of outages, produced for real, and what the companion makes
//! of it.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

#[path = "outage/case.rs"]
mod case;
#[path = "outage/matrix.rs"]
mod matrix;
#[path = "outage/softphone.rs"]
mod softphone;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use whole_system::figures::{Times, is_long};
use whole_system::netns::as_root;
use whole_system::way::Papers;

use case::{Outcome, play};
use matrix::{CASES, Expected};

/// So many cases at once: most of their time is waiting. The long form waits longer in each.
fn at_once() -> usize {
    if is_long() { 40 } else { 16 }
}

#[test]
fn every_row_of_the_table_is_called_by_its_name() {
    as_root(|| {
        let only = std::env::var("RIGHTDOOR_CASE").ok();
        let runs: usize =
            std::env::var("RIGHTDOOR_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(2);
        let cases = CASES.iter().filter(|case| {
            only.as_ref().is_none_or(|only| only.split(',').any(|part| case.name.contains(part)))
        });
        let plays: Vec<_> = cases.clone().flat_map(|case| (0..runs).map(move |run| (case, run))).collect();
        let papers = Papers::new()?;
        let outcomes = in_parallel(plays, |(case, run)| {
            let outcome = play(case, run, &papers);
            (case, outcome)
        });
        let hard: Vec<_> = cases.filter(|case| matches!(case.expected, Expected::Card(_))).collect();
        let beside = if is_long() { hard } else { Vec::new() };
        let beside = in_parallel(beside, |case| (case.name, softphone::noticed(case, &papers)));
        report(&outcomes, beside)
    })
    .unwrap();
}

/// Does the work on all of them, some at once, and gives what came of it, in any order.
fn in_parallel<T: Send, R: Send>(work: Vec<T>, does: impl Fn(T) -> R + Sync) -> Vec<R> {
    let (queue, done) = (Mutex::new(work.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..at_once() {
            scope.spawn(|| {
                while let Some(next) = { queue.lock().unwrap().next() } {
                    let result = does(next);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// Prints the figures, then judges.
fn report(
    outcomes: &[(&matrix::Case, anyhow::Result<Outcome>)],
    beside: Vec<(&str, anyhow::Result<Option<Duration>>)>,
) -> anyhow::Result<()> {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut hard = Times::default();
    for (case, outcome) in outcomes {
        let row = rows.entry(case.name).or_default();
        row.runs += 1;
        if let Ok(outcome) = outcome {
            row.right += 1;
            if let (Some(card), Expected::Card(_)) = (outcome.card, &case.expected) {
                hard.push(card);
            }
            outcome.card.into_iter().for_each(|time| row.card.push(time));
            outcome.clear.into_iter().for_each(|time| row.clear.push(time));
            row.asked = outcome.asked.or(row.asked);
        }
    }
    let wrong: Vec<String> = outcomes
        .iter()
        .filter_map(|(case, outcome)| Some(format!("\"{}\": {:#}", case.name, outcome.as_ref().err()?)))
        .collect();
    let shown: BTreeMap<&str, Value> = rows.iter().map(|(name, row)| (*name, row.json())).collect();
    let mut softphone = BTreeMap::new();
    for (name, noticed) in beside {
        let seconds =
            noticed.with_context(|| format!("the softphone beside \"{name}\""))?.map(|time| time.as_secs());
        softphone.insert(name, seconds);
    }
    println!(
        "{}",
        json!({ "cases": shown, "card": hard.json(), "softphone_noticed_s": softphone, "wrong": wrong.len() })
    );
    anyhow::ensure!(wrong.is_empty(), "not called by their names:\n{}", wrong.join("\n"));
    // Absolute times judge an idle machine only.
    if is_long() {
        anyhow::ensure!(
            hard.percentile(50) <= Duration::from_secs(10),
            "the median card came too late: {hard:?}"
        );
        anyhow::ensure!(
            hard.percentile(100) <= Duration::from_secs(20),
            "the last card came too late: {hard:?}"
        );
    }
    Ok(())
}

#[derive(Default)]
struct Row {
    runs: usize,
    right: usize,
    card: Times,
    clear: Times,
    asked: Option<f64>,
}

impl Row {
    fn json(&self) -> Value {
        let mut row = json!({ "runs": self.runs, "right": self.right });
        if self.card.count() > 0 {
            let seconds =
                |times: &Times, percent| (times.percentile(percent).as_secs_f64() * 10.0).round() / 10.0;
            row["cards"] = self.card.count().into();
            row["card_s"] = json!([seconds(&self.card, 50), seconds(&self.card, 100)]);
            row["clear_s"] = json!([seconds(&self.clear, 50), seconds(&self.clear, 100)]);
        }
        if let Some(asked) = self.asked {
            row["requests_a_minute"] = json!(asked);
        }
        row
    }
}
