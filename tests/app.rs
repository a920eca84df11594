//! Claim `app`: the real windows on a real display, with the real companion and a real registry behind them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and prints its figures"
)]

#[path = "app/browser.rs"]
mod browser;
#[path = "app/card.rs"]
mod card;
#[path = "app/deaths.rs"]
mod deaths;
#[path = "app/first_run.rs"]
mod first_run;
#[path = "app/hostile.rs"]
mod hostile;
#[path = "app/raising.rs"]
mod raising;
#[path = "app/scene.rs"]
mod scene;
#[path = "app/work.rs"]
mod work;

use anyhow::{Context as _, Result};
use serde_json::json;
use whole_system::netns::as_root;

type Case = (&'static str, fn() -> Result<()>);

const CASES: &[Case] = &[
    ("first run from nothing to accepted and read back equal", first_run::first_run),
    ("the prompt confirmed with the keyboard alone", work::keyboard),
    ("a hot desk on another floor in three acts", work::another_floor),
    ("an address typed with an error and a correction", work::typed),
    ("the windows killed in the middle", deaths::windows),
    ("the companion killed and started again", deaths::companion),
    ("the outage card with companion, store and link dead", deaths::card),
    ("a window that a notification opens, and one process for all", raising::opened),
    ("nothing raises itself in a call", raising::held_back),
    ("nothing raises itself after 911 was called", raising::frozen),
];

const HOSTILE: &[Case] = &[
    ("hostile payloads and commands", hostile::payloads),
    ("hostile links", hostile::links),
    ("huge, right-to-left and emoji texts", hostile::texts),
    ("another user's peer", hostile::other_user),
    ("a newer and an older companion", hostile::versions),
];

/// Runs the cases, or those whose name holds `RIGHTDOOR_CASE`, for who mends one.
fn run(cases: &[Case]) {
    let wanted = std::env::var("RIGHTDOOR_CASE").unwrap_or_default();
    as_root(|| {
        let mut names = Vec::new();
        for (name, case) in cases.iter().filter(|(name, _)| name.contains(&wanted)) {
            case().with_context(|| (*name).to_owned())?;
            println!("{name}: holds");
            names.push(*name);
        }
        println!("\n{}", json!({ "cases": names.len(), "hold": names, "pictures": "out/app" }));
        Ok(())
    })
    .unwrap();
}

#[test]
fn the_windows_on_a_real_desktop() {
    run(CASES);
}

#[test]
fn the_card_opens_and_prints_with_all_else_gone() {
    as_root(|| {
        let figures = card::with_all_else_gone()?;
        println!("\n{figures}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn bad_ui_is_refused_or_shown_safely() {
    run(HOSTILE);
}
