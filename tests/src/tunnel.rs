//! A device into which packets are sent and out of which they come late, or never.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::netns::Netns;
use crate::process::Process;

const START: Duration = Duration::from_secs(15);

/// Makes `device` on `host`, up and without routes, which holds back everything by so many seconds until the process
/// ends; its log goes to `folder`.
///
/// # Errors
/// When the device cannot be made.
pub fn start(host: &Netns, device: &str, seconds: u8, folder: &Path) -> Result<Process> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/outage/slow.py");
    let mut command = host.command("python3");
    command.args([script, device, &seconds.to_string()]);
    let mut process = Process::start(device, &mut command, folder)?;
    let log = folder.join(format!("{device}.log"));
    process.wait_until("ready", START, || fs::read_to_string(&log).is_ok_and(|log| log.contains("ready")))?;
    host.ip(&format!("link set {device} up"))?;
    Ok(process)
}
