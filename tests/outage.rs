//! Claim `outage-matrix`: every row of the design's table of outages, produced for real, and what the companion makes
//! of it.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

#[path = "outage/case.rs"]
mod case;
#[path = "outage/matrix.rs"]
mod matrix;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use whole_system::figures::{Times, is_long};
use whole_system::netns::as_root;
use whole_system::way::Papers;

use case::{Outcome, play};
use matrix::{CASES, Expected};

/// So many cases at once: most of their time is waiting.
const AT_ONCE: usize = 8;

#[test]
fn every_row_of_the_table_is_called_by_its_name() {
    as_root(|| {
        let only = std::env::var("RIGHTDOOR_CASE").ok();
        let runs: usize =
            std::env::var("RIGHTDOOR_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(2);
        let cases =
            CASES.iter().filter(|case| only.as_ref().is_none_or(|only| case.name.contains(only.as_str())));
        let queue: Vec<_> = cases.flat_map(|case| (0..runs).map(move |run| (case, run))).rev().collect();
        let (queue, outcomes, papers) = (Mutex::new(queue), Mutex::new(Vec::new()), Papers::new()?);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let Some((case, run)) = queue.lock().unwrap().pop() else { return };
                        let outcome = play(case, run, &papers);
                        if let Err(error) = &outcome {
                            eprintln!("{} (run {run}): {error:?}", case.name);
                        }
                        outcomes.lock().unwrap().push((case, outcome));
                    }
                });
            }
        });
        report(&outcomes.into_inner().unwrap())
    })
    .unwrap();
}

/// Prints the figures, then judges.
fn report(outcomes: &[(&matrix::Case, anyhow::Result<Outcome>)]) -> anyhow::Result<()> {
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
    let wrong: Vec<&str> =
        rows.iter().filter(|(_, row)| row.right < row.runs).map(|(name, _)| *name).collect();
    let shown: BTreeMap<&str, Value> = rows.iter().map(|(name, row)| (*name, row.json())).collect();
    println!("{}", json!({ "cases": shown, "card": hard.json(), "wrong": wrong }));
    anyhow::ensure!(wrong.is_empty(), "not called by their names: {wrong:?}");
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
