//! From a change of the network to the screen, with `ip monitor` on the same events as the yardstick.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rightdoor_core::view::Here;
use rightdoor_core::{View, words};
use serde_json::{Map, Value, json};
use whole_system::eye::Eye;
use whole_system::figures::{Times, is_long, millis};
use whole_system::idle::rest;
use whole_system::lines::Lines;
use whole_system::process::read;

use crate::stage::{Stage, at_rest};
use whole_system::session::{PATIENCE, Session};

const NOTIFIED: Duration = Duration::from_millis(100);
const CHECKING: Duration = Duration::from_millis(100);

/// How a change is made: by a command, as an administrator or a DHCP client makes it, or by a program that runs already, so
/// that only the kernel stands between the change and its reader.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Command,
    Direct,
}

/// What was measured of one way, each from the instant just before the change.
#[derive(Default)]
struct Measured {
    /// To the line of `ip monitor`.
    monitored: Times,
    /// To *checking*.
    checked: Times,
    /// From that line to *checking*.
    later: Times,
    asked: Times,
    notified: Times,
}

impl Measured {
    fn ratio(&self) -> f64 {
        let ratio = self.checked.percentile(50).as_secs_f64() / self.monitored.percentile(50).as_secs_f64();
        (ratio * 100.0).round() / 100.0
    }
}

/// Another gateway on the same cable and back, again and again: each way out is unknown, each way back is home.
pub fn measure(figures: &mut Map<String, Value>, beyond: &mut Vec<String>) -> Result<()> {
    let (rounds, direct_rounds) = if is_long() { (50, 10) } else { (10, 3) };
    let stage = Stage::build()?;
    other_gateway(&stage)?;
    let (mut companion, mut eye) = stage.companion(true)?;
    let mut bench = Bench {
        pid: companion.process()?.pid(),
        kernel: ip_monitor(&stage)?,
        notes: notifications(&stage.session)?,
        eye: &mut eye,
    };
    let command = bench.rounds(&stage, Way::Command, rounds)?;
    let direct = bench.rounds(&stage, Way::Direct, direct_rounds)?;
    drop(companion);
    let ratio = command.ratio();
    figures.insert("ip_monitor".to_owned(), command.monitored.json());
    figures.insert("hint_to_checking".to_owned(), command.checked.json());
    figures.insert("hint_to_checking_by_ip_monitor_p50".to_owned(), json!(ratio));
    figures.insert("checking_after_ip_monitor".to_owned(), command.later.json());
    figures.insert(
        "without_the_command".to_owned(),
        json!({
            "ip_monitor": direct.monitored.json(),
            "hint_to_checking": direct.checked.json(),
            "hint_to_checking_by_ip_monitor_p50": direct.ratio(),
        }),
    );
    figures.insert("hint_to_prompt".to_owned(), command.asked.json());
    figures.insert("decision_to_notification".to_owned(), command.notified.json());
    if ratio > 2.0 {
        beyond.push(format!("hint to checking takes {ratio:.2} times as long as `ip monitor`, more than 2"));
    }
    // Absolute times judge an idle machine only.
    for (name, time, bound) in [
        ("hint to checking", &command.checked, CHECKING),
        ("decision to notification", &command.notified, NOTIFIED),
    ] {
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

/// The readers, both of which run before anything changes.
struct Bench<'a> {
    pid: u32,
    kernel: Lines,
    notes: Lines,
    eye: &'a mut Eye,
}

impl Bench<'_> {
    fn rounds(&mut self, stage: &Stage, way: Way, rounds: usize) -> Result<Measured> {
        let mut change = Change::begin(stage, way)?;
        let mut measured = Measured::default();
        for round in 0..rounds {
            for (gateway, away) in [("10.1.0.254", true), ("10.1.0.1", false)] {
                // A tray host reads icon and menu after each change of the view.
                rest(self.pid, PATIENCE)?;
                self.eye.now()?;
                let mark = self.eye.mark();
                self.kernel.drain();
                self.notes.drain();
                let began =
                    change.make(&format!("route replace default via {gateway} dev eth0 proto dhcp"))?;
                let said = self.kernel.wait(&format!("default via {gateway}"), PATIENCE)?;
                let checking = self.eye.first(mark, "checking", PATIENCE, is_checking)?.at;
                measured.monitored.push(said - began);
                measured.checked.push(checking - began);
                measured.later.push(checking.saturating_duration_since(said));
                if away {
                    let is_asked = |view: &View| words::notice(view).is_some();
                    let decided = self.eye.first(mark, "a prompt", PATIENCE, is_asked)?.at;
                    measured.asked.push(decided - began);
                    let notified = self.notes.wait("member=Notify", PATIENCE)?;
                    measured.notified.push(notified.saturating_duration_since(decided));
                } else {
                    let home = |view: &View| at_rest(view) && view.prompt.is_none();
                    self.eye.first(mark, &format!("home in round {round}"), PATIENCE, home)?;
                }
            }
        }
        let counts = (measured.checked.count(), measured.notified.count());
        ensure!(counts == (2 * rounds, rounds), "not every event was measured");
        Ok(measured)
    }
}

fn is_checking(view: &View) -> bool {
    matches!(view.standing.here, Here::Checking { .. })
}

/// A program in the laptop that reads changes and makes each at once.
struct Change {
    program: Child,
    words: ChildStdin,
    way: Way,
}

impl Change {
    fn begin(stage: &Stage, way: Way) -> Result<Self> {
        let laptop = &stage.lab.laptop;
        let mut command = match way {
            Way::Command => laptop.command("sh"),
            Way::Direct => laptop.command("ip"),
        };
        if way == Way::Direct {
            command.args(["-batch", "-"]);
        }
        let mut program = command.stdin(Stdio::piped()).spawn()?;
        let words = program.stdin.take().context("it was piped")?;
        Ok(Self { program, words, way })
    }

    /// Makes one; gives the instant just before.
    fn make(&mut self, words: &str) -> Result<Instant> {
        let line = match self.way {
            Way::Command => format!("ip {words}\n"),
            Way::Direct => format!("{words}\n"),
        };
        let began = Instant::now();
        self.words.write_all(line.as_bytes())?;
        Ok(began)
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
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
