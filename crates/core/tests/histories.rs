//! Generated histories: a day in a world that roams, lies, fails and dies, with the fifteen
//! invariants checked at every moment and once more at rest.
//!
//! `RIGHTDOOR_HISTORIES=200000 RIGHTDOOR_SEED=1 cargo test -p rightdoor-core --profile histories
//! --test histories` plays the long form. The last line is the figures, as JSON.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, whose figures are read by a program")]

use rightdoor_core::testing::history::{Figures, MUST_MEET, run};

#[expect(clippy::disallowed_methods, reason = "how many to play is for whoever starts the test")]
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn every_invariant_holds_in_generated_histories() {
    let count = setting("RIGHTDOOR_HISTORIES", 2000);
    let first = setting("RIGHTDOOR_SEED", 0).saturating_mul(1_000_000_007);
    let (one, two) = (first..first + count / 2, first + count / 2..first + count);
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(two));
        (run(one), other.join().unwrap())
    });
    let mut figures = Figures::default();
    for part in [one, two] {
        match part {
            Ok(part) => figures.join(&part),
            Err(failure) => panic!("after {} histories: {failure}", failure.after),
        }
    }
    let missed: Vec<_> = MUST_MEET.iter().filter(|name| !figures.met.contains_key(**name)).collect();
    assert!(count < 1000 || missed.is_empty(), "no history met {missed:?}");
    println!("{}", figures.to_json());
}

/// Which invariants break, how often, and the shortest history for each: for whoever changes the
/// engine and wants the whole picture at once.
#[test]
#[ignore = "a tool, not a check"]
fn survey() {
    use rightdoor_core::testing::history::{play, shrink, trace};
    use rightdoor_core::testing::step::History;
    let count = setting("RIGHTDOOR_HISTORIES", 2000);
    let first = setting("RIGHTDOOR_SEED", 0).saturating_mul(1_000_000_007);
    let mut found = std::collections::BTreeMap::<String, (u64, History, String)>::new();
    for seed in first..first + count {
        let history = History::generate(seed);
        let Err(broken) = play(&history) else { continue };
        let name: String = broken.what.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
        let entry = found.entry(format!("{:02} {name}", broken.number));
        let entry = entry.or_insert_with(|| {
            let (history, broken) = shrink(history, broken);
            (0, history, broken.what)
        });
        entry.0 += 1;
    }
    for (name, (times, history, what)) in found {
        println!(
            "\n## {times} x {name}\n{what}\nseed {} start {:?} policy {} enrolled {}",
            history.seed, history.start, history.policy, history.enrolled
        );
        for step in &history.steps {
            println!("  {step:?}");
        }
        // Set the length of the tail that you want to read.
        let lines = trace(&history);
        let tail = usize::try_from(setting("RIGHTDOOR_TRACE", 0)).unwrap();
        for line in &lines[lines.len().saturating_sub(tail)..] {
            println!("{line}");
        }
    }
}
