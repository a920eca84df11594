//! A companion of cardboard: the real server with hand-made channels behind it.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rightdoor_core::event::PhoneService;
use rightdoor_core::view::{
    AddressFacet, Doubt, Here, Kept, OutageView, RegistryFacet, Senses, Standing, Tested, View,
};
use rightdoor_core::{Intent, Wall};
use rightdoor_link::message::{Message, VERSION};
use rightdoor_link::server::{Asked, Ends, Limits, Looked, Server};
use rightdoor_link::{Client, wire};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

#[cfg(unix)]
use tokio::net::UnixStream as Stream;
#[cfg(windows)]
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient as Stream};

pub const PATIENCE: Duration = Duration::from_secs(5);

/// A view that can be told apart by its number.
pub fn view(number: u64) -> View {
    View {
        standing: Standing {
            enrolled: true,
            registered: None,
            read_at: None,
            proved: false,
            confirmed_differs: None,
            here: Here::NotVerified { why: Doubt::NeverConfirmed, since: Wall(0) },
            address: AddressFacet::None,
            kept: Kept::Nothing,
            registry: RegistryFacet::Nothing,
            tested: Tested::Never,
            phone: PhoneService::Unknown,
            battery: false,
        },
        prompt: None,
        outage: Some(OutageView { number, since: Wall(0), ended: None }),
        evidence: Vec::new(),
        senses: Senses::Live,
        frozen: false,
        why: None,
        guidance: rightdoor_core::guidance::Guidance::default(),
        registry: rightdoor_core::Abilities::default(),
        advisory: None,
    }
}

pub fn number(view: &View) -> u64 {
    view.outage.map_or(0, |outage| outage.number)
}

/// The server's far ends, in a test's hands.
pub struct Desk {
    pub path: PathBuf,
    pub views: watch::Sender<Arc<View>>,
    pub intents: mpsc::Receiver<Asked>,
    pub looks: mpsc::Receiver<Looked>,
    pub trace: broadcast::Sender<Arc<str>>,
    pub stop: Option<oneshot::Sender<()>>,
    pub serving: JoinHandle<()>,
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = rightdoor_link::socket_path(&folder.path().join("rightdoor"));
        let server = Server::bind(&path).await.unwrap().with_limits(limits);
        let (views, seen) = watch::channel(Arc::new(view(0)));
        let (asked, intents) = mpsc::channel(16);
        let (look, looks) = mpsc::channel(16);
        let (trace, _) = broadcast::channel(16);
        let (stop, stopped) = oneshot::channel::<()>();
        let ends = Ends { views: seen, intents: asked, looks: look, trace: trace.clone() };
        let serving = tokio::spawn(server.run(ends, async {
            let _ = stopped.await;
        }));
        Self { path, views, intents, looks, trace, stop: Some(stop), serving, folder }
    }

    pub async fn client(&self) -> Client {
        Client::connect(&self.path, "test").await.unwrap()
    }

    pub fn show(&self, number: u64) {
        self.views.send_replace(Arc::new(view(number)));
    }

    /// Takes the next intent and answers it.
    pub async fn answer(&mut self, with: rightdoor_core::Reply) -> Intent {
        let (intent, reply) = self.intents.recv().await.unwrap();
        let _ = reply.send(with);
        intent
    }

    /// A connection that has said nothing yet.
    pub async fn raw(&self) -> Raw {
        Raw::connect(&self.path).await
    }

    /// A connection that has said its hello and was welcomed.
    pub async fn greeted(&self) -> Raw {
        let mut raw = self.raw().await;
        raw.send(&json!({"rightdoor": VERSION, "client": "hostile"})).await;
        assert!(matches!(raw.next().await, Some(Message::Welcome(_))));
        raw
    }
}

/// A client that says what it likes.
pub struct Raw(Stream);

impl Raw {
    #[cfg(unix)]
    pub async fn connect(path: &Path) -> Self {
        Self(Stream::connect(path).await.unwrap())
    }

    /// A pipe is busy until the server has an instance for the next client.
    #[cfg(windows)]
    pub async fn connect(path: &Path) -> Self {
        const ERROR_PIPE_BUSY: i32 = 231;
        loop {
            match ClientOptions::new().open(path) {
                Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => tokio::task::yield_now().await,
                opened => return Self(opened.unwrap()),
            }
        }
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        // The server may have closed already, which is what is being tested.
        let _ = self.0.write_all(bytes).await;
    }

    pub async fn send(&mut self, message: &Value) {
        let frame = wire::encode(message).unwrap();
        self.bytes(&frame).await;
    }

    /// The server's next frame; `None` when it closed.
    pub async fn next(&mut self) -> Option<Message> {
        let read = tokio::time::timeout(PATIENCE, wire::read(&mut self.0, PATIENCE));
        let json = read.await.unwrap().ok()??;
        Some(wire::decode(&json).unwrap())
    }

    /// The one problem that the server tells before it closes.
    pub async fn refused(&mut self) -> rightdoor_link::Problem {
        let Some(Message::Problem { id: None, problem }) = self.next().await else {
            panic!("the server told no problem");
        };
        assert_eq!(self.next().await, None, "the connection goes on after its last problem");
        problem
    }
}

/// Somebody else, connected before the trouble began, is served as if nothing had happened.
pub async fn nobody_else_noticed(desk: &mut Desk, witness: &Client) {
    desk.show(77);
    assert_eq!(number(&witness.view().await.unwrap()), 77);
    let (reply, intent) = tokio::join!(witness.act(Intent::Ask), desk.answer(rightdoor_core::Reply::Done));
    assert_eq!((reply.unwrap(), intent), (rightdoor_core::Reply::Done, Intent::Ask));
    assert!(desk.intents.try_recv().is_err(), "the hostile client's intent came through");
    desk.client().await.ping().await.unwrap();
}
