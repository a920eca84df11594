//! Whom to ask when: in turn while all is well, everyone at once while in doubt.

use std::time::Duration;

use super::service::is_numeric;
use super::track::{OVERDUE, Track};
use super::{PATIENCE, Reach, Subject, Transport};
use crate::Mono;
use crate::effect::{Effect, RequestId};
use crate::event::PhoneService;

/// A doubt that led to nothing is over after this time.
const DOUBT: Duration = Duration::from_secs(30);
/// So long a service that has never answered is asked in a hurry.
const FIRST_TRY: Duration = Duration::from_secs(15);
/// So long everyone is asked every second or more often.
const HASTE: Duration = Duration::from_secs(20);
/// Longest wait between two tries of a service that has never answered.
const LONGEST: Duration = Duration::from_secs(600);

/// When to ask.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The next question of the steady round, and whose turn it is.
    next: Mono,
    turn: usize,
    /// Since when everyone is asked: at a beginning, or in doubt.
    hurry: Option<Hurry>,
    /// Tries of a service that has never answered.
    tries: u32,
    /// Whether anyone sits there.
    pub away: bool,
}

/// A time in which everyone is asked.
#[derive(Clone, Copy, Debug)]
struct Hurry {
    since: Option<Mono>,
    /// Whether something that answered does not any more.
    doubt: bool,
}

impl Pace {
    /// Begins as if nothing had been asked.
    pub const fn afresh(&mut self) {
        self.hurry = Some(Hurry { since: None, doubt: false });
        self.tries = 0;
        self.next = Mono(0);
    }

    /// There is somebody new to ask.
    pub const fn hurry(&mut self) {
        self.next = Mono(0);
    }

    /// Something that answered does not any more.
    pub fn doubt(&mut self, now: Mono) {
        match &mut self.hurry {
            Some(hurry) => hurry.doubt = true,
            None => self.hurry = Some(Hurry { since: Some(now), doubt: true }),
        }
    }

    /// Since when everyone is asked.
    pub fn since(&self) -> Option<Mono> {
        self.hurry.and_then(|hurry| hurry.since)
    }
}

impl Reach {
    /// Judges, and says who is to be asked now.
    ///
    /// `id` numbers a request, `jitter` varies a time by chance.
    pub fn pump(
        &mut self,
        now: Mono,
        mut id: impl FnMut() -> RequestId,
        mut jitter: impl FnMut(Duration) -> Duration,
    ) -> Vec<Effect> {
        self.judge(now);
        if !self.service.is_watched() || self.network.down.is_some() {
            return Vec::new();
        }
        if let Some(hurry) = &mut self.pace.hurry {
            hurry.since.get_or_insert(now);
        }
        self.calm(now);
        let subjects = if self.pace.hurry.is_some() {
            self.hurried(now, &mut jitter)
        } else if self.pace.next <= now {
            let step = jitter(self.step());
            self.pace.next = now.after(step);
            self.in_turn()
        } else {
            Vec::new()
        };
        let mut orders = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let (id, track) = (id(), self.tracks.entry(subject.clone()).or_default());
            let kept = matches!(&subject, Subject::Server(target) if target.transport != Transport::Udp);
            let fresh = kept && track.goes_another_way();
            track.ask(id, fresh, now);
            self.asked.insert(id, subject.clone());
            orders.push(Effect::Probe { id, subject, fresh });
        }
        orders
    }

    /// When something is due by time alone.
    #[must_use]
    pub fn due(&self, now: Mono) -> Option<Mono> {
        if !self.service.is_watched() {
            return None;
        }
        let grace = std::iter::once(self.network.grace);
        if let Some(down) = self.network.down {
            let waits = [super::verdict::LOOK_TWICE, super::verdict::NO_LINK];
            return grace.chain(waits.map(|wait| down.after(wait))).filter(|at| *at > now).min();
        }
        let hurry = self.pace.since();
        let ends = hurry.into_iter().flat_map(|since| {
            [OVERDUE, FIRST_TRY, DOUBT, super::cause::UNDECIDED, super::cause::WOBBLE]
                .map(|span| since.after(span))
        });
        let steady = hurry.is_none().then_some(self.pace.next);
        let asked = self.tracks.iter().filter(|(subject, _)| hurry.is_some() && self.is_wanted(subject, now));
        let asked = asked.map(|(_, track)| track.next);
        let judged = self.tracks.values().flat_map(|track| track.moments(&[super::verdict::QUICK, PATIENCE]));
        grace.chain(ends).chain(steady).chain(asked).chain(judged).filter(|at| *at > now).min()
    }

    /// Ends a hurry whose reason is gone.
    fn calm(&mut self, now: Mono) {
        let Some(hurry) = self.pace.hurry else { return };
        let lasted = hurry.since.map(|since| now.since(since)).unwrap_or_default();
        let is_over = match self.verdict {
            PhoneService::Silent(_) => false,
            PhoneService::Unknown => lasted >= FIRST_TRY && !self.has_known_server(),
            PhoneService::Answers | PhoneService::Degraded => self.all_good() || lasted >= DOUBT,
        };
        if is_over {
            self.pace.hurry = None;
            self.pace.next = now.after(self.step());
        }
    }

    /// Mean time to the next question of the steady round.
    fn step(&mut self) -> Duration {
        if self.verdict == PhoneService::Unknown {
            self.pace.tries += 1;
            let doubled = self.service.idle_step * (1 << self.pace.tries.min(5)) / 2;
            return doubled.min(LONGEST);
        }
        if self.pace.away { self.service.idle_step } else { self.service.step }
    }

    /// Who is next: names and servers by turns, so that neither is asked less than every second time.
    fn in_turn(&mut self) -> Vec<Subject> {
        let names = self.resolved();
        let servers: Vec<Subject> = self.targets().cloned().map(Subject::Server).collect();
        if self.verdict == PhoneService::Unknown || servers.is_empty() {
            return self.service.names().chain(servers).collect();
        }
        self.pace.turn = self.pace.turn.wrapping_add(1);
        let (round, is_names) = if names.is_empty() {
            (self.pace.turn, false)
        } else {
            (self.pace.turn / 2, self.pace.turn % 2 == 1)
        };
        let of = if is_names { &names } else { &servers };
        of.get(round % of.len()).cloned().into_iter().collect()
    }

    /// Everyone whose time has come.
    fn hurried(&mut self, now: Mono, mut jitter: impl FnMut(Duration) -> Duration) -> Vec<Subject> {
        let lasted = self.pace.since().map(|since| now.since(since)).unwrap_or_default();
        let all: Vec<Subject> = self.everyone().filter(|subject| self.is_wanted(subject, now)).collect();
        let due = |subject: &Subject| self.tracks.get(subject).is_none_or(|track| track.next <= now);
        let due: Vec<Subject> = all.into_iter().filter(due).collect();
        for subject in &due {
            let wait = wait(subject, lasted);
            // Whoever fails by turns must not be met at the same turn each time. Before, all are asked at once.
            let wait = if lasted >= HASTE { jitter(wait) } else { wait };
            self.tracks.entry(subject.clone()).or_default().next = now.after(wait);
        }
        due
    }

    /// Everyone who could be asked.
    fn everyone(&self) -> impl Iterator<Item = Subject> {
        let servers = self.targets().cloned().map(Subject::Server);
        let remembered = self.known.iter().filter(|known| matches!(known, Subject::Server(_)));
        let remembered = remembered.filter(|known| !self.is_current(known)).cloned();
        let gateway = self.network.gateway.clone().map(Subject::Gateway);
        let hosts = self.hosts().into_iter().map(|address| Subject::Host(address.into()));
        let controls = self.service.controls();
        let past_vpn = self.past_vpn();
        let beyond = controls.chain(gateway).chain(hosts).chain(past_vpn);
        self.service.names().chain(servers).chain(remembered).chain(beyond)
    }

    /// Whether it is worth asking in this hurry.
    fn is_wanted(&self, subject: &Subject, now: Mono) -> bool {
        let Some(hurry) = self.pace.hurry else { return false };
        let is_heard = self.tracks.get(subject).is_some_and(Track::is_good);
        let lasted = hurry.since.map(|since| now.since(since)).unwrap_or_default();
        let is_pressing = hurry.doubt || lasted >= OVERDUE || matches!(self.verdict, PhoneService::Silent(_));
        match subject {
            Subject::Names(_) | Subject::Gateway(_) => is_pressing || !is_heard,
            Subject::Server(target) => {
                let is_current = self.targets().any(|current| current == target);
                is_pressing || (is_current && !is_heard) || self.located.is_empty()
            }
            // Found while all is well: past a VPN that broke no name leads to it.
            Subject::Stun(_) => is_pressing || !is_heard,
            // At a beginning, controls are asked only to learn whether they answer at all.
            Subject::Portal(_) | Subject::Https(_) | Subject::Registry(_) => {
                is_pressing || (!self.known.contains(subject) && !is_heard)
            }
            Subject::Host(_) | Subject::PastVpn(_) => is_pressing,
        }
    }

    /// Names that a resolver has to be asked for.
    fn resolved(&self) -> Vec<Subject> {
        let numeric = |subject: &Subject| matches!(subject, Subject::Names(uri) if is_numeric(uri.reveal()));
        self.service.names().filter(|subject| !numeric(subject)).collect()
    }
}

/// How long to wait before asking the same one again, after a hurry has lasted so long.
fn wait(subject: &Subject, lasted: Duration) -> Duration {
    let base = match lasted.as_secs() {
        0..6 => Duration::from_millis(500),
        6..20 => Duration::from_secs(1),
        20..120 => Duration::from_secs(2),
        120..600 => Duration::from_secs(5),
        600..3600 => Duration::from_secs(15),
        _ => Duration::from_secs(60),
    };
    match subject {
        Subject::Server(_) | Subject::Stun(_) => base,
        Subject::Names(_) | Subject::Gateway(_) | Subject::Host(_) | Subject::PastVpn(_) => base * 2,
        Subject::Portal(_) | Subject::Https(_) | Subject::Registry(_) => base * 4,
    }
}
