//! `org.freedesktop.Notifications`, spoken over one connection of our own.
//!
//! At most one question is on the screen. An action counts for the question it was drawn with: its
//! key names the prompt, its notification's number must be the one shown now, and the engine refuses
//! an answer to a closed prompt besides. A daemon that starts later is shown what is still open.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use rightdoor_core::PromptId;
use rightdoor_core::words::Notice;
use tokio::sync::{mpsc, watch};
use zbus::export::futures_core::Stream;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream};

use crate::screen::{Action, Tell};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// Without a bus, not tried more often than this.
const AGAIN: Duration = Duration::from_secs(30);
/// A daemon that does not answer a call for so long is taken as gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// Notifications; what is shown goes with the companion.
#[derive(Debug)]
pub struct Notifications {
    wanted: watch::Sender<Option<Notice>>,
    told: mpsc::UnboundedSender<Tell>,
}

impl Notifications {
    /// Begins; the bus is asked for when there is something to show.
    pub fn begin(actions: mpsc::UnboundedSender<Action>) -> Self {
        let (wanted, notices) = watch::channel(None);
        let (told, tells) = mpsc::unbounded_channel();
        let room = Room { actions, bus: None, refused_at: None, silent: false, daemon: None, shown: None };
        tokio::spawn(room.run(notices, tells));
        Self { wanted, told }
    }

    /// Shows, replaces or closes the question.
    pub fn show(&self, notice: Option<&Notice>) {
        self.wanted.send_replace(notice.cloned());
    }

    /// Tells something.
    pub fn tell(&self, tell: &Tell) {
        let _ = self.told.send(tell.clone());
    }
}

struct Bus {
    connection: Connection,
    signals: MessageStream,
}

struct Room {
    actions: mpsc::UnboundedSender<Action>,
    bus: Option<Bus>,
    /// When there was last no bus.
    refused_at: Option<Instant>,
    /// The daemon did not take the last notification, and that was said.
    silent: bool,
    /// Who took the last notification, by its unique name on the bus.
    daemon: Option<String>,
    /// The question on the screen and its number there.
    shown: Option<(u32, PromptId)>,
}

impl Room {
    async fn run(
        mut self,
        mut notices: watch::Receiver<Option<Notice>>,
        mut tells: mpsc::UnboundedReceiver<Tell>,
    ) {
        loop {
            tokio::select! {
                changed = notices.changed() => {
                    let wanted = notices.borrow_and_update().clone();
                    if changed.is_err() {
                        return self.withdraw().await;
                    }
                    self.ask(wanted).await;
                }
                Some(tell) = tells.recv() => self.tell(&tell).await,
                signal = next(&mut self.bus) => match signal {
                    Some(message) => {
                        if self.heard(&message) {
                            let wanted = notices.borrow().clone();
                            self.ask(wanted).await;
                        }
                    }
                    None => {
                        tracing::warn!("the session bus is gone: nothing can be notified");
                        (self.bus, self.shown) = (None, None);
                    }
                },
            }
        }
    }

    async fn ask(&mut self, wanted: Option<Notice>) {
        let Some(notice) = wanted else { return self.withdraw().await };
        let replaces = match self.shown {
            Some((id, prompt)) if prompt == notice.prompt => id,
            // Another question gets another number, so that an action for the old one finds nothing.
            Some(_) => {
                self.withdraw().await;
                0
            }
            None => 0,
        };
        let confirm = format!("confirm:{}", notice.prompt.0);
        let mut actions = vec!["default", "Open"];
        if let Some(label) = &notice.confirm {
            actions.extend([confirm.as_str(), label.reveal()]);
        }
        actions.extend(["change", &notice.change]);
        let text = (notice.title.reveal().as_str(), notice.body.reveal().as_str());
        let id = self.notify(replaces, text, &actions, false).await;
        if id.is_none() {
            let _ = self.actions.send(Action::Unnotified(notice.prompt));
        }
        self.shown = id.map(|id| (id, notice.prompt));
    }

    async fn tell(&mut self, tell: &Tell) {
        self.notify(0, (tell.title.reveal(), tell.body.reveal()), &[], tell.urgent).await;
    }

    async fn withdraw(&mut self) {
        if let Some((id, _)) = self.shown.take() {
            // A notification that the person closed already is no news.
            let _ = self.call("CloseNotification", &(id,)).await;
        }
    }

    async fn notify(
        &mut self,
        replaces: u32,
        (title, body): (&str, &str),
        actions: &[&str],
        urgent: bool,
    ) -> Option<u32> {
        let hints = HashMap::from([
            ("urgency", Value::U8(if urgent { 2 } else { 1 })),
            ("desktop-entry", Value::from("rightdoor")),
        ]);
        // 0: it stays until it is answered or closed.
        let body = (NAME_OF_APP, replaces, "", title, escaped(body), actions, hints, 0_i32);
        match self.call("Notify", &body).await {
            Ok(reply) => {
                self.silent = false;
                self.daemon = reply.header().sender().map(ToString::to_string);
                reply.body().deserialize().ok()
            }
            Err(error) => {
                if !std::mem::replace(&mut self.silent, true) {
                    tracing::warn!(
                        %error,
                        "no notification daemon: questions are in the tray's menu and in `rightdoorctl where`"
                    );
                }
                None
            }
        }
    }

    async fn call<B>(&mut self, method: &str, body: &B) -> Result<Message, Failure>
    where
        B: zbus::export::serde::ser::Serialize + zbus::zvariant::DynamicType,
    {
        if self.bus.is_none() {
            if self.refused_at.is_some_and(|at| at.elapsed() < AGAIN) {
                return Err(Failure::NoBus);
            }
            match Bus::open().await {
                Ok(bus) => self.bus = Some(bus),
                Err(error) => {
                    self.refused_at = Some(Instant::now());
                    return Err(Failure::Bus(error));
                }
            }
        }
        let Some(bus) = &self.bus else { return Err(Failure::NoBus) };
        let reply = bus.connection.call_method(Some(NAME), PATH, Some(NAME), method, body);
        match tokio::time::timeout(PATIENCE, reply).await {
            Ok(reply) => Ok(reply?),
            Err(_) => Err(Failure::Late),
        }
    }

    /// Takes a signal; says whether what is open should be shown again, because a daemon is new.
    fn heard(&mut self, message: &Message) -> bool {
        let header = message.header();
        let body = message.body();
        match header.member().map(|member| member.as_str()) {
            Some("ActionInvoked") => {
                let Ok((id, key)) = body.deserialize::<(u32, String)>() else { return false };
                let Some((_, prompt)) = self.shown.filter(|(shown, _)| *shown == id) else { return false };
                let confirmed = key.strip_prefix("confirm:").map(str::parse);
                let action = match (key.as_str(), confirmed) {
                    ("default" | "change", _) => Action::Change,
                    (_, Some(Ok(named))) if PromptId(named) == prompt => Action::Confirm(prompt),
                    _ => return false,
                };
                let _ = self.actions.send(action);
            }
            Some("NotificationClosed") => {
                let Ok((id, _)) = body.deserialize::<(u32, u32)>() else { return false };
                self.shown.take_if(|(shown, _)| *shown == id);
            }
            Some("NameOwnerChanged") => {
                let Ok((_, _, owner)) = body.deserialize::<(String, String, String)>() else { return false };
                // A daemon that a notification of ours woke up is no news: it shows it already.
                if self.daemon.as_ref() == Some(&owner) {
                    return false;
                }
                self.shown = None;
                return !owner.is_empty();
            }
            Some(_) | None => {}
        }
        false
    }
}

const NAME_OF_APP: &str = "Rightdoor";

#[derive(Debug)]
enum Failure {
    NoBus,
    Late,
    Bus(zbus::Error),
}

impl From<zbus::Error> for Failure {
    fn from(error: zbus::Error) -> Self {
        Self::Bus(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBus => f.write_str("there is no session bus"),
            Self::Late => f.write_str("it does not answer"),
            Self::Bus(error) => error.fmt(f),
        }
    }
}

impl Bus {
    async fn open() -> zbus::Result<Self> {
        let connection = Connection::session().await?;
        // Listening begins before anything is shown, so that no answer is missed.
        let bus = zbus::fdo::DBusProxy::new(&connection).await?;
        let daemon =
            MatchRule::builder().msg_type(zbus::message::Type::Signal).path(PATH)?.interface(NAME)?;
        bus.add_match_rule(daemon.build()).await?;
        let owner = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .sender("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, NAME)?;
        bus.add_match_rule(owner.build()).await?;
        let signals = MessageStream::from(&connection);
        Ok(Self { connection, signals })
    }
}

/// The next signal; waits for ever without a bus, and gives `None` when the bus is gone.
async fn next(bus: &mut Option<Bus>) -> Option<Message> {
    let Some(bus) = bus else { return std::future::pending().await };
    loop {
        let message = poll_fn(|context| Pin::new(&mut bus.signals).poll_next(context)).await?.ok()?;
        if message.message_type() == zbus::message::Type::Signal {
            return Some(message);
        }
    }
}

/// Bodies are markup to most daemons; a label that looks like markup is text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
