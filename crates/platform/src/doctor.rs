//! What each sense can and cannot do here, and what to do about it. Shows nothing private.

use std::path::Path;

use rightdoor_core::network::{Evidence, Medium, Snapshot, Withheld};
use serde::Serialize;

use crate::network::{Options, Sampler, Watcher};
use crate::secrets::{SecretError, Secrets, hash_key};
use crate::supervise::{self, Status};
use crate::{microphone, power, session};

/// How well a sense works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should.
    Works,
    /// In part, or in a way the person should know of.
    Limited,
    /// Not at all.
    Broken,
}

/// One sense, as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which sense, as in `network events`.
    pub sense: String,
    /// How well it works.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when there is nothing to do.
    pub hint: String,
}

impl Finding {
    fn new(sense: &str, state: State, found: impl Into<String>, hint: &str) -> Self {
        Self { sense: sense.to_owned(), state, found: found.into(), hint: hint.to_owned() }
    }
}

/// Tries every sense. Takes a few seconds where something does not answer; keeps and changes nothing,
/// except that a probe entry is written to the store of secrets and removed again.
pub async fn doctor(options: &Options, secrets: &Secrets, data: &Path, sound: &Path) -> Vec<Finding> {
    let mut findings = vec![events(options)];
    match look(options).await {
        Ok(snapshot) => {
            findings.push(interfaces(&snapshot, options));
            findings.push(gateways(&snapshot));
            findings.push(wifi(&snapshot));
            findings.push(lease(&snapshot));
            findings.push(switch_port(&snapshot));
        }
        Err(error) => findings.push(Finding::new(
            "network",
            State::Broken,
            error,
            "Run outside a sandbox that blocks netlink; until then the location is never taken as verified.",
        )),
    }
    findings.push(session_finding().await);
    findings.push(secret_store(secrets).await);
    findings.push(hash_key_finding(data));
    findings.push(supervisor());
    findings.push(microphone_finding(sound));
    findings.push(power_finding().await);
    findings.extend(screen().await);
    findings
}

/// Where the companion shows itself. On Windows and macOS the system always has both.
#[cfg(not(target_os = "linux"))]
async fn screen() -> Vec<Finding> {
    Vec::new()
}

/// Where the companion shows itself.
#[cfg(target_os = "linux")]
async fn screen() -> Vec<Finding> {
    use crate::bus;
    let instead = "Until then, `rightdoorctl where` and `rightdoorctl answer` do what the screen would.";
    let Ok(bus) = bus::session().await else {
        let hint = format!("Run it in a desktop session. {instead}");
        let broken = |sense| Finding::new(sense, State::Limited, "there is no session bus", &hint);
        return vec![broken("tray"), broken("notifications")];
    };
    let mut findings = Vec::new();
    findings.push(if bus::served(&bus, "org.kde.StatusNotifierWatcher").await {
        Finding::new("tray", State::Works, "a tray host is there", "")
    } else {
        let hint =
            format!("On GNOME, install the AppIndicator extension; the icon then comes by itself. {instead}");
        Finding::new("tray", State::Limited, "no tray host", &hint)
    });
    const DAEMON: &str = "org.freedesktop.Notifications";
    findings.push(if bus::served(&bus, DAEMON).await || bus::starts(&bus, DAEMON).await {
        Finding::new("notifications", State::Works, "a notification daemon is there", "")
    } else {
        let hint = format!("Start one; an open question is then shown by itself. {instead}");
        Finding::new("notifications", State::Limited, "no notification daemon", &hint)
    });
    findings
}

async fn look(options: &Options) -> Result<Snapshot, String> {
    let mut sampler = Sampler::new(options).map_err(|error| error.to_string())?;
    sampler.sample().await.map_err(|error| error.to_string())
}

fn events(options: &Options) -> Finding {
    match Watcher::open(options) {
        Ok(_) => Finding::new("network events", State::Works, "the system announces changes", ""),
        Err(error) => Finding::new(
            "network events",
            State::Broken,
            error.to_string(),
            "Moves are noticed by looking every 15 seconds instead; allow netlink to the companion's sandbox.",
        ),
    }
}

fn interfaces(snapshot: &Snapshot, options: &Options) -> Finding {
    let named: Vec<String> = snapshot
        .links
        .iter()
        .filter(|link| link.medium.is_physical())
        .map(|link| {
            let medium = match link.medium {
                Medium::Wired => "wired",
                Medium::Wifi => "Wi-Fi",
                Medium::Cellular => "cellular",
                Medium::Virtual => "virtual",
            };
            let told = if options.physical.contains(&link.name) { ", by senses.physical" } else { "" };
            let carrier = if link.carrier { "connected" } else { "not connected" };
            format!("{} ({medium}{told}, {carrier})", link.name)
        })
        .collect();
    let missing: Vec<&str> = options
        .physical
        .iter()
        .filter(|name| !snapshot.links.iter().any(|link| link.name == **name))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let hint = "Correct senses.physical in the configuration.";
        return Finding::new(
            "interfaces",
            State::Limited,
            format!(
                "senses.physical names {}, which this computer has not; seen: {}",
                missing.join(", "),
                named.join(", ")
            ),
            hint,
        );
    }
    if named.is_empty() {
        let hint = "If an adapter is missing here, name it in senses.physical in the configuration.";
        return Finding::new("interfaces", State::Limited, "no physical network interface", hint);
    }
    Finding::new("interfaces", State::Works, named.join(", "), "")
}

fn gateways(snapshot: &Snapshot) -> Finding {
    let all = snapshot.gateways().count();
    let known = snapshot.gateways().filter(|gateway| gateway.station.known().is_some()).count();
    match (all, known) {
        (0, _) => Finding::new(
            "gateway",
            State::Limited,
            "no default gateway on a physical link",
            "Connect to a network.",
        ),
        (all, known) if all == known => {
            Finding::new("gateway", State::Works, format!("{known} seen and known"), "")
        }
        (all, known) => Finding::new(
            "gateway",
            State::Limited,
            format!("{known} of {all} known by hardware address"),
            "The gateway did not answer within a second; look at the cable or the Wi-Fi connection.",
        ),
    }
}

fn wifi(snapshot: &Snapshot) -> Finding {
    match &snapshot.wifi {
        Evidence::Absent => Finding::new(
            "Wi-Fi",
            State::Limited,
            "no Wi-Fi adapter",
            "Nothing to do; places are recognised by cable only, which tells the building but seldom the floor.",
        ),
        Evidence::Withheld(why) => withheld("Wi-Fi", *why),
        Evidence::Known(wifi) => {
            let connected = if wifi.connected.known().is_some() { "connected" } else { "not connected" };
            let found = format!("{} radios heard, {connected}", wifi.heard.len());
            if wifi.heard.len() < 2 {
                let hint =
                    "If more access points are near, a sandbox or a missing NetworkManager may hide them.";
                Finding::new("Wi-Fi", State::Limited, found, hint)
            } else {
                Finding::new("Wi-Fi", State::Works, found, "")
            }
        }
    }
}

fn withheld(sense: &str, why: Withheld) -> Finding {
    let (found, hint) = match why {
        Withheld::Permission => (
            "the system keeps it from us",
            "Allow Rightdoor to use location in the system's privacy settings; nothing leaves this computer in clear.",
        ),
        Withheld::Unsupported => {
            ("this system has no way to ask", "Nothing to do; the other evidence is used.")
        }
        Withheld::TimedOut => {
            ("it did not answer in time", "Look again in a minute; if it stays, restart NetworkManager.")
        }
        Withheld::Failed => {
            ("it was asked and failed", "Look again in a minute; if it stays, restart the computer.")
        }
    };
    Finding::new(sense, State::Limited, found, hint)
}

fn lease(snapshot: &Snapshot) -> Finding {
    let known = snapshot.live().any(|link| link.dhcp.known().is_some());
    let domain = snapshot.dns_suffix.known().is_some();
    let found = match (known, domain) {
        (true, true) => "the lease and a search domain are known",
        (true, false) => "the lease is known, with no search domain",
        (false, true) => "no lease can be read; a search domain is known",
        (false, false) => "no lease can be read, and there is no search domain",
    };
    let state = if known || domain { State::Works } else { State::Limited };
    let hint = if known || domain { "" } else { "Nothing to do; they only help to tell buildings apart." };
    Finding::new("lease", state, found, hint)
}

fn switch_port(snapshot: &Snapshot) -> Finding {
    match snapshot.lldp {
        Evidence::Known(_) => {
            Finding::new("switch port", State::Works, "the switch names its port (LLDP)", "")
        }
        Evidence::Absent | Evidence::Withheld(_) => Finding::new(
            "switch port",
            State::Limited,
            "no switch port is heard (LLDP)",
            "With NetworkManager, an administrator can set connection.lldp=enable; the port is the best evidence of a desk.",
        ),
    }
}

async fn session_finding() -> Finding {
    let watcher = session::Watcher::open().await;
    if watcher.hears() {
        let remote = if session::is_remote() { "; this session comes from elsewhere" } else { "" };
        return Finding::new(
            "session",
            State::Works,
            format!("sleep, lock and user switch are announced{remote}"),
            "",
        );
    }
    Finding::new(
        "session",
        State::Limited,
        "sleep, lock and user switch are not announced",
        "On Linux this needs systemd-logind on the system bus; without it a sleep is noticed at the next look.",
    )
}

async fn secret_store(secrets: &Secrets) -> Finding {
    const PROBE: &str = "doctor-probe";
    let kept = match secrets.set(PROBE, "x").await {
        Ok(()) => secrets.get(PROBE).await,
        Err(error) => Err(error),
    };
    let gone = secrets.delete(PROBE).await;
    match (kept.and(gone), secrets) {
        (Ok(()), Secrets::Keyring) => Finding::new("secrets", State::Works, "the keyring keeps secrets", ""),
        (Ok(()), Secrets::File(_)) => Finding::new(
            "secrets",
            State::Limited,
            "secrets are kept in a file",
            "Anybody who can read this account's files can read them; use the keyring where there is one.",
        ),
        (Err(SecretError::Locked), _) => Finding::new(
            "secrets",
            State::Broken,
            "the keyring is locked",
            "Unlock it, or log out and in with the password; until then nothing can be sent to the registry.",
        ),
        (Err(error), Secrets::Keyring) => Finding::new(
            "secrets",
            State::Broken,
            error.to_string(),
            "Install and start a keyring (gnome-keyring, KWallet), or set secrets.store = \"file\".",
        ),
        (Err(error), Secrets::File(_)) => Finding::new(
            "secrets",
            State::Broken,
            error.to_string(),
            "Make the file and its folder writable for this account alone.",
        ),
    }
}

fn hash_key_finding(data: &Path) -> Finding {
    if !data.join("hash.key").exists() {
        return Finding::new("hash key", State::Works, "it is made when the companion first starts", "");
    }
    match hash_key(data) {
        Ok(_) => Finding::new("hash key", State::Works, "it is there, for this account alone", ""),
        Err(error) => Finding::new(
            "hash key",
            State::Broken,
            error.to_string(),
            "Without it no place is recognised. Repair the file's permissions (0600), or remove it and confirm places again.",
        ),
    }
}

fn supervisor() -> Finding {
    match supervise::status() {
        Status::Running => {
            Finding::new("supervisor", State::Works, "the companion is started again if it fails", "")
        }
        Status::Stopped => Finding::new(
            "supervisor",
            State::Limited,
            "installed, and not running now",
            "Log out and in, or start the rightdoor-companion service.",
        ),
        Status::NotInstalled => Finding::new(
            "supervisor",
            State::Limited,
            "nothing starts the companion again if it fails",
            "Install the companion as a service of this login: `rightdoorctl supervise install`.",
        ),
        Status::Unknown => Finding::new(
            "supervisor",
            State::Limited,
            "installed, but the supervisor does not answer",
            "Log in to a full session (systemd user manager), then look again.",
        ),
    }
}

async fn power_finding() -> Finding {
    if power::Watcher::open().await.hears() {
        return Finding::new("power", State::Works, "mains and battery are told apart", "");
    }
    let hint = "Nothing to do on a computer without a battery; on a Linux laptop, install UPower.";
    Finding::new("power", State::Limited, "whether this computer runs on its battery is not known", hint)
}

fn microphone_finding(sound: &Path) -> Finding {
    match microphone::in_use(sound) {
        Evidence::Known(_) => Finding::new("microphone", State::Works, "calls are noticed", ""),
        Evidence::Absent => Finding::new(
            "microphone",
            State::Limited,
            "none is wired to this computer, so no call is noticed",
            "Nothing to do; a question may appear beside a call through a wireless headset, and takes no focus.",
        ),
        Evidence::Withheld(_) => Finding::new(
            "microphone",
            State::Limited,
            "whether it is in use cannot be seen",
            "Nothing to do; a question may appear beside a call, and takes no focus.",
        ),
    }
}
