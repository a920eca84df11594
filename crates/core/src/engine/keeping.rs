//! Keeping: one batch at a time, all or nothing, in order; and what was promised for when it is kept.

use rightdoor_location::Revision;

use super::{Deadlines, Engine};
use crate::Mono;
use crate::effect::{Batch, BatchId, Effect, Ticket};
use crate::event::StoreFault;
use crate::intent::Reply;
use crate::saved::Change;

/// What is being kept.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    waiting: Vec<Change>,
    promises: Vec<(Ticket, Promise)>,
    flight: Option<Flight>,
    fault: Option<StoreFault>,
    retry_at: Option<Mono>,
    attempt: u32,
    /// The last revision that the store has.
    pub kept: Revision,
    /// The last revision that the store refused.
    refused: Revision,
}

#[derive(Debug)]
struct Flight {
    id: BatchId,
    changes: Vec<Change>,
    promises: Vec<(Ticket, Promise)>,
}

/// What an intent is told when its batch is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Promise {
    /// A confirmation under this revision.
    Kept(Revision),
    /// Anything else.
    Done,
}

impl Keeping {
    pub(super) fn restored(kept: Revision) -> Self {
        Self { kept, ..Self::default() }
    }

    /// Whether this revision may be delivered: it is kept, or the store has refused to keep it and
    /// a confirmation must not wait for a broken disk (invariant 1).
    pub(super) fn lets_go(&self, revision: Revision) -> bool {
        revision <= self.kept || (self.fault.is_some() && revision <= self.refused)
    }

    pub(super) const fn fault(&self) -> Option<StoreFault> {
        self.fault
    }

    /// A replaceable change takes the place of an older one of its kind; audit records all stay.
    fn push(changes: &mut Vec<Change>, change: Change) {
        if !matches!(change, Change::Audit(..)) {
            changes.retain(|older| !same_slot(older, &change));
        }
        changes.push(change);
    }
}

fn same_slot(a: &Change, b: &Change) -> bool {
    match (a, b) {
        (Change::Place(a), Change::Place(b)) => a.id == b.id,
        (Change::Audit(..), _) => false,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

impl Engine {
    /// To be kept with the next batch.
    pub(super) fn keep(&mut self, change: Change) {
        Keeping::push(&mut self.keeping.waiting, change);
    }

    /// To be told when everything kept so far is kept.
    pub(super) fn keep_for(&mut self, ticket: Ticket, promise: Promise) {
        self.keeping.promises.push((ticket, promise));
        // Someone waits for the answer: a broken store is tried again now, not after its back-off.
        self.keeping.retry_at = None;
    }

    pub(super) fn persisted(&mut self, id: BatchId) {
        let Some(flight) = self.keeping.flight.take_if(|flight| flight.id == id) else { return };
        self.keeping.fault = None;
        self.keeping.attempt = 0;
        self.keeping.retry_at = None;
        for change in &flight.changes {
            if let Change::Entry(entry) = change {
                self.keeping.kept = self.keeping.kept.max(entry.revision);
            }
            if let Change::Advisory(acknowledged) = change {
                self.advice.is_kept(acknowledged);
            }
        }
        for (ticket, promise) in flight.promises {
            let reply = match promise {
                Promise::Kept(revision) => Reply::Kept(revision),
                Promise::Done => Reply::Done,
            };
            self.reply(ticket, reply);
        }
    }

    pub(super) fn persist_failed(&mut self, id: BatchId, fault: StoreFault) {
        let Some(flight) = self.keeping.flight.take_if(|flight| flight.id == id) else { return };
        let mut changes = flight.changes;
        for change in &changes {
            if let Change::Entry(entry) = change {
                self.keeping.refused = self.keeping.refused.max(entry.revision);
            }
        }
        for change in std::mem::take(&mut self.keeping.waiting) {
            Keeping::push(&mut changes, change);
        }
        self.keeping.waiting = changes;
        self.keeping.fault = Some(fault);
        let wait = self.chance.back_off(self.keeping.attempt);
        self.keeping.attempt += 1;
        self.keeping.retry_at = Some(self.now.mono.after(wait));
        for (ticket, promise) in flight.promises {
            let reply = match promise {
                Promise::Kept(revision) => Reply::SentNotKept(revision),
                Promise::Done => Reply::Done,
            };
            self.reply(ticket, reply);
        }
    }

    fn keeping_due(&self) -> Option<Mono> {
        let idle = self.keeping.flight.is_none();
        let something = !self.keeping.waiting.is_empty() || !self.keeping.promises.is_empty();
        (idle && something).then(|| self.keeping.retry_at.unwrap_or(self.now.mono))
    }

    pub(super) fn keeping_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.keeping_due().map(|at| (at, "store again")));
    }

    pub(super) fn pump_keeping(&mut self) {
        if self.keeping_due().is_none_or(|at| at > self.now.mono) {
            return;
        }
        let id = self.batch();
        let changes = std::mem::take(&mut self.keeping.waiting);
        let promises = std::mem::take(&mut self.keeping.promises);
        self.order(Effect::Persist(Batch { id, changes: changes.clone() }));
        self.keeping.flight = Some(Flight { id, changes, promises });
    }
}
