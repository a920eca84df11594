//! The yearly notice: when it is due, that it was read, and that the registry learns of it once.

use std::time::Duration;

use rightdoor_location::guidance::Language;

use super::keeping::Promise;
use super::{Deadlines, Engine};
use crate::Mono;
use crate::advisory::{Acknowledged, Due, EDITION, HOLDS};
use crate::audit::Kind;
use crate::effect::{Effect, RequestId, Ticket};
use crate::event::DeliveryOutcome;
use crate::saved::Change;

/// What is known of the notice.
#[derive(Debug, Default)]
pub(super) struct Advice {
    acknowledged: Option<Acknowledged>,
    /// When it was read, if that was in this run: its age needs no calendar.
    read_at: Option<Mono>,
    /// Whether the store has it: it is not sent before.
    kept: bool,
    call: Option<RequestId>,
    /// Not before then, after a failure.
    wait: Option<Mono>,
    attempt: u32,
    /// This registry takes none, or refused it: it stays on this computer.
    stays: bool,
}

impl Advice {
    pub fn restored(acknowledged: Option<Acknowledged>) -> Self {
        Self { acknowledged, kept: true, ..Self::default() }
    }

    /// The store has what was changed.
    pub fn is_kept(&mut self, kept: &Acknowledged) {
        self.kept |= self.acknowledged.as_ref() == Some(kept);
    }
}

impl Engine {
    pub(super) fn acknowledge(&mut self, ticket: Ticket, edition: u32, language: Language) {
        if edition != EDITION {
            let hint = "Nothing was kept. Read the one that is shown now.";
            self.refuse(ticket, "another_edition", "This notice says something else by now.", hint);
            return;
        }
        let acknowledged = Acknowledged { edition, language, at: self.now.wall, sent: false };
        let facts = [("edition", edition.to_string()), ("language", language.tag().to_owned())];
        self.record(Kind::Acknowledged, &facts, None);
        self.keep(Change::Advisory(acknowledged.clone()));
        self.keep_for(ticket, Promise::Done);
        self.advice =
            Advice { acknowledged: Some(acknowledged), read_at: Some(self.now.mono), ..Advice::default() };
    }

    /// Whether the notice is to be shown, and why.
    pub(super) fn advice_due(&self) -> Option<Due> {
        match &self.advice.acknowledged {
            None => Some(Due::First),
            Some(read) if read.edition != EDITION => Some(Due::Changed),
            Some(_) => self.advice_age().is_none_or(|age| age >= HOLDS).then_some(Due::Year),
        }
    }

    fn advice_age(&self) -> Option<Duration> {
        if let Some(at) = self.advice.read_at {
            return Some(self.now.mono.since(at));
        }
        self.calendar()?.since(self.advice.acknowledged.as_ref()?.at)
    }

    /// Another registry does not know it yet.
    pub(super) fn advice_enrolled(&mut self) {
        self.advice.stays = false;
        self.advice.wait = None;
        self.advice.call = None;
        if let Some(read) = self.advice.acknowledged.as_mut().filter(|read| read.sent) {
            read.sent = false;
            let change = Change::Advisory(read.clone());
            self.keep(change);
        }
    }

    pub(super) fn advised(&mut self, id: RequestId, outcome: &DeliveryOutcome) {
        if self.advice.call.take_if(|asked| *asked == id).is_none() {
            return;
        }
        match outcome {
            DeliveryOutcome::Active { .. } | DeliveryOutcome::Pending { .. } => {
                if let Some(read) = &mut self.advice.acknowledged {
                    read.sent = true;
                    let change = Change::Advisory(read.clone());
                    self.keep(change);
                }
            }
            DeliveryOutcome::Unsupported | DeliveryOutcome::Rejected { .. } | DeliveryOutcome::Conflict => {
                self.advice.stays = true;
            }
            DeliveryOutcome::Throttled { wait } => self.advice.wait = Some(self.now.mono.after(*wait)),
            // To be told twice does no harm: the registry keeps each acknowledgement once.
            DeliveryOutcome::Unauthorised
            | DeliveryOutcome::Locked
            | DeliveryOutcome::Unreachable
            | DeliveryOutcome::Ambiguous => {
                let span = self.chance.back_off(self.advice.attempt);
                self.advice.attempt += 1;
                self.advice.wait = Some(self.now.mono.after(span));
            }
        }
    }

    fn advice_to_send(&self) -> Option<Mono> {
        let advice = &self.advice;
        let unsent = advice.acknowledged.as_ref().is_some_and(|read| !read.sent);
        let can = advice.kept && !advice.stays && advice.call.is_none();
        let to_whom = self.enrolment.is_some() && !self.desk.refused;
        (unsent && can && to_whom).then(|| advice.wait.unwrap_or(self.now.mono))
    }

    pub(super) fn advice_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.advice_to_send().map(|at| (at, "acknowledgement of the notice")));
        let left = self.advice_age().map(|age| HOLDS.saturating_sub(age)).filter(|left| !left.is_zero());
        due.extend(left.map(|left| (self.now.mono.after(left), "age of the notice")));
    }

    pub(super) fn pump_advice(&mut self) {
        if self.advice_to_send().is_none_or(|at| at > self.now.mono) {
            return;
        }
        let Some(acknowledged) = self.advice.acknowledged.clone() else { return };
        let id = self.request();
        self.advice.call = Some(id);
        self.order(Effect::Acknowledge { id, acknowledged });
    }
}
