//! Network namespaces: a host of its own for each part of a lab.

use std::ffi::OsStr;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, bail};

use crate::process::read;

/// Set for the run of a test inside the user namespace that [`as_root`] made.
const INSIDE: &str = "RIGHTDOOR_INSIDE";

/// A network namespace; it goes when this is dropped.
#[derive(Debug)]
pub struct Netns {
    name: String,
}

impl Netns {
    /// Makes one, with its loopback up. The name tells who it belongs to if a killed test leaves it behind.
    ///
    /// # Errors
    /// When `ip netns add` is refused: it needs root.
    pub fn new(role: &str) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("rd{}-{number}{role}", std::process::id());
        read(Command::new("ip").args(["netns", "add", &name]))?;
        let namespace = Self { name };
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `ip` in it, with words separated by spaces.
    ///
    /// # Errors
    /// When `ip` refuses; with its reason.
    pub fn ip(&self, words: &str) -> Result<String> {
        read(Command::new("ip").args(["-n", &self.name]).args(words.split_whitespace()))
    }

    /// A command that will run in it. `ip netns exec` becomes that command, so the process id is its own.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Lets it forward between its interfaces.
    ///
    /// # Errors
    /// When `/proc/sys` cannot be written.
    pub fn forward(&self) -> Result<()> {
        read(self.command("sh").args(["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])).map(|_| ())
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        // Its interfaces go with it; processes in it are ended by their own values.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).output();
    }
}

/// Whether network namespaces may be made here.
fn is_root() -> bool {
    read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Runs `main` as root. Who is not root runs this very program again as root of a user namespace, with its own
/// network and mounts, in which labs work just the same.
///
/// # Errors
/// What `main` says, or that the system lets nobody but root make a user namespace.
pub fn as_root(main: impl FnOnce() -> Result<()>) -> Result<()> {
    if is_root() {
        return main();
    }
    if std::env::var_os(INSIDE).is_some() {
        bail!(
            "this needs network namespaces, and the system gives them to nobody but root: run it with sudo"
        );
    }
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "--net", "--", "sh", "-c"])
        .args(["mount -t tmpfs none /run && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .status()?;
    if status.success() {
        Ok(())
    } else {
        bail!("it failed as root of a user namespace ({status}); with sudo it may not")
    }
}

/// [`as_root`], as the end of a program.
pub fn main_as_root(main: impl FnOnce() -> Result<()>) -> ExitCode {
    match as_root(main) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
