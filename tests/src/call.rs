//! An emergency call: the softphone that makes it and the far end that takes it, both sipp.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::lab::{Lab, PBX};
use crate::process::{Process, read};
use crate::proxy;

/// Where the far end takes calls, on the PBX's host.
pub const PORT: u16 = 5070;

const CALLER: &str = include_str!("../callpath/caller.xml");
const ANSWERING: &str = include_str!("../callpath/answering.xml");

/// What stands between two messages in sipp's log.
const BETWEEN: &str = "-----------------------------------------------";

/// Who takes emergency calls, and writes every message down.
#[derive(Debug)]
pub struct FarEnd {
    _process: Process,
    folder: PathBuf,
    log: PathBuf,
    calls: u32,
}

/// An emergency call as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its Call-ID.
    pub id: String,
    /// When it arrived, Unix milliseconds.
    pub at: i64,
    /// How long it took from the start of the softphone to the end of the call.
    pub took: Duration,
    /// The Geolocation header.
    pub geolocation: Option<String>,
    /// The URI in that header by which the location can be fetched.
    pub reference: Option<String>,
    /// The PIDF-LO that the header points to within the message.
    pub pidf: Option<String>,
}

impl FarEnd {
    /// Starts one.
    ///
    /// # Errors
    /// When it does not open its port.
    pub fn start(lab: &Lab) -> Result<Self> {
        let folder = lab.folder().to_owned();
        let (scenario, log) = (folder.join("answering.xml"), folder.join("far-end.log"));
        fs::write(&scenario, ANSWERING)?;
        fs::write(folder.join("caller.xml"), CALLER)?;
        let mut command = lab.pbx.command("sipp");
        command.arg("-sf").arg(&scenario).args([
            "-i",
            PBX,
            "-p",
            &PORT.to_string(),
            "-nostdin",
            "-trace_msg",
        ]);
        command.arg("-message_file").arg(&log).env("TZ", "UTC");
        let mut process = Process::start("far-end", &mut command, &folder)?;
        process.wait_until("taking calls", Duration::from_secs(10), || proxy::is_open(&lab.pbx, PORT))?;
        Ok(Self { _process: process, folder, log, calls: 0 })
    }

    /// The softphone on the laptop calls 911 through the proxy, talks, and hangs up.
    ///
    /// # Errors
    /// When the call does not go through.
    pub fn is_called(&mut self, lab: &Lab) -> Result<Arrived> {
        self.calls += 1;
        let id = format!("emergency-{}", self.calls);
        let own = lab.laptop.ip("-4 -o addr show dev eth0")?;
        let own = own.split_once("inet ").and_then(|(_, rest)| rest.split(['/', ' ']).next());
        let mut sipp = lab.laptop.command("sipp");
        sipp.arg(format!("{PBX}:{}", proxy::PORT)).arg("-sf").arg(self.folder.join("caller.xml"));
        sipp.args([
            "-i",
            own.context("the laptop has no address")?,
            "-m",
            "1",
            "-nostdin",
            "-timeout",
            "20s",
        ]);
        let began = Instant::now();
        read(sipp.args(["-cid_str", &id])).context("the emergency call did not go through")?;
        let took = began.elapsed();
        let arrived =
            arrival(&fs::read_to_string(&self.log)?, &id).context("the far end saw no such call")?;
        Ok(Arrived { took, ..arrived? })
    }
}

/// Finds the INVITE of that Call-ID in sipp's log.
fn arrival(log: &str, id: &str) -> Option<Result<Arrived>> {
    let mark = format!("Call-ID: {id}");
    log.split(BETWEEN).find_map(|block| {
        let (time, rest) = block.split_once('\n')?;
        let (_, message) = rest.split_once("\n\n").or_else(|| rest.split_once("\n\r\n"))?;
        let lines: Vec<&str> = message.lines().collect();
        let is_it = message.starts_with("INVITE ") && lines.contains(&mark.as_str());
        (is_it && rest.contains("message received")).then(|| read_invite(time.trim(), message, id))
    })
}

fn read_invite(time: &str, message: &str, id: &str) -> Result<Arrived> {
    let time = format!("{}Z", time.replacen(' ', "T", 1));
    let at = rightdoor_location::time::read(&time).context(format!("no time: {time:?}"))?;
    let text = message.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").context("the INVITE has no body")?;
    let header = |name: &str| {
        let named = |line: &&str| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        head.lines()
            .find(named)
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let geolocation = header("Geolocation");
    let named = |scheme: &str| {
        let (_, rest) = geolocation.as_deref()?.split_once(&format!("<{scheme}:"))?;
        rest.split('>').next().map(str::to_owned)
    };
    let reference = named("https").map(|rest| format!("https:{rest}"));
    let pidf = match named("cid") {
        None => None,
        Some(cid) => {
            let kind = header("Content-Type").context("the body is of no type")?;
            let boundary = kind.split_once("boundary=").context("the body has no parts")?.1;
            let part = body
                .split(&format!("--{boundary}"))
                .find(|part| part.contains(&format!("Content-ID: <{cid}>")))
                .context("no part has the id that Geolocation names")?;
            ensure!(
                part.contains("Content-Type: application/pidf+xml"),
                "a location of another type: {part}"
            );
            Some(part.split_once("\n\n").context("the part is empty")?.1.trim().to_owned())
        }
    };
    Ok(Arrived { id: id.to_owned(), at, took: Duration::ZERO, geolocation, reference, pidf })
}

impl Arrived {
    /// [`address_in`] the PIDF-LO of the call.
    ///
    /// # Errors
    /// When the call has no location, or not exactly one.
    pub fn address(&self) -> Result<BTreeMap<String, String>> {
        address_in(self.pidf.as_deref().context("the call came without a location")?)
    }

    /// When the location was confirmed, as the call says, Unix milliseconds.
    ///
    /// # Errors
    /// When the call does not say.
    pub fn confirmed_at(&self) -> Result<i64> {
        let text = self.pidf.as_deref().context("the call came without a location")?;
        let document = roxmltree::Document::parse(text)?;
        let mut found = document.descendants().filter(|node| node.tag_name().name() == "timestamp");
        let time = found.next().and_then(|node| node.text()).context("no timestamp")?;
        rightdoor_location::time::read(time).context("no time")
    }
}

/// The civic address of a PIDF-LO, element by element, read by a parser that knows nothing of ours.
///
/// # Errors
/// When it is no PIDF-LO, or has not exactly one address.
pub fn address_in(text: &str) -> Result<BTreeMap<String, String>> {
    let document = roxmltree::Document::parse(text)?;
    ensure!(document.root_element().has_tag_name(("urn:ietf:params:xml:ns:pidf", "presence")), "{text}");
    let mut found = document.descendants().filter(|node| node.tag_name().name() == "civicAddress");
    let (Some(civic), None) = (found.next(), found.next()) else { bail!("not one address: {text}") };
    let mut address = BTreeMap::new();
    for element in civic.children().filter(roxmltree::Node::is_element) {
        let value = element.text().unwrap_or_default().to_owned();
        let earlier = address.insert(element.tag_name().name().to_owned(), value);
        ensure!(earlier.is_none(), "an element twice: {text}");
    }
    Ok(address)
}
