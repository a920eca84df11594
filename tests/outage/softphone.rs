//! The softphone beside the companion: how long a phone that only registers takes to notice the same fault.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use whole_system::process::Process;
use whole_system::way::{Papers, Way, Zone};

use crate::matrix::{Case, OK};

/// Nobody waits longer.
const CAP: Duration = Duration::from_secs(120);
const REGISTERED: Duration = Duration::from_secs(40);
/// A line of the log that tells of a lost registration.
const LOST: &[&str] =
    &["failed", "timed out", "refused", "unreach", "reset by", "reg: ", "No network", "network change"];

/// From the fault to the first line in which `baresip`, registering every minute, tells of it; `None` where it
/// tells of nothing within two minutes.
pub fn noticed(case: &Case, papers: &Papers) -> Result<Option<Duration>> {
    let mut way = Way::new(papers, case.zone)?;
    way.serve(OK, "own")?;
    let mut phone = start(&way, case.zone)?;
    let log = way.folder().join("softphone.log");
    let said = || fs::read_to_string(&log).unwrap_or_default();
    phone.wait_until("registered", REGISTERED, || said().contains("200 OK"))?;
    let before = said().len();
    let begun = Instant::now();
    (case.fault)(&mut way, case.answer).context("the fault could not be caused")?;
    let is_told = || {
        said()
            .get(before..)
            .is_some_and(|new| new.lines().any(|line| LOST.iter().any(|word| line.contains(word))))
    };
    while !is_told() {
        if begun.elapsed() > CAP {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(Some(begun.elapsed()))
}

fn start(way: &Way<'_>, zone: Zone) -> Result<Process> {
    let folder = way.folder().join("softphone");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("config"),
        "module_path /usr/lib/baresip/modules\nmodule_app account.so\nmodule_app menu.so\n",
    )?;
    let transport = match zone {
        Zone::Tcp => "tcp",
        Zone::Tls => "tls",
        Zone::Udp | Zone::Both | Zone::V6 | Zone::Lie | Zone::Nothing => "udp",
    };
    fs::write(
        folder.join("accounts"),
        format!("<sip:desk@phone.example;transport={transport}>;regint=60;auth_pass=none\n"),
    )?;
    let mount = format!(
        "mount --bind '{}' /etc/resolv.conf && exec baresip -f '{}'",
        way.resolv().display(),
        folder.display()
    );
    // A shell in a namespace of mounts of its own, as `ip netns exec` makes it.
    let mut command = way.laptop.command("sh");
    command.args(["-c", &mount]).env("HOME", &folder).env("LC_ALL", "C");
    Process::start("softphone", &mut command, way.folder())
}
