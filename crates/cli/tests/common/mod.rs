//! The real `rightdoorctl`, run against a companion of cardboard or against none.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rightdoor_core::event::PhoneService;
use rightdoor_core::network::delta::Delta;
use rightdoor_core::place::PlaceId;
use rightdoor_core::place::recognise::Recognition;
use rightdoor_core::view::{
    AddressFacet, Choice, Here, Kept, PromptView, Question, RegistryFacet, Review, Senses, Standing, Tested,
    View, Why,
};
use rightdoor_core::{Intent, PromptId, Reply, Wall};
use rightdoor_link::server::{Ends, Server};
use rightdoor_location::record::{Attendance, Record};
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

pub fn now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Wall(i64::try_from(since.as_millis()).unwrap())
}

pub fn minutes_ago(minutes: i64) -> Wall {
    Wall(now().0 - minutes * 60_000)
}

pub fn address() -> CivicAddress {
    [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, "1600"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
        (Element::FLR, "5"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
}

/// Recognised, registered, read back: everything as it should be.
pub fn good_view() -> View {
    View {
        standing: Standing {
            enrolled: true,
            registered: Some(Record {
                revision: Revision(3),
                content: Content::Located(address()),
                etag: "\"a1\"".into(),
                basis: Basis::Manual,
                confirmed_at: Some(minutes_ago(90).0),
                attendance: Attendance::Attended,
                lease_until: now().0 + 3_600_000,
                fetched_at: None,
                emergency_at: None,
            }),
            read_at: Some(minutes_ago(2)),
            proved: false,
            confirmed_differs: None,
            here: Here::Recognised { place: PlaceId("p1".into()), since: minutes_ago(12) },
            address: AddressFacet::InDirectory,
            kept: Kept::Saved,
            registry: RegistryFacet::ReadBackEqual { revision: Revision(3), read_at: minutes_ago(2) },
            tested: Tested::Never,
            phone: PhoneService::Answers,
            battery: false,
        },
        prompt: None,
        outage: None,
        evidence: Vec::new(),
        senses: Senses::Live,
        frozen: false,
        why: Some(Why {
            delta: Delta { gateway: true, radio: true, ..Delta::default() },
            recognition: Recognition::default(),
            at: minutes_ago(12),
        }),
        guidance: rightdoor_core::guidance::Guidance::default(),
        registry: rightdoor_core::Abilities::default(),
        advisory: None,
    }
}

pub fn prompt(question: Question) -> PromptView {
    let choice = |id: &str, label: &str, address: &str| Choice {
        place: PlaceId(id.into()),
        label: label.to_owned().into(),
        address: address.to_owned().into(),
    };
    PromptView {
        id: PromptId(4),
        reviews: vec![Review::Move, Review::Age],
        question,
        choices: vec![
            choice("p1", "Home", "12 Elm Street, unit 4, Golden CO 80401"),
            choice("denver/b/5", "Denver office", "1600 Blake Street, floor 5, Denver CO 80202"),
        ],
        building: None,
        opened_at: minutes_ago(1),
        snoozed_until: None,
        working: false,
        may_raise: true,
    }
}

/// Folders of its own, and perhaps a companion that shows `view` and answers every intent.
pub struct House {
    pub folder: tempfile::TempDir,
    pub asked: Arc<Mutex<Vec<Intent>>>,
    pub trace: broadcast::Sender<Arc<str>>,
    pub views: Option<watch::Sender<Arc<View>>>,
    serving: Vec<JoinHandle<()>>,
}

impl Drop for House {
    fn drop(&mut self) {
        for task in &self.serving {
            task.abort();
        }
    }
}

impl House {
    /// Nobody is in.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[paths]\ndata = \"data\"\nruntime = \"run\"\n[secrets]\nstore = \"file\"\n";
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self {
            folder,
            asked: Arc::default(),
            trace: broadcast::channel(64).0,
            views: None,
            serving: Vec::new(),
        }
    }

    pub async fn with(view: View, reply: Reply) -> Self {
        let mut house = Self::empty();
        let path = rightdoor_link::socket_path(&house.folder.path().join("run"));
        let server = Server::bind(&path).await.unwrap();
        let (views, seen) = watch::channel(Arc::new(view));
        let (intents, mut asked) = mpsc::channel::<rightdoor_link::server::Asked>(4);
        let ends = Ends { views: seen, intents, looks: mpsc::channel(1).0, trace: house.trace.clone() };
        house.serving.push(tokio::spawn(server.run(ends, std::future::pending())));
        let book = Arc::clone(&house.asked);
        house.serving.push(tokio::spawn(async move {
            while let Some((intent, tell)) = asked.recv().await {
                book.lock().unwrap().push(intent);
                let _ = tell.send(reply.clone());
            }
        }));
        house.views = Some(views);
        house
    }

    pub fn asked(&self) -> Vec<Intent> {
        self.asked.lock().unwrap().clone()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rightdoorctl"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg("--config").arg(self.path("config.toml")).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub async fn run(&self, words: &[&str]) -> Ran {
        self.run_with(words, "").await
    }

    pub async fn run_with(&self, words: &[&str], stdin: &str) -> Ran {
        let mut command = self.command(words);
        command.stdin(Stdio::piped());
        let stdin = stdin.to_owned();
        let run = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // A command that does not read its stdin may have closed it.
            let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
            child.wait_with_output().unwrap()
        });
        let output = tokio::time::timeout(Duration::from_secs(30), run).await.unwrap().unwrap();
        // Whether or not the folder is reached over a symbolic link.
        let here = self.folder.path().display().to_string();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&here, "[folder]");
        Ran {
            words: words.join(" "),
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// What came of it, in the form of a snapshot.
#[derive(Debug)]
pub struct Ran {
    words: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ rightdoorctl {}\n{}", self.words, self.stdout.trim_end())?;
        if !self.stderr.is_empty() {
            writeln!(f, "stderr:\n{}", self.stderr.trim_end())?;
        }
        write!(f, "exit code {}", self.code)
    }
}
