//! A person's session: a bus, a display, and on demand a notification daemon, tray hosts and a keyring, all private.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::companion::Companion;
use crate::process::{Process, read};
use crate::screen::Screen;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// How long anything on a desktop may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The bus and the display.
#[derive(Debug)]
pub struct Session {
    folder: PathBuf,
    display: String,
    // In this order they end: the display's clients go before the display.
    _screen: Process,
    _bus: Process,
}

impl Session {
    /// Begins one in `folder`; nobody else is on its bus, and nothing is started by asking for it, except a panel's
    /// settings.
    pub fn begin(folder: &Path) -> Result<Self> {
        let services = folder.join("services");
        fs::create_dir_all(&services)?;
        let panel = Path::new("/usr/share/dbus-1/services/org.xfce.Xfconf.service");
        if panel.is_file() {
            fs::copy(panel, services.join("org.xfce.Xfconf.service"))?;
        }
        let socket = folder.join("bus");
        let config = folder.join("bus.conf");
        fs::write(
            &config,
            format!(
                "<busconfig><type>session</type><listen>unix:path={}</listen><servicedir>{}</servicedir>\
                 <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
                 <allow own=\"*\"/></policy></busconfig>",
                socket.display(),
                services.display()
            ),
        )?;
        let mut command = Command::new("dbus-daemon");
        command.arg(format!("--config-file={}", config.display())).arg("--nofork");
        let mut bus = Process::start("bus", session_of(&mut command, folder), folder)?;
        bus.wait_until("listening", PATIENCE, || socket.exists())?;
        let mut command = Command::new("Xvfb");
        // Without `-noreset` it begins anew whenever its last client leaves, and refuses the next one meanwhile.
        command.args(["-noreset", "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
        let mut screen = Process::start("screen", &mut command, folder)?;
        let log = folder.join("screen.log");
        let number = || {
            let said = fs::read_to_string(&log).unwrap_or_default();
            said.lines().find(|line| line.parse::<u16>().is_ok()).map(str::to_owned)
        };
        screen.wait_until("a display", PATIENCE, || number().is_some())?;
        let display = format!(":{}", number().context("the display has no number")?);
        Ok(Self { folder: folder.to_owned(), display, _screen: screen, _bus: bus })
    }

    /// Its display, as programs are told it.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Its home.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn variables(&self) -> [(&'static str, String); 2] {
        [("DBUS_SESSION_BUS_ADDRESS", address(&self.folder)), ("DISPLAY", self.display.clone())]
    }

    /// Lets a companion see this session.
    pub fn seat(&self, companion: &mut Companion) {
        for (name, value) in self.variables() {
            companion.variable(name, &value);
        }
    }

    /// A command in this session.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        session_of(&mut command, &self.folder).envs(self.variables());
        command
    }

    /// Starts a program in this session.
    pub fn start(&self, name: &str, command: &mut Command) -> Result<Process> {
        Process::start(name, command, &self.folder)
    }

    /// A real notification daemon, dunst, whose menu of actions is answered by [`Session::choose`].
    pub fn dunst(&self) -> Result<Process> {
        let chooser = self.folder.join("choose");
        let menu = self.folder.join("menu");
        let script = format!(
            "#!/bin/sh\ncat > '{menu}.new'\nmv '{menu}.new' '{menu}'\nwhile [ -e '{hold}' ]; do sleep 0.05; done\n\
             grep -F -f '{choice}' '{menu}' | head -1\n",
            menu = menu.display(),
            hold = self.folder.join("hold").display(),
            choice = self.folder.join("choice").display(),
        );
        fs::write(&chooser, script)?;
        fs::set_permissions(&chooser, fs::Permissions::from_mode(0o755))?;
        let config = self.folder.join("dunstrc");
        let look = "font = Sans 11\nwidth = 560\noffset = 10x40\nmarkup = full\nformat = \"<b>%s</b>\\n%b\"\nword_wrap = yes\n";
        fs::write(&config, format!("[global]\n{look}dmenu = {}\n", chooser.display()))?;
        let mut dunst = self.start("dunst", self.command("dunst").arg("-conf").arg(&config))?;
        let mut is_there = || read(self.command("dunstctl").arg("count")).is_ok();
        dunst.wait_until("on the bus", PATIENCE, &mut is_there)?;
        Ok(dunst)
    }

    /// How many notifications are on the screen.
    pub fn displayed(&self) -> Result<usize> {
        Ok(read(self.command("dunstctl").args(["count", "displayed"]))?.trim().parse()?)
    }

    /// Chooses the action whose line in the daemon's menu holds `text`.
    pub fn choose(&self, text: &str) -> Result<()> {
        let _ = fs::remove_file(self.folder.join("menu"));
        fs::write(self.folder.join("choice"), format!("{text}\n"))?;
        read(self.command("dunstctl").arg("context")).map(|_| ())
    }

    /// The lines of the daemon's menu, without choosing any.
    pub fn actions(&self) -> Result<String> {
        let menu = self.folder.join("menu");
        self.choose("no line holds this")?;
        until("the daemon's menu", || Ok(menu.exists()))?;
        Ok(fs::read_to_string(menu)?)
    }

    /// Whether the daemon has opened its menu since it was last asked.
    pub fn menu_is_open(&self) -> bool {
        self.folder.join("menu").exists()
    }

    /// A file that holds the daemon's menu open while it exists.
    pub fn hold(&self) -> PathBuf {
        self.folder.join("hold")
    }

    /// The script that speaks as a tray host.
    pub fn tray(&self) -> Command {
        // The system's own Python has the bus bindings.
        let mut command = self.command("/usr/bin/python3");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tray.py"));
        command
    }

    /// A real window manager, without which no window has the focus.
    ///
    /// # Errors
    /// When it does not come.
    pub fn manager(&self) -> Result<Process> {
        let mut manager = self.start("openbox", &mut self.command("openbox"))?;
        let mut is_there = || {
            let check = self.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]).output();
            check.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("window id"))
        };
        manager.wait_until("a window manager", PATIENCE, &mut is_there)?;
        Ok(manager)
    }

    /// The instant at which a window of exactly this title was first seen with words in it.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn readable(&self, title: &str) -> Result<Instant> {
        // A page with its words has many colours, for letters are smoothed; one without has a few.
        const COLOURS: usize = 40;
        const BETWEEN: Duration = Duration::from_millis(5);
        let screen = Screen::open(&self.display)?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let colours = screen.colours(title, COLOURS)?;
            let seen = Instant::now();
            if colours.is_some_and(|colours| colours >= COLOURS) {
                return Ok(seen);
            }
            std::thread::sleep(BETWEEN);
        }
        bail!("no window {title:?} could be read within {PATIENCE:?}")
    }

    /// Closes the window of exactly this title as a person does. What can be seen already, its manager may list a moment
    /// later.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn close(&self, title: &str) -> Result<()> {
        let closed = || read(self.command("wmctrl").args(["-F", "-c", title])).map(|_| true);
        until(&format!("a window {title:?} to close"), closed)
    }

    /// Presses keys on the display's keyboard, by their X names.
    ///
    /// # Errors
    /// When there is no display.
    pub fn keys(&self, names: &[&str]) -> Result<()> {
        read(self.command("xdotool").arg("key").args(names)).map(|_| ())
    }

    /// Types a text on the display's keyboard.
    ///
    /// # Errors
    /// When there is no display.
    pub fn types(&self, text: &str) -> Result<()> {
        read(self.command("xdotool").args(["type", "--delay", "5", "--", text])).map(|_| ())
    }

    /// A picture of the screen, for people, in a folder of the project's `out`.
    ///
    /// # Errors
    /// When there is no screen or no room.
    pub fn shot(&self, folder: &str, name: &str) -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out").join(folder);
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}.png"));
        let mut import = self.command("import");
        read(import.args(["-window", "root"]).arg(file)).map(|_| ())
    }
}

/// What the tray shows of a companion.
#[derive(Debug)]
pub struct Item(String);

impl Item {
    /// The item of the companion with this process id.
    pub fn of(pid: u32) -> Self {
        Self(format!("org.kde.StatusNotifierItem-{pid}-1"))
    }

    /// Title, status, icons and menu.
    pub fn read(&self, session: &Session) -> Result<Value> {
        Ok(serde_json::from_str(&read(session.tray().args(["read", &self.0]))?)?)
    }

    /// Waits until the title holds `text`, and gives what is shown then.
    pub fn until(&self, session: &Session, text: &str) -> Result<Value> {
        let mut last = Value::Null;
        let seen = until(&format!("a tray that says {text:?}"), || {
            last = self.read(session)?;
            Ok(last["title"].as_str().is_some_and(|title| title.contains(text)))
        });
        seen.with_context(|| format!("the tray says {}", last["title"]))?;
        ensure!(
            last["menu"][0]["label"] == last["title"],
            "the menu's first line is not the headline: {}",
            last["menu"]
        );
        Ok(last)
    }

    /// Activates the first menu line that begins so.
    pub fn click(&self, session: &Session, label: &str) -> Result<()> {
        read(session.tray().args(["click", &self.0, label])).map(|_| ())
    }

    /// Activates a menu line by its id.
    pub fn event(&self, session: &Session, id: i64) -> Result<()> {
        read(session.tray().args(["event", &self.0, &id.to_string()])).map(|_| ())
    }
}

/// The id of the menu line that begins so.
pub fn line(shown: &Value, label: &str) -> Result<i64> {
    let lines = shown["menu"].as_array().context("there is no menu")?;
    let line = lines.iter().find(|line| line["label"].as_str().is_some_and(|text| text.starts_with(label)));
    line.and_then(|line| line["id"].as_i64()).with_context(|| format!("no line {label:?} in {lines:?}"))
}

/// Waits until `ready`; for what no event announces.
pub fn until(what: &str, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        let seen = ready();
        match seen {
            Ok(true) => return Ok(()),
            _ if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
            Ok(false) => bail!("{what}: not within {PATIENCE:?}"),
            Err(error) => return Err(error.context(format!("{what}: not within {PATIENCE:?}"))),
        }
    }
}

fn address(folder: &Path) -> String {
    format!("unix:path={}", folder.join("bus").display())
}

/// A home of the session's own, so that no program reads or writes this person's settings.
fn session_of<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    let path = |tail: &str| folder.join(tail);
    command
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", path("config"))
        .env("XDG_DATA_HOME", path("data"))
        .env("XDG_CACHE_HOME", path("cache"))
        .env("XDG_RUNTIME_DIR", folder)
        .env("LC_ALL", "C.UTF-8")
        .env_remove("DBUS_SYSTEM_BUS_ADDRESS")
}
