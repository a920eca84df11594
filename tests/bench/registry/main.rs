//! `cargo xtask bench registry`: how fast the registry answers and keeps, beside nginx, Kamailio and the disk, by turns in
//! the same run. Servers run on the first processor, the client on the second. Prints one JSON line; fails where a ratio is
//! beyond its bound, and in the long form where a time is.
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

mod load;
mod ours;
mod yardsticks;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use whole_system::figures::is_long;

use load::{Outcome, Pace};
use ours::Ours;
use yardsticks::{Disk, Kamailio, Nginx};

/// How many documents are written and read back by companions.
const USERS: u64 = 1000;
/// How long a server may take to come up; a large database is checked first.
const PATIENCE: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A command that runs on the first processor alone.
fn pinned(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    command
}

fn run() -> Result<()> {
    let (rounds, many) = if is_long() { (5, 1_000_000) } else { (1, 100_000) };
    let slice = Duration::from_secs(3);
    let time = slice * rounds;
    let folder = tempfile::Builder::new().prefix("bench-registry").tempdir_in("/var/tmp")?;
    let folder = folder.path();
    let document = ours::document(0, 1);
    let (nginx, kamailio, disk) = (
        Nginx::start(folder, document.as_bytes())?,
        Kamailio::start(folder, document.as_bytes())?,
        Disk::open(folder, document.as_bytes())?,
    );
    let (few, few_made) = Ours::with(1000, folder)?;
    let (mut ours, made) = Ours::with(many, folder)?;
    println!("{}", ours.location(7)?.lines().last().unwrap_or_default());
    for registry in [&few, &ours] {
        registry.visit()?;
    }

    let mut round = Rounds::default();
    for _ in 0..rounds {
        round.take("nginx_static", nginx.get(slice)?);
        round.take("kamailio_get", kamailio.get(slice)?);
        round.take("held_of_few", few.held(Pace::Greatest, slice, false)?);
        round.take("held", ours.held(Pace::Greatest, slice, false)?);
        round.take("get", ours.get(Pace::Greatest, slice)?);
    }
    // Before anything is written: who fetches what is new causes a record of that.
    round.take("held_at_half_load", ours.held(round.half("held"), time, false)?);
    round.take("get_at_half_load", ours.get(round.half("get"), time)?);
    let read_from_disk = ours.read_from_disk()?;
    for _ in 0..rounds {
        round.take("raw_commits", disk.commit(slice)?);
        round.take("kamailio_put", kamailio.put(slice)?);
        round.take("put", ours.put(Pace::Greatest, slice)?);
    }
    round.take("put_at_half_load", ours.put(round.half("put"), time)?);
    let weight = ours.weight()?;
    // Not judged: among the endpoints are some whose new record nobody has fetched yet.
    round.take("held_after_writes", ours.held(Pace::Greatest, slice, false)?);
    // Last: every one of these is kept, and that goes on when the answers are out.
    round.take("held_emergency", ours.held(Pace::Greatest, time, true)?);

    let ratios = json!({
        "held_of_nginx": round.ratio("held", "nginx_static"), "get_of_nginx": round.ratio("get", "nginx_static"),
        "put_of_kamailio": round.ratio("put", "kamailio_put"), "get_of_kamailio": round.ratio("get", "kamailio_get"),
        "put_of_raw_commits": round.ratio("put", "raw_commits"),
        "held_cost_of_many_to_few": round.ratio("held_of_few", "held"),
    });
    let mut beyond = Vec::new();
    let mut judge = |what: &str, kept: bool| {
        if !kept {
            beyond.push(what.to_owned());
        }
    };
    let ratio = |name: &str| ratios[name].as_f64().unwrap_or(f64::NAN);
    judge("HELD at least half of nginx", ratio("held_of_nginx") >= 0.5);
    judge("GET at least half of nginx", ratio("get_of_nginx") >= 0.5);
    judge("PUT at least five times Kamailio's", ratio("put_of_kamailio") >= 5.0);
    judge("PUT above the raw commits of the disk", ratio("put_of_raw_commits") > 1.0);
    judge(
        "a lookup among many costs at most 1.3 of one among 1,000",
        ratio("held_cost_of_many_to_few") <= 1.3,
    );
    let p99 = |name: &str| round.total(name).percentile(99.0);
    if is_long() {
        judge("PUT p99 at half load at most 10 ms", p99("put_at_half_load") <= 10.0);
        judge("GET p99 at half load at most 5 ms", p99("get_at_half_load") <= 5.0);
        judge("HELD p99 at half load at most 5 ms", p99("held_at_half_load") <= 5.0);
    }
    for (what, outcomes) in &round.0 {
        let refused: Vec<_> = outcomes.iter().filter(|outcome| outcome.refused > 0).collect();
        if let Some(first) = refused.first() {
            println!("{what}: the first refusal: {}", first.first_refused);
        }
        judge(&format!("{what}: every request answered with 2xx"), refused.is_empty());
    }
    let mut figures = json!({
        "document_bytes": document.len(), "rounds": rounds, "seconds_each": slice.as_secs(), "load": load_average(),
        "long": is_long(), "few": few_made, "many": made, "read_from_disk_while_reading_bytes": read_from_disk,
        "weight": weight, "ratios": ratios, "beyond_bounds": beyond,
    });
    for name in round.0.keys() {
        figures[name] = round.total(name).json();
    }
    println!("{figures}");
    if beyond.is_empty() { Ok(()) } else { bail!("beyond their bounds: {}", beyond.join("; ")) }
}

/// What was measured in turns, so that a slow minute of the machine is one of everybody.
#[derive(Default)]
struct Rounds(BTreeMap<&'static str, Vec<Outcome>>);

impl Rounds {
    fn take(&mut self, name: &'static str, outcome: Outcome) {
        self.0.entry(name).or_default().push(outcome);
    }

    /// All rounds of one together.
    fn total(&self, name: &str) -> Outcome {
        let mut total = Outcome::default();
        self.0.get(name).into_iter().flatten().for_each(|outcome| total.add(outcome));
        total
    }

    /// Half of the rate of one.
    fn half(&self, name: &str) -> Pace {
        Pace::Rate(self.total(name).rate() / 2.0)
    }

    /// The median of how many times as fast one was as the other in the same round.
    fn ratio(&self, one: &str, other: &str) -> f64 {
        let outcomes = |name: &str| self.0.get(name).into_iter().flatten();
        let mut ratios: Vec<f64> =
            outcomes(one).zip(outcomes(other)).map(|(one, other)| one.rate() / other.rate()).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).map_or(f64::NAN, |ratio| rounded(*ratio))
    }
}

/// As finely as no bound is drawn: 1.303 is beyond 1.3.
fn rounded(ratio: f64) -> f64 {
    (ratio * 1000.0).round() / 1000.0
}

fn load_average() -> Value {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    json!(text.split(' ').next().and_then(|load| load.parse::<f64>().ok()))
}
