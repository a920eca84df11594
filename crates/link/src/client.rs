//! A client's side: one connection over which views, replies and trace lines come as they please.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rightdoor_core::{Intent, Look, Reply, Sight, View};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::LinkError;
use crate::message::{Ask, Hello, Message, Request, VERSION, Welcome};
use crate::transport;
use crate::wire;

/// How long a hello, a ping or a first view may take.
const QUICK: Duration = Duration::from_secs(5);
/// How long an act may take: an enrolment or a validation asks a server that may be slow.
const ACT: Duration = Duration::from_secs(30);

/// A connection to the companion. All methods take `&self`, so that views can be followed while an
/// act is under way; dropping it ends the connection and every stream that came from it.
#[derive(Debug)]
pub struct Client {
    welcome: Welcome,
    out: mpsc::Sender<Vec<u8>>,
    pending: Arc<Pending>,
    views: watch::Receiver<Option<Arrived>>,
    next: AtomicU64,
    _tasks: JoinSet<()>,
}

/// The view, as it changes.
#[derive(Debug)]
pub struct Views(watch::Receiver<Option<Arrived>>);

/// A view, and when the last byte of it was here.
type Arrived = (Instant, Arc<View>);

/// Trace lines, as they come.
#[derive(Debug)]
pub struct Trace(mpsc::Receiver<TraceLine>);

/// One step of a [`Trace`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceLine {
    /// One JSON object, without its newline.
    Line(String),
    /// This many lines are missing here, because we read too slowly.
    Lost(u64),
}

#[derive(Debug, Default)]
struct Pending(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<u64, oneshot::Sender<Result<Message, LinkError>>>,
    trace: Option<mpsc::Sender<TraceLine>>,
    ended: bool,
}

impl Client {
    /// Connects to the companion at `path` ([`crate::socket_path`]), as `name` (`cli`, `windows`).
    ///
    /// # Errors
    /// [`LinkError::NotRunning`] when nobody listens there, [`LinkError::Refused`] when the versions
    /// differ or the companion has no room.
    pub async fn connect(path: &Path, name: &str) -> Result<Self, LinkError> {
        let stream = transport::connect(path).await?;
        Self::greet(stream, name).await
    }

    async fn greet<S>(mut stream: S, name: &str) -> Result<Self, LinkError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let hello = Hello { rightdoor: VERSION, client: name.to_owned() };
        // A companion that has no room closes before it reads; its reason is there to be read.
        let said = wire::write(&mut stream, &wire::encode(&hello)?, QUICK).await;
        let first = timeout(QUICK, wire::read(&mut stream, QUICK)).await.map_err(|_| LinkError::NoAnswer)?;
        let Some(json) = first? else {
            return said.and(Err(LinkError::Closed));
        };
        let first: Message = wire::decode(&json)?;
        if let Message::Problem { problem, .. } = first {
            return Err(LinkError::Refused(problem));
        }
        let Message::Welcome(welcome) = first else {
            return Err(LinkError::Malformed("the companion did not answer the hello".to_owned()));
        };
        let (from, to) = tokio::io::split(stream);
        let (out, frames) = mpsc::channel(8);
        let (push, views) = watch::channel(None);
        let pending = Arc::new(Pending::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(send(to, frames));
        tasks.spawn(receive(from, push, Arc::clone(&pending)));
        Ok(Self { welcome, out, pending, views, next: AtomicU64::new(1), _tasks: tasks })
    }

    /// What the companion said of itself.
    #[must_use]
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Asks whether the companion is alive.
    ///
    /// # Errors
    /// [`LinkError::NoAnswer`] or [`LinkError::Closed`].
    pub async fn ping(&self) -> Result<(), LinkError> {
        self.ask(Ask::Ping, QUICK).await.map(|_| ())
    }

    /// Does what the agent wants.
    ///
    /// # Errors
    /// [`LinkError::Refused`] for an intent that the companion did not take. A refusal by the engine
    /// is an answer, not an error: [`Reply::Refused`].
    pub async fn act(&self, intent: Intent) -> Result<Reply, LinkError> {
        let Message::Reply { reply, .. } = self.ask(Ask::Act(intent), ACT).await? else {
            return Err(LinkError::Malformed("the companion answered an act with something else".to_owned()));
        };
        Ok(reply)
    }

    /// Looks at something that is not in the view.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with the problem, where it could not be seen.
    pub async fn look(&self, look: Look) -> Result<Sight, LinkError> {
        let Message::Sight { sight, .. } = self.ask(Ask::Look(look), ACT).await? else {
            return Err(LinkError::Malformed("the companion answered a look with something else".to_owned()));
        };
        Ok(sight)
    }

    /// The view as it is now.
    ///
    /// # Errors
    /// [`LinkError::NoAnswer`] or [`LinkError::Closed`].
    pub async fn view(&self) -> Result<Arc<View>, LinkError> {
        self.ask(Ask::View, QUICK).await?;
        self.views.borrow().clone().map(|(_, view)| view).ok_or(LinkError::Closed)
    }

    /// The view now, and at every change from now on; latest only.
    ///
    /// # Errors
    /// [`LinkError::NoAnswer`] or [`LinkError::Closed`].
    pub async fn views(&self) -> Result<Views, LinkError> {
        self.ask(Ask::View, QUICK).await?;
        let mut views = self.views.clone();
        views.mark_changed();
        Ok(Views(views))
    }

    /// What the engine does, from now on. A second call takes over from the first.
    ///
    /// # Errors
    /// [`LinkError::NoAnswer`] or [`LinkError::Closed`].
    pub async fn trace(&self) -> Result<Trace, LinkError> {
        let (to, lines) = mpsc::channel(64);
        self.pending.lock().trace = Some(to);
        self.ask(Ask::Trace, QUICK).await?;
        Ok(Trace(lines))
    }

    fn next_id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    async fn ask(&self, ask: Ask, patience: Duration) -> Result<Message, LinkError> {
        let id = self.next_id();
        let frame = wire::encode(&Request { id, ask })?;
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.pending.lock();
            if state.ended {
                return Err(LinkError::Closed);
            }
            state.waiting.insert(id, tell);
        }
        let answer = async {
            self.out.send(frame).await.map_err(|_| LinkError::Closed)?;
            told.await.map_err(|_| LinkError::Closed)?
        };
        let answer = timeout(patience, answer).await;
        self.pending.lock().waiting.remove(&id);
        answer.map_err(|_| LinkError::NoAnswer)?
    }
}

impl Views {
    /// The next view that differs in time from the last one given; `None` when the connection has
    /// ended.
    pub async fn next(&mut self) -> Option<Arc<View>> {
        self.next_arrived().await.map(|(_, view)| view)
    }

    /// The same, with the instant at which the last byte of it was here, before it was read.
    pub async fn next_arrived(&mut self) -> Option<(Instant, Arc<View>)> {
        loop {
            self.0.changed().await.ok()?;
            if let Some(arrived) = self.0.borrow_and_update().as_ref() {
                return Some(arrived.clone());
            }
        }
    }
}

impl Trace {
    /// The next step; `None` when the connection has ended.
    pub async fn next(&mut self) -> Option<TraceLine> {
        self.0.recv().await
    }
}

impl Pending {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; a poisoned map would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, id: u64, with: Result<Message, LinkError>) {
        if let Some(tell) = self.lock().waiting.remove(&id) {
            // Nobody waits any more: they ran out of patience.
            let _ = tell.send(with);
        }
    }

    /// Ends everything: who waits is told why, where that is known.
    fn end(&self, why: Option<rightdoor_location::record::Problem>) {
        let mut state = self.lock();
        state.ended = true;
        state.trace = None;
        for (_, tell) in state.waiting.drain() {
            let error = why.clone().map_or(LinkError::Closed, LinkError::Refused);
            let _ = tell.send(Err(error));
        }
    }
}

async fn send<W: AsyncWrite + Unpin>(mut to: W, mut frames: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if wire::write(&mut to, &frame, ACT).await.is_err() {
            return;
        }
    }
}

async fn receive<R: AsyncRead + Unpin>(
    mut from: R,
    views: watch::Sender<Option<Arrived>>,
    pending: Arc<Pending>,
) {
    let mut why = None;
    while let Ok(Some(json)) = wire::read(&mut from, ACT).await {
        let at = Instant::now();
        match wire::decode::<Message>(&json) {
            Ok(Message::View(view)) => {
                views.send_replace(Some((at, view)));
            }
            Ok(message @ (Message::Reply { id, .. } | Message::Sight { id, .. } | Message::Pong { id })) => {
                pending.answer(id, Ok(message))
            }
            Ok(Message::Problem { id: Some(id), problem }) => {
                pending.answer(id, Err(LinkError::Refused(problem)));
            }
            Ok(Message::Problem { id: None, problem }) => {
                why = Some(problem);
                break;
            }
            Ok(Message::Trace(line)) => trace(&pending, TraceLine::Line(line)).await,
            Ok(Message::TraceLost(lost)) => trace(&pending, TraceLine::Lost(lost)).await,
            Ok(Message::Welcome(_)) => {}
            Err(error) => {
                why = Some(error.problem());
                break;
            }
        }
    }
    pending.end(why);
}

async fn trace(pending: &Pending, line: TraceLine) {
    let to = pending.lock().trace.clone();
    if let Some(to) = to {
        // Waits for a slow reader: the companion notices, and counts what it left out.
        let _ = to.send(line).await;
    }
}
