//! A working day: the prompt, the hot desk, the form.

use anyhow::{Result, ensure};
use rightdoor_core::View;
use whole_system::eye::Eye;
use whole_system::session::PATIENCE;

use crate::browser::Browser;
use crate::scene::{Scene, equal};

const DESK: &str = "denver/b/2/2-101";

/// An agent at a desk of a building with several floors, whose cable was out for a while: the router says the
/// building, and nothing says the floor.
fn back_in_the_building() -> Result<(Scene, Eye, usize)> {
    let mut scene = Scene::new()?;
    scene.confirmed(DESK)?;
    let mut eye = scene.companion.eye()?;
    let mark = eye.mark();
    scene.lab.unplug()?;
    eye.first(mark, "the cable out", PATIENCE, |view| !view.standing.here.is_verified())?;
    scene.lab.plug(&mut scene.site)?;
    eye.first(mark, "a question", PATIENCE, |view| {
        view.prompt.as_ref().is_some_and(|prompt| prompt.building.is_some() && prompt.may_raise)
    })?;
    Ok((scene, eye, mark))
}

fn answered(view: &View) -> bool {
    equal(view) && view.prompt.is_none()
}

/// One key chooses, one confirms, and neither counts in the window's first half second.
pub fn keyboard() -> Result<()> {
    let (scene, mut eye, mark) = back_in_the_building()?;
    let window = Browser::open(&scene.session, &scene.companion, &["--question"])?;
    window.until_all(&["Are you at Desk 2-101?", "Yes, I am here"])?;
    window.shot("question")?;
    window.guard_is_over()?;
    scene.session.keys(&["1", "Return"])?;
    eye.first(mark, "registered", PATIENCE, answered)?;
    window.shot("question-answered")?;
    // It leaves by itself.
    window.gone()?;
    scene.until_held("<ca:SEAT>2-101</ca:SEAT>")?;
    window.close()
}

/// Another floor, the floor, the desk: three acts.
pub fn another_floor() -> Result<()> {
    let (scene, mut eye, mark) = back_in_the_building()?;
    let window = Browser::open(&scene.session, &scene.companion, &["--question"])?;
    window.until_all(&["Are you at Desk 2-101?", "another floor"])?;
    let acts = ["Same building, another floor or desk", "Floor 5", "5-112"];
    for (number, act) in acts.iter().enumerate() {
        window.until(act)?;
        window.shot(&format!("another-floor-{}", number + 1))?;
        window.click(act)?;
    }
    eye.first(mark, "registered at the other desk", PATIENCE, answered)?;
    scene.until_held("<ca:SEAT>5-112</ca:SEAT>")?;
    window.close()
}

/// An address with a ZIP of another state: the error stands at its field, what was typed stays, and the corrected one is
/// registered.
pub fn typed() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.confirmed(&scene.site.place())?;
    let mut eye = scene.companion.eye()?;
    let mark = eye.mark();
    let window = Browser::open(&scene.session, &scene.companion, &[])?;
    window.until("Your registered 911 location is")?;
    window.click("I am somewhere else")?;
    window.on_page("question")?;
    window.click("Somewhere else")?;
    window.click("Type the address instead")?;
    window.fill("Number and street", "12 n Elm st")?;
    window.fill("City", "Golden")?;
    window.fill("State", "CO")?;
    window.fill("ZIP", "10001")?;
    window.until("North")?;
    window.click("I am here")?;
    let said = window.until("ZIP")?;
    window.shot("form-error")?;
    ensure!(eye.now()?.standing.confirmed_differs.is_none(), "a wrong address was sent: {said}");
    ensure!(window.value("Number and street")? == "12 n Elm st", "what was typed is gone");
    window.fill("ZIP", "80401")?;
    window.fill("Door or gate code", "4411")?;
    window.shot("form-corrected")?;
    window.click("I am here")?;
    eye.first(mark, "registered at home", PATIENCE, |view| {
        let record = view.standing.registered.as_ref().and_then(|record| record.content.address());
        equal(view) && record.is_some_and(|address| address.street_line() == "12 North Elm Street")
    })?;
    scene.until_held("4411")?;
    window.until("12 North Elm Street")?;
    window.shot("status-after-the-form")?;
    window.close()
}
