//! From how every subject stands to whether the phone service answers.

use std::time::Duration;

use super::track::{State, Track};
use super::{Fault, PATIENCE, Reach, Subject};
use crate::Mono;
use crate::event::{OutageCause, PhoneService};

/// No link for so long is an outage: a radio needs a moment to roam.
pub(super) const NO_LINK: Duration = Duration::from_secs(4);
/// And so long before it is looked at again.
pub(super) const LOOK_TWICE: Duration = Duration::from_secs(2);
/// Silence counts after this time where others answer at once.
pub(super) const QUICK: Duration = Duration::from_secs(3);
/// Over this time what is lost is counted.
pub(super) const LATELY: Duration = Duration::from_secs(40);
/// Fewer requests tell nothing about how much is lost.
const ENOUGH: usize = 8;

impl Reach {
    /// Judges everyone at `now`, and from that the service.
    pub(super) fn judge(&mut self, now: Mono) {
        // A slow network is slow for everyone: where a control answers at once, silence is not slowness.
        let since = self.pace.since().unwrap_or(now);
        let is_prompt = |(subject, track): (&Subject, &Track)| {
            let says = track.good_since(since) || track.last_fault() == Some(Fault::Captive);
            is_control(subject) && says && !track.is_slow()
        };
        let is_clean = self.tracks.iter().any(is_prompt) && self.certain(now).is_zero();
        let patience = if is_clean { QUICK } else { PATIENCE };
        for track in self.tracks.values_mut() {
            let before = track.shown();
            if track.judge(patience, now) == State::Doubtful && before == State::Good {
                self.pace.doubt(now);
            }
        }
        let before = self.verdict;
        if let Some(verdict) = self.judged(now) {
            self.verdict = verdict;
        }
        if matches!(before, PhoneService::Silent(_)) && !matches!(self.verdict, PhoneService::Silent(_)) {
            // What an outage lost says nothing about the path after it.
            for (subject, track) in &mut self.tracks {
                if matches!(subject, Subject::Names(_)) {
                    // They were silent with everything else: they are asked again before that is held against them.
                    track.begin_anew();
                } else {
                    track.forgive();
                }
            }
        }
    }

    /// The verdict, if anything can be said now; otherwise the last one stands.
    fn judged(&self, now: Mono) -> Option<PhoneService> {
        if !self.service.is_watched() {
            return Some(PhoneService::Unknown);
        }
        if let Some(down) = self.network.down {
            let is_long = now >= down.after(NO_LINK).max(self.network.grace);
            return is_long.then_some(PhoneService::Silent(OutageCause::NoLink));
        }
        if self.servers(true).any(|track| track.shown() == State::Good) {
            return Some(self.alive(now));
        }
        if now < self.network.grace {
            return None;
        }
        if self.names_mislead() {
            return Some(PhoneService::Silent(OutageCause::Dns));
        }
        let mut pool: Vec<&Track> = self.servers(true).collect();
        if pool.is_empty() {
            pool = self.servers(false).collect();
        }
        let is_silent = !pool.is_empty() && pool.iter().all(|track| is_dead(track));
        if is_silent { self.cause(now).map(PhoneService::Silent) } else { None }
    }

    /// A server answers: how well, and can the softphone find it?
    fn alive(&self, now: Mono) -> PhoneService {
        let lately = now.before(LATELY);
        let servers = || self.servers(true);
        let (lost, all) =
            servers().map(|track| track.lost(lately)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let wobbles = servers().map(|track| track.wobbles(lately)).max().unwrap_or_default();
        // Once called unstable it stays so until little is lost.
        let share = if self.verdict == PhoneService::Silent(OutageCause::Unstable) { 5 } else { 2 };
        if all >= ENOUGH && lost * share >= all && wobbles > 2 {
            return PhoneService::Silent(OutageCause::Unstable);
        }
        let names_since = self.names().filter(|track| is_dead(track)).filter_map(Track::since).min();
        let dns = PhoneService::Silent(OutageCause::Dns);
        // Once said it stands until the names answer, whatever else the path loses.
        let is_certain = |since| {
            now.since(since) >= self.certain(now) && !self.is_lossy(since, now) && !self.flickers(now)
        };
        if names_since.is_some_and(|since| self.verdict == dns || is_certain(since)) {
            return dns;
        }
        let is_partly =
            wobbles > 1 || names_since.is_some() || servers().any(|track| is_dead(track) || track.is_slow());
        if is_partly { PhoneService::Degraded } else { PhoneService::Answers }
    }

    /// Whether a server that the names led to before answers, and what they say now leads to none.
    fn names_mislead(&self) -> bool {
        let mut new = self.targets().peekable();
        let is_dead =
            |target: &super::Target| self.track(&Subject::Server(target.clone())).is_some_and(is_dead);
        let leads_nowhere = match new.peek() {
            Some(_) => self.servers(true).next().is_none() && new.all(is_dead),
            None => self.names().next().is_some() && self.names().all(self::is_dead),
        };
        leads_nowhere && self.servers(false).any(|track| track.shown() == State::Good)
    }

    /// Records of servers that have answered once: those that the names lead to now, or the others.
    pub(super) fn servers(&self, current: bool) -> impl Iterator<Item = &Track> {
        let is_asked = move |subject: &&Subject| {
            matches!(subject, Subject::Server(_)) && self.is_current(subject) == current
        };
        self.known.iter().filter(is_asked).filter_map(|subject| self.track(subject))
    }

    /// Records of the names.
    pub(super) fn names(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(|(subject, _)| matches!(subject, Subject::Names(_))).map(|(_, track)| track)
    }

    pub(super) fn track(&self, subject: &Subject) -> Option<&Track> {
        self.tracks.get(subject)
    }

    /// Whether every server and name that counts answers well, and there is such a server.
    pub(super) fn all_good(&self) -> bool {
        self.servers(true).next().is_some()
            && self.servers(true).chain(self.names()).all(|track| track.shown() == State::Good)
    }

    pub(super) fn has_known_server(&self) -> bool {
        self.known.iter().any(|subject| matches!(subject, Subject::Server(_)))
    }
}

pub(super) const fn is_dead(track: &Track) -> bool {
    matches!(track.shown(), State::Dead(_))
}

/// Whether it stands for the internet at large.
pub(super) const fn is_control(subject: &Subject) -> bool {
    match subject {
        Subject::Stun(_) | Subject::Portal(_) | Subject::Https(_) | Subject::Registry(_) => true,
        Subject::Names(_)
        | Subject::Server(_)
        | Subject::Gateway(_)
        | Subject::Host(_)
        | Subject::PastVpn(_) => false,
    }
}
