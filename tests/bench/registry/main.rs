//! `cargo xtask bench registry`: how fast the registry answers and keeps, beside nginx, Kamailio and the disk in the same
//! run. Servers run on the first processor, the client on the second. Prints one JSON line; fails where a ratio is beyond
//! its bound, and in the long form where a time is.
#![expect(clippy::print_stdout, reason = "figures are printed as one JSON line")]

mod load;
mod ours;
mod yardsticks;

use std::ffi::OsStr;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use whole_system::figures::is_long;

use load::{Outcome, Pace};
use ours::Ours;

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
    let (time, many) = if is_long() { (15, 1_000_000) } else { (3, 100_000) };
    let time = Duration::from_secs(time);
    let folder = tempfile::Builder::new().prefix("bench-registry").tempdir_in("/var/tmp")?;
    let folder = folder.path();
    let document = ours::document(0, 1);
    let disk = yardsticks::disk(folder, document.as_bytes(), time.min(Duration::from_secs(5)))?;
    let nginx = yardsticks::nginx(folder, document.as_bytes(), time)?;
    let (kamailio_get, kamailio_put) = yardsticks::kamailio(folder, document.as_bytes(), time)?;

    let (few, few_made) = Ours::with(1000, folder)?;
    let held_of_few = few.held(Pace::Greatest, time, false)?;
    drop(few);
    let (mut ours, made) = Ours::with(many, folder)?;
    println!("{}", ours.location(7)?.lines().last().unwrap_or_default());
    let warm = Duration::from_secs(2);
    ours.held(Pace::Greatest, warm, false)?;
    let held = ours.held(Pace::Greatest, time, false)?;
    let held_at_half = ours.held(Pace::Rate(held.rate / 2.0), time, false)?;
    let get = ours.get(Pace::Greatest, time)?;
    let get_at_half = ours.get(Pace::Rate(get.rate / 2.0), time)?;
    let put = ours.put(Pace::Greatest, time)?;
    let put_at_half = ours.put(Pace::Rate(put.rate / 2.0), time)?;
    let weight = ours.weight()?;
    // Last: every one of these is kept, and that goes on when the answers are out.
    let emergency = ours.held(Pace::Greatest, time, true)?;

    let of = |part: &Outcome, whole: &Outcome| rounded(part.rate / whole.rate);
    let raw = disk["per_second"].as_f64().unwrap_or(f64::NAN);
    let ratios = json!({
        "held_of_nginx": of(&held, &nginx), "get_of_nginx": of(&get, &nginx),
        "put_of_kamailio": of(&put, &kamailio_put), "get_of_kamailio": of(&get, &kamailio_get),
        "put_of_raw_commits": rounded(put.rate / raw), "held_cost_of_many_to_few": of(&held_of_few, &held),
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
    if is_long() {
        judge("PUT p99 at half load at most 10 ms", put_at_half.percentile(99.0) <= 10.0);
        judge("GET p99 at half load at most 5 ms", get_at_half.percentile(99.0) <= 5.0);
        judge("HELD p99 at half load at most 5 ms", held_at_half.percentile(99.0) <= 5.0);
    }
    for (what, outcome) in [
        ("nginx", &nginx),
        ("Kamailio's GET", &kamailio_get),
        ("Kamailio's PUT", &kamailio_put),
        ("HELD", &held),
        ("HELD at half load", &held_at_half),
        ("HELD of few", &held_of_few),
        ("emergency HELD", &emergency),
        ("GET", &get),
        ("GET at half load", &get_at_half),
        ("PUT", &put),
        ("PUT at half load", &put_at_half),
    ] {
        if outcome.refused > 0 {
            println!("{what}: the first refusal: {}", outcome.first_refused);
        }
        judge(&format!("{what}: every request answered with 2xx"), outcome.refused == 0);
    }
    let figures = json!({
        "document_bytes": document.len(), "seconds_each": time.as_secs(), "load": load_average(), "long": is_long(),
        "nginx_static": nginx.json(), "kamailio_get": kamailio_get.json(), "kamailio_put": kamailio_put.json(), "raw_commits": disk,
        "few": few_made, "many": made, "held_of_few": held_of_few.json(), "held": held.json(), "held_at_half_load": held_at_half.json(),
        "held_emergency": emergency.json(), "get": get.json(), "get_at_half_load": get_at_half.json(), "put": put.json(),
        "put_at_half_load": put_at_half.json(), "weight": weight, "ratios": ratios, "beyond_bounds": beyond,
    });
    println!("{figures}");
    if beyond.is_empty() { Ok(()) } else { bail!("beyond their bounds: {}", beyond.join("; ")) }
}

/// As finely as no bound is drawn: 1.303 is beyond 1.3.
fn rounded(ratio: f64) -> f64 {
    (ratio * 1000.0).round() / 1000.0
}

fn load_average() -> Value {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    json!(text.split(' ').next().and_then(|load| load.parse::<f64>().ok()))
}
