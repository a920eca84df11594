//! What happens on every laptop every day and is no move: it may be looked at, and must not be asked about. And the one
//! change that hides: another gateway on the same cable.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use whole_system::process::read;

use super::day::{Day, is_checking};

/// Quiet period, the full look, and time to be wrong in.
const AFTERWARDS: Duration = Duration::from_secs(4);

/// What the agent must not be asked about.
pub const NAMES: [&str; 6] =
    ["vpn up", "vpn down", "address churn", "dhcp renewal", "bridge", "flapping link"];

type Disturbance = fn(&mut Day) -> Result<()>;

/// Plays each of them at home.
pub fn run(day: &mut Day) -> Result<()> {
    let all: [Disturbance; 6] = [vpn_up, vpn_down, churn, renewal, bridge, flap];
    for (name, disturb) in NAMES.iter().zip(all) {
        let mark = day.eye.mark();
        disturb(day)?;
        day.eye.watch_until(Instant::now() + AFTERWARDS)?;
        day.nobody_was_asked(mark, name)?;
        let now = day.eye.now()?;
        ensure!(now.standing.here.is_verified(), "{name}: no longer verified: {now:#?}");
    }
    Ok(())
}

fn laptop(day: &Day, commands: &[&str]) -> Result<()> {
    commands.iter().try_for_each(|words| day.lab.laptop.ip(words).map(|_| ()))
}

/// A full tunnel, as OpenVPN makes it: half the internet twice, and a way around for itself.
fn vpn_up(day: &mut Day) -> Result<()> {
    laptop(
        day,
        &[
            "tuntap add dev tun0 mode tun",
            "addr add 172.31.9.2/24 dev tun0",
            "link set tun0 up",
            "route add 192.0.2.0/24 via 10.1.0.1 dev eth0",
            "route add 0.0.0.0/1 dev tun0",
            "route add 128.0.0.0/1 dev tun0",
        ],
    )
}

fn vpn_down(day: &mut Day) -> Result<()> {
    laptop(day, &["link del tun0", "route del 192.0.2.0/24 via 10.1.0.1 dev eth0"])
}

/// Privacy addresses come and go.
fn churn(day: &mut Day) -> Result<()> {
    for number in 1..=20 {
        laptop(day, &[&format!("addr add 2001:db8:1::{number:x}/64 dev eth0 nodad")])?;
    }
    for number in 1..=20 {
        laptop(day, &[&format!("addr del 2001:db8:1::{number:x}/64 dev eth0")])?;
    }
    Ok(())
}

fn renewal(day: &mut Day) -> Result<()> {
    day.lab.dhcp()?.renew()
}

/// What a container or a virtual machine brings along.
fn bridge(day: &mut Day) -> Result<()> {
    laptop(
        day,
        &[
            "link add br-1 type bridge",
            "addr add 172.18.0.1/16 dev br-1",
            "link add veth1 type veth peer name veth2",
            "link set veth1 master br-1 up",
            "link set veth2 up",
            "link set br-1 up",
        ],
    )
}

/// A loose plug.
fn flap(day: &mut Day) -> Result<()> {
    for _ in 0..5 {
        for state in ["down", "up"] {
            day.home.gateway.ip(&format!("link set lan {state}"))?;
            day.eye.watch_until(Instant::now() + Duration::from_millis(200))?;
        }
    }
    Ok(())
}

/// Another gateway with the same cable, carrier and address: only the route differs. Gives the time to *checking*.
pub fn gateway_alone(day: &mut Day) -> Result<Duration> {
    let quiet = "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore";
    read(day.home.gateway.command("sh").args(["-c", quiet]))?;
    day.home.gateway.ip("link add lan2 link lan address 00:1b:21:00:99:01 type macvlan mode bridge")?;
    day.home.gateway.ip("addr add 10.1.0.254/24 dev lan2")?;
    day.home.gateway.ip("link set lan2 up")?;
    let mark = day.eye.mark();
    let began = Instant::now();
    laptop(day, &["route replace default via 10.1.0.254 dev eth0 proto dhcp"])?;
    let checking = day.eye.first(mark, "checking", Duration::from_secs(2), is_checking)?;
    day.eye.first(mark, "a prompt", Duration::from_secs(10), |view| view.prompt.is_some())?;
    let back = day.eye.mark();
    laptop(day, &["route replace default via 10.1.0.1 dev eth0 proto dhcp"])?;
    day.eye.first(back, "home again", Duration::from_secs(10), |view| {
        view.standing.here.is_verified() && view.prompt.is_none()
    })?;
    Ok(checking.at - began)
}
