//! The companion's side: hands out the view, takes intents, and lets nobody in its way.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rightdoor_core::{Intent, Look, Reply, Sight, View};
use rightdoor_location::record::Problem;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::LinkError;
use crate::connection::{self, Connection};
use crate::message::Message;
use crate::transport::{self, Listener, ServerStream};
use crate::wire;

/// An intent, and where its one reply goes.
pub type Asked = (Intent, oneshot::Sender<Reply>);

/// What somebody wants to look at, and where what was seen goes.
pub type Looked = (Look, oneshot::Sender<Result<Sight, Problem>>);

/// What one client, and all of them together, may take. The defaults are the product's; tests
/// shorten the waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Clients at once; one more is told so and closed.
    pub clients: usize,
    /// From the connection to the whole hello.
    pub hello: Duration,
    /// From a frame's first byte to its last.
    pub frame: Duration,
    /// For the client to take one frame from us; then it is dropped.
    pub write: Duration,
    /// Silence of a client that subscribed to nothing; then it is closed.
    pub idle: Duration,
    /// Acts in one second by one client; more are refused, one by one.
    pub acts_per_second: u32,
    /// Looks under way at once for one client; more are refused, one by one.
    pub looks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clients: 16,
            hello: Duration::from_secs(2),
            frame: Duration::from_secs(5),
            write: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            acts_per_second: 20,
            looks: 4,
        }
    }
}

/// What the server hands out and where it brings what it is told.
#[derive(Clone, Debug)]
pub struct Ends {
    /// The view, latest only.
    pub views: watch::Receiver<Arc<View>>,
    /// Intents, each with the place for its reply. A dropped place is told to the client as
    /// "the companion is stopping".
    pub intents: mpsc::Sender<Asked>,
    /// What clients look at, each with the place for what was seen.
    pub looks: mpsc::Sender<Looked>,
    /// NDJSON lines of what the engine does.
    pub trace: broadcast::Sender<Arc<str>>,
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    limits: Limits,
}

impl Server {
    /// Listens at `path`; clients that connect from now on wait for [`Server::run`].
    ///
    /// # Errors
    /// [`LinkError::AlreadyRunning`], [`LinkError::Place`] or [`LinkError::Io`] when it cannot listen
    /// there. Nothing that a client does is an error here.
    pub async fn bind(path: &Path) -> Result<Self, LinkError> {
        Ok(Self { listener: Listener::bind(path).await?, limits: Limits::default() })
    }

    /// The same server with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Serves until `shutdown` completes.
    pub async fn run(mut self, ends: Ends, shutdown: impl Future<Output = ()>) {
        // Dropped with this future, and every client's task with it.
        let mut clients = JoinSet::new();
        let mut turned_away = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                Some(_) = clients.join_next() => {}
                Some(_) = turned_away.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok(stream) => match self.refusal(&stream, clients.len()) {
                        None => {
                            let connection = Connection::new(ends.clone(), self.limits.clone());
                            clients.spawn(connection.run(stream));
                        }
                        // Beyond a few at once even the refusal is not worth a task.
                        Some(problem) if turned_away.len() < self.limits.clients => {
                            turned_away.spawn(turn_away(stream, problem, self.limits.write));
                        }
                        Some(_) => {}
                    },
                    Err(error) => {
                        // Out of descriptors, most likely: breathe, so that it is not a busy loop.
                        tracing::warn!(%error, "the link could not accept a client");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
    }

    fn refusal(&self, stream: &ServerStream, clients: usize) -> Option<Problem> {
        match transport::same_user(stream) {
            Ok(true) if clients < self.limits.clients => None,
            Ok(true) => Some(connection::problem(
                "too_many_clients",
                format!("{clients} clients are connected, and more are not taken"),
                "close a Rightdoor window or a running `rightdoorctl watch`, and try again",
            )),
            Ok(false) | Err(_) => {
                tracing::warn!("a process of another user tried the link");
                Some(connection::problem(
                    "other_user",
                    "this companion belongs to another user".to_owned(),
                    "run this as the user whose companion it is",
                ))
            }
        }
    }
}

async fn turn_away(mut stream: ServerStream, problem: Problem, patience: Duration) {
    if let Ok(frame) = wire::encode(&Message::Problem { id: None, problem }) {
        // They may be gone already; nothing is lost with them.
        let _ = wire::write(&mut stream, &frame, patience).await;
    }
}
