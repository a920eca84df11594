//! Everything is there: a panel with a tray, dunst, a registry, and a laptop that moves.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use rightdoor_core::View;
use rightdoor_core::view::{Here, Question, RegistryFacet};
use serde_json::{Value, json};
use whole_system::companion::Companion;
use whole_system::eye::Eye;
use whole_system::lab::{Lab, REGISTRY};
use whole_system::process::read;
use whole_system::registry::Registry;
use whole_system::site::Site;

use whole_system::session::{Item, PATIENCE, Session, line, until};

/// A person's own office: on a floor, so that the router alone never proves it, and it is asked by one tap.
fn own_office(lab: &Lab) -> Result<PathBuf> {
    let file = lab.folder().join("office.json");
    let address = json!({ "label": "Office <b>&</b> lab_2", "floors": "several", "location": {
        "country": "US", "A1": "CO", "A3": "Denver", "HNO": "1601", "RD": "Blake", "STS": "Street", "PC": "80202",
        "FLR": "2", "ROOM": "214",
    }});
    fs::write(&file, address.to_string())?;
    Ok(file)
}

fn equal(view: &View) -> bool {
    matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. }) && view.standing.here.is_verified()
}

/// The same for this house, so that the place before a move is not taken for the place after it.
fn equal_at(house: &'static str) -> impl Fn(&View) -> bool {
    move |view| {
        let record = view.standing.registered.as_ref();
        let address = record.and_then(|record| record.content.address()).map(|address| address.street_line());
        equal(view) && address.is_some_and(|street| street.starts_with(house))
    }
}

pub fn works() -> Result<()> {
    let mut lab = Lab::new()?;
    let registry = Registry::start(&lab.registry, REGISTRY, lab.folder())?;
    let session = Session::begin(lab.folder())?;
    let mut panel = session.start("panel", session.command("xfce4-panel").arg("--disable-wm-check"))?;
    let watched =
        || read(session.command("gdbus").args(["wait", "--session", "--timeout", "1", WATCHER])).is_ok();
    panel.wait_until("a tray host", PATIENCE, watched)?;
    let _dunst = session.dunst()?;
    let (mut first, mut second) = (lab.site(1)?, lab.site(2)?);
    lab.plug(&mut first)?;
    let mut companion = Companion::new(lab.folder(), &registry.authority())?;
    session.seat(&mut companion);
    companion.on(&lab).start()?;
    let item = Item::of(companion.process()?.pid());
    let mut eye = companion.eye()?;
    let mut icons = Vec::new();

    // Before anything is known.
    let shown = item.until(&session, "This computer is not enrolled")?;
    icons.push(("not verified", shape(&shown)?));

    // Enrolled and answered in a window's place: registered, and proved once the call path fetched it.
    companion.ctl(&["enrol", &registry.code()?, "--registry", registry.url()])?;
    let address = own_office(&lab)?.to_string_lossy().into_owned();
    let asked = eye.first(0, "the first question", PATIENCE, |view| view.prompt.is_some())?;
    ensure!(asked.view.prompt.is_some());
    companion.ctl(&["answer", "--address", &address])?;
    eye.first(0, "registered", PATIENCE, equal_at("1601"))?;
    let registered = "Your registered 911 location is 1601 Blake Street, floor 2, room 214, Denver CO 80202.";
    let shown = item.until(&session, registered)?;
    icons.push(("verified", shape(&shown)?));
    let labels: Vec<&str> = labels(&shown);
    ensure!(
        labels == [registered, "", "Change…", "I can't reach 911 by VoIP", "Quit"],
        "the menu is {labels:?}"
    );
    until("no notification after the answer", || Ok(session.displayed()? == 0))?;
    registry.held(&lab.pbx)?;
    item.until(&session, "If you call 911 now, responders go to 1601 Blake Street")?;
    session.shot("desk", "tray-verified")?;

    // Moved to where nobody knows: a question with nothing to confirm; a click on its body only opens.
    let mark = eye.mark();
    lab.plug(&mut second)?;
    let asked = eye.first(mark, "a question after the move", PATIENCE, has_open)?;
    let open = asked.view.prompt.as_ref().context("it was just there")?.id;
    until("a notification", || Ok(session.displayed()? == 1))?;
    item.until(&session, "This may be wrong: you moved.")?;
    session.shot("desk", "notification-choose")?;
    let offered = session.actions()?;
    ensure!(offered.contains("change]") && !offered.contains("confirm:"), "dunst offers {offered}");
    let mark = eye.mark();
    read(session.command("dunstctl").args(["action", "0"]))?;
    until("the way to answer without windows", || said(&mut companion, "rightdoorctl answer"))?;
    let view = eye.now()?;
    ensure!(
        view.prompt.as_ref().is_some_and(|prompt| prompt.id == open),
        "a click on the body closed the question"
    );
    nothing_confirmed(&mut eye, mark)?;
    session.shot("desk", "body-click")?;
    read(session.command("dunstctl").arg("close-all"))?;
    companion.ctl(&["answer", "--place", &second.place()])?;
    eye.first(mark, "registered at the second site", PATIENCE, equal_at("1602"))?;
    item.until(&session, "1602 Blake Street")?;

    // Back: one tap, given by the real daemon. The label looks like markup and is text.
    let mark = eye.mark();
    lab.plug(&mut first)?;
    let asked = eye.first(mark, "one tap on the way back", PATIENCE, is_tap)?;
    let tap = asked.view.prompt.as_ref().context("it was just there")?.id;
    until("a notification", || Ok(session.displayed()? == 1))?;
    let shown = item.until(&session, "This may be wrong: you moved.")?;
    let stale_line = line(&shown, "Confirm: I am at Office <b>&</b> lab_2, 1601 Blake Street")?;
    session.shot("desk", "notification-tap")?;
    session.choose(&format!("confirm:{}]", tap.0))?;
    eye.first(mark, "registered by the tap", PATIENCE, equal_at("1601"))?;
    item.until(&session, registered)?;
    until("the notification gone", || Ok(session.displayed()? == 0))?;

    stale(
        &mut lab,
        &mut companion,
        &session,
        &item,
        &mut eye,
        [&mut first, &mut second],
        (tap.0, stale_line),
    )?;

    // The registry out of reach: confirmed and saved, not yet there.
    let mark = eye.mark();
    lab.laptop.ip(&format!("route add blackhole {REGISTRY}"))?;
    companion.ctl(&["change", "--travelling"])?;
    eye.first(mark, "waiting for the registry", PATIENCE, |view| {
        matches!(view.standing.registry, RegistryFacet::Waiting { .. }) && view.standing.here.is_verified()
    })?;
    let shown = item.until(&session, "You said that you have no fixed address")?;
    icons.push(("waiting", shape(&shown)?));
    session.shot("desk", "tray-waiting")?;
    differ(&icons)?;

    // The outage card from the menu, without windows.
    item.click(&session, "I can't reach 911")?;
    until("the card", || Ok(session.displayed()? == 1))?;
    session.shot("desk", "outage-card")?;
    item.click(&session, "Quit")?;
    until("an end after Quit", || Ok(Eye::open(&companion.socket()).is_err()))
}

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Whatever was drawn for a question that is over changes nothing: an old notification brought back, an old line of
/// the menu, an old menu of the daemon still open, and a made-up signal.
fn stale(
    lab: &mut Lab,
    companion: &mut Companion,
    session: &Session,
    item: &Item,
    eye: &mut Eye,
    [first, second]: [&mut Site; 2],
    (tap, old_line): (u64, i64),
) -> Result<()> {
    // The answered question, brought back from the daemon's history.
    let mark = eye.mark();
    read(session.command("dunstctl").arg("history-pop"))?;
    until("a notification from history", || Ok(session.displayed()? == 1))?;
    session.choose(&format!("confirm:{tap}]"))?;
    // The tray refuses an id that it draws no more; were it to pass it on, nothing must come of it.
    let _ = item.event(session, old_line);
    read(session.command("dunstctl").arg("close-all"))?;
    nothing_confirmed(eye, mark)?;

    // A made-up signal: the old key for every notification there could be.
    lab.plug(second)?;
    eye.first(mark, "recognised at the second site", PATIENCE, |view| {
        matches!(view.standing.here, Here::Recognised { .. }) && equal_at("1602")(view)
    })?;
    let mark = eye.mark();
    lab.plug(first)?;
    let asked = eye.first(mark, "one tap again", PATIENCE, is_tap)?;
    let open = asked.view.prompt.as_ref().context("it was just there")?.id;
    until("a notification", || Ok(session.displayed()? == 1))?;
    made_up(session, tap)?;
    nothing_confirmed(eye, mark)?;

    // The daemon's menu is open on the one tap while the question becomes the full one; then *Confirm* is chosen.
    fs::write(session.hold(), "")?;
    session.choose(&format!("confirm:{}]", open.0))?;
    until("the daemon's menu", || Ok(session.menu_is_open()))?;
    companion.ctl(&["answer", "--no"])?;
    eye.first(mark, "the full question", PATIENCE, |view| {
        view.prompt.as_ref().is_some_and(|prompt| prompt.id == open && prompt.question == Question::Choose)
    })?;
    fs::remove_file(session.hold())?;
    nothing_confirmed(eye, mark)?;
    // This daemon lets go of an action that was replaced. One that does not says this:
    made_up(session, open.0)?;
    until("a word about it", || said(companion, "a question that is closed or has changed"))?;
    nothing_confirmed(eye, mark)?;
    session.shot("desk", "stale-action")?;
    let mark = eye.mark();
    companion.ctl(&["answer", "--place", "p1"])?;
    eye.first(mark, "registered after all", PATIENCE, |view| equal_at("1601")(view) && !has_open(view))?;
    read(session.command("dunstctl").arg("close-all")).map(|_| ())
}

/// Says on the bus, for every notification there could be, that the *Confirm* of this prompt was chosen.
fn made_up(session: &Session, prompt: u64) -> Result<()> {
    read(session.tray().args(["invoke", "50", &format!("confirm:{prompt}")])).map(|_| ())
}

fn has_open(view: &View) -> bool {
    view.prompt.as_ref().is_some_and(|prompt| prompt.may_raise)
}

fn is_tap(view: &View) -> bool {
    view.prompt.as_ref().is_some_and(|prompt| prompt.may_raise && matches!(prompt.question, Question::Tap(_)))
}

/// No view since `mark` says that the agent confirmed anything.
fn nothing_confirmed(eye: &mut Eye, mark: usize) -> Result<()> {
    eye.watch_until(std::time::Instant::now() + std::time::Duration::from_millis(500))?;
    let since = |view: &View| match &view.standing.here {
        Here::ConfirmedNow { since, .. } => Some(*since),
        Here::Recognised { .. } | Here::Checking { .. } | Here::NotVerified { .. } => None,
    };
    let views = eye.since(mark);
    let before = views.first().and_then(|seen| since(&seen.view));
    match views.iter().find(|seen| since(&seen.view) != before) {
        Some(seen) => bail!("something was confirmed: {:#?}", seen.view.standing),
        None => Ok(()),
    }
}

fn said(companion: &mut Companion, text: &str) -> Result<bool> {
    Ok(companion.process()?.log().contains(text))
}

fn labels(shown: &Value) -> Vec<&str> {
    let lines = shown["menu"].as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(|line| line["label"].as_str()).collect()
}

/// Where the icon's smallest pixmap is drawn, colour left out.
fn shape(shown: &Value) -> Result<Vec<bool>> {
    let icon = &shown["icons"][0];
    ensure!(icon["size"] == 16, "the smallest icon is {}", icon["size"]);
    let hex = icon["argb"].as_str().context("an icon without pixels")?;
    let alpha = |pixel: &[u8]| Some(pixel.first()? >= &b'8');
    hex.as_bytes().chunks(8).map(|pixel| alpha(pixel).context("a broken pixel")).collect()
}

fn differ(icons: &[(&str, Vec<bool>)]) -> Result<()> {
    for (number, (name, icon)) in icons.iter().enumerate() {
        for (other_name, other) in icons.iter().skip(number + 1) {
            let differing = icon.iter().zip(other).filter(|(one, two)| one != two).count();
            ensure!(
                differing * 8 >= icon.len(),
                "{name} and {other_name} differ in {differing} of {} pixels",
                icon.len()
            );
        }
    }
    Ok(())
}
