//! Whether the phone service can be reached (design, section 7): whom to ask, when, and what follows
//! from the answers.
//!
//! Pure like the rest of this crate. The engine owns one [`Reach`], hands it what the network looks
//! like and what was answered, orders what it wants asked, and shows its verdict. It never registers
//! with anyone: it sees the service, not the softphone's own login.

mod cadence;
mod cause;
mod service;
mod track;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::effect::RequestId;
use crate::event::PhoneService;
use crate::{Mono, Redacted};
pub use service::{Service, domain_of};
pub use track::State;
use track::Track;

/// Longest that an answer is waited for.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Most targets of one service that are asked.
pub const MOST_TARGETS: usize = 6;
/// Most that is remembered to have answered.
const MOST_KNOWN: usize = 24;

/// How SIP travels (RFC 3261, section 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

/// One place at which the phone service listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// How.
    pub transport: Transport,
    /// Where.
    pub address: Redacted<SocketAddr>,
    /// The SIP domain, which a certificate has to name (RFC 5922, section 7.2).
    pub domain: Redacted<String>,
}

/// Whom a probe asks. Every probe is one question that changes nothing anywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The names: where the service of this SIP URI is (RFC 3263).
    Names(Redacted<String>),
    /// A SIP server: OPTIONS (RFC 3261, section 11).
    Server(Target),
    /// A STUN server, `host:port`: a binding request (RFC 8489).
    Stun(Redacted<String>),
    /// A control page over plain HTTP that a captive portal would replace.
    Portal(Redacted<String>),
    /// A control page over HTTPS.
    Https(Redacted<String>),
    /// The registry, over HTTPS: its answer shows that the internet is there; its silence shows nothing.
    Registry(Redacted<String>),
    /// The router of this network.
    Gateway(Redacted<IpAddr>),
    /// The host of a SIP server, by whatever it answers to: asked only where it decides.
    Host(Redacted<IpAddr>),
    /// The STUN server once more, by the physical adapter, where the system sends everything into a VPN: asked only
    /// where it decides.
    PastVpn(Redacted<String>),
}

/// What a probe brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The names' answer: where the service is, best first; never empty.
    Located(Vec<Target>),
    /// It answered as it should.
    Good {
        /// After how long.
        took: Duration,
        /// How many times the request had to be sent.
        sends: u8,
    },
    /// It did not.
    Fault(Fault),
    /// This computer cannot ask that way: nothing follows.
    CannotAsk,
}

/// How an answer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing came within [`PATIENCE`].
    Silent,
    /// The host is there and refuses (reset, port unreachable), or hangs up.
    Refused,
    /// The way there is closed: no route, no such neighbour, prohibited.
    Unreachable,
    /// 503 Service Unavailable (RFC 3261, section 21.5.4).
    Busy,
    /// A certificate that does not fit: another name, expired, not trusted.
    Certificate,
    /// The names' answer: there is no such name, no address, or the resolver failed.
    NoSuchName,
    /// Somebody else answers for the page: a captive portal.
    Captive,
    /// What came cannot be read.
    Garbled,
}

/// The judge of the phone service.
#[derive(Debug)]
pub struct Reach {
    service: Service,
    tracks: BTreeMap<Subject, Track>,
    /// What has answered once, ever: silence of the others is no evidence.
    known: BTreeSet<Subject>,
    /// Where the names say that the service is, by URI.
    located: BTreeMap<Redacted<String>, Vec<Target>>,
    asked: BTreeMap<RequestId, Subject>,
    network: Network,
    pace: cadence::Pace,
    verdict: PhoneService,
}

/// What is seen of the network.
#[derive(Debug, Default)]
struct Network {
    gateway: Option<Redacted<IpAddr>>,
    /// Since when there has been no physical link.
    down: Option<Mono>,
    /// Whether that was looked at a second time: what a slow look saw may be over.
    looked_twice: bool,
    /// No verdict of silence before: the computer woke up or changed its network.
    grace: Mono,
}

impl Reach {
    /// A judge who knows what has answered before.
    #[must_use]
    pub fn new(service: Service, known: Vec<Subject>) -> Self {
        Self {
            service,
            tracks: BTreeMap::new(),
            known: known.into_iter().take(MOST_KNOWN).collect(),
            located: BTreeMap::new(),
            asked: BTreeMap::new(),
            network: Network::default(),
            pace: cadence::Pace::default(),
            verdict: PhoneService::Unknown,
        }
    }

    /// Asks about another service from now on, if it is another one.
    pub fn serve(&mut self, service: Service) {
        if service != self.service {
            self.service = service;
            self.located.clear();
            self.forget();
        }
    }

    /// What the network looks like: whether any physical link is up, and the router.
    pub fn network(&mut self, up: bool, gateway: Option<Redacted<IpAddr>>, now: Mono) {
        let was_up = self.network.down.is_none();
        self.network.looked_twice &= !up;
        self.network.down = if up { None } else { Some(self.network.down.unwrap_or(now)) };
        if up != was_up || gateway != self.network.gateway {
            self.network.gateway = gateway;
            self.unsettle(Duration::ZERO, now);
        }
    }

    /// Whether the link is to be looked at once more, before its absence is called an outage.
    pub fn wants_look(&mut self, now: Mono) -> bool {
        let is_due = self.network.down.is_some_and(|down| now >= down.after(verdict::LOOK_TWICE));
        is_due && !std::mem::replace(&mut self.network.looked_twice, true)
    }

    /// What was known is of another time or place: unknown until asked anew, and silence counts only
    /// after `grace`.
    pub fn unsettle(&mut self, grace: Duration, now: Mono) {
        self.forget();
        self.network.grace = self.network.grace.max(now.after(grace));
    }

    fn forget(&mut self) {
        self.tracks.clear();
        self.asked.clear();
        self.pace.afresh();
        self.verdict = PhoneService::Unknown;
    }

    /// Whether anyone sits there: who is away is not in a hurry.
    pub fn attended(&mut self, attended: bool) {
        if std::mem::replace(&mut self.pace.away, !attended) && attended && self.pace.since().is_none() {
            self.pace.hurry();
        }
    }

    /// Takes an answer; whether it is the first good one ever of its subject, which is to be kept.
    pub fn answered(&mut self, id: RequestId, answer: &Answer, now: Mono) -> bool {
        let Some(subject) = self.asked.remove(&id) else { return false };
        if let (Answer::Located(targets), Subject::Names(uri)) = (answer, &subject) {
            self.located(uri, targets, now);
        }
        let track = self.tracks.entry(subject.clone()).or_default();
        let doubted = track.answered(id, answer);
        let is_good = track.is_good();
        if doubted {
            self.pace.doubt(now);
        }
        is_good && self.learn(subject)
    }

    fn located(&mut self, uri: &Redacted<String>, targets: &[Target], now: Mono) {
        let targets: Vec<Target> = targets.iter().take(MOST_TARGETS).cloned().collect();
        let is_known = |target: &Target| self.known.contains(&Subject::Server(target.clone()));
        if self.has_known_server() && !targets.iter().any(is_known) {
            // The names lead elsewhere: rightly or not, the servers there have to show.
            self.pace.doubt(now);
        }
        if self.located.insert(uri.clone(), targets).is_none() {
            self.pace.hurry();
        }
    }

    /// What has answered once, to be kept over a restart.
    #[must_use]
    pub fn known(&self) -> Vec<Subject> {
        self.known.iter().cloned().collect()
    }

    /// Whether the phone service answers, as far as can be told.
    #[must_use]
    pub const fn verdict(&self) -> PhoneService {
        self.verdict
    }

    /// What was asked, and how it stands: the evidence, servers first.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seen> {
        let seen = |(subject, track): (&Subject, &Track)| Seen {
            subject: subject.clone(),
            state: track.shown(),
            known: self.known.contains(subject),
        };
        // Without a VPN there is nothing past it.
        let is_asked = |(subject, track): &(&Subject, &Track)| {
            !(matches!(subject, Subject::PastVpn(_)) && track.cannot_be_asked())
        };
        self.tracks.iter().filter(is_asked).map(seen).collect()
    }

    fn learn(&mut self, subject: Subject) -> bool {
        // A router, a host and a way past a VPN are of one network; they are known while they are watched.
        let is_kept = !matches!(
            subject,
            Subject::Gateway(_) | Subject::Host(_) | Subject::Names(_) | Subject::PastVpn(_)
        );
        if self.known.len() >= MOST_KNOWN && !self.known.contains(&subject) {
            let stale = self.known.iter().find(|known| !self.is_current(known)).cloned();
            self.known.remove(&stale.unwrap_or_else(|| subject.clone()));
        }
        self.known.insert(subject) && is_kept
    }

    /// Whether it is one of those that the service is made of now.
    fn is_current(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Server(target) => self.targets().any(|current| current == target),
            Subject::Gateway(address) => self.network.gateway.as_ref() == Some(address),
            Subject::Host(_) | Subject::PastVpn(_) => false,
            Subject::Names(_)
            | Subject::Stun(_)
            | Subject::Portal(_)
            | Subject::Https(_)
            | Subject::Registry(_) => self.service.asks(subject),
        }
    }

    /// Where the names say that the service is.
    fn targets(&self) -> impl Iterator<Item = &Target> {
        self.located.values().flatten()
    }
}

/// How one subject stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Who was asked.
    pub subject: Subject,
    /// How it stands.
    pub state: State,
    /// Whether it has ever answered: silence of one that never did is no evidence.
    pub known: bool,
}
