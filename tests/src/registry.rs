//! The registry on its own host, and the PBX that reads from it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::binaries;
use crate::netns::Netns;
use crate::process::{Process, read};
use crate::site;

/// The softphone identity that labs enrol.
pub const ENDPOINT: &str = "sip:agent@example.com";

/// What a PBX asks before it routes a call: where is this identity? (RFC 5985, RFC 6155)
const QUESTION: &str = r#"<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held"><locationType exact="true">civic</locationType><device xmlns="urn:ietf:params:xml:ns:geopriv:held:id"><uri>sip:agent@example.com</uri></device></locationRequest>"#;

/// Where its LoST sends emergency calls: the far end on the PBX's host.
pub const ROUTE: &str = "sip:192.0.2.251:5070";

/// A running registry with a directory of sites, all with one floor.
#[derive(Debug)]
pub struct Registry {
    process: Process,
    folder: PathBuf,
    url: String,
    reader: String,
}

impl Registry {
    /// Starts one on `host` under `address`, with TLS by an authority of its own.
    ///
    /// # Errors
    /// When a step fails.
    pub fn start(host: &Netns, address: &str, folder: &Path) -> Result<Self> {
        Self::launch(address, folder, |program| host.command(program))
    }

    /// Starts one on this computer's loopback, with TLS by an authority of its own.
    ///
    /// # Errors
    /// When a step fails.
    pub fn on_loopback(folder: &Path) -> Result<Self> {
        Self::launch("127.0.0.1", folder, |program| Command::new(program))
    }

    fn launch(address: &str, folder: &Path, command: impl Fn(&Path) -> Command) -> Result<Self> {
        certificates(address, folder)?;
        let directory = folder.join("places.csv");
        fs::write(&directory, places()?)?;
        let admin = |words: &[&str]| administer(folder, words);
        admin(&["import", &directory.to_string_lossy()])?;
        let reader = admin(&["reader", "--name", "pbx"])?;
        let mut serve = command(&binaries::path("rightdoor-registry")?);
        serve.args(["serve", "--listen", &format!("{address}:0"), "--organisation", "Example Works"]);
        serve.args(["--lost-name", "lvf.example.com", "--lost-route", ROUTE]);
        serve.args(["--database-url", &database(folder), "--tls-cert"]).arg(folder.join("cert.pem"));
        serve.arg("--tls-key").arg(folder.join("key.pem"));
        let mut process = Process::start("registry", &mut serve, folder)?;
        let log = folder.join("registry.log");
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let url = |text: &str| text.lines().find(|line| line.starts_with("https://")).map(str::to_owned);
        process.wait_until("listening", Duration::from_secs(10), || url(&said()).is_some())?;
        let url = url(&said()).context("the registry did not say where it listens")?;
        Ok(Self { process, folder: folder.to_owned(), url, reader })
    }

    /// Its address, as an agent is told it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The authority to trust for it.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A new enrolment code.
    ///
    /// # Errors
    /// When the registry's administration refuses.
    pub fn code(&self) -> Result<String> {
        administer(&self.folder, &["code", "--endpoint", ENDPOINT])
    }

    /// Name and password of a reader for HTTP Basic, as `name:password`.
    ///
    /// # Errors
    /// When the registry's administration refuses.
    pub fn basic_reader(&self, name: &str) -> Result<String> {
        administer(&self.folder, &["reader", "--name", name, "--basic"])
    }

    /// How its only endpoint is covered: the word of `report coverage`.
    ///
    /// # Errors
    /// When the registry's administration refuses.
    pub fn cover(&self) -> Result<String> {
        let rows: Value =
            serde_json::from_str(&administer(&self.folder, &["report", "coverage", "--json"])?)?;
        Ok(rows[0]["cover"].as_str().context("no cover")?.to_owned())
    }

    /// Its whole audit trail, oldest first.
    ///
    /// # Errors
    /// When the registry's administration refuses.
    pub fn audit(&self) -> Result<Vec<Value>> {
        let trail = administer(&self.folder, &["audit", "export"])?;
        trail.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// Stops it where it stands, without an answer for anybody, or lets it go on.
    ///
    /// # Errors
    /// When it is gone.
    pub fn hang(&self, hanging: bool) -> Result<()> {
        self.process.signal(if hanging { "STOP" } else { "CONT" })
    }

    /// Brings more places into its directory, as an administrator does.
    ///
    /// # Errors
    /// When the registry refuses the file.
    pub fn import(&self, csv: &str) -> Result<()> {
        let file = self.folder.join("more.csv");
        fs::write(&file, csv)?;
        administer(&self.folder, &["import", &file.to_string_lossy()]).map(|_| ())
    }

    /// Sets what agents are told to do when VoIP cannot carry 911, as an administrator does.
    ///
    /// # Errors
    /// When the registry refuses the document.
    pub fn guide(&self, document: &str) -> Result<()> {
        let file = self.folder.join("guidance.json");
        fs::write(&file, document)?;
        administer(&self.folder, &["guidance", "set", &file.to_string_lossy()]).map(|_| ())
    }

    /// Who has read the notice of 911's limits: the rows of `report advisories`.
    ///
    /// # Errors
    /// When the registry's administration refuses.
    pub fn advised(&self) -> Result<Vec<Value>> {
        Ok(serde_json::from_str(&administer(&self.folder, &["report", "advisories", "--json"])?)?)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What a PBX on `host` is given for the agent's identity now: the body of the HELD answer. The request
    /// is no emergency one, so it freezes nothing.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn held(&self, host: &Netns) -> Result<String> {
        self.ask(host.command("curl"), QUESTION)
    }

    /// [`Registry::held`] for other identities than the agent's URI: elements of RFC 6155.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn held_by(&self, host: &Netns, identities: &str) -> Result<String> {
        let question = QUESTION.replacen("<uri>sip:agent@example.com</uri>", identities, 1);
        self.ask(host.command("curl"), &question)
    }

    /// What a PBX is given when 911 was called: the request says that it is for routing an emergency call.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn held_for_911(&self, host: &Netns) -> Result<String> {
        let question =
            QUESTION.replacen("<locationRequest ", "<locationRequest responseTime=\"emergencyRouting\" ", 1);
        self.ask(host.command("curl"), &question)
    }

    /// [`Registry::held`], from this computer.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn held_here(&self) -> Result<String> {
        self.ask(Command::new("curl"), QUESTION)
    }

    /// What anybody on `host` is given for a location URI: a PIDF-LO, or a HELD error.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn dereference(&self, host: &Netns, uri: &str) -> Result<String> {
        let mut curl = host.command("curl");
        curl.args(["--silent", "--show-error", "--max-time", "10", "--cacert"]).arg(self.authority());
        read(curl.args(["--header", "Accept: application/pidf+xml,application/held+xml;q=0.5", uri]))
    }

    fn ask(&self, mut curl: Command, question: &str) -> Result<String> {
        curl.args(["--silent", "--show-error", "--max-time", "10", "--cacert"]).arg(self.authority());
        curl.args(["--header", &format!("Authorization: Bearer {}", self.reader)]);
        curl.args(["--header", "Content-Type: application/held+xml", "--data-binary", question]);
        read(curl.arg(format!("{}/held", self.url.trim_end_matches('/'))))
    }
}

fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("registry.db").display())
}

fn administer(folder: &Path, words: &[&str]) -> Result<String> {
    let mut command = Command::new(binaries::path("rightdoor-registry")?);
    let said = read(command.args(words).args(["--database-url", &database(folder)]))?;
    Ok(said.trim().to_owned())
}

fn places() -> Result<String> {
    let mut csv = String::from("id,label,single_floor,country,A1,A3,RD,STS,HNO,PC\n");
    for number in 1..200 {
        let (place, house) = (site::place(number), site::house(number));
        writeln!(csv, "{place},Site {number},yes,US,CO,Denver,Blake,Street,{house},80202")?;
    }
    Ok(csv)
}

/// An authority, and a certificate of its for `address`.
fn certificates(address: &str, folder: &Path) -> Result<()> {
    let openssl = |words: &[&str]| -> Result<()> {
        let done = Command::new("openssl").args(words).current_dir(folder).output()?;
        ensure!(done.status.success(), "openssl {words:?}: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    };
    fs::write(folder.join("leaf.cnf"), format!("subjectAltName=IP:{address}\nbasicConstraints=CA:FALSE\n"))?;
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let with_key = |words: &[&str]| openssl(&[&["req"], &key as &[&str], words].concat());
    with_key(&["-x509", "-days", "2", "-subj", "/CN=Lab authority", "-keyout", "ca.key", "-out", "ca.pem"])?;
    with_key(&["-subj", "/CN=registry", "-keyout", "key.pem", "-out", "leaf.csr"])?;
    openssl(&[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "leaf.cnf",
        "-out",
        "cert.pem",
    ])
}
