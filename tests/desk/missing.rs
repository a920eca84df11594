//! What a desktop may lack: each time the companion works, and says what is missing once.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rightdoor_core::view::{RegistryFacet, WaitReason};
use rightdoor_core::{View, words};
use whole_system::binaries;
use whole_system::companion::Companion;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::process::Process;
use whole_system::registry::Registry;

use whole_system::session::{Item, PATIENCE, Session, until};

/// A laptop at a site, and a companion on it that has not begun.
fn laptop() -> Result<(Lab, whole_system::site::Site, Companion)> {
    let mut lab = Lab::new()?;
    let mut site = lab.site(1)?;
    lab.plug(&mut site)?;
    let mut companion = Companion::new(lab.folder(), &lab.folder().join("ca.pem"))?;
    companion.on(&lab);
    Ok((lab, site, companion))
}

/// Waits until the companion says it, and makes sure that it says it once.
fn says_once(companion: &mut Companion, text: &str) -> Result<()> {
    until(&format!("a word about {text:?}"), || Ok(companion.process()?.log().contains(text)))?;
    let log = companion.process()?.log();
    ensure!(log.matches(text).count() == 1, "{text:?} is said more than once:\n{log}");
    Ok(())
}

/// Doctor says the same, with what to do.
fn doctor_says(companion: &Companion, found: &str) -> Result<()> {
    let said = companion.ctl(&["doctor"])?;
    ensure!(said.contains(found), "rightdoorctl doctor says {said}");
    Ok(())
}

fn answers(companion: &Companion) -> Result<()> {
    let said = companion.ctl(&["where"])?;
    ensure!(said.contains("not enrolled"), "rightdoorctl where says {said}");
    Ok(())
}

pub fn tray_host() -> Result<()> {
    let (lab, _site, mut companion) = laptop()?;
    let session = Session::begin(lab.folder())?;
    session.seat(&mut companion);
    companion.start()?;
    says_once(&mut companion, "no tray host")?;
    doctor_says(&companion, "no tray host")?;
    answers(&companion)?;
    let item = Item::of(companion.process()?.pid());
    for times in 1..=2 {
        let mut host = session.start("host", session.tray().arg("watch"))?;
        let log = lab.folder().join("host.log");
        let registered = || fs::read_to_string(&log).unwrap_or_default().matches("registered").count();
        host.wait_until("told of the icon", PATIENCE, || registered() == times)?;
        item.until(&session, "This computer is not enrolled")?;
        drop(host);
        until("a word about the end of the host", || {
            Ok(companion.process()?.log().matches("the tray host is gone").count() == times)
        })?;
    }
    Ok(())
}

pub fn notification_daemon() -> Result<()> {
    let (lab, _site, mut companion) = laptop()?;
    let session = Session::begin(lab.folder())?;
    session.seat(&mut companion);
    companion.start()?;
    let mut eye = companion.eye()?;
    eye.first(0, "a question", PATIENCE, |view| words::notice(view).is_some())?;
    says_once(&mut companion, "no notification daemon")?;
    doctor_says(&companion, "no notification daemon")?;
    answers(&companion)?;
    let dunst = session.dunst()?;
    until("the open question on the screen", || Ok(session.displayed()? == 1))?;
    ensure!(session.actions()?.contains("change]"), "there is no way to choose");
    session.shot("desk", "late-daemon")?;
    // One that dies and comes back is shown it again.
    drop(dunst);
    let _dunst = session.dunst()?;
    until("the open question on the screen again", || Ok(session.displayed()? == 1))
}

pub fn session_bus() -> Result<()> {
    let (_lab, _site, mut companion) = laptop()?;
    companion.start()?;
    let mut eye = companion.eye()?;
    eye.first(0, "a question", PATIENCE, |view| words::notice(view).is_some())?;
    says_once(&mut companion, "no tray: there is no session bus")?;
    says_once(&mut companion, "no notification daemon")?;
    doctor_says(&companion, "there is no session bus")?;
    answers(&companion)?;
    companion.ctl(&["answer", "--travelling"])?;
    eye.first(0, "the answer", PATIENCE, |view| view.standing.here.is_verified())?;
    companion.process()?.signal("TERM")?;
    let log = || companion.process().map(|process| process.log().contains("the companion has ended"));
    until("an end after SIGTERM", log)
}

/// The keyring of a session: unlocked with a password, or locked.
fn keyring_daemon(session: &Session, unlocked: bool) -> Result<Process> {
    let mut command = session.command("sh");
    let how = if unlocked {
        "printf test > password && exec gnome-keyring-daemon --unlock --components=secrets --foreground < password"
    } else {
        "exec gnome-keyring-daemon --components=secrets --foreground"
    };
    let name = if unlocked { "keyring-open" } else { "keyring-locked" };
    let mut process = session.start(name, command.args(["-c", how]).current_dir(session.folder()))?;
    let wait = ["wait", "--session", "--timeout", "1", "org.freedesktop.secrets"];
    let mut is_there = || session.command("gdbus").args(wait).status().is_ok_and(|status| status.success());
    process.wait_until("on the bus", PATIENCE, &mut is_there)?;
    Ok(process)
}

fn locked(view: &View) -> bool {
    matches!(view.standing.registry, RegistryFacet::Waiting { why: WaitReason::Locked, .. })
}

pub fn keyring() -> Result<()> {
    let (lab, site, mut companion) = laptop()?;
    let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
    let session = Session::begin(lab.folder())?;
    session.seat(&mut companion);
    let config = companion.home().join(".config/rightdoor/config.toml");
    fs::write(&config, fs::read_to_string(&config)?.replace("\"file\"", "\"keyring\""))?;
    companion.start()?;

    // None: enrolling is refused with what to do, and nothing else stops.
    let code = registry.code()?;
    let enrol = ["enrol", code.as_str(), "--registry", registry.url()];
    let refused = companion.ctl(&enrol).err().context("it enrolled without a keyring")?.to_string();
    ensure!(refused.contains("keyring"), "enrolling says {refused}");
    answers(&companion)?;

    // An open one: enrolled, registered, read back.
    let open = keyring_daemon(&session, true)?;
    companion.ctl(&["enrol", &registry.code()?, "--registry", registry.url()])?;
    companion.ctl(&["change", "--place", &site.place()])?;
    let mut eye = companion.eye()?;
    eye.first(0, "registered", PATIENCE, |view| {
        matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. })
    })?;

    // A locked one: what is confirmed is kept, not at the registry, and both are said.
    companion.stop();
    drop(open);
    let _locked = keyring_daemon(&session, false)?;
    companion.start()?;
    let mut eye = companion.eye()?;
    companion.ctl(&["change", "--travelling"])?;
    eye.first(0, "the lock in the way", PATIENCE, locked)?;
    let said = companion.ctl(&["where"])?;
    ensure!(said.contains("keyring is locked"), "rightdoorctl where says {said}");
    Ok(())
}

pub fn second() -> Result<()> {
    let (_lab, _site, mut companion) = laptop()?;
    companion.start()?;
    let home = companion.home();
    let other = Command::new(binaries::path("rightdoor-companion")?)
        .arg("--no-tray")
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .output()?;
    let said = String::from_utf8_lossy(&other.stderr);
    ensure!(other.status.code() == Some(3), "it ended with {}", other.status);
    ensure!(said.contains("already") && said.contains("stop it first"), "it says {said}");
    answers(&companion)
}
