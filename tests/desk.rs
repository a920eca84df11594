//! Claim `desk`: the companion on a real desktop, with everything there and with everything missing.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and prints its figures"
)]

#[path = "desk/missing.rs"]
mod missing;
#[path = "desk/office.rs"]
mod office;

use anyhow::{Context as _, Result};
use serde_json::json;
use whole_system::netns::as_root;

type Case = (&'static str, fn() -> Result<()>);

const CASES: &[Case] = &[
    ("office: tray, notification, stale actions", office::works),
    ("no tray host, and one that comes later", missing::tray_host),
    ("no notification daemon, and one that comes later", missing::notification_daemon),
    ("no session bus", missing::session_bus),
    ("no keyring, an open one, and a locked one", missing::keyring),
    ("a second companion", missing::second),
];

#[test]
fn a_companion_on_a_real_desktop() {
    as_root(|| {
        for (name, case) in CASES {
            case().with_context(|| (*name).to_owned())?;
            println!("{name}: holds");
        }
        let names: Vec<_> = CASES.iter().map(|(name, _)| *name).collect();
        println!("\n{}", json!({ "cases": names.len(), "hold": names, "pictures": "out/desk" }));
        Ok(())
    })
    .unwrap();
}
