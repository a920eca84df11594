//! One case: healthy, the fault, the card or none, the repair, the all-clear.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rightdoor_core::event::{OutageCause, PhoneService};
use rightdoor_core::{View, Wall, words};
use whole_system::companion::Companion;
use whole_system::eye::{Eye, Seen};
use whole_system::figures::is_long;
use whole_system::process::read;
use whole_system::way::{Papers, Way};

use crate::matrix::{Case, Expected, OK};

/// Later than this is never.
const NOTICED: Duration = Duration::from_secs(40);
const CLEARED: Duration = Duration::from_secs(90);

/// What was measured.
#[derive(Debug, Default)]
pub struct Outcome {
    /// From the fault to the card.
    pub card: Option<Duration>,
    /// From the repair to the all-clear.
    pub clear: Option<Duration>,
    /// Requests a minute while all was well.
    pub asked: Option<f64>,
}

/// Plays a case once.
pub fn play(case: &Case, run: usize, papers: &Papers) -> Result<Outcome> {
    let mut way = Way::new(papers, case.zone)?;
    way.serve(OK, "own")?;
    let mut companion = Companion::new(way.folder(), &papers.file("ca.pem"))?;
    companion.configure(&way.configuration(case.uri))?;
    if matches!(case.expected, Expected::Battery) {
        companion.variable("DBUS_SYSTEM_BUS_ADDRESS", &way.plug()?);
    }
    companion.within(&way.laptop, &way.resolv()).argument("--no-tray").start()?;
    let mut eye = companion.eye()?;
    let outcome = played(case, run, &mut way, &mut eye);
    if outcome.is_err() {
        let kept =
            std::env::temp_dir().join(format!("rightdoor-outage-{}-{run}", case.name.replace(' ', "-")));
        // For whoever looks into it; a failure to copy says nothing about the case.
        let _ = std::fs::copy(companion.home().join("companion.log"), kept);
    }
    outcome
}

fn played(case: &Case, run: usize, way: &mut Way<'_>, eye: &mut Eye) -> Result<Outcome> {
    eye.first(0, "healthy", Duration::from_secs(30), |view| view.standing.phone == PhoneService::Answers)?;
    // Anywhere in the rhythm of the probes.
    let pause = Duration::from_millis(2000 + RandomState::new().hash_one(run) % 10_500);
    eye.watch_until(Instant::now() + pause)?;
    let mut outcome = Outcome::default();
    if case.name == "healthy" {
        outcome.asked = Some(asked(way, eye)?);
    }
    let mark = eye.mark();
    let begun = Instant::now();
    (case.fault)(way, case.answer).context("the fault could not be caused")?;
    match &case.expected {
        Expected::Card(cause) => {
            let card = eye.first(mark, "a card", NOTICED, is_on)?;
            outcome.card = Some(card.at.duration_since(begun));
            eye.watch_until(Instant::now() + hold())?;
            let from = eye.seen.iter().position(|seen| seen.at == card.at).unwrap_or(mark);
            all(&eye.seen[from..], |phone| phone == PhoneService::Silent(*cause))?;
            let mended = Instant::now();
            (case.repair)(way).context("the fault could not be mended")?;
            let clear = eye.first(eye.seen.len(), "all clear", CLEARED, |view| !is_on(view))?;
            outcome.clear = Some(clear.at.duration_since(mended));
            eye.watch_until(Instant::now() + hold())?;
            let outage = eye.now()?.outage.context("an outage is over, not gone")?;
            ensure!(outage.number == 1 && outage.ended.is_some(), "{} outages were told", outage.number);
        }
        Expected::Battery => {
            ensure!(!eye.seen[..mark].iter().any(|seen| says_battery(&seen.view)), "it ran on mains before");
            eye.first(mark, "the battery", NOTICED, says_battery)?;
            eye.watch_until(begun + watch())?;
            all(eye.since(mark), |phone| matches!(phone, PhoneService::Answers | PhoneService::Degraded))?;
            (case.repair)(way).context("the fault could not be mended")?;
            eye.first(eye.seen.len(), "mains", CLEARED, |view| !says_battery(view))?;
        }
        Expected::None => {
            eye.watch_until(begun + watch())?;
            let seen = eye.since(mark);
            ensure!(!seen.iter().any(|seen| is_on(&seen.view)), "a card: {:?}", phones(seen));
            // Degraded at most, and not lost sight of.
            all(seen, |phone| matches!(phone, PhoneService::Answers | PhoneService::Degraded))?;
        }
        Expected::Unstable => {
            eye.watch_until(begun + watch())?;
            all(
                eye.since(mark),
                |phone| !matches!(phone, PhoneService::Silent(cause) if cause != OutageCause::Unstable),
            )?;
            outcome.card = eye
                .since(mark)
                .iter()
                .find(|seen| is_on(&seen.view))
                .map(|seen| seen.at.duration_since(begun));
        }
    }
    Ok(outcome)
}

/// Whether the facet of the phone service tells of the battery.
fn says_battery(view: &View) -> bool {
    let facets = words::facets(view, Wall(0));
    facets.iter().any(|facet| facet.name == "Phone service" && facet.text.contains("battery"))
}

fn is_on(view: &View) -> bool {
    view.outage.is_some_and(|outage| outage.ended.is_none())
}

fn all(seen: &[Seen], is_right: impl Fn(PhoneService) -> bool) -> Result<()> {
    if seen.iter().all(|seen| is_right(seen.view.standing.phone)) {
        return Ok(());
    }
    bail!("it was called {:?}", phones(seen))
}

/// What was said, in order, each once.
fn phones(seen: &[Seen]) -> Vec<PhoneService> {
    let mut phones: Vec<_> = seen.iter().map(|seen| seen.view.standing.phone).collect();
    phones.dedup();
    phones
}

/// Datagrams that the laptop sent in a minute: of a service over UDP, each is a request.
fn asked(way: &Way<'_>, eye: &mut Eye) -> Result<f64> {
    way.rules(&way.router, "counter asked {}\nchain c { type filter hook forward priority 0; iif lan meta l4proto udp counter name asked; }")?;
    let minutes = if is_long() { 4 } else { 1 };
    eye.watch_until(Instant::now() + Duration::from_secs(60 * minutes))?;
    let said = read(way.router.command("nft").args(["list", "counter", "inet", "fault", "asked"]))?;
    let packets = said.split("packets ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
    way.rules(&way.router, "")?;
    let asked = packets.context("nft counts packets")? / minutes as f64;
    // By chance a single minute may hold one more than the mean allows.
    ensure!(asked <= if is_long() { 12.0 } else { 13.0 }, "{asked} requests a minute");
    Ok(asked)
}

fn hold() -> Duration {
    Duration::from_secs(if is_long() { 20 } else { 8 })
}

fn watch() -> Duration {
    Duration::from_secs(if is_long() { 60 } else { 25 })
}
