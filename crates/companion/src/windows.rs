//! The windows: another program, started on demand, that this one does not depend on.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::mpsc;

/// What a window is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The status.
    Status,
    /// The open question.
    Question,
    /// The outage card.
    Guidance,
}

/// Starts the windows' program, `rightdoor`, which lies beside this one.
#[derive(Debug)]
pub struct Windows {
    program: Option<PathBuf>,
    failed: mpsc::UnboundedSender<Page>,
}

impl Windows {
    /// Looks for the program. A page whose window could not open arrives at `failed`.
    #[must_use]
    pub fn beside_this_program(failed: mpsc::UnboundedSender<Page>) -> Self {
        let program = std::env::current_exe().ok().and_then(|this| {
            let beside = this.with_file_name(format!("rightdoor{}", std::env::consts::EXE_SUFFIX));
            beside.is_file().then_some(beside)
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
        let mut command = Command::new(program);
        if page == Page::Guidance {
            command.arg("--guidance");
        }
        command.stdin(Stdio::null());
        let failed = self.failed.clone();
        let begun = command.spawn();
        tokio::spawn(async move {
            let status = match begun {
                Ok(mut child) => child.wait().await,
                Err(error) => Err(error),
            };
            if !status.as_ref().is_ok_and(std::process::ExitStatus::success) {
                tracing::warn!(?status, "the window could not open");
                let _ = failed.send(page);
            }
        });
    }
}
