//! The engine: routing of events to the rooms, and the pump that gives the orders which are due.
//!
//! Every room keeps its own state and offers two things: what an event means to it, and which
//! deadline it waits for. An event only changes state; afterwards [`Engine::pump`] looks at all
//! rooms once, in the order of a confirmation's way (look, decide, ask, keep, register), and orders
//! what is due. A deadline that fired is gone or later, because the pump acts on the same conditions
//! that [`Engine::poll_timeout`] reports.

mod advising;
mod ageing;
mod asking;
mod attendance;
mod clocks;
mod confirming;
mod deciding;
mod desk;
mod drawing;
mod keeping;
mod outage;
mod refusing;
mod restore;
mod sensing;
mod stay;

use std::collections::BTreeMap;

use crate::effect::{BatchId, Effect, RequestId, Ticket};
use crate::event::{Event, HintSource};
use crate::guidance::Document;
use crate::intent::{Intent, Reply};
use crate::network::Session;
use crate::place::Place;
use crate::saved::{Change, Counters, Enrolment, Test933};
use crate::view::{View, Why};
use crate::{Mono, Now, Policy, Redacted, audit};
use rightdoor_location::record::Problem;

/// The decision core. See the crate's story for how it is used.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
    now: Now,
    orders: Vec<Effect>,
    next_request: u64,
    next_batch: u64,
    chance: clocks::Chance,
    ages: clocks::Ages,
    trail: audit::Head,
    counters: Counters,
    places: Vec<Place>,
    enrolment: Option<Enrolment>,
    tested: Option<Test933>,
    session: Session,
    senses: sensing::Sensing,
    stay: stay::Stay,
    asking: asking::Asking,
    act: Option<confirming::Act>,
    enrolling: Option<(RequestId, Ticket)>,
    keeping: keeping::Keeping,
    desk: desk::Desk,
    attendance: attendance::Lease,
    outage: outage::Outage,
    why: Option<Why>,
    guidance: Document,
    advice: advising::Advice,
}

impl Engine {
    /// Takes one fact and gives the orders that follow from it.
    #[must_use]
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        self.advance(now);
        match event {
            Event::Tick => {}
            Event::Hint(source) => self.hint(source),
            Event::EventsLost => self.events_lost(),
            Event::PreSampled(look) => self.pre_sampled(&look),
            Event::Sampled(snapshot) => self.sampled(snapshot),
            Event::SampleFailed => self.sample_failed(),
            Event::Resumed { asleep } => self.resumed(asleep),
            Event::Leaving => self.leaving(),
            Event::CallActivity { active } => self.asking.call_active = active,
            Event::Power { battery } => self.outage.battery = battery,
            Event::Agent { ticket, intent } => self.agent(ticket, intent),
            Event::PolicyChanged(policy) => self.policy_changed(*policy),
            Event::ReviewAsked { id } => self.review_asked(id),
            Event::Persisted(batch) => self.persisted(batch),
            Event::PersistFailed(batch, fault) => self.persist_failed(batch, fault),
            Event::LookedUp(id, found) => self.looked_up(id, found),
            Event::Validated(id, outcome) => self.validated(id, outcome),
            Event::Delivered(id, outcome) => self.delivered(id, outcome),
            Event::ReadBack(id, outcome) => self.read_back(id, *outcome),
            Event::RegistryHint => self.registry_hint(),
            Event::Attended(id, outcome) => self.attended(id, &outcome),
            Event::Enrolled(id, outcome) => self.enrolled(id, outcome),
            Event::Acknowledged(id, outcome) => self.advised(id, &outcome),
            Event::Probed(id, answer) => self.probed(id, &answer),
            Event::Guidance(document) => self.guidance = *document,
        }
        self.pump();
        std::mem::take(&mut self.orders)
    }

    /// When to send [`Event::Tick`], and why; `None`: nothing is waited for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Mono, &'static str)> {
        let mut due = Vec::with_capacity(16);
        self.sensing_deadlines(&mut due);
        self.ageing_deadlines(&mut due);
        self.asking_deadlines(&mut due);
        self.confirming_deadlines(&mut due);
        self.keeping_deadlines(&mut due);
        self.desk_deadlines(&mut due);
        self.attendance_deadlines(&mut due);
        self.outage_deadlines(&mut due);
        self.advice_deadlines(&mut due);
        due.into_iter().min_by_key(|(at, _)| *at)
    }

    /// What may be shown now.
    #[must_use]
    pub fn view(&self) -> View {
        self.draw()
    }

    /// The known place of that id.
    #[must_use]
    pub fn place(&self, id: &crate::place::PlaceId) -> Option<&Place> {
        self.places.iter().find(|place| place.id == *id)
    }

    fn pump(&mut self) {
        self.pump_sensing();
        self.pump_ageing();
        self.pump_confirming();
        self.pump_asking();
        self.pump_desk();
        self.pump_attendance();
        self.pump_outage();
        self.pump_advice();
        // Last, because every room above may have had something to keep; what the store has just
        // refused may then be delivered from memory at the next event.
        self.pump_keeping();
    }

    fn order(&mut self, effect: Effect) {
        self.orders.push(effect);
    }

    fn request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }

    fn batch(&mut self) -> BatchId {
        self.next_batch += 1;
        BatchId(self.next_batch)
    }

    fn reply(&mut self, ticket: Ticket, reply: Reply) {
        self.order(Effect::Reply { ticket, reply });
    }

    fn refuse(&mut self, ticket: Ticket, code: &str, message: &str, hint: &str) {
        self.reply(ticket, refusing::because(code, message, hint));
    }

    /// Appends to the audit trail; the record travels with the next batch.
    fn record(&mut self, kind: audit::Kind, facts: &[(&str, String)], body: Option<String>) {
        let facts: BTreeMap<String, String> =
            facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let detail = body.map(|body| (self.chance.salt(), body));
        let (record, detail) = self.trail.next(self.now.wall, kind, facts, detail);
        self.trail = record.head();
        self.keep(Change::Audit(record, detail));
    }

    fn agent(&mut self, ticket: Ticket, intent: Intent) {
        match intent {
            Intent::Answer { prompt, answer } => self.answered(ticket, prompt, answer),
            Intent::Say(answer) => self.said(ticket, answer),
            Intent::Ask => self.ask_for_agent(ticket),
            Intent::Report933 { matched } => self.report_933(ticket, matched),
            Intent::Enrol { code, registry } => self.enrol(ticket, code, registry),
            Intent::Acknowledge { edition, language } => self.acknowledge(ticket, edition, language),
        }
    }

    fn enrol(&mut self, ticket: Ticket, code: Redacted<String>, registry: String) {
        if self.enrolling.is_some() {
            self.refuse(ticket, "enrolling", "An enrolment is already under way.", "Wait for its answer.");
            return;
        }
        let id = self.request();
        self.enrolling = Some((id, ticket));
        self.order(Effect::Enrol { id, code, registry });
    }

    fn enrolled(&mut self, id: RequestId, outcome: Result<Enrolment, Redacted<Problem>>) {
        let Some((_, ticket)) = self.enrolling.take_if(|(waiting, _)| *waiting == id) else { return };
        match outcome {
            Err(problem) => self.reply(ticket, Reply::Refused(problem)),
            Ok(enrolment) => {
                let facts = [("device", enrolment.device.clone())];
                self.record(audit::Kind::Enrolled, &facts, serde_json::to_string(&enrolment).ok());
                self.keep(Change::Enrolment(enrolment.clone()));
                self.keep_for(ticket, keeping::Promise::Done);
                let is_another = self.enrolment.as_ref() != Some(&enrolment);
                self.desk_enrolled(is_another);
                if is_another {
                    self.advice_enrolled();
                }
                self.enrolment = Some(enrolment);
                self.reach_service();
            }
        }
    }

    fn report_933(&mut self, ticket: Ticket, matched: Option<bool>) {
        let Some(revision) = self.desk.held().map(|record| record.revision) else {
            self.refuse(
                ticket,
                "nothing_registered",
                "Nothing is registered that a test call could match.",
                "Confirm your location first, then call 933.",
            );
            return;
        };
        let test = Test933 { revision, matched, at: self.now.wall };
        self.tested = Some(test);
        let heard = matched.map_or_else(|| "no_address".to_owned(), |matched| matched.to_string());
        let facts = [("matched", heard), ("revision", revision.0.to_string())];
        self.record(audit::Kind::Tested, &facts, None);
        self.keep(Change::Tested(test));
        self.keep_for(ticket, keeping::Promise::Done);
        if matched == Some(false) {
            self.due(crate::view::Review::Requested("933".to_owned()));
        }
    }

    fn policy_changed(&mut self, policy: Policy) {
        if policy == self.policy {
            return;
        }
        self.policy = policy;
        self.reach_service();
        let body = serde_json::to_string(&self.policy).ok();
        self.record(audit::Kind::Policy, &[], body);
    }

    fn review_asked(&mut self, id: String) {
        self.due(crate::view::Review::Requested(id));
    }

    fn leaving(&mut self) {
        self.attendance.leaving = true;
        self.attendance.wait = None;
    }

    fn hint(&mut self, _source: HintSource) {
        self.look_again();
    }
}

/// Deadlines with their reasons.
type Deadlines = Vec<(Mono, &'static str)>;
