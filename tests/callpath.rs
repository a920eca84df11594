//! Claim `911-path`: where the agent confirmed to be is what arrives with the emergency call, through a SIP proxy that
//! was written by others.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

#[path = "callpath/office.rs"]
mod office;
#[path = "callpath/states.rs"]
mod states;

use std::time::Duration;

use serde_json::json;
use whole_system::figures::is_long;
use whole_system::netns::as_root;

use office::Office;

#[test]
fn the_location_that_arrives_with_a_911_call_is_the_one_the_agent_confirmed() {
    as_root(|| {
        let moves = if is_long() { 25 } else { 3 };
        let mut office = Office::open()?;
        for number in 1..=moves {
            office.move_and_call(number)?;
        }
        let states = states::all(&mut office)?;
        println!(
            "{}",
            json!({
                "moves": moves,
                "calls": office.calls,
                "accepted_to_far_end": office.arriving.json(),
                "call_with_registry_hanging_ms": states.hanging,
                "states": states::NAMES,
            })
        );
        // Absolute times judge an idle machine only.
        if is_long() {
            let longest = office.arriving.percentile(100);
            assert!(longest <= Duration::from_secs(1), "{longest:?} from the registry to the far end");
        }
        Ok(())
    })
    .unwrap();
}
