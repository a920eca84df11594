//! Claim `card`: the outage card opens, is read by everyone, and prints, when nothing else is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use whole_system::binaries;
use whole_system::figures::{Times, is_long};
use whole_system::process::{Process, read};
use whole_system::session::until;

use crate::browser::Browser;
use crate::scene::Scene;

const TITLE: &str = "Rightdoor: how to reach 911";
const DESK: &str = "denver/b/5/5-112";
/// What the organisation says of this floor.
const GUIDANCE: &str = r#"{"version": 1, "rules": [
    {"steps": {"desk": {"en": "Then tell the security desk: 303-555-0100.", "es": "Después avise a seguridad: 303-555-0100.",
                        "fr": "Prévenez ensuite la sécurité : 303-555-0100."}}},
    {"at": {"RD": "Wynkoop", "FLR": "5"}, "callback": "303-555-0142",
     "steps": {"phone": {"en": "No mobile? Red phone by the stairwell, floor 5 east.",
                         "es": "¿Sin móvil? Teléfono rojo junto a la escalera, piso 5 este.",
                         "fr": "Pas de cellulaire? Téléphone rouge près de l’escalier, 5e étage est."}}}
]}"#;

/// What each language's card says, in order.
const SAYS: [(&str, &str, [&str; 4]); 3] = [
    (
        "en",
        "English",
        [
            "Already talking to 911? Stay on the line.",
            "Call 911 from your mobile phone.",
            "Red phone by the stairwell",
            "Say this:",
        ],
    ),
    (
        "es",
        "Español",
        [
            "¿Ya está hablando con el 911? No cuelgue.",
            "Llame al 911 desde su teléfono móvil.",
            "Teléfono rojo junto a la escalera",
            "Diga esto:",
        ],
    ),
    (
        "fr",
        "Français",
        [
            "Vous parlez déjà au 911? Restez en ligne.",
            "Appelez le 911 avec votre cellulaire.",
            "Téléphone rouge près de l’escalier",
            "Dites ceci :",
        ],
    ),
];

/// The whole claim; gives its figures.
pub fn with_all_else_gone() -> Result<Value> {
    let mut scene = Scene::new()?;
    scene.registry.guide(GUIDANCE)?;
    scene.confirmed(DESK)?;
    let data = scene.companion.home().join(".local/share/rightdoor");
    let file = data.join("guidance.txt");
    let floors = || Ok(fs::read_to_string(&file).is_ok_and(|text| text.contains("floor 5 east")));
    until("the organisation's guidance in the file", floors)?;
    leave_nothing_but(&file, &mut scene)?;

    for (language, _, says) in SAYS {
        let said = scene.companion.ctl(&["guidance", "--lang", language])?;
        in_order(&said, &says)?;
    }
    let times = cold(&scene, &data)?;
    let violations = seen(&scene)?;
    in_order(&print(&scene, &data)?, &SAYS[0].2)?;
    let mut figures = json!({ "languages": SAYS.len(), "axe_violations": violations, "printed_pages": 1 });
    figures["command_to_readable_card_cold"] = times.json();
    Ok(figures)
}

/// Companion, registry, network, store and keyring go; the flat file stays.
fn leave_nothing_but(file: &Path, scene: &mut Scene) -> Result<()> {
    scene.companion.stop();
    scene.lab.unplug()?;
    scene.registry.hang(true)?;
    for entry in fs::read_dir(file.parent().context("it has one")?)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else if path != file {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn in_order(said: &str, wanted: &[&str]) -> Result<()> {
    let mut rest = said;
    for words in wanted {
        let at = rest.find(words).with_context(|| format!("{words:?} does not come in its turn: {said}"))?;
        rest = &rest[at..];
    }
    Ok(())
}

/// The windows' program, started from nothing on a laptop without a network, until its card can be read. It is not the one
/// that is shipped: the claim `latency` judges the time of that.
fn cold(scene: &Scene, data: &Path) -> Result<Times> {
    let mut times = Times::default();
    for _ in 0..if is_long() { 5 } else { 1 } {
        let began = Instant::now();
        let window = open(scene, data)?;
        times.push(scene.session.readable(TITLE)? - began);
        close(scene, &window)?;
    }
    Ok(times)
}

/// The windows' program, as the laptop's desktop starts it; nothing drives it but the display.
fn open(scene: &Scene, data: &Path) -> Result<Process> {
    let mut command = scene.session.command("ip");
    command.args(["netns", "exec", scene.lab.laptop.name()]).arg(binaries::path("rightdoor")?);
    command.arg("--guidance").arg("--runtime").arg(scene.companion.home().join("run/rightdoor"));
    command.arg("--data").arg(data).env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1");
    // Where the desktop prints files to.
    command.current_dir(scene.session.folder());
    scene.session.start("card", &mut command)
}

fn close(scene: &Scene, window: &Process) -> Result<()> {
    scene.session.close(TITLE)?;
    let gone = || Ok(!Path::new(&format!("/proc/{}/exe", window.pid())).exists());
    until("an end of the windows' program", gone)
}

/// The card in its three languages, for eyes and for a screen reader; gives how much axe found.
fn seen(scene: &Scene) -> Result<usize> {
    let window = Browser::open(&scene.session, &scene.companion, &["--guidance"])?;
    let mut violations = Vec::new();
    for (language, name, says) in SAYS {
        if language != "en" {
            window.click(name)?;
        }
        in_order(&window.until_all(&says)?, &says)?;
        let lang = window.script("return document.querySelector('main').lang", Vec::new())?;
        ensure!(lang == language, "the card in {name} is read out as {lang}");
        let fits = "const page = document.documentElement; return page.scrollHeight <= page.clientHeight";
        ensure!(window.script(fits, Vec::new())? == true, "the card in {name} scrolls");
        window.shot(&format!("card-{language}"))?;
        violations.extend(axe(&window)?);
    }
    ensure!(violations.is_empty(), "axe found {violations:?}");
    window.close()?;
    Ok(violations.len())
}

/// What axe finds in the real web view.
fn axe(window: &Browser<'_>) -> Result<Vec<String>> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
    let source = fs::read_to_string(source).context("axe is there wherever the page was built")?;
    window.script(&source, Vec::new())?;
    let run = "const done = arguments[0]; axe.run(document).then((found) => done(found.violations.map((one) => one.id)), (error) => done([String(error)]))";
    let found = window.script_async(run, Vec::new())?;
    let found = found.as_array().with_context(|| format!("axe said {found}"))?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// Prints as a person does, by the keyboard: the button, then the desktop's own dialogue with its printer "Print to
/// File"; gives what stands on the paper. (A web view that is driven prints nothing.)
fn print(scene: &Scene, data: &Path) -> Result<String> {
    let window = open(scene, data)?;
    scene.session.readable(TITLE)?;
    let mut pressed = 0;
    // Keys that come before the page has the focus are lost.
    let dialogue = until("the desktop's print dialogue", || {
        if pressed % 20 == 0 {
            scene.session.keys(&["Tab", "Tab", "Tab", "Return"])?;
        }
        pressed += 1;
        Ok(scene.window("^Print$"))
    });
    dialogue?;
    scene.session.readable("Print")?;
    scene.session.shot("app", "card-print")?;
    // The only printer there is: a file.
    scene.session.keys(&["Down", "alt+p"])?;
    let mut pdf = None;
    until("a printed file", || {
        pdf = printed(scene.session.folder());
        Ok(pdf.is_some())
    })?;
    let pdf = pdf.context("it was just found")?;
    close(scene, &window)?;
    let pages = read(scene.session.command("pdfinfo").arg(&pdf))?;
    ensure!(pages.lines().any(|line| line.split_whitespace().eq(["Pages:", "1"])), "not one page: {pages}");
    let text = read(scene.session.command("pdftotext").arg("-layout").arg(&pdf).arg("-"))?;
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A whole PDF below this folder.
fn printed(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.flatten().find_map(|entry| {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            return printed(&path);
        }
        let ends = |bytes: Vec<u8>| bytes.trim_ascii_end().ends_with(b"%%EOF");
        (path.extension().is_some_and(|end| end == "pdf") && fs::read(&path).is_ok_and(ends)).then_some(path)
    })
}
