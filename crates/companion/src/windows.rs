//! The windows: another program, started on demand, that this one does not depend on.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A window that ended after this long had opened, however it ended.
const OPENED: Duration = Duration::from_secs(10);

/// What a window is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The status.
    Status,
    /// The open question, asked for by the person.
    Question,
    /// The open question, where it could not be notified: it appears, and takes no focus.
    Unasked,
    /// The outage card.
    Guidance,
}

/// Starts the windows' program, `rightdoor`, which lies beside this one.
#[derive(Debug)]
pub struct Windows {
    program: Option<Program>,
    failed: mpsc::UnboundedSender<Page>,
}

#[derive(Debug)]
struct Program {
    path: PathBuf,
    runtime: PathBuf,
    data: PathBuf,
}

impl Windows {
    /// Looks for the program, which is told where our socket and our card are. A page whose window could not
    /// open arrives at `failed`.
    #[must_use]
    pub fn beside_this_program(runtime: &Path, data: &Path, failed: mpsc::UnboundedSender<Page>) -> Self {
        let program = std::env::current_exe().ok().and_then(|this| {
            let path = this.with_file_name(format!("rightdoor{}", std::env::consts::EXE_SUFFIX));
            let found = path.is_file();
            found.then(|| Program { path, runtime: runtime.to_owned(), data: data.to_owned() })
        });
        Self { program, failed }
    }

    /// No windows: everything falls back to notifications and the command line.
    #[must_use]
    pub const fn none(failed: mpsc::UnboundedSender<Page>) -> Self {
        Self { program: None, failed }
    }

    /// Opens a page. Returns at once; what comes of it is told to `failed`.
    pub fn open(&self, page: Page) {
        let Some(program) = &self.program else {
            let _ = self.failed.send(page);
            return;
        };
        let mut command = Command::new(&program.path);
        command.arg("--runtime").arg(&program.runtime).arg("--data").arg(&program.data);
        command.args(match page {
            Page::Status => &[][..],
            Page::Question => &["--question"],
            Page::Unasked => &["--question", "--unasked"],
            Page::Guidance => &["--guidance"],
        });
        command.stdin(Stdio::null());
        let failed = self.failed.clone();
        let since = Instant::now();
        let begun = command.spawn();
        tokio::spawn(async move {
            let status = match begun {
                Ok(mut child) => child.wait().await,
                Err(error) => Err(error),
            };
            if !status.as_ref().is_ok_and(ExitStatus::success) && since.elapsed() < OPENED {
                tracing::warn!(?status, "the window could not open");
                let _ = failed.send(page);
            }
        });
    }
}
