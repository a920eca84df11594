//! Another program's lines, each with the instant at which it came.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A program that prints lines when something happens. It ends when this is dropped.
#[derive(Debug)]
pub struct Lines {
    child: Child,
    arriving: Receiver<(Instant, String)>,
}

impl Lines {
    /// Starts it; its lines are read on a thread of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn of(command: &mut Command) -> Result<Self> {
        let shown = format!("{command:?}");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{shown} cannot be started"))?;
        let out = child.stdout.take().context("it was piped")?;
        let (send, arriving) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if send.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, arriving })
    }

    /// Forgets the lines that have come.
    pub fn drain(&self) {
        while self.arriving.try_recv().is_ok() {}
    }

    /// When the next line that holds `text` came.
    ///
    /// # Errors
    /// When none comes in time.
    pub fn wait(&self, text: &str, patience: Duration) -> Result<Instant> {
        let end = Instant::now() + patience;
        loop {
            match self.arriving.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok((at, line)) if line.contains(text) => return Ok(at),
                Ok(_) => {}
                Err(_) => bail!("no line with {text:?} within {patience:?}"),
            }
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
