//! Keeping the companion alive: the system's own supervisor starts it at login and again after a
//! failure. A companion that was ended on purpose (exit code 0) stays ended until the next login.

use std::io;
use std::path::{Path, PathBuf};

pub mod text;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod os;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod os;
#[cfg(target_os = "windows")]
#[path = "windows.rs"]
mod os;

/// What the supervisor runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The companion's binary, as an absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Service {
    /// Whether it runs without a screen, and so from login on any terminal.
    #[must_use]
    pub fn is_headless(&self) -> bool {
        self.arguments.iter().any(|argument| argument == "--no-tray")
    }
}

/// What the supervisor knows of the companion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing starts it.
    NotInstalled,
    /// Installed, and not running now.
    Stopped,
    /// Installed and running.
    Running,
    /// Installed, but the supervisor does not answer.
    Unknown,
}

/// The supervisor did not take it.
#[derive(Debug, thiserror::Error)]
pub enum SuperviseError {
    /// The program's path is relative.
    #[error("{} is not an absolute path; name the companion's binary in full", .0.display())]
    Relative(PathBuf),
    /// The file for the supervisor cannot be written or removed.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no home folder to put the file under.
    #[error(transparent)]
    NoHome(#[from] crate::dirs::NoHome),
    /// The supervisor refused; nothing is installed.
    #[error("{command} failed: {said}")]
    Refused {
        /// What was run.
        command: String,
        /// What it said.
        said: String,
    },
}

/// Has the companion started now, at every login, and after every failure. Doing it twice replaces the
/// first.
///
/// # Errors
/// [`SuperviseError`]; after one, nothing of this call stays behind.
pub fn install(service: &Service) -> Result<(), SuperviseError> {
    if !service.program.is_absolute() {
        return Err(SuperviseError::Relative(service.program.clone()));
    }
    os::install(service)
}

/// Stops the companion and has it started no more. Removing what is not there is no error.
///
/// # Errors
/// [`SuperviseError`] when the file cannot be removed.
pub fn remove() -> Result<(), SuperviseError> {
    os::remove()
}

/// What the supervisor knows.
#[must_use]
pub fn status() -> Status {
    os::status()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SuperviseError> {
    let failed = |source| SuperviseError::File { path: path.to_path_buf(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}

fn unlink(path: &Path) -> Result<(), SuperviseError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(SuperviseError::File { path: path.to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

/// Runs a supervisor's command; gives what it printed.
fn run(program: &str, arguments: &[&str]) -> Result<String, SuperviseError> {
    let refused = |said: String| SuperviseError::Refused {
        command: std::iter::once(&program).chain(arguments).copied().collect::<Vec<_>>().join(" "),
        said,
    };
    let output = std::process::Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| refused(error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}
