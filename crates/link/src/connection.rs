//! One client, as the server sees it: a task that reads, a task that answers, and a deadline on
//! everything the client has begun.

use std::sync::Arc;
use std::time::Duration;

use rightdoor_core::{Look, Reply, Sight, View};
use rightdoor_location::record::Problem;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::LinkError;
use crate::message::{Ask, Capability, Hello, Message, Request, VERSION, Welcome};
use crate::server::{Ends, Limits};
use crate::wire;

const HELLO: &str = r#"begin with {"rightdoor":1,"client":"NAME"}"#;

/// What the reading half found.
enum Heard {
    Request(Request),
    /// Well framed, and its id is known: answered, and the connection goes on.
    Wrong(u64, LinkError),
    /// The end, with a reason to tell where there is one.
    End(Option<LinkError>),
}

pub(crate) struct Connection {
    ends: Ends,
    limits: Limits,
    views: Option<watch::Receiver<Arc<View>>>,
    trace: Option<broadcast::Receiver<Arc<str>>>,
    /// The one act under way. While there is one, no further request is taken.
    act: Option<(u64, oneshot::Receiver<Reply>)>,
    looks: JoinSet<Message>,
    second: Instant,
    acts_in_second: u32,
}

impl Connection {
    pub(crate) fn new(ends: Ends, limits: Limits) -> Self {
        let second = Instant::now();
        Self {
            ends,
            limits,
            views: None,
            trace: None,
            act: None,
            looks: JoinSet::new(),
            second,
            acts_in_second: 0,
        }
    }

    /// Speaks with the client until either side ends it.
    pub(crate) async fn run<S: AsyncRead + AsyncWrite + Send + 'static>(mut self, stream: S) {
        let (mut from, mut to) = tokio::io::split(stream);
        let end = match self.greet(&mut from, &mut to).await {
            Ok(()) => self.talk(from, &mut to).await,
            Err(error) => Err(error),
        };
        if let Err(error) = end {
            tracing::debug!(code = error.problem().code, "a client of the link was closed");
            if !matches!(error, LinkError::Closed | LinkError::Io(_)) {
                // It is being closed in any case.
                let _ = self.say(&mut to, &Message::Problem { id: None, problem: error.problem() }).await;
            }
        }
    }

    async fn greet<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        from: &mut R,
        to: &mut W,
    ) -> Result<(), LinkError> {
        let frame = timeout(self.limits.hello, wire::read(from, self.limits.hello));
        let json = match frame.await {
            Ok(Ok(Some(json))) => json,
            Ok(Ok(None)) => return Err(LinkError::Closed),
            Err(_) | Ok(Err(LinkError::NoAnswer)) => {
                return Err(LinkError::Refused(problem(
                    "no_hello",
                    "no whole hello came in time".to_owned(),
                    HELLO,
                )));
            }
            Ok(Err(error)) => return Err(error),
        };
        let hello: Hello = wire::decode(&json).map_err(|error| {
            LinkError::Refused(problem(
                "malformed_hello",
                format!("the first message is not a hello: {error}"),
                HELLO,
            ))
        })?;
        if hello.rightdoor != VERSION {
            return Err(LinkError::Refused(version_differs(hello.rightdoor)));
        }
        let welcome = Welcome {
            rightdoor: VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: vec![Capability::View, Capability::Act, Capability::Look, Capability::Trace],
        };
        self.say(to, &Message::Welcome(welcome)).await
    }

    async fn talk<R: AsyncRead + Unpin + Send + 'static, W: AsyncWrite + Unpin>(
        &mut self,
        from: R,
        to: &mut W,
    ) -> Result<(), LinkError> {
        // Room for one: a flood stays in the client's own socket.
        let (heard, mut requests) = mpsc::channel(1);
        let mut reading = JoinSet::new();
        reading.spawn(listen(from, self.limits.frame, heard));
        loop {
            let at_work = self.act.is_some() || !self.looks.is_empty();
            let lonely = self.views.is_none() && self.trace.is_none() && !at_work;
            let message = tokio::select! {
                heard = requests.recv(), if self.act.is_none() => match heard {
                    Some(Heard::Request(request)) => self.answer(request, to).await?,
                    Some(Heard::Wrong(id, error)) => {
                        Some(Message::Problem { id: Some(id), problem: error.problem() })
                    }
                    Some(Heard::End(None)) | None => return Ok(()),
                    Some(Heard::End(Some(error))) => return Err(error),
                },
                reply = replied(&mut self.act) => {
                    let id = self.act.take().map_or(0, |(id, _)| id);
                    Some(reply.map_or_else(|_| stopping(id), |reply| Message::Reply { id, reply }))
                }
                Some(seen) = self.looks.join_next() => seen.ok(),
                view = changed(&mut self.views) => Some(Message::View(view.ok_or(LinkError::Closed)?)),
                line = traced(&mut self.trace) => match line {
                    Ok(line) => Some(Message::Trace(line.to_string())),
                    Err(RecvError::Lagged(lost)) => Some(Message::TraceLost(lost)),
                    Err(RecvError::Closed) => return Ok(()),
                },
                () = tokio::time::sleep(self.limits.idle), if lonely => {
                    return Err(LinkError::Refused(problem(
                        "idle",
                        "nothing was asked for a while, so the companion closed the connection".to_owned(),
                        "connect again, and ask for the view to stay connected",
                    )));
                }
            };
            if let Some(message) = message {
                self.say(to, &message).await?;
            }
        }
    }

    async fn answer<W: AsyncWrite + Unpin>(
        &mut self,
        request: Request,
        to: &mut W,
    ) -> Result<Option<Message>, LinkError> {
        let Request { id, ask } = request;
        Ok(match ask {
            Ask::View => {
                let mut views = self.ends.views.clone();
                let view = Message::View(Arc::clone(&views.borrow_and_update()));
                self.views = Some(views);
                // The pong tells the client that this view, and none before it, answers the asking.
                self.say(to, &view).await?;
                Some(Message::Pong { id })
            }
            Ask::Trace => {
                self.trace.get_or_insert_with(|| self.ends.trace.subscribe());
                // The client knows from here on that no line is missed.
                Some(Message::Pong { id })
            }
            Ask::Ping => Some(Message::Pong { id }),
            Ask::Look(look) => self.look(id, look),
            Ask::Act(_) if self.too_fast() => Some(Message::Problem {
                id: Some(id),
                problem: problem(
                    "too_fast",
                    format!(
                        "more than {} acts in a second; this one was not done",
                        self.limits.acts_per_second
                    ),
                    "wait a second, and send it again",
                ),
            }),
            Ask::Act(intent) => {
                let (reply, replied) = oneshot::channel();
                match self.ends.intents.try_send((intent, reply)) {
                    Ok(()) => {
                        self.act = Some((id, replied));
                        None
                    }
                    Err(mpsc::error::TrySendError::Full(_)) => Some(busy(id)),
                    Err(mpsc::error::TrySendError::Closed(_)) => Some(stopping(id)),
                }
            }
        })
    }

    /// Begins a look; its answer comes when it comes. `Some` is a refusal.
    fn look(&mut self, id: u64, look: Look) -> Option<Message> {
        if self.looks.len() >= self.limits.looks {
            return Some(busy(id));
        }
        let (show, shown) = oneshot::channel();
        match self.ends.looks.try_send((look, show)) {
            Ok(()) => {
                self.looks.spawn(async move { seen(id, shown.await) });
                None
            }
            Err(mpsc::error::TrySendError::Full(_)) => Some(busy(id)),
            Err(mpsc::error::TrySendError::Closed(_)) => Some(stopping(id)),
        }
    }

    fn too_fast(&mut self) -> bool {
        let now = Instant::now();
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.acts_in_second = 0;
        }
        self.acts_in_second = self.acts_in_second.saturating_add(1);
        self.acts_in_second > self.limits.acts_per_second
    }

    async fn say<W: AsyncWrite + Unpin>(&self, to: &mut W, message: &Message) -> Result<(), LinkError> {
        wire::write(to, &wire::encode(message)?, self.limits.write).await
    }
}

/// The reading half. It ends with the first frame that cannot be a request; what follows such a
/// frame has no meaning.
async fn listen<R: AsyncRead + Unpin>(mut from: R, patience: Duration, to: mpsc::Sender<Heard>) {
    loop {
        let heard = match wire::read(&mut from, patience).await {
            Ok(None) => Heard::End(None),
            Ok(Some(json)) => match wire::decode::<Request>(&json) {
                Ok(request) => Heard::Request(request),
                Err(error) => match serde_json::from_slice::<IdOnly>(&json) {
                    Ok(IdOnly { id }) => Heard::Wrong(id, error),
                    Err(_) => Heard::End(Some(error)),
                },
            },
            Err(error) => Heard::End(Some(error)),
        };
        let last = matches!(heard, Heard::End(_));
        if to.send(heard).await.is_err() || last {
            return;
        }
    }
}

#[derive(serde::Deserialize)]
struct IdOnly {
    id: u64,
}

async fn replied(
    act: &mut Option<(u64, oneshot::Receiver<Reply>)>,
) -> Result<Reply, oneshot::error::RecvError> {
    match act {
        Some((_, reply)) => reply.await,
        None => std::future::pending().await,
    }
}

async fn changed(views: &mut Option<watch::Receiver<Arc<View>>>) -> Option<Arc<View>> {
    match views {
        Some(views) => views.changed().await.ok().map(|()| Arc::clone(&views.borrow_and_update())),
        None => std::future::pending().await,
    }
}

async fn traced(trace: &mut Option<broadcast::Receiver<Arc<str>>>) -> Result<Arc<str>, RecvError> {
    match trace {
        Some(trace) => trace.recv().await,
        None => std::future::pending().await,
    }
}

fn seen(id: u64, shown: Result<Result<Sight, Problem>, oneshot::error::RecvError>) -> Message {
    match shown {
        Ok(Ok(sight)) => Message::Sight { id, sight },
        Ok(Err(problem)) => Message::Problem { id: Some(id), problem },
        Err(_) => stopping(id),
    }
}

fn busy(id: u64) -> Message {
    let problem =
        problem("busy", "the companion is busy; this was not done".to_owned(), "send it again in a moment");
    Message::Problem { id: Some(id), problem }
}

fn stopping(id: u64) -> Message {
    let problem = problem(
        "companion_stopping",
        "the companion is stopping; it cannot say whether this was done".to_owned(),
        "start it again, and look at `rightdoorctl where`",
    );
    Message::Problem { id: Some(id), problem }
}

fn version_differs(theirs: u32) -> Problem {
    let (older, do_this) = if theirs > VERSION {
        ("companion", "restart `rightdoor-companion`, so that the installed release runs")
    } else {
        ("client", "close this program and start the installed release")
    };
    problem(
        "version_differs",
        format!(
            "the client speaks link version {theirs}, this companion version {VERSION}: the {older} is older"
        ),
        do_this,
    )
}

pub(crate) fn problem(code: &str, message: String, hint: &str) -> Problem {
    Problem { code: code.to_owned(), message, hint: hint.to_owned(), fields: Vec::new() }
}
