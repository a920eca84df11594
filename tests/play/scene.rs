//! The job, played through: two networks, one laptop, one agent.

use std::time::Duration;

use anyhow::{Result, ensure};
use rightdoor_core::View;
use rightdoor_core::view::RegistryFacet;
use whole_system::companion::Companion;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::process::read;
use whole_system::registry::{ENDPOINT, Registry};

use crate::{out, quote, say};
use whole_system::session::{Item, PATIENCE, Session};

/// The question's window.
const QUESTION: &str = "Rightdoor: where are you?";

/// Whether this house is registered, read back equal and verified, and nothing is asked.
fn is_registered(view: &View, house: &str) -> bool {
    let record = view.standing.registered.as_ref();
    let address = record.and_then(|record| record.content.address()).map(|address| address.one_line());
    address.is_some_and(|address| address.starts_with(house))
        && view.standing.here.is_verified()
        && view.prompt.is_none()
        && matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. })
}

pub fn play() -> Result<()> {
    say("no display: a virtual one, a tray, a notification daemon, two networks, a registry and a PBX");
    let mut lab = Lab::new()?;
    let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
    let session = Session::begin(lab.folder())?;
    let _manager = session.manager()?;
    let mut panel = session.start("panel", session.command("xfce4-panel").arg("--disable-wm-check"))?;
    let watcher = "org.kde.StatusNotifierWatcher";
    panel.wait_until("a tray host", PATIENCE, || {
        read(session.command("gdbus").args(["wait", "--session", "--timeout", "1", watcher])).is_ok()
    })?;
    let dunst = session.dunst()?;
    let (mut a, mut b) = (lab.site(1)?, lab.site(2)?);
    lab.plug(&mut a)?;
    let mut companion = Companion::new(lab.folder(), &registry.authority())?;
    session.seat(&mut companion);
    companion.with_windows()?;
    companion.on(&lab).start()?;
    let mut eye = companion.eye()?;
    println!(
        "   registry {} (pid {}), companion (pid {})",
        registry.url(),
        registry.pid(),
        companion.process()?.pid()
    );

    say("network A: the agent enrols, and confirms where they are");
    quote(&companion.ctl(&["enrol", &registry.code()?, "--registry", registry.url()])?);
    quote(&companion.ctl(&["change", "--place", &a.place()])?);
    eye.first(0, "registered at A", PATIENCE, |view| is_registered(view, &a.house()))?;
    quote(&companion.ctl(&["where"])?);
    session.shot("run", "tray-at-a")?;

    say("the cable is moved to network B, which the laptop has never seen");
    let mark = eye.mark();
    let moved = lab.plug(&mut b)?;
    let asked = eye.first(mark, "a prompt at B", PATIENCE, |view| view.prompt.is_some())?;
    println!("   asked {:.1} s after the new lease", (asked.at - moved.settled).as_secs_f64());
    shown(&session)?;
    quote(&companion.ctl(&["where"])?);
    session.shot("run", "notification-at-b")?;

    say(
        "a click on the notification opens the window, and the agent answers on the keyboard: somewhere else, and its number",
    );
    read(session.command("dunstctl").args(["action", "0"]))?;
    session.readable(QUESTION)?;
    session.shot("run", "window-at-b")?;
    // Keys count half a second after the window came to the front.
    std::thread::sleep(Duration::from_millis(800));
    session.keys(&["2", "Return"])?;
    std::thread::sleep(Duration::from_millis(500));
    session.types(&b.house())?;
    std::thread::sleep(Duration::from_millis(500));
    session.shot("run", "window-finds-the-place")?;
    session.keys(&["Return"])?;
    eye.first(mark, "registered at B", PATIENCE, |view| is_registered(view, &b.house()))?;
    quote(&companion.ctl(&["where"])?);
    Item::of(companion.process()?.pid()).click(&session, "Your registered 911 location")?;
    session.readable("Rightdoor")?;
    session.shot("run", "status-at-b")?;
    session.close("Rightdoor")?;

    say(&format!(
        "a PBX asks the registry (HELD) where {ENDPOINT} is: this is what a dispatcher would be given"
    ));
    let record = registry.held(&lab.pbx)?;
    quote(&record.replace("><", ">\n<"));
    ensure!(record.contains(&format!(">{}<", b.house())), "it is not the address at B");

    say("back to network A: recognised, nobody is asked");
    let mark = eye.mark();
    lab.plug(&mut a)?;
    eye.first(mark, "registered at A again", PATIENCE, |view| is_registered(view, &a.house()))?;
    ensure!(eye.since(mark).iter().all(|seen| seen.view.prompt.is_none()), "a prompt on the way back");
    quote(&companion.ctl(&["where"])?);

    say("done; everything that was started is stopped again");
    println!("   screenshots: {}", out()?.display());
    drop((companion, dunst, panel));
    Ok(())
}

/// Waits until the notification is drawn.
fn shown(session: &Session) -> Result<()> {
    whole_system::session::until("the notification", || Ok(session.displayed()? > 0))
}
