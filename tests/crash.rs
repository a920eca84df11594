//! Claim `crash`: the companion killed at random moments.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and prints its figures"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rightdoor_core::audit::Head;
use rightdoor_core::view::RegistryFacet;
use rightdoor_core::{Answer, Intent, Redacted, Reply, View};
use rightdoor_link::{Client, LinkError};
use rightdoor_location::{CivicAddress, Content, Element, Revision};
use rightdoor_runtime::store::Reader;
use serde_json::{Value, json};
use whole_system::binaries;
use whole_system::figures::{Times, is_long};
use whole_system::hostile::{Chance, Hostile};
use whole_system::ledger::Ledger;

const ENDPOINT: &str = "sip:ada@example.com";
/// So often everything is left alone until registry and companion agree.
const PEACE_EVERY: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_was_confirmed_survives_every_death() {
    let rounds = if is_long() { 2_000 } else { 200 };
    let seed = std::env::var("RIGHTDOOR_SEED").map_or(911, |seed| seed.parse().unwrap());
    let figures = crash(rounds, seed).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    println!("\n{figures}");
}

async fn crash(rounds: u64, seed: u64) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let registry = Ledger::start(folder.path())?;
    let proxy = Hostile::open(registry.address, seed).await?;
    let mut world = World::new(folder.path(), proxy, registry)?;
    world.enrol().await?;
    let mut chance = Chance::new(seed);
    let began = Instant::now();
    let mut times = Times::default();
    for round in 1..=rounds {
        let start = Instant::now();
        world.proxy.set_calm(false);
        let (moment, promised) = (Duration::from_millis(chance.below(61)), chance.below(3) > 0);
        world.round(round, moment, promised).await.context(format!("round {round}"))?;
        times.push(start.elapsed());
        if round % PEACE_EVERY == 0 || round == rounds {
            world.peace().await.context(format!("peace after round {round}"))?;
        }
    }
    let took = began.elapsed();
    ensure!(world.acknowledged * 2 >= rounds, "too few confirmations were acknowledged to prove anything");
    Ok(json!({
        "kills": rounds, "seed": seed, "acknowledged": world.acknowledged,
        "killed_before_acknowledged": world.phases[0], "killed_before_read_back": world.phases[1],
        "killed_after_read_back": world.phases[2],
        "lost": 0, "duplicated": 0, "reordered": 0,
        "written_at_registry": world.written, "revisions": world.known.len(), "agreements": world.agreements,
        "companion_audit": world.head.seq, "writes": world.proxy.tally(),
        "round": times.json(), "ms_per_round": took.as_millis() as u64 / rounds,
    }))
}

/// One incarnation of the companion.
struct Incarnation(Child);

impl Drop for Incarnation {
    fn drop(&mut self) {
        // SIGKILL.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct World {
    config: PathBuf,
    folder: PathBuf,
    proxy: Hostile,
    registry: Ledger,
    /// What each revision says, once anything said so.
    known: BTreeMap<u64, CivicAddress>,
    /// The last revision that the agent was told is kept.
    promised: u64,
    head: Head,
    acknowledged: u64,
    phases: [u64; 3],
    written: usize,
    agreements: u64,
}

impl World {
    fn new(folder: &Path, proxy: Hostile, registry: Ledger) -> Result<Self> {
        let config = folder.join("config.toml");
        std::fs::write(
            &config,
            "[paths]\ndata = \"data\"\nruntime = \"run\"\n[secrets]\nstore = \"file\"\n",
        )?;
        let (known, head, phases) = (BTreeMap::new(), Head::default(), [0; 3]);
        let (promised, acknowledged, written, agreements) = (0, 0, 0, 0);
        let folder = folder.to_owned();
        Ok(Self {
            config,
            folder,
            proxy,
            registry,
            known,
            promised,
            head,
            acknowledged,
            phases,
            written,
            agreements,
        })
    }

    fn companion(&self) -> Result<Incarnation> {
        let log =
            std::fs::File::options().create(true).append(true).open(self.folder.join("companion.log"))?;
        let child = Command::new(binaries::path("rightdoor-companion")?)
            .args(["--no-tray", "--config"])
            .arg(&self.config)
            // Nobody's own configuration, session or keyring.
            .env("HOME", &self.folder)
            .env("XDG_CONFIG_HOME", self.folder.join("home"))
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Incarnation(child))
    }

    /// A client, as soon as the companion listens.
    async fn client(&self, companion: &mut Incarnation) -> Result<Client> {
        let path = rightdoor_link::socket_path(&self.folder.join("run"));
        let end = Instant::now() + PATIENCE;
        loop {
            match Client::connect(&path, "crash").await {
                Ok(client) => return Ok(client),
                Err(LinkError::NotRunning { .. }) if Instant::now() < end => {}
                Err(error) => bail!("{error}\n{}", self.log()),
            }
            if let Some(status) = companion.0.try_wait()? {
                bail!("the companion ended with {status}\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("companion.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    async fn enrol(&mut self) -> Result<()> {
        let code = self.registry.command(&["code", "--endpoint", ENDPOINT])?;
        let code = code.lines().next().context("a code")?.trim().to_owned();
        let mut companion = self.companion()?;
        let client = self.client(&mut companion).await?;
        let reply =
            client.act(Intent::Enrol { code: Redacted::new(code), registry: self.proxy.url() }).await?;
        ensure!(reply == Reply::Done, "{reply:?}");
        Ok(())
    }

    /// One life: start, answer, die at `moment` after the answer was given, or after the agent was told that it is kept.
    async fn round(&mut self, round: u64, moment: Duration, promised: bool) -> Result<()> {
        let mut companion = self.companion()?;
        let client = self.client(&mut companion).await?;
        let mut views = client.views().await?;
        let answer = Answer::Address { location: address(round), label: None, floors: Default::default() };
        let asked = client.act(Intent::Say(answer));
        let death = tokio::time::sleep(if promised { PATIENCE } else { moment });
        tokio::pin!(asked, death);
        let mut acknowledged = None;
        let mut read_back = false;
        loop {
            tokio::select! {
                biased;
                () = &mut death => break,
                reply = &mut asked, if acknowledged.is_none() => {
                    acknowledged = Some(reply?);
                    if promised {
                        death.as_mut().reset(tokio::time::Instant::now() + moment);
                    }
                }
                Some(view) = views.next() => {
                    if let (Some(Reply::Kept(revision)), RegistryFacet::ReadBackEqual { revision: held, .. }) =
                        (&acknowledged, &view.standing.registry)
                    {
                        read_back = revision == held;
                    }
                }
            }
        }
        drop(companion);
        match acknowledged {
            None => self.phases[0] += 1,
            Some(Reply::Kept(revision)) => {
                self.phases[if read_back { 2 } else { 1 }] += 1;
                self.acknowledged += 1;
                ensure!(revision.0 > self.promised, "revision {} was given twice", revision.0);
                self.promised = revision.0;
                self.says(revision, &address(round))?;
            }
            Some(other) => bail!("the answer was not kept: {other:?}\n{}", self.log()),
        }
        self.look(round)
    }

    /// What lies on the disk after a death: nothing that was promised is gone, and both trails hold.
    fn look(&mut self, round: u64) -> Result<()> {
        let reader = Reader::open(&self.folder.join("data/rightdoor.sqlite"))?;
        let saved = reader.saved()?;
        reader.follow_audit(&mut self.head)?;
        self.registry.verify()?;
        let Some(entry) = saved.entry else {
            ensure!(self.promised == 0, "LOST: nothing is kept, and {} was promised", self.promised);
            return Ok(());
        };
        ensure!(
            entry.revision.0 >= self.promised,
            "LOST: {} is kept, {} was promised",
            entry.revision.0,
            self.promised
        );
        let Content::Located(kept) = &entry.content else { bail!("LOST: the entry has no address") };
        if !self.known.contains_key(&entry.revision.0) {
            // The agent was not told any more that this was kept, but it was.
            ensure!(*kept == address(round), "a revision that nobody confirmed");
        }
        self.says(entry.revision, kept)
    }

    /// A revision says one thing for ever.
    fn says(&mut self, revision: Revision, what: &CivicAddress) -> Result<()> {
        let said = self.known.entry(revision.0).or_insert_with(|| what.clone());
        ensure!(said == what, "REUSED: revision {} says two things", revision.0);
        Ok(())
    }

    /// Leaves everything alone until the registry holds what was confirmed last, and looks at its whole history.
    async fn peace(&mut self) -> Result<()> {
        self.proxy.set_calm(true);
        let mut companion = self.companion()?;
        let client = self.client(&mut companion).await?;
        let (last, expected) = self.known.last_key_value().context("nothing was ever confirmed")?;
        let agrees = |view: &View| {
            let held = view.standing.registered.as_ref();
            matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. })
                && held
                    .is_some_and(|held| held.revision.0 == *last && held.content.address() == Some(expected))
        };
        let mut views = client.views().await?;
        let mut latest = None;
        let agreed = tokio::time::timeout(PATIENCE, async {
            while let Some(view) = views.next().await {
                if agrees(&view) {
                    return true;
                }
                latest = Some(view);
            }
            false
        });
        ensure!(
            matches!(agreed.await, Ok(true)),
            "LOST: the registry does not hold revision {last}; the view is\n{latest:#?}\n{}",
            self.log()
        );
        while self.proxy.still_to_come() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let revisions = self.registry.revisions()?;
        for pair in revisions.windows(2) {
            ensure!(pair[0] != pair[1], "DUPLICATED: revision {} was written twice", pair[0]);
            ensure!(pair[0] < pair[1], "REORDERED: revision {} was written after {}", pair[1], pair[0]);
        }
        ensure!(
            revisions.last() == Some(last),
            "after late writes the registry ends at {:?}",
            revisions.last()
        );
        ensure!(
            revisions.iter().all(|written| self.known.contains_key(written)),
            "a revision nobody confirmed"
        );
        self.written = revisions.len();
        self.agreements += 1;
        Ok(())
    }
}

/// A different address in every round.
fn address(round: u64) -> CivicAddress {
    [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, &(1600 + round).to_string()),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
        (Element::FLR, "5"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
}
