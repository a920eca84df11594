//! Processes that end with the value that stands for them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a process may take to end when it is asked to.
const POLITE: Duration = Duration::from_secs(5);
/// The variable by which a process, and all that it starts, is known.
const MARK: &str = "RIGHTDOOR_STARTED";

/// A process that we started; it ends when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    mark: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; what it prints goes to `folder/name.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mark = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        let child = command
            .env(MARK, &mark)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name: name.to_owned(), child, mark, log })
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
        self.end();
        // Kamailio is many processes, and now and then some outlive the one that was told: those, for example, that it
        // started while it was told.
        kill(|| started(&self.mark));
    }

    /// Ends it and what it started at this instant, as a loss of power would: nobody says farewell, or holds a port
    /// open without answering meanwhile.
    pub fn fell(&mut self) {
        kill(|| started(&self.mark));
        // It is gone; this only asks how.
        let _ = self.child.wait();
    }

    fn end(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
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

/// Kills them all in one stroke, and those that they started meanwhile, until nobody is left.
fn kill(them: impl Fn() -> Vec<u32>) {
    let end = Instant::now() + POLITE;
    loop {
        let pids: Vec<String> = them().iter().map(u32::to_string).collect();
        if pids.is_empty() || Instant::now() > end {
            return;
        }
        // Whoever is gone already is no error.
        let _ = Command::new("kill").arg("-KILL").args(pids).stderr(Stdio::null()).status();
    }
}

/// The processes that carry a mark, whoever their parent is by now; what is over and only not asked about carries none.
fn started(mark: &str) -> Vec<u32> {
    let wanted = format!("{MARK}={mark}");
    let carries = |pid: &u32| {
        let variables = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(carries).collect()
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

    /// A process that starts a deaf one and then does something; and whether the deaf one lives.
    fn parent(folder: &Path, then: &str) -> (Process, impl Fn() -> bool) {
        let script = format!("sh -c 'trap \"\" TERM; echo deaf $$; while :; do sleep 1; done' & {then}");
        let log = folder.join("parent.log");
        let _ = fs::remove_file(&log);
        let process = Process::start("parent", Command::new("sh").args(["-c", &script]), folder).unwrap();
        let deaf = || fs::read_to_string(&log).unwrap().strip_prefix("deaf ")?.trim().parse::<u32>().ok();
        let end = Instant::now() + POLITE;
        let deaf = loop {
            if let Some(pid) = deaf() {
                break pid;
            }
            assert!(Instant::now() < end, "it does not run");
            std::thread::sleep(Duration::from_millis(10));
        };
        let stat = format!("/proc/{deaf}/stat");
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
        // Neither what it leaves behind when it is told, nor what it left behind before.
        for then in ["wait", "exit"] {
            let (mut process, lives) = parent(folder.path(), then);
            process.stop();
            ends(lives);
        }
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
        let (mut process, lives) = parent(folder.path(), "wait");
        process.fell();
        ends(lives);
    }
}
