//! The registration's way: read what the registry holds, write under its condition, read back.
//!
//! At most one call is under way. Nothing is written before the registry was read in this run, so a
//! crash between a write and its answer needs no memory of it: what arrived is seen, what did not is
//! written. A lost answer is resolved the same way, by reading before writing again (invariant 3).

use std::time::Duration;

use rightdoor_location::record::{Attendance, Record};
use rightdoor_location::{Content, FieldError};

use super::{Deadlines, Engine};
use crate::audit::Kind;
use crate::effect::{Delivery, Effect, Precondition, RequestId};
use crate::event::{DeliveryOutcome, ReadBackOutcome};
use crate::saved::{Change, Entry, Parked, Progress, Registered};
use crate::view::{Review, WaitReason};
use crate::{Mono, Wall};

/// The last confirmed registration, and what the registry is known to hold.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// The last confirmed registration.
    pub entry: Option<Entry>,
    /// What was last read back.
    pub registered: Option<Registered>,
    /// The condition under which the next write may happen; `None` until the registry was read, and
    /// again whenever what it holds became uncertain.
    condition: Option<Precondition>,
    /// Whether the entry was accepted and has to be read back.
    unproved: bool,
    call: Option<Call>,
    /// The call may be tried again then, and why it waits.
    wait: Option<(Mono, WaitReason)>,
    attempt: u32,
    /// The provider is working on the write; what it held before stands until it is done.
    pub pending: bool,
    pub read_at: Mono,
    /// The reading that is under way may be older than what it was asked about: read once more.
    read_again: bool,
    /// The token was refused; nothing is sent until a new enrolment.
    pub refused: bool,
}

#[derive(Debug)]
enum Call {
    Reading(RequestId),
    Writing(Delivery),
}

impl Desk {
    pub(super) fn restored(entry: Option<Entry>, registered: Option<Registered>, now: Mono) -> Self {
        Self { entry, registered, read_at: now, ..Self::default() }
    }

    /// The record that the registry held when it was last read.
    pub(super) fn held(&self) -> Option<&Record> {
        self.registered.as_ref()?.record.as_ref()
    }

    /// Whether the registry was last read to hold exactly the entry.
    pub(super) fn is_equal(&self) -> bool {
        match (&self.entry, self.held()) {
            (Some(entry), Some(held)) => entry.revision == held.revision && entry.content == held.content,
            (None | Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Why the registry is waited for.
    pub(super) fn waiting_for(&self) -> WaitReason {
        self.wait.map_or(WaitReason::Sending, |(_, why)| why)
    }

    pub(super) fn wants_delivery(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| match &entry.progress {
            Progress::Queued | Progress::Sent(_) => true,
            Progress::Accepted | Progress::Parked(_) => false,
        })
    }
}

impl Engine {
    /// A new registration supersedes the one before, sent or not.
    pub(super) fn desk_take(&mut self, entry: Entry) {
        self.desk.entry = Some(entry);
        self.desk.unproved = false;
        self.desk.pending = false;
        if self.desk.refused {
            self.park(Parked::Unauthorised);
        }
        self.retry_now();
    }

    pub(super) fn desk_enrolled(&mut self, elsewhere: bool) {
        self.desk.refused = false;
        self.desk.condition = None;
        self.desk.call = None;
        if elsewhere {
            self.desk.registered = None;
        }
        if let Some(entry) = &mut self.desk.entry
            && !matches!(entry.progress, Progress::Parked(Parked::Rejected(_)))
        {
            entry.progress = Progress::Queued;
            let entry = entry.clone();
            self.keep(Change::Entry(entry));
        }
        self.desk.read_at = self.now.mono;
        self.retry_now();
    }

    /// After a sleep: read back at once.
    pub(super) fn desk_woke(&mut self) {
        self.desk.read_at = self.now.mono;
        self.retry_now();
    }

    /// The registry has something to say: read it at once, unless a call is waiting its turn.
    pub(super) fn registry_hint(&mut self) {
        self.desk.read_at = self.now.mono;
        self.desk.read_again = matches!(self.desk.call, Some(Call::Reading(_)));
    }

    /// Whatever was unreachable may be reachable now.
    pub(super) fn retry_now(&mut self) {
        if matches!(self.desk.wait, Some((_, WaitReason::Throttled))) {
            return;
        }
        self.desk.wait = None;
        self.desk.attempt = 0;
    }

    pub(super) fn delivered(&mut self, id: RequestId, outcome: DeliveryOutcome) {
        let Some(Call::Writing(delivery)) =
            self.desk.call.take_if(|call| matches!(call, Call::Writing(sent) if sent.id == id))
        else {
            return;
        };
        // What a superseded write did to the registry is found out by reading.
        let current = self.desk.entry.as_ref().is_some_and(|entry| entry.revision == delivery.revision);
        self.desk.pending = current && matches!(outcome, DeliveryOutcome::Pending { .. });
        match outcome {
            DeliveryOutcome::Active { etag } => {
                self.desk.condition = Some(Precondition::Match(etag));
                self.desk.unproved = true;
                self.desk.read_at = self.now.mono;
            }
            DeliveryOutcome::Pending { .. } => self.wait(WaitReason::Sending),
            DeliveryOutcome::Conflict | DeliveryOutcome::Ambiguous => {
                self.desk.condition = None;
                self.wait(WaitReason::Uncertain);
            }
            DeliveryOutcome::Throttled { wait } => self.throttled(wait),
            DeliveryOutcome::Locked => self.wait(WaitReason::Locked),
            DeliveryOutcome::Unreachable | DeliveryOutcome::Unsupported => self.wait(WaitReason::Unreachable),
            DeliveryOutcome::Unauthorised => self.token_refused(),
            DeliveryOutcome::Rejected { fields } if current => self.rejected(fields),
            DeliveryOutcome::Rejected { .. } => self.desk.condition = None,
        }
    }

    pub(super) fn read_back(&mut self, id: RequestId, outcome: ReadBackOutcome) {
        let ours = self.desk.call.take_if(|call| matches!(call, Call::Reading(asked) if *asked == id));
        if ours.is_none() {
            return;
        }
        match outcome {
            ReadBackOutcome::Found(record) => self.found(Some(record)),
            ReadBackOutcome::Nothing => self.found(None),
            ReadBackOutcome::NotModified => match self.desk.held().cloned() {
                Some(record) => self.found(Some(record)),
                None => self.wait(WaitReason::Uncertain),
            },
            ReadBackOutcome::Unauthorised => self.token_refused(),
            ReadBackOutcome::Locked => self.wait(WaitReason::Locked),
            ReadBackOutcome::Unreachable => self.wait(WaitReason::Unreachable),
        }
    }

    /// The registry was read: what it holds is what is shown, and decides what is written.
    fn found(&mut self, record: Option<Record>) {
        let again = std::mem::take(&mut self.desk.read_again);
        let wait = if again { Duration::ZERO } else { self.policy.read_back_every };
        self.desk.read_at = self.now.mono.after(wait);
        self.desk.condition = Some(match &record {
            Some(record) => Precondition::Match(record.etag.clone()),
            None => Precondition::Absent,
        });
        let before = self.desk.registered.take();
        let first = before.is_none();
        let changed = before.as_ref().map(|before| &before.record) != Some(&record);
        let emergency = record.as_ref().and_then(|record| record.emergency_at);
        let known = before.and_then(|before| before.record).and_then(|record| record.emergency_at);
        let registered = Registered { record, read_at: self.now.wall };
        self.desk.registered = Some(registered.clone());
        if changed {
            self.keep(Change::Registered(registered));
        }
        if emergency.is_some() && emergency != known {
            self.emergency_seen(emergency, first);
        }
        self.reconcile_entry();
        self.attendance_seen();
    }

    /// An emergency fetch that the registry logged. What was not there at the reading before is taken
    /// as happening now: the two calendars may disagree, and a freeze too long harms less than none.
    /// Only where nothing tells what was there before is its age taken from the calendar.
    pub(super) fn emergency_seen(&mut self, at: Option<i64>, by_calendar: bool) {
        let span = self.policy.emergency_freeze;
        let age = at.filter(|_| by_calendar).and_then(|at| self.calendar()?.since(Wall(at)));
        let age = age.unwrap_or(Duration::ZERO);
        if let Some(left) = span.checked_sub(age) {
            self.freeze(left);
        }
    }

    /// Compares the entry with what the registry holds.
    fn reconcile_entry(&mut self) {
        let unproved = std::mem::take(&mut self.desk.unproved);
        let equal = self.desk.is_equal();
        let held = self.desk.held().map(|record| (record.revision, record.content.clone()));
        let Some(entry) = &mut self.desk.entry else { return };
        match &entry.progress {
            Progress::Parked(_) => {}
            Progress::Accepted if equal => self.quiet(),
            Progress::Queued | Progress::Sent(_) if equal => {
                entry.progress = Progress::Accepted;
                let entry = entry.clone();
                self.record(Kind::Registered, &[("revision", entry.revision.0.to_string())], None);
                self.keep(Change::Entry(entry));
                self.quiet();
            }
            Progress::Accepted | Progress::Queued | Progress::Sent(_) => {
                let ahead = held.is_some_and(|(revision, content)| {
                    revision > entry.revision || (revision == entry.revision && content != entry.content)
                });
                if ahead && entry.progress == Progress::Accepted && !self.stay.is_known() {
                    // Somebody else wrote, and we are not sure where the person is: they are asked,
                    // and the difference stays on the screen.
                    self.due(Review::Requested("registry_differs".to_owned()));
                    self.quiet();
                    return;
                }
                if ahead {
                    self.count_past_registry();
                } else if entry.progress != Progress::Queued {
                    entry.progress = Progress::Queued;
                    let entry = entry.clone();
                    self.keep(Change::Entry(entry));
                }
                if unproved {
                    // It said that it had it, and does not: not at once again.
                    self.wait(WaitReason::Uncertain);
                }
            }
        }
    }

    /// The registry is at our revision or past it with something else (a new disk, another writer):
    /// the same confirmation goes out under the next revision.
    fn count_past_registry(&mut self) {
        let held = self.desk.held().map(|record| record.revision).unwrap_or_default();
        self.counters.revision = self.counters.revision.max(held).next();
        let Some(entry) = &mut self.desk.entry else { return };
        entry.revision = self.counters.revision;
        entry.progress = Progress::Queued;
        let entry = entry.clone();
        let facts = [("basis", "recounted".to_owned()), ("revision", entry.revision.0.to_string())];
        self.record(Kind::Confirmed, &facts, serde_json::to_string(&entry.content).ok());
        self.keep(Change::Counters(self.counters));
        self.keep(Change::Entry(entry));
    }

    fn rejected(&mut self, fields: Vec<FieldError>) {
        let names: Vec<&str> = fields.iter().map(|field| field.field.name()).collect();
        self.record(Kind::Refused, &[("fields", names.join(" "))], None);
        self.park(Parked::Rejected(fields));
        self.due(Review::Requested("refused".to_owned()));
    }

    fn token_refused(&mut self) {
        self.desk.refused = true;
        if self.desk.wants_delivery() {
            self.record(Kind::Refused, &[("reason", "unauthorised".to_owned())], None);
            self.park(Parked::Unauthorised);
        }
    }

    fn park(&mut self, why: Parked) {
        if let Some(entry) = &mut self.desk.entry {
            entry.progress = Progress::Parked(why);
            let entry = entry.clone();
            self.keep(Change::Entry(entry));
        }
        self.quiet();
    }

    fn quiet(&mut self) {
        self.desk.wait = None;
        self.desk.attempt = 0;
    }

    fn wait(&mut self, why: WaitReason) {
        let span = self.chance.back_off(self.desk.attempt);
        self.desk.attempt += 1;
        self.desk.wait = Some((self.now.mono.after(span), why));
    }

    fn throttled(&mut self, wait: Duration) {
        let wait = wait.clamp(Duration::from_secs(1), Duration::from_secs(3600));
        self.desk.wait = Some((self.now.mono.after(self.chance.jitter(wait)), WaitReason::Throttled));
    }

    /// When the next call is due, and why; nothing while one is under way or none may be made.
    fn call_due(&self) -> Option<(Mono, &'static str)> {
        if self.desk.call.is_some() || self.enrolment.is_none() || self.desk.refused {
            return None;
        }
        let entry = self.desk.entry.as_ref();
        let delivers =
            self.desk.wants_delivery() && entry.is_some_and(|entry| self.keeping.lets_go(entry.revision));
        let (at, why) = if delivers { (self.now.mono, "delivery") } else { (self.desk.read_at, "read back") };
        Some(match self.desk.wait {
            Some((wait, _)) => (wait.max(at), why),
            None => (at, why),
        })
    }

    pub(super) fn desk_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.call_due());
    }

    pub(super) fn pump_desk(&mut self) {
        if self.call_due().is_none_or(|(at, _)| at > self.now.mono) {
            return;
        }
        let id = self.request();
        let writable = self.desk.wants_delivery() && !self.desk.unproved;
        match (&self.desk.condition, &mut self.desk.entry) {
            (Some(condition), Some(entry)) if writable && self.keeping.lets_go(entry.revision) => {
                entry.progress = Progress::Sent(condition.clone());
                let delivery = Delivery {
                    id,
                    revision: entry.revision,
                    content: entry.content.clone(),
                    basis: entry.basis,
                    confirmed_at: entry.confirmed_at,
                    precondition: condition.clone(),
                };
                self.desk.call = Some(Call::Writing(delivery.clone()));
                self.order(Effect::Deliver(delivery));
            }
            _ => {
                self.desk.call = Some(Call::Reading(id));
                let unless = self.desk.held().map(|record| record.etag.clone());
                // After a write the whole record is wanted, not "the same as before".
                let unless = unless.filter(|_| !self.desk.unproved && self.desk.condition.is_some());
                self.order(Effect::ReadBack { id, unless });
            }
        }
    }

    /// Whether the registry's record should be called attended, stale or unattended by us.
    pub(super) fn held_attendance(&self) -> Option<Attendance> {
        self.desk.held().filter(|held| held.content != Content::Withdrawn).map(|held| held.attendance)
    }
}
