//! The companion, and `rightdoorctl` beside it, with a home of their own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::binaries;
use crate::eye::Eye;
use crate::lab::Lab;
use crate::netns::Netns;
use crate::process::Process;

/// How long a companion may take to open its link.
const START: Duration = Duration::from_secs(10);

/// A companion that runs, or ran: its home stays when it is killed.
#[derive(Debug)]
pub struct Companion {
    process: Option<Process>,
    home: PathBuf,
    /// Words before the program: how to get where it runs.
    way: Vec<String>,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
}

impl Companion {
    /// A home under `folder` with a configuration that takes `eth0` for a cable, keeps the token in a file and trusts
    /// `authority`; nothing is started yet. It sees no bus of this computer.
    ///
    /// # Errors
    /// When the home cannot be made.
    pub fn new(folder: &Path, authority: &Path) -> Result<Self> {
        let home = folder.join("home");
        let runtime = home.join("run");
        fs::create_dir_all(home.join(".config/rightdoor"))?;
        fs::create_dir_all(&runtime)?;
        let private = Command::new("chmod").args([Path::new("700"), &runtime]).status()?;
        anyhow::ensure!(private.success(), "{} cannot be made private", runtime.display());
        let configuration = format!(
            "[senses]\nphysical = [\"eth0\"]\n\n[windows]\nopen = false\n\n[secrets]\nstore = \"file\"\n\n[registry]\nca_file = \"{}\"\n",
            authority.display()
        );
        fs::write(home.join(".config/rightdoor/config.toml"), configuration)?;
        let path = |tail: &str| home.join(tail).to_string_lossy().into_owned();
        let nowhere = format!("unix:path={}", path("no-bus"));
        let variables = [
            ("HOME", path("")),
            ("XDG_CONFIG_HOME", path(".config")),
            ("XDG_DATA_HOME", path(".local/share")),
            ("XDG_CACHE_HOME", path(".cache")),
            ("XDG_RUNTIME_DIR", path("run")),
            ("DBUS_SYSTEM_BUS_ADDRESS", nowhere.clone()),
            ("DBUS_SESSION_BUS_ADDRESS", nowhere),
            ("LC_ALL", "C.UTF-8".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Ok(Self { process: None, home, way: Vec::new(), variables, arguments: Vec::new() })
    }

    /// The headless companion on a lab's laptop, started.
    ///
    /// # Errors
    /// When it does not open its link.
    pub fn on_laptop(lab: &Lab, authority: &Path) -> Result<Self> {
        let mut companion = Self::new(lab.folder(), authority)?;
        companion.on(lab).argument("--no-tray").start()?;
        Ok(companion)
    }

    /// Lets it open windows, which is a display's business.
    ///
    /// # Errors
    /// When its configuration cannot be written.
    pub fn with_windows(&mut self) -> Result<&mut Self> {
        let file = self.home.join(".config/rightdoor/config.toml");
        let configuration = fs::read_to_string(&file)?.replace("open = false", "open = true");
        fs::write(file, configuration)?;
        Ok(self)
    }

    /// Adds a table to its configuration; it is read at the next start.
    ///
    /// # Errors
    /// When its configuration cannot be written.
    pub fn configure(&mut self, table: &str) -> Result<&mut Self> {
        let file = self.home.join(".config/rightdoor/config.toml");
        let configuration = format!("{}\n{table}\n", fs::read_to_string(&file)?);
        fs::write(file, configuration)?;
        Ok(self)
    }

    /// Lets it run on the lab's laptop, with the laptop's DNS configuration in the place of this computer's.
    pub fn on(&mut self, lab: &Lab) -> &mut Self {
        self.within(&lab.laptop, &lab.resolv())
    }

    /// Lets it run on that laptop, with `resolv` in the place of this computer's DNS configuration.
    pub fn within(&mut self, laptop: &Netns, resolv: &Path) -> &mut Self {
        let mount = format!("mount --bind '{}' /etc/resolv.conf && exec \"$0\" \"$@\"", resolv.display());
        let way = ["ip", "netns", "exec", laptop.name(), "sh", "-c", &mount];
        self.way = way.map(str::to_owned).to_vec();
        self
    }

    /// Sets an environment variable of it.
    pub fn variable(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an argument.
    pub fn argument(&mut self, argument: &str) -> &mut Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Starts it and waits until its link is open.
    ///
    /// # Errors
    /// When it does not open its link.
    pub fn start(&mut self) -> Result<()> {
        self.launch()?;
        let socket = self.socket();
        let process = self.process.as_mut().context("it was just started")?;
        process.wait_until("open for clients", START, || Eye::open(&socket).is_ok())
    }

    /// Starts it and waits for nothing.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn launch(&mut self) -> Result<()> {
        let program = binaries::path("rightdoor-companion")?;
        let mut words = self.way.iter().map(OsStr::new).chain([program.as_os_str()]);
        let mut command = Command::new(words.next().context("there is a program")?);
        command
            .args(words)
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        self.process = Some(Process::start("companion", &mut command, &self.home)?);
        Ok(())
    }

    /// Its process.
    ///
    /// # Errors
    /// When it was not started.
    pub fn process(&mut self) -> Result<&mut Process> {
        self.process.as_mut().context("the companion was not started")
    }

    /// Ends it.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Its link's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        rightdoor_link::socket_path(&self.home.join("run/rightdoor"))
    }

    /// Its home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Opens an eye on it.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn eye(&self) -> Result<Eye> {
        Eye::open(&self.socket())
    }

    /// Runs `rightdoorctl` as the same person, and gives what it printed.
    ///
    /// # Errors
    /// When it exits with anything but 0 (done) or 1 (the answer is no).
    pub fn ctl(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(binaries::path("rightdoorctl")?);
        command.args(words).envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.code() {
            Some(0 | 1) => Ok(text),
            Some(_) | None => {
                bail!("rightdoorctl {words:?}: {text}{}", String::from_utf8_lossy(&output.stderr).trim())
            }
        }
    }

    /// What a person would type for `rightdoorctl` with these words.
    ///
    /// # Errors
    /// When there is no `rightdoorctl`.
    pub fn by_hand(&self, words: &str) -> Result<String> {
        let homes = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"];
        let named = self.variables.iter().filter(|(name, _)| homes.contains(&name.as_str()));
        let variables: Vec<_> = named.map(|(name, value)| format!("{name}='{value}'")).collect();
        Ok(format!("{} {} {words}", variables.join(" "), binaries::path("rightdoorctl")?.display()))
    }

    /// [`Companion::ctl`] with `--json`.
    ///
    /// # Errors
    /// When it fails, or prints something else than JSON.
    pub fn ctl_json(&self, words: &[&str]) -> Result<Value> {
        let text = self.ctl(&[words, &["--json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("rightdoorctl {words:?} said {text}"))
    }
}
