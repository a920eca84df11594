//! Claim `lab`: the headless companion on a laptop that is carried from site to site.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

#[path = "lab/day.rs"]
mod day;
#[path = "lab/disturbances.rs"]
mod disturbances;

use std::time::Duration;

use serde_json::json;
use whole_system::figures::is_long;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::netns::as_root;

use day::Day;

#[test]
fn the_lab_itself_moves_a_laptop_between_sites_that_differ() {
    as_root(|| {
        let mut lab = Lab::new()?;
        let (mut first, mut second) = (lab.site(1)?, lab.site(2)?);
        for site in [&mut first, &mut second] {
            lab.plug(site)?;
            // Refused (7) is an answer; a host that is out of reach would not give it.
            let asked =
                lab.laptop.command("curl").args(["-s", "-m2", &format!("http://{REGISTRY}:9")]).status()?;
            assert_eq!(asked.code(), Some(7));
            let neighbours = lab.laptop.ip("neigh")?;
            assert!(neighbours.contains(&site.mac()), "{neighbours}");
            assert!(lab.laptop.ip("addr show eth0")?.contains(&site.subnet()));
            assert!(std::fs::read_to_string(lab.resolv())?.contains(&site.domain()));
        }
        lab.dhcp()?.renew()
    })
    .unwrap();
}

#[test]
fn every_move_is_seen_asked_about_once_registered_and_only_then_shown() {
    as_root(|| {
        let moves = if is_long() { 50 } else { 6 };
        let mut day = Day::begin()?;
        for number in 2..2 + moves {
            day.go_somewhere_new(number)?;
            day.go_home()?;
        }
        disturbances::run(&mut day)?;
        let gateway = disturbances::gateway_alone(&mut day)?;
        println!(
            "{}",
            json!({
                "moves": moves,
                "returns": moves,
                "hint_to_checking": day.checking.json(),
                "lease_to_prompt": day.prompted.json(),
                "answer_to_read_back": day.registered.json(),
                "gateway_alone_to_checking_ms": whole_system::figures::millis(gateway),
                "undisturbed_by": disturbances::NAMES,
            })
        );
        // Absolute times judge an idle machine only.
        if is_long() {
            assert!(day.checking.percentile(99) <= Duration::from_millis(100), "{:?}", day.checking);
        }
        Ok(())
    })
    .unwrap();
}
