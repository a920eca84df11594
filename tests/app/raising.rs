//! When a window opens, and when it may not.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rightdoor_core::view::Here;
use whole_system::binaries;
use whole_system::process::{Process, read};
use whole_system::session::{PATIENCE, until};

use crate::scene::Scene;

const QUESTION: &str = "Rightdoor: where are you?";

/// A desktop on which a question is notified, and a companion that may open windows.
fn notified() -> Result<(Scene, Process)> {
    let mut dunst = None;
    let scene = Scene::with(|companion, session| {
        dunst = Some(session.dunst()?);
        companion.with_windows().map(|_| ())
    })?;
    Ok((scene, dunst.context("it was just started")?))
}

/// A click on a notification's body opens the window; the tray's first line opens another one in the same process;
/// when the last is closed, the process has ended.
pub fn opened() -> Result<()> {
    let (mut scene, dunst) = notified()?;
    scene.confirmed(&scene.site.place())?;
    let mut other = scene.lab.site(2)?;
    let mut eye = scene.companion.eye()?;
    let mark = eye.mark();
    scene.lab.plug(&mut other)?;
    eye.first(mark, "a question", PATIENCE, |view| view.prompt.is_some())?;
    until("a notification", || Ok(scene.session.displayed()? == 1))?;
    ensure!(!scene.window("Rightdoor"), "a window opened beside the notification");
    read(scene.session.command("dunstctl").args(["action", "0"]))?;
    until("the question's window", || Ok(scene.window(QUESTION)))?;
    let first = windows_of(&scene)?;
    ensure!(first.len() == 1, "the windows' processes are {first:?}");
    let item = whole_system::session::Item::of(scene.companion.process()?.pid());
    item.click(&scene.session, "This may be wrong")?;
    until("the status window", || Ok(scene.window("^Rightdoor$")))?;
    ensure!(windows_of(&scene)? == first, "another process opened the second window");
    scene.session.readable("Rightdoor")?;
    scene.session.shot("app", "two-windows-one-process")?;
    for title in ["Rightdoor", QUESTION] {
        scene.session.close(title)?;
    }
    until("an end of the windows' process", || Ok(windows_of(&scene)?.is_empty()))?;
    drop(dunst);
    // With nobody to notify it, the next question raises a window, once, which takes no focus.
    let mark = eye.mark();
    scene.companion.ctl(&["answer", "--place", &other.place()])?;
    eye.first(mark, "answered", PATIENCE, |view| view.prompt.is_none())?;
    let mut third = scene.lab.site(3)?;
    scene.lab.plug(&mut third)?;
    until("the question's window", || Ok(scene.window(QUESTION)))?;
    scene.session.readable(QUESTION)?;
    scene.session.shot("app", "raised-without-a-daemon")
}

/// In a call, and after an emergency fetch, no window shows itself; the agent's own click still opens one.
pub fn held_back() -> Result<()> {
    let scene = Scene::with(|companion, _| {
        companion.with_windows()?;
        let status = companion.home().join("sound/card0/pcm0c/sub0/status");
        fs::create_dir_all(status.parent().context("it has one")?)?;
        fs::write(&status, "state: RUNNING\n")?;
        let config = companion.home().join(".config/rightdoor/config.toml");
        let sound = format!("[senses]\nsound = \"{}\"\n", companion.home().join("sound").display());
        let settings = fs::read_to_string(&config)?.replace("[senses]\n", &sound);
        Ok(fs::write(config, settings)?)
    })?;
    let mut eye = scene.companion.eye()?;
    eye.first(0, "a question that is held back", PATIENCE, |view| {
        view.prompt.as_ref().is_some_and(|prompt| !prompt.may_raise)
    })?;
    // What the companion would start for it, had it not seen the call itself, ends without a window.
    let mut command = raise(&scene)?;
    let ended = command.status()?;
    ensure!(ended.success() && !scene.window("Rightdoor"), "a window raised itself in a call");
    fs::write(scene.companion.home().join("sound/card0/pcm0c/sub0/status"), "closed\n")?;
    eye.first(0, "a question that may raise itself after the call", PATIENCE, |view| {
        view.prompt.as_ref().is_some_and(|prompt| prompt.may_raise)
    })?;
    until("the question's window after the call", || Ok(scene.window(QUESTION)))?;
    scene.session.readable(QUESTION)?;
    scene.session.shot("app", "raised-after-the-call")
}

/// After 911 was called from here nothing shows itself, wherever the laptop goes; what the agent opens opens.
pub fn frozen() -> Result<()> {
    let (mut scene, _dunst) = notified()?;
    scene.confirmed(&scene.site.place())?;
    let mut eye = scene.companion.eye()?;
    let mark = eye.mark();
    scene.registry.held_for_911(&scene.lab.pbx)?;
    eye.first(mark, "the freeze", PATIENCE, |view| view.frozen)?;
    let mut other = scene.lab.site(2)?;
    scene.lab.plug(&mut other)?;
    eye.first(mark, "the move", PATIENCE, |view| matches!(view.standing.here, Here::NotVerified { .. }))?;
    let ended = raise(&scene)?.status()?;
    ensure!(ended.success() && !scene.window("Rightdoor"), "a window raised itself after 911 was called");
    ensure!(scene.session.displayed()? == 0, "a notification raised itself after 911 was called");
    let item = whole_system::session::Item::of(scene.companion.process()?.pid());
    item.click(&scene.session, "Change")?;
    until("the window that the agent asked for", || Ok(scene.window(QUESTION)))?;
    scene.session.readable(QUESTION)?;
    scene.session.shot("app", "asked-for-in-the-freeze")
}

fn raise(scene: &Scene) -> Result<Command> {
    let mut command = scene.session.command(&binaries::path("rightdoor")?.to_string_lossy());
    command.arg("--runtime").arg(scene.companion.home().join("run/rightdoor"));
    command.arg("--data").arg(scene.companion.home().join(".local/share/rightdoor"));
    command.args(["--question", "--unasked"]);
    Ok(command)
}

/// The windows' processes that this companion started.
fn windows_of(scene: &Scene) -> Result<Vec<String>> {
    let mut all = Vec::new();
    // `pgrep` says by its status that there are none.
    let found = Command::new("pgrep").args(["-x", "rightdoor"]).output()?;
    for pid in String::from_utf8_lossy(&found.stdout).lines() {
        let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let alive = !fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default().contains(") Z ");
        if alive && words.contains(&*scene.companion.home().to_string_lossy()) {
            all.push(pid.to_owned());
        }
    }
    Ok(all)
}
