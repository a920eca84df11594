//! From a change of the network to the screen, with `ip monitor` on the same events as the yardstick.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rightdoor_core::view::Here;
use rightdoor_core::{View, words};
use serde_json::{Map, Value, json};
use whole_system::figures::{Times, is_long, millis};
use whole_system::lines::Lines;
use whole_system::process::read;

use crate::stage::{Stage, at_rest};
use whole_system::session::{PATIENCE, Session};

const NOTIFIED: Duration = Duration::from_millis(100);
const CHECKING: Duration = Duration::from_millis(100);

/// Another gateway on the same cable and back, again and again: each way out is unknown, each way back is home.
pub fn measure(figures: &mut Map<String, Value>, beyond: &mut Vec<String>) -> Result<()> {
    let rounds = if is_long() { 50 } else { 5 };
    let stage = Stage::build()?;
    other_gateway(&stage)?;
    let (companion, mut eye) = stage.companion(true)?;
    let kernel = ip_monitor(&stage)?;
    let notes = notifications(&stage.session)?;
    let [mut monitored, mut checked, mut asked, mut notified] = [const { Vec::<Duration>::new() }; 4];
    for round in 0..rounds {
        for (gateway, away) in [("10.1.0.254", true), ("10.1.0.1", false)] {
            eye.now()?;
            let mark = eye.mark();
            kernel.drain();
            notes.drain();
            let began = Instant::now();
            stage.lab.laptop.ip(&format!("route replace default via {gateway} dev eth0 proto dhcp"))?;
            monitored.push(kernel.wait(&format!("default via {gateway}"), PATIENCE)? - began);
            checked.push(eye.first(mark, "checking", PATIENCE, is_checking)?.at - began);
            if away {
                let decided = eye.first(mark, "a prompt", PATIENCE, |view| words::notice(view).is_some())?.at;
                asked.push(decided - began);
                notified.push(notes.wait("member=Notify", PATIENCE)?.saturating_duration_since(decided));
            } else {
                let home = |view: &View| at_rest(view) && view.prompt.is_none();
                eye.first(mark, &format!("home in round {round}"), PATIENCE, home)?;
            }
        }
    }
    drop(companion);
    let times = |all: Vec<Duration>| {
        let mut times = Times::default();
        all.into_iter().for_each(|time| times.push(time));
        times
    };
    let (monitored, checked, asked, notified) =
        (times(monitored), times(checked), times(asked), times(notified));
    ensure!(monitored.count() == 2 * rounds && notified.count() == rounds, "not every event was measured");
    let ratio = checked.percentile(50).as_secs_f64() / monitored.percentile(50).as_secs_f64();
    figures.insert("ip_monitor".to_owned(), monitored.json());
    figures.insert("hint_to_checking".to_owned(), checked.json());
    figures.insert("hint_to_checking_by_ip_monitor_p50".to_owned(), json!((ratio * 100.0).round() / 100.0));
    figures.insert("hint_to_prompt".to_owned(), asked.json());
    figures.insert("decision_to_notification".to_owned(), notified.json());
    if ratio > 2.0 {
        beyond.push(format!("hint to checking takes {ratio:.2} times as long as `ip monitor`, more than 2"));
    }
    // Absolute times judge an idle machine only.
    for (name, time, bound) in
        [("hint to checking", &checked, CHECKING), ("decision to notification", &notified, NOTIFIED)]
    {
        if is_long() && time.percentile(99) > bound {
            beyond.push(format!(
                "{name}: p99 {} ms, more than {}",
                millis(time.percentile(99)),
                bound.as_millis()
            ));
        }
    }
    Ok(())
}

fn is_checking(view: &View) -> bool {
    matches!(view.standing.here, Here::Checking { .. })
}

/// `ip monitor`, once it listens: it says nothing by itself, so it is shown something until it speaks.
fn ip_monitor(stage: &Stage) -> Result<Lines> {
    let laptop = &stage.lab.laptop;
    let mut command = laptop.command("ip");
    let lines = Lines::of(command.args(["monitor", "link", "address", "route"]))?;
    for _ in 0..50 {
        laptop.ip("addr add 127.0.0.9/32 dev lo")?;
        laptop.ip("addr del 127.0.0.9/32 dev lo")?;
        if lines.wait("127.0.0.9", Duration::from_millis(100)).is_ok() {
            return Ok(lines);
        }
    }
    anyhow::bail!("`ip monitor` does not speak")
}

/// A second router on the home network, with a MAC of its own.
fn other_gateway(stage: &Stage) -> Result<()> {
    let gateway = &stage.home.gateway;
    let quiet = "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore";
    read(gateway.command("sh").args(["-c", quiet]))?;
    gateway.ip("link add lan2 link lan address 00:1b:21:00:99:01 type macvlan mode bridge")?;
    gateway.ip("addr add 10.1.0.254/24 dev lan2")?;
    gateway.ip("link set lan2 up").map(|_| ())
}

/// Every notification as it passes over the bus to the daemon.
fn notifications(session: &Session) -> Result<Lines> {
    let mut monitor = session.command("dbus-monitor");
    let lines =
        Lines::of(monitor.args(["--session", "interface='org.freedesktop.Notifications',member='Notify'"]))?;
    lines.wait("NameAcquired", PATIENCE)?;
    Ok(lines)
}
