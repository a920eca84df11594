//! Starting what the package brought.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};
use whole_system::process::{Process, read};

use crate::root::{PERSON, Root};

/// Where displays have their sockets.
const SOCKETS: &str = "/tmp/.X11-unix";

/// How long anything may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// A page has letters, and their edges have shades; an empty window has one colour, or two.
const COLOURS: u64 = 24;

/// The companion answers `rightdoorctl where`, and the window shows something.
pub fn companion_and_windows(root: &Root, figures: &mut Map<String, Value>) -> Result<()> {
    // What programs print is kept there, and goes with the clean Debian.
    let logs = root.path("tmp/logs");
    fs::create_dir_all(&logs)?;
    let config = "[secrets]\nstore = \"file\"\n";
    root.write("home/person/.config/rightdoor/config.toml", config)?;
    read(Command::new("chown").args(["-R", PERSON]).arg(root.path("home/person")))?;

    let mut start = root.as_person("", &["rightdoor-companion", "--no-tray"]);
    let mut companion = Process::start("companion", &mut start, &logs)?;
    let socket = root.path(&format!("run/user/{PERSON}/rightdoor/link.sock"));
    companion.wait_until("listening", PATIENCE, || socket.exists())?;
    figures.insert("where".to_owned(), json!(asked_where(root)?));

    let (_screen, display) = screen(root, &logs)?;
    let mut window = Process::start("window", &mut root.as_person(&display, &["rightdoor"]), &logs)?;
    let mut title = None;
    let shown = window.wait_until("showing a window", PATIENCE, || {
        title = title_on(&display);
        title.is_some()
    });
    shown.with_context(|| format!("on the display: {}", tree(&display).unwrap_or_default()))?;
    figures.insert("window".to_owned(), json!(title));
    let mut colours = 0;
    let drawn = window.wait_until("showing a page", PATIENCE, || {
        colours = shot(&display).unwrap_or_default();
        colours >= COLOURS
    });
    figures.insert("colours".to_owned(), json!(colours));
    drawn?;
    // For the people who look at the picture: the first page may be the one that waits for the companion.
    let _ =
        window.wait_until("showing more", PATIENCE / 6, || shot(&display).is_ok_and(|now| now != colours));
    window.stop();
    companion.stop();
    Ok(())
}

/// What `rightdoorctl where` says; nobody has confirmed anything, so it is no.
fn asked_where(root: &Root) -> Result<String> {
    let output = root.as_person("", &["rightdoorctl", "where"]).output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.code() != Some(1) || said.is_empty() {
        bail!(
            "`rightdoorctl where` ended with {}: {said} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(said)
}

/// A display that only the clean Debian and this program see: its socket is in a folder of this program's mounts, and its
/// other one, which has no file, in a network of its own.
fn screen(root: &Root, logs: &Path) -> Result<(Process, String)> {
    fs::create_dir_all(SOCKETS)?;
    read(Command::new("mount").args(["-t", "tmpfs", "-o", "mode=1777", "tmpfs", SOCKETS]))?;
    root.mount(&["--bind", SOCKETS], SOCKETS)?;
    let mut xvfb = apart("Xvfb");
    xvfb.args(["-displayfd", "1", "-screen", "0", "1024x800x24", "-nolisten", "tcp", "-ac"]);
    let mut screen = Process::start("screen", &mut xvfb, logs)?;
    let number = || {
        let said = fs::read_to_string(logs.join("screen.log")).unwrap_or_default();
        said.lines().find(|line| line.parse::<u16>().is_ok()).map(str::to_owned)
    };
    screen.wait_until("a display", PATIENCE, || number().is_some())?;
    Ok((screen, format!(":{}", number().context("the display has no number")?)))
}

/// A program of this computer in a network of its own, so that it cannot meet another's display under the same number.
fn apart(program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", program]);
    command
}

/// The title of Rightdoor's window, if there is one on the display.
fn title_on(display: &str) -> Option<String> {
    let tree = tree(display).ok()?;
    // `0x20000a "Rightdoor": ("rightdoor" "Rightdoor")  560x720+0+0  +0+0`; toolkits keep windows of ten points besides.
    let is_large =
        |line: &&str| line.split_whitespace().any(|word| size(word).is_some_and(|width| width > 100));
    let titles = tree.lines().filter(is_large).filter_map(|line| line.split('"').nth(1));
    titles.filter(|title| title.starts_with("Rightdoor")).map(str::to_owned).next()
}

fn tree(display: &str) -> Result<String> {
    read(apart("xwininfo").args(["-display", display, "-root", "-tree"]))
}

/// The width in `560x720+0+0`.
fn size(word: &str) -> Option<u32> {
    word.split_once('x')?.0.parse().ok()
}

/// Takes a picture of the display for people, and counts its colours.
fn shot(display: &str) -> Result<u64> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/deb");
    fs::create_dir_all(&folder)?;
    let file = folder.join("window.png");
    read(apart("import").args(["-display", display, "-window", "root"]).arg(&file))?;
    let count = read(Command::new("identify").args(["-format", "%k"]).arg(&file))?;
    let colours = count.trim().parse().with_context(|| format!("identify said {count}"))?;
    ensure!(colours > 0, "a picture without a colour");
    Ok(colours)
}
