//! A screen that nobody sees.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell::command;

/// Xvfb, as long as this lives.
pub struct Display {
    server: Child,
    /// What `DISPLAY` is to be.
    pub name: String,
}

impl Display {
    /// Starts it and waits until it takes clients.
    pub fn open() -> Result<Self> {
        let mut server =
            command("Xvfb", ["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "640x480x16"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .context("Xvfb cannot be started")?;
        let said = server.stdout.take();
        let mut display = Self { server, name: String::new() };
        let mut number = String::new();
        if let Some(said) = said {
            // It writes its number when it is ready, and nothing if it fails.
            BufReader::new(said).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            bail!("Xvfb ended before it had a display");
        }
        display.name = format!(":{}", number.trim());
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
