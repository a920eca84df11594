//! What happens to the others when one of the programs dies.

use std::fs;

use anyhow::{Result, ensure};
use whole_system::process::read;
use whole_system::session::PATIENCE;

use crate::browser::Browser;
use crate::scene::{Scene, equal};

/// The windows die with a form half filled: the companion lives, the question is open still, and nothing was said.
pub fn windows() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.confirmed(&scene.site.place())?;
    let mut other = scene.lab.site(2)?;
    let mut eye = scene.companion.eye()?;
    let mark = eye.mark();
    scene.lab.plug(&mut other)?;
    let asked = eye.first(mark, "a question", PATIENCE, |view| view.prompt.is_some())?;
    let window = Browser::open(&scene.session, &scene.companion, &["--question"])?;
    window.until("Somewhere else")?;
    window.click("Somewhere else")?;
    window.click("Type the address instead")?;
    window.fill("Number and street", "12 Elm Street")?;
    let pid = window.pid()?;
    read(std::process::Command::new("kill").args(["-KILL", &pid.to_string()]))?;
    window.gone()?;
    window.close()?;
    let view = eye.now()?;
    ensure!(
        view.prompt.as_ref().map(|prompt| prompt.id) == asked.view.prompt.as_ref().map(|prompt| prompt.id)
    );
    ensure!(!view.standing.here.is_verified(), "something was confirmed by a window's death");
    // The next window asks the same question, and is answered.
    let window = Browser::open(&scene.session, &scene.companion, &["--question"])?;
    window.until("Somewhere else")?;
    scene.companion.ctl(&["answer", "--place", &other.place()])?;
    eye.first(mark, "registered at the second site", PATIENCE, |view| {
        equal(view) && view.prompt.is_none() && view.standing.confirmed_differs.is_none()
    })?;
    window.close()
}

/// The companion dies: the window says so and shows nothing old as if it were so; then it recovers by itself.
pub fn companion() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.confirmed(&scene.site.place())?;
    let house = format!("{} Blake Street", scene.site.house());
    let window = Browser::open(&scene.session, &scene.companion, &[])?;
    window.until_all(&["Your registered 911 location is", &house])?;
    window.shot("status")?;
    scene.companion.process()?.signal("KILL")?;
    let said = window.until("The Rightdoor companion is not running")?;
    ensure!(
        !said.contains("Your registered 911 location is"),
        "an old sentence stands there as if it were so: {said}"
    );
    window.shot("companion-gone")?;
    scene.companion.start()?;
    window.until_all(&["Your registered 911 location is", &house])?;
    window.close()
}

/// Nothing answers, and the store is not there: the card opens from its file, and without the file, too.
pub fn card() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.confirmed(&scene.site.place())?;
    scene.companion.stop();
    let data = scene.companion.home().join(".local/share/rightdoor");
    for entry in fs::read_dir(&data)? {
        let path = entry?.path();
        if path.is_file() && !path.ends_with("guidance.txt") {
            fs::remove_file(path)?;
        }
    }
    let window = Browser::open(&scene.session, &scene.companion, &["--guidance"])?;
    let stay = "Already talking to 911? Stay on the line.";
    window.until_all(&[stay, "Call 911 from your mobile phone.", &scene.site.house()])?;
    window.shot("card-from-its-file")?;
    window.close()?;
    fs::remove_file(data.join("guidance.txt"))?;
    let window = Browser::open(&scene.session, &scene.companion, &["--guidance"])?;
    window.until_all(&[stay, "Tell them"])?;
    window.shot("card-without-its-file")?;
    window.close()
}
