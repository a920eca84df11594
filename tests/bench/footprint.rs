//! Memory, CPU time and wake-ups while nothing happens; the start until the tray is there.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Map, Value, json};
use whole_system::figures::{Times, is_long};
use whole_system::idle::Idle;

use crate::stage::Stage;
use crate::yardstick;

/// Bounds for the companion with its tray.
const PSS_KIB: u64 = 12 * 1024;
const PRIVATE_DIRTY_KIB: u64 = 7 * 1024;
const WAKEUPS: f64 = 4.0;

/// Measures; absolute bounds judge an idle machine, so only the long form.
pub fn measure(figures: &mut Map<String, Value>, beyond: &mut Vec<String>) -> Result<()> {
    let (settle, watched) = if is_long() { (15, 60) } else { (5, 15) };
    let (settle, watched) = (Duration::from_secs(settle), Duration::from_secs(watched));
    let stage = Stage::build()?;
    let mut starts = Times::default();
    for (name, with_tray) in [("headless", false), ("with_tray", true)] {
        let (mut companion, eye) = stage.companion(with_tray)?;
        // The eye is a client: who measures idleness does not look.
        drop(eye);
        std::thread::sleep(settle);
        let idle = Idle::watch(companion.process()?.pid(), watched)?;
        figures.insert(name.to_owned(), idle.json());
        if with_tray && is_long() {
            judge(&idle, beyond);
        }
    }
    for _ in 0..5 {
        starts.push(stage.cold_start()?);
    }
    figures.insert("cold_start_to_tray".to_owned(), starts.json());
    figures.insert("nm_applet".to_owned(), yardstick::applet(&stage.session, settle, watched)?);
    figures.insert("watched_seconds".to_owned(), json!(watched.as_secs()));
    Ok(())
}

fn judge(idle: &Idle, beyond: &mut Vec<String>) {
    if idle.pss > PSS_KIB {
        beyond.push(format!("PSS {} KiB, more than {PSS_KIB}", idle.pss));
    }
    if idle.private_dirty > PRIVATE_DIRTY_KIB {
        beyond.push(format!("private dirty {} KiB, more than {PRIVATE_DIRTY_KIB}", idle.private_dirty));
    }
    if idle.wakeups > WAKEUPS {
        beyond.push(format!("{} wake-ups a minute, more than {WAKEUPS}", idle.wakeups));
    }
}
