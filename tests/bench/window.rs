//! From a decision to a window that can be read, cold, and what remains when it is closed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rightdoor_core::words;
use serde_json::{Map, Value, json};
use whole_system::binaries;
use whole_system::figures::{Times, millis};
use whole_system::idle::Idle;
use whole_system::session::{PATIENCE, Session, until};

use crate::stage::{Stage, at_rest};

/// A window that nobody has to wait for.
const READABLE: Duration = Duration::from_secs(1);
const ROUNDS: u8 = 5;
const TITLE: &str = "Rightdoor: where are you?";
const CARD: &str = "Rightdoor: how to reach 911";

/// A question that no notification shows raises a window, again and again, each time from nothing.
pub fn measure(figures: &mut Map<String, Value>, beyond: &mut Vec<String>) -> Result<()> {
    let mut stage = Stage::build()?;
    stage.without_daemon();
    // Without one a window can be neither listed nor closed.
    let _manager = stage.session.manager()?;
    let (mut companion, mut eye) = stage.companion_with_windows()?;
    let pid = companion.process()?.pid();
    let before = memory(pid)?;
    let mut readable = Times::default();
    // The cable is taken out of the site before, which must still be there.
    let mut left = Vec::new();
    for number in 2..2 + ROUNDS {
        let mark = eye.mark();
        let mut site = stage.lab.site(number)?;
        stage.lab.plug(&mut site)?;
        let decided = eye.first(mark, "a prompt", PATIENCE, |view| words::notice(view).is_some())?.at;
        readable.push(stage.session.readable(TITLE)? - decided);
        // The person closes it, and answers elsewhere.
        stage.session.close(TITLE)?;
        until("an end of the windows' program", || Ok(processes(&stage.session)? == 0))?;
        let mark = eye.mark();
        companion.ctl(&["answer", "--place", &site.place()])?;
        eye.first(mark, "the answer", PATIENCE, |view| at_rest(view) && view.prompt.is_none())?;
        left.push(site);
    }
    let after = memory(pid)?;
    let home = companion.home().to_owned();
    companion.stop();
    let card = card(&stage, &home)?;
    figures.insert("command_to_readable_card_cold".to_owned(), card.json());
    ensure!(readable.count() == usize::from(ROUNDS), "not every window was measured");
    figures.insert("decision_to_readable_window_cold".to_owned(), readable.json());
    figures.insert("companion_before_windows".to_owned(), before);
    figures.insert("companion_after_windows".to_owned(), after);
    figures.insert("processes_after_windows".to_owned(), json!(processes(&stage.session)?));
    for (what, times) in [("decision to readable window", readable), ("command to readable card", card)] {
        // Not one of them: it is the one that somebody waits for.
        if times.percentile(100) > READABLE {
            let (slowest, most) = (millis(times.percentile(100)), READABLE.as_millis());
            beyond.push(format!("{what}: slowest {slowest} ms, more than {most}"));
        }
    }
    Ok(())
}

/// The outage card from its flat file, with no companion, again and again, each time from nothing.
fn card(stage: &Stage, home: &Path) -> Result<Times> {
    let mut times = Times::default();
    for _ in 0..ROUNDS {
        let mut command = stage.session.command(&binaries::path("rightdoor")?.to_string_lossy());
        command.arg("--guidance").arg("--runtime").arg(home.join("run/rightdoor"));
        command.arg("--data").arg(home.join(".local/share/rightdoor"));
        let began = Instant::now();
        let _window = stage.session.start("card", &mut command)?;
        times.push(stage.session.readable(CARD)? - began);
        stage.session.close(CARD)?;
        until("an end of the windows' program", || Ok(processes(&stage.session)? == 0))?;
    }
    Ok(times)
}

/// What the companion holds, with the eye on it.
fn memory(pid: u32) -> Result<Value> {
    let now = Idle::watch(pid, Duration::ZERO)?;
    Ok(json!({ "pss_kib": now.pss, "private_dirty_kib": now.private_dirty }))
}

/// How many processes of the windows there are on this display: the program's and the web view's.
fn processes(session: &Session) -> Result<usize> {
    let display = format!("DISPLAY={}", session.display());
    let mut count = 0;
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let folder = entry.path();
        let name = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
        let ours = name.trim() == "rightdoor" || name.starts_with("WebKit");
        // A process that is on its way out has no environment any more.
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        let here = environment.split(|byte| *byte == 0).any(|variable| variable == display.as_bytes());
        count += usize::from(ours && here);
    }
    Ok(count)
}
