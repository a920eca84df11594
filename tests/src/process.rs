//! Processes that end with the value that stands for them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a process may take to end when it is asked to.
const POLITE: Duration = Duration::from_secs(5);

/// A process that we started; it ends when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it prints goes to `folder/name.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal (`TERM`, `KILL`, `USR1`).
    ///
    /// # Errors
    /// When the process is gone.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let kill = Command::new("kill").args([format!("-{signal}"), self.pid().to_string()]).output()?;
        if kill.status.success() { Ok(()) } else { bail!("{} is gone:\n{}", self.name, self.log()) }
    }

    /// Waits until `ready` holds.
    ///
    /// # Errors
    /// When the process ends first, or time runs out; with what it printed.
    pub fn wait_until(
        &mut self,
        what: &str,
        patience: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let end = Instant::now() + patience;
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended ({status}) before {what}:\n{}", self.name, self.log());
            }
            if Instant::now() > end {
                bail!("{}: not {what} within {patience:?}:\n{}", self.name, self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Ends it and what it started: politely first, then for certain.
    pub fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let below = below(self.pid());
        self.end();
        // Kamailio is many processes, and now and then some outlive the one that was told.
        kill(below.into_iter().filter(|pid| Path::new(&format!("/proc/{pid}")).exists()));
    }

    /// Ends it and what it started at this instant, as a loss of power would: nobody says farewell, or holds a port
    /// open without answering meanwhile.
    pub fn fell(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill(std::iter::once(self.pid()).chain(below(self.pid())));
            // An error here means that it is gone.
            let _ = self.child.wait();
        }
    }

    fn end(&mut self) {
        let asked = self.signal("TERM").is_ok();
        let end = Instant::now() + POLITE;
        while asked && Instant::now() < end {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // It did not listen; an error here means that it is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Kills them all in one stroke; whoever is gone already is no error.
fn kill(pids: impl Iterator<Item = u32>) {
    let pids: Vec<String> = pids.map(|pid| pid.to_string()).collect();
    if !pids.is_empty() {
        let _ = Command::new("kill").arg("-KILL").args(pids).stderr(Stdio::null()).status();
    }
}

/// The processes that `pid` started, and those that they did.
fn below(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    children.flat_map(|pid| std::iter::once(pid).chain(below(pid))).collect()
}

/// Runs a command to its end and gives what it printed.
///
/// # Errors
/// When it fails; with what it said.
pub fn read(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("{shown} cannot be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{shown} failed ({}): {} {}",
            output.status,
            said.trim(),
            String::from_utf8_lossy(&output.stdout).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// A process that is told, and below it one that is deaf; and whether the deaf one lives.
    fn parent(folder: &Path) -> (Process, impl Fn() -> bool) {
        let script = "sh -c 'trap \"\" TERM; echo deaf $$; while :; do sleep 1; done' & wait";
        let mut process = Process::start("parent", Command::new("sh").args(["-c", script]), folder).unwrap();
        let log = folder.join("parent.log");
        let deaf = || fs::read_to_string(&log).unwrap().strip_prefix("deaf ")?.trim().parse::<u32>().ok();
        process.wait_until("running", POLITE, || deaf().is_some()).unwrap();
        let stat = format!("/proc/{}/stat", deaf().unwrap());
        // One that nobody has asked about yet is over, too.
        let lives = move || fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        assert!(lives());
        (process, lives)
    }

    fn ends(lives: impl Fn() -> bool) {
        let end = Instant::now() + POLITE;
        while lives() {
            assert!(Instant::now() < end, "it lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn nothing_that_it_started_outlives_it() {
        let folder = tempfile::tempdir().unwrap();
        let (mut process, lives) = parent(folder.path());
        process.stop();
        ends(lives);
    }

    #[test]
    fn felled_it_has_no_time_to_say_farewell() {
        let folder = tempfile::tempdir().unwrap();
        let script = "trap 'echo farewell; exit' TERM; echo here; while :; do sleep 0.1; done";
        let mut process =
            Process::start("polite", Command::new("sh").args(["-c", script]), folder.path()).unwrap();
        let log = folder.path().join("polite.log");
        process.wait_until("here", POLITE, || fs::read_to_string(&log).unwrap().contains("here")).unwrap();
        process.fell();
        assert_eq!(fs::read_to_string(&log).unwrap(), "here\n");
        let (mut process, lives) = parent(folder.path());
        process.fell();
        ends(lives);
    }
}
