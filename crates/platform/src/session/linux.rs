//! systemd-logind over D-Bus (org.freedesktop.login1): sleep, lock, user switch, remote sessions.

use std::future::{pending, poll_fn};
use std::os::unix::fs::MetadataExt;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;
use zbus::export::futures_core::Stream;
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue};
use zbus::{Connection, Message, MessageStream};

use super::{Facts, SessionEvent, remember};
use crate::bus::{self, Properties, Silence};
use crate::clock;

const LOGIND: &str = "org.freedesktop.login1";
const ROOT: &str = "/org/freedesktop/login1";
const MANAGER: (&str, &str, &str) = (LOGIND, ROOT, "org.freedesktop.login1.Manager");
const SESSION: &str = "org.freedesktop.login1.Session";
const USER: &str = "org.freedesktop.login1.User";
/// A growth of the time asleep that is a sleep and not two clocks read one after the other.
const ASLEEP: Duration = Duration::from_millis(500);
/// How long sleep is held up for those who never say [`Watcher::ready_to_sleep`].
const HOLD: Duration = Duration::from_secs(2);

/// Listens to logind. Without it (no system bus, no systemd) it waits for ever, and doctor says so.
#[derive(Debug)]
pub struct Watcher {
    logind: Option<Logind>,
    /// What logind last said; the environment speaks until then.
    facts: Facts,
    /// Time asleep up to now, to tell how long the next sleep was.
    slept: Duration,
}

#[derive(Debug)]
struct Logind {
    bus: Connection,
    signals: MessageStream,
    /// Our session's object; `None` when logind knows none (a service, a container).
    session: Option<OwnedObjectPath>,
    /// Whether the session must be looked up again.
    stale: bool,
    /// Holds sleep up while it is kept.
    hold: Option<OwnedFd>,
    hold_wanted: bool,
    /// When a hold that was not given up is dropped.
    hold_until: Option<Instant>,
}

impl Watcher {
    /// Begins to listen.
    pub async fn open() -> Self {
        let facts = Facts { active: true, remote: remote_by_environment(), locked: false };
        let mut watcher = Self { logind: None, facts, slept: clock::suspended_total() };
        match Logind::open().await {
            Ok(logind) => watcher.logind = Some(logind),
            Err(silence) => {
                tracing::info!(?silence, "no logind: sleep, lock and user switch are not announced")
            }
        }
        watcher.catch_up().await;
        watcher
    }

    /// Whether the system announces anything at all.
    #[must_use]
    pub const fn hears(&self) -> bool {
        self.logind.is_some()
    }

    /// Waits for the next event. Cancel-safe.
    pub async fn next(&mut self) -> SessionEvent {
        loop {
            if self.catch_up().await {
                return SessionEvent::Changed;
            }
            let Some(logind) = &mut self.logind else { return pending().await };
            let hold_until = logind.hold_until;
            let message = tokio::select! {
                message = logind.next() => message,
                () = until(hold_until) => {
                    logind.let_go();
                    continue;
                }
            };
            let Some(message) = message else {
                tracing::warn!("the system bus is gone: sleep, lock and user switch are not announced");
                self.logind = None;
                continue;
            };
            if let Some(event) = self.take(&message) {
                return event;
            }
        }
    }

    /// Says that everything is kept and the computer may sleep; to be called after
    /// [`SessionEvent::Leaving`] was dealt with. Who forgets it delays sleep by two seconds.
    pub fn ready_to_sleep(&mut self) {
        if let Some(logind) = &mut self.logind {
            logind.let_go();
        }
    }

    /// Does what needs logind's answer; says whether the session's facts changed by it.
    async fn catch_up(&mut self) -> bool {
        let Some(logind) = &mut self.logind else {
            remember(self.facts);
            return false;
        };
        if logind.hold_wanted {
            logind.hold = logind.inhibit().await.ok();
            logind.hold_wanted = false;
        }
        if !logind.stale {
            return false;
        }
        let (session, facts) = logind.find_session().await;
        logind.session = session;
        logind.stale = false;
        let facts = facts.unwrap_or(self.facts);
        let changed = facts != self.facts;
        self.facts = facts;
        remember(facts);
        changed
    }

    fn take(&mut self, message: &Message) -> Option<SessionEvent> {
        let header = message.header();
        let member = header.member()?.as_str().to_owned();
        let path = header.path()?.as_str().to_owned();
        let logind = self.logind.as_mut()?;
        let ours = logind.session.as_ref().is_some_and(|session| session.as_str() == path);
        let mut facts = self.facts;
        match member.as_str() {
            "PrepareForSleep" | "PrepareForShutdown" if path == ROOT => {
                let starts: bool = message.body().deserialize().ok()?;
                if starts {
                    logind.hold_until = Some(Instant::now() + HOLD);
                    return Some(SessionEvent::Leaving);
                }
                logind.let_go();
                logind.hold_wanted = true;
                return (member == "PrepareForSleep")
                    .then(|| SessionEvent::Resumed { asleep: self.asleep() });
            }
            "SessionNew" | "SessionRemoved" | "UserNew" | "UserRemoved" if path == ROOT => {
                logind.stale = true
            }
            "Lock" if ours => facts.locked = true,
            "Unlock" if ours => facts.locked = false,
            "PropertiesChanged" if ours => {
                let (interface, changed, _): (String, Properties, Vec<String>) =
                    message.body().deserialize().ok()?;
                if interface == SESSION {
                    facts.locked = bus::property(&changed, "LockedHint").unwrap_or(facts.locked);
                    facts.active = bus::property(&changed, "Active").unwrap_or(facts.active);
                }
            }
            _ => {}
        }
        // A sleep that nobody announced (a virtual machine stopped by its host) shows here.
        let asleep = self.asleep();
        if asleep >= ASLEEP {
            self.facts = facts;
            remember(facts);
            return Some(SessionEvent::Resumed { asleep });
        }
        if facts == self.facts {
            return None;
        }
        self.facts = facts;
        remember(facts);
        Some(SessionEvent::Changed)
    }

    /// How long the computer slept since this was last asked.
    fn asleep(&mut self) -> Duration {
        let total = clock::suspended_total();
        total.saturating_sub(std::mem::replace(&mut self.slept, total))
    }
}

impl Logind {
    async fn open() -> Result<Self, Silence> {
        let bus = bus::system().await?;
        if !bus::served(&bus, LOGIND).await {
            return Err(Silence::Nobody);
        }
        let rule = zbus::MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .sender(LOGIND)
            .and_then(|rule| rule.path_namespace(ROOT))
            .map_err(|_| Silence::Failed)?
            .build();
        let signals =
            MessageStream::for_match_rule(rule, &bus, Some(64)).await.map_err(|_| Silence::Failed)?;
        Ok(Self { bus, signals, session: None, stale: true, hold: None, hold_wanted: true, hold_until: None })
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            match poll_fn(|cx| Pin::new(&mut self.signals).poll_next(cx)).await? {
                Ok(message) => return Some(message),
                Err(error) => tracing::debug!(%error, "a signal of logind could not be read"),
            }
        }
    }

    async fn inhibit(&self) -> Result<OwnedFd, Silence> {
        let why = "Telling the registry that this computer is leaving";
        bus::call(&self.bus, MANAGER, "Inhibit", &("sleep:shutdown", "Rightdoor", why, "delay")).await
    }

    fn let_go(&mut self) {
        self.hold = None;
        self.hold_until = None;
    }

    /// The session this person sits at: their graphical one, else the one this process belongs to.
    async fn find_session(&self) -> (Option<OwnedObjectPath>, Option<Facts>) {
        for path in [self.display_session().await, self.own_session().await, self.named_session().await]
            .into_iter()
            .flatten()
        {
            if let Ok(properties) = bus::properties(&self.bus, LOGIND, path.as_str(), SESSION).await {
                return (Some(path), Some(facts(&properties)));
            }
        }
        (None, None)
    }

    async fn display_session(&self) -> Option<OwnedObjectPath> {
        let uid = own_uid()?;
        let user: OwnedObjectPath = bus::call(&self.bus, MANAGER, "GetUser", &uid).await.ok()?;
        let user = bus::properties(&self.bus, LOGIND, user.as_str(), USER).await.ok()?;
        let (id, path): (String, OwnedObjectPath) = bus::property(&user, "Display")?;
        (!id.is_empty()).then_some(path)
    }

    async fn own_session(&self) -> Option<OwnedObjectPath> {
        bus::call(&self.bus, MANAGER, "GetSessionByPID", &std::process::id()).await.ok()
    }

    async fn named_session(&self) -> Option<OwnedObjectPath> {
        let id = std::env::var("XDG_SESSION_ID").ok()?;
        bus::call(&self.bus, MANAGER, "GetSession", &id).await.ok()
    }
}

fn facts(properties: &Properties) -> Facts {
    let text = |name| bus::property::<String>(properties, name).unwrap_or_default();
    let seat = properties
        .get("Seat")
        .and_then(|seat: &OwnedValue| <(String, OwnedObjectPath)>::try_from(seat.try_clone().ok()?).ok())
        .is_some_and(|(id, _)| !id.is_empty());
    // xrdp, VNC and VDI agents do not all say Remote; but a graphical session without a seat is not
    // at any screen of this computer.
    let graphical = matches!(text("Type").as_str(), "x11" | "wayland" | "mir");
    let remote = bus::property(properties, "Remote").unwrap_or(false)
        || !text("RemoteHost").is_empty()
        || text("Service").starts_with("xrdp")
        || (graphical && !seat)
        || remote_by_environment();
    Facts {
        active: bus::property(properties, "Active").unwrap_or(true),
        remote,
        locked: bus::property(properties, "LockedHint").unwrap_or(false),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Whether this session came over a network, by what its programs are told.
pub(super) fn remote_by_environment() -> bool {
    ["SSH_CONNECTION", "XRDP_SESSION"].iter().any(|name| std::env::var_os(name).is_some())
}

/// The account this process runs for.
pub(super) fn account() -> String {
    own_uid().map_or_else(|| "unknown".to_owned(), |uid| uid.to_string())
}

fn own_uid() -> Option<u32> {
    std::fs::metadata("/proc/self").ok().map(|own| own.uid())
}
