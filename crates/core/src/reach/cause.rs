//! Why every server is silent: read from the pattern of what answers and what does not.

use std::net::IpAddr;
use std::time::Duration;

use super::track::{State, Track};
use super::verdict::{is_control, is_dead};
use super::{Fault, Reach, Subject, Transport};
use crate::event::OutageCause;
use crate::{Mono, Redacted};

/// Longest that a cause waits for what is still undecided.
pub(super) const UNDECIDED: Duration = Duration::from_secs(9);
/// Longer than any chance of silence on a path that loses most of what is sent.
const CERTAIN: Duration = Duration::from_secs(10);
/// Signs of loss longer ago say nothing about now.
const BEFORE: Duration = Duration::from_secs(20);
/// A path that lost only some of what was sent in this time is called unstable rather than dead.
pub(super) const WOBBLE: Duration = Duration::from_secs(20);
/// Who failed and answered again so often in the time that [`super::verdict::LATELY`] says does neither for long.
const FLICKERS: usize = 2;

impl Reach {
    /// The cause, once the pattern is clear; `None` while a control that could decide is undecided.
    pub(super) fn cause(&self, now: Mono) -> Option<OutageCause> {
        let lasted = self.pace.since().map(|since| now.since(since)).unwrap_or_default();
        if self.said(is_portal, Fault::Captive) {
            return Some(OutageCause::CaptivePortal);
        }
        let since = self.silent_since(now);
        if self.is_lossy(since, now) || self.flickers(now) {
            return Some(OutageCause::Unstable);
        }
        if let Some(told) = self.told_by_servers() {
            return Some(told);
        }
        if now.since(since) < self.certain(now) {
            return None;
        }
        let controls = || self.tracks.iter().filter(|(subject, _)| self.decides(subject));
        let answers = |subject: &Subject| {
            self.track(subject).is_some_and(|track| track.good_since(since) && !is_dead(track))
        };
        let internet = self.service.controls().any(|subject| answers(&subject));
        // An answer of one control settles what the silence of the others would mean, but for the portal's. Whether the
        // server's host answers tells something only then, and the way past a VPN only where none does.
        let is_settled = |subject: &Subject| match internet {
            true => is_control(subject) || matches!(subject, Subject::PastVpn(_)),
            false => matches!(subject, Subject::Host(_)),
        };
        let open = controls().any(|(subject, track)| !is_settled(subject) && is_open(track));
        if open && lasted < UNDECIDED {
            return None;
        }
        let is_past_vpn = |(subject, track): (&Subject, &Track)| {
            matches!(subject, Subject::PastVpn(_)) && track.good_since(since)
        };
        Some(if internet {
            self.beyond(since)
        } else if self.tracks.iter().any(is_past_vpn) {
            OutageCause::VpnBroken
        } else {
            self.this_side()
        })
    }

    /// The internet answers: is it this network, or the service?
    fn beyond(&self, since: Mono) -> OutageCause {
        let stun = self.find(|subject| matches!(subject, Subject::Stun(_)) && self.known.contains(subject));
        let is_udp_only = self.targets().all(|target| target.transport == Transport::Udp);
        let is_udp_dead = stun.is_some_and(is_dead);
        let is_prohibited = self.servers(true).all(|track| track.shown() == State::Dead(Fault::Unreachable));
        let hosts = || self.tracks.iter().filter(|(subject, _)| matches!(subject, Subject::Host(_)));
        let host_answers = hosts().any(|(_, track)| track.good_since(since));
        let host_silent = hosts().next().is_some() && hosts().all(|(_, track)| is_dead(track));
        if is_prohibited || host_answers || (is_udp_dead && is_udp_only) {
            return OutageCause::Blocked;
        }
        let stun_answers = stun.is_some_and(|track| track.good_since(since));
        if stun_answers && !host_silent { OutageCause::Blocked } else { OutageCause::ServiceDown }
    }

    /// Nothing beyond this network answers.
    fn this_side(&self) -> OutageCause {
        if self.find(|subject| matches!(subject, Subject::Gateway(_))).is_some_and(is_dead) {
            return OutageCause::GatewayDead;
        }
        let is_far = |subject: &Subject| is_control(subject) && !matches!(subject, Subject::Registry(_));
        let is_proof = |(subject, track): (&Subject, &Track)| {
            is_far(subject) && self.known.contains(subject) && is_dead(track)
        };
        let names_dead = self.names().next().is_some() && self.names().all(is_dead);
        if self.tracks.iter().any(is_proof) || names_dead {
            OutageCause::NoInternet
        } else {
            OutageCause::Unclear
        }
    }

    /// What the servers themselves say.
    fn told_by_servers(&self) -> Option<OutageCause> {
        let faults = || {
            self.servers(true).chain(self.servers(false)).filter_map(|track| match track.shown() {
                State::Dead(fault) => Some(fault),
                State::Unknown | State::Good | State::Doubtful => None,
            })
        };
        if faults().any(|fault| fault == Fault::Certificate) {
            return Some(OutageCause::WrongCertificate);
        }
        let is_told = |fault| matches!(fault, Fault::Busy | Fault::Refused | Fault::Garbled);
        faults().any(is_told).then_some(OutageCause::ServiceDown)
    }

    /// Whether a control has to be heard before the cause is named.
    fn decides(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Registry(_) | Subject::Names(_) | Subject::Server(_) => false,
            Subject::Stun(_) | Subject::Portal(_) | Subject::Https(_) => self.known.contains(subject),
            Subject::Gateway(_) | Subject::Host(_) | Subject::PastVpn(_) => true,
        }
    }

    /// The way past a VPN, asked where no control answers: is it the VPN, or is nothing there at all?
    pub(super) fn past_vpn(&self) -> Option<Subject> {
        let shown = |subject: &Subject| self.track(subject).map(Track::shown);
        let answers = self.service.controls().any(|subject| shown(&subject) == Some(State::Good));
        let stun = self.service.stun.clone();
        let is_silent = |server: &Redacted<String>| {
            matches!(shown(&Subject::Stun(server.clone())), Some(State::Doubtful | State::Dead(_)))
        };
        stun.filter(|server| !answers && is_silent(server)).map(Subject::PastVpn)
    }

    /// Hosts of the servers: asked where every server is silent and something beyond answers.
    pub(super) fn hosts(&self) -> Vec<IpAddr> {
        let control =
            self.tracks.iter().any(|(subject, track)| is_control(subject) && track.shown() == State::Good);
        let silent = self.servers(true).next().is_some()
            && self
                .servers(true)
                .all(|track| matches!(track.shown(), State::Dead(Fault::Silent) | State::Doubtful));
        if !(control && silent && self.pace.since().is_some()) {
            return Vec::new();
        }
        let mut hosts: Vec<IpAddr> = self.targets().map(|target| target.address.reveal().ip()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }

    /// Since when nothing good came from any server.
    fn silent_since(&self, now: Mono) -> Mono {
        self.servers(true).chain(self.servers(false)).filter_map(Track::since).min().unwrap_or(now)
    }

    /// How long silence has to last: where the path shows any sign of loss, so long that chance cannot be it.
    pub(super) fn certain(&self, now: Mono) -> Duration {
        let lately = now.before(BEFORE);
        let is_shaky = self.tracks.values().any(|track| track.is_shaky(lately));
        if is_shaky { CERTAIN } else { Duration::ZERO }
    }

    /// Whether the path lately loses some of what is sent, rather than all or nothing of it; what was before `since`
    /// does not count.
    pub(super) fn is_lossy(&self, since: Mono, now: Mono) -> bool {
        let since = since.max(now.before(WOBBLE));
        self.tracks.values().any(|track| track.is_mixed(since, now))
    }

    /// Whether a server fails and answers by turns.
    pub(super) fn flickers(&self, now: Mono) -> bool {
        let lately = now.before(super::verdict::LATELY);
        self.servers(true).chain(self.servers(false)).any(|track| track.recoveries(lately) >= FLICKERS)
    }

    fn said(&self, is_one: fn(&Subject) -> bool, fault: Fault) -> bool {
        self.tracks.iter().any(|(subject, track)| is_one(subject) && track.last_fault() == Some(fault))
    }

    fn find(&self, is_one: impl Fn(&Subject) -> bool) -> Option<&Track> {
        self.tracks.iter().find(|(subject, _)| is_one(subject)).map(|(_, track)| track)
    }
}

const fn is_portal(subject: &Subject) -> bool {
    matches!(subject, Subject::Portal(_))
}

/// Whether it may still turn out either way.
const fn is_open(track: &Track) -> bool {
    match track.shown() {
        State::Unknown | State::Doubtful => !track.cannot_be_asked(),
        State::Good | State::Dead(_) => false,
    }
}
