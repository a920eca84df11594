//! The first day: from a computer that knows nothing to a location that the registry gave back equal.

use anyhow::{Result, ensure};
use whole_system::session::PATIENCE;

use crate::browser::Browser;
use crate::scene::{Scene, equal};

pub fn first_run() -> Result<()> {
    let scene = Scene::new()?;
    let mut eye = scene.companion.eye()?;
    let window = Browser::open(&scene.session, &scene.companion, &[])?;
    window.until("This computer is not enrolled")?;
    window.shot("status-before-all")?;
    window.click("Set up Rightdoor")?;
    window.until("911 from your softphone has limits")?;
    window.shot("welcome-1-limits")?;
    window.click("I have read this")?;
    window.until("Wi-Fi")?;
    window.shot("welcome-2-permission")?;
    window.click("Go on")?;
    // A code that nobody gave: refused at its field, and nothing is lost.
    window.fill("Code", "AAAA-BBBB-CCCC")?;
    window.fill("Registry’s address", scene.registry.url())?;
    window.shot("welcome-3-enrol")?;
    window.click("Enrol")?;
    window.until("▲")?;
    window.shot("welcome-3-refused")?;
    window.fill("Code", &scene.registry.code()?)?;
    window.click("Enrol")?;
    eye.first(0, "enrolled", PATIENCE, |view| view.standing.enrolled)?;
    window.click("Type the address instead")?;
    window.fill("Number and street", "12 Elm Street")?;
    window.fill("City", "Golden")?;
    window.fill("State", "CO")?;
    window.fill("ZIP", "80401")?;
    window.shot("welcome-4-place")?;
    window.click("I am here")?;
    eye.first(0, "accepted and read back equal", PATIENCE, equal)?;
    window.until("Dial 933")?;
    window.shot("welcome-5-test")?;
    window.click("Yes, this one")?;
    eye.first(0, "tested", PATIENCE, |view| view.standing.proved)?;
    window.until_all(&["If you call 911 now, responders go to", "12 Elm Street"])?;
    window.shot("welcome-done")?;
    scene.until_held("<ca:HNO>12</ca:HNO>")?;
    // That the limits were read is at the registry, once.
    let read = scene.registry.advised()?;
    ensure!(read.len() == 1 && read[0]["edition"] == 1, "the registry knows of {read:?}");
    window.close()
}
