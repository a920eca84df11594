//! The registry as a ledger: what it accepted, in which order.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::binaries;
use crate::process::read;

/// A registry on loopback, without TLS so that [`crate::hostile`] can stand before it, and its whole history.
#[derive(Debug)]
pub struct Ledger {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    database: String,
}

impl Ledger {
    /// Starts one.
    ///
    /// # Errors
    /// When it does not say where it listens.
    pub fn start(folder: &Path) -> Result<Self> {
        let database = format!("sqlite:{}", folder.join("registry.db").display());
        let mut process = Command::new(binaries::path("rightdoor-registry")?)
            .args(["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--database-url", &database])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("registry.log"))?)
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("its output")?).read_line(&mut line)?;
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').parse();
        Ok(Self { process, address: address.context(format!("the registry said {line:?}"))?, database })
    }

    /// Runs one of its administrator's commands.
    ///
    /// # Errors
    /// When the command fails.
    pub fn command(&self, words: &[&str]) -> Result<String> {
        read(
            Command::new(binaries::path("rightdoor-registry")?)
                .args(words)
                .args(["--database-url", &self.database]),
        )
    }

    /// Checks numbers, links and hashes of the whole audit trail.
    ///
    /// # Errors
    /// When the trail is broken.
    pub fn verify(&self) -> Result<()> {
        self.command(&["audit", "verify"]).map(|_| ()).context("the registry's audit chain")
    }

    /// Every accepted write, in order, out of an audit trail that holds.
    ///
    /// # Errors
    /// When the trail is broken.
    pub fn revisions(&self) -> Result<Vec<u64>> {
        self.verify()?;
        let trail = self.command(&["audit", "export"])?;
        let mut revisions = Vec::new();
        for line in trail.lines() {
            let entry: Value = serde_json::from_str(line)?;
            if entry["kind"] == "registered" {
                let facts = &entry["facts"];
                let parsed = facts.as_str().map(serde_json::from_str::<Value>).transpose()?;
                let revision = &parsed.as_ref().unwrap_or(facts)["revision"];
                revisions.push(revision.as_u64().context(format!("no revision in {line}"))?);
            }
        }
        Ok(revisions)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
