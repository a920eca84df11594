//! Outages of the phone service: one notice per outage, one end per beginning, flapping damped.

use std::time::Duration;

use super::{Deadlines, Engine};
use crate::audit::Kind;
use crate::effect::RequestId;
use crate::event::PhoneService;
use crate::reach::{Answer, Reach, Service, Subject};
use crate::saved::Change;
use crate::view::OutageView;
use crate::{Mono, Wall};

/// Answers must last this long to end an outage.
const DWELL: Duration = Duration::from_secs(5);
/// Outages that follow one another this closely are one service that flaps: each end must last twice as long as
/// the one before.
const FLAPPING: Duration = Duration::from_secs(600);
/// Longest that an end must last.
const LONGEST_DWELL: Duration = Duration::from_secs(120);
/// After a wake-up the network needs a while: silence says nothing before.
const WAKING: Duration = Duration::from_secs(20);

/// What is known of the phone service.
#[derive(Debug)]
pub(super) struct Outage {
    pub reach: Reach,
    /// Since when the phone service has answered again while an outage is shown.
    turned: Option<(Mono, Wall)>,
    number: u64,
    /// Whether the computer runs on its battery: no outage, but the end of calls to come.
    pub battery: bool,
    pub shown: Option<OutageView>,
    /// When the last outage ended, and how many followed closely.
    ended: Option<Mono>,
    flaps: u32,
}

impl Outage {
    pub fn restored(reached: Vec<Subject>) -> Self {
        let reach = Reach::new(Service::default(), reached);
        Self { reach, turned: None, number: 0, battery: false, shown: None, ended: None, flaps: 0 }
    }

    fn is_on(&self) -> bool {
        self.shown.is_some_and(|outage| outage.ended.is_none())
    }

    fn turn_due(&self) -> Option<Mono> {
        let dwell = DWELL * (1 << self.flaps.min(5));
        self.turned.map(|(since, _)| since.after(dwell.min(LONGEST_DWELL)))
    }
}

impl Engine {
    /// Watches the service of whoever is enrolled, as policy says.
    pub(super) fn reach_service(&mut self) {
        let service = match &self.enrolment {
            Some(enrolment) => self.policy.phone.of(enrolment.endpoint.reveal(), enrolment.registry.reveal()),
            None => self.policy.phone.clone(),
        };
        self.outage.reach.serve(service);
    }

    pub(super) fn reach_woke(&mut self) {
        self.outage.reach.unsettle(WAKING, self.now.mono);
    }

    pub(super) fn probed(&mut self, id: RequestId, answer: &Answer) {
        if self.outage.reach.answered(id, answer, self.now.mono) {
            self.keep(Change::Reached(self.outage.reach.known()));
        }
    }

    pub(super) fn outage_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.outage.turn_due().map(|at| (at, "dwell of the phone service")));
        due.extend(self.outage.reach.due(self.now.mono).map(|at| (at, "probes of the phone service")));
    }

    pub(super) fn pump_outage(&mut self) {
        let now = self.now.mono;
        if let Some(look) = &self.senses.look {
            let gateway = look.links.iter().find_map(|(_, gateway)| gateway.as_ref());
            let gateway = gateway.map(|gateway| gateway.address.clone());
            self.outage.reach.network(!look.links.is_empty(), gateway, now);
        }
        if self.outage.reach.wants_look(now) {
            self.look_again();
        }
        self.outage.reach.attended(self.session.active && !self.session.locked);
        let (next, chance) = (&mut self.next_request, &mut self.chance);
        let id = || {
            *next += 1;
            RequestId(*next)
        };
        let probes = self.outage.reach.pump(now, id, |span| chance.jitter(span));
        self.orders.extend(probes);
        self.turn_outage(now);
    }

    /// Begins and ends outages.
    fn turn_outage(&mut self, now: Mono) {
        match (self.outage.reach.verdict(), self.outage.is_on()) {
            (PhoneService::Silent(_), false) => self.begin_outage(now),
            (PhoneService::Answers | PhoneService::Degraded, true) => {
                let wall = self.now.wall;
                self.outage.turned.get_or_insert((now, wall));
            }
            // Not seeing is neither the beginning nor the end of anything.
            (PhoneService::Silent(_) | PhoneService::Unknown, true) | (_, false) => self.outage.turned = None,
        }
        if self.outage.turn_due().is_some_and(|at| at <= now) {
            let since = self.outage.turned.take().map(|(_, since)| since);
            self.outage.ended = Some(now);
            if let Some(outage) = &mut self.outage.shown {
                outage.ended = since;
            }
            let facts = [("outage", self.outage.number.to_string())];
            self.record(Kind::OutageEnded, &facts, None);
        }
    }

    fn begin_outage(&mut self, now: Mono) {
        let is_close = self.outage.ended.is_some_and(|ended| now.since(ended) < FLAPPING);
        self.outage.flaps = if is_close { self.outage.flaps + 1 } else { 0 };
        self.outage.number += 1;
        let number = self.outage.number;
        self.outage.shown = Some(OutageView { number, since: self.now.wall, ended: None });
        let cause = format!("{:?}", self.outage.reach.verdict());
        self.record(Kind::OutageBegan, &[("cause", cause), ("outage", number.to_string())], None);
    }
}
