//! The registry of the world: a small honest model of the contract, and the ways it can lie.

use rightdoor_location::record::{Attendance, Record};
use rightdoor_location::{Content, Element, FieldError, Revision};

use super::spots::Spot;
use crate::effect::{Delivery, Precondition};
use crate::event::{DeliveryOutcome, ReadBackOutcome};

/// What becomes of the next requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Nothing is wrong.
    Honest,
    /// Not sent.
    Unreachable,
    /// Applied; the answer is lost.
    AnswerLost,
    /// Lost on the way; so is the answer.
    RequestLost,
    /// No answer, and applied minutes later.
    AppliedLate,
    /// "Active", but nothing was kept.
    FalseActive,
    /// Arrives twice; the answer to the second is given.
    Duplicated,
    /// No answer for minutes, then it works.
    Stalls,
    /// 503 with `Retry-After`.
    Throttled,
    /// 412 without a reason.
    Conflict,
    /// The token is not accepted.
    Unauthorised,
    /// The keyring is locked.
    Locked,
    /// 422: fields.
    Rejected,
    /// 202: an asynchronous provider, active after some minutes.
    Pending,
}

impl Lie {
    /// All but [`Lie::Honest`].
    pub const ALL: [Self; 13] = [
        Self::Unreachable,
        Self::AnswerLost,
        Self::RequestLost,
        Self::AppliedLate,
        Self::FalseActive,
        Self::Duplicated,
        Self::Stalls,
        Self::Throttled,
        Self::Conflict,
        Self::Unauthorised,
        Self::Locked,
        Self::Rejected,
        Self::Pending,
    ];
}

/// A write that the registry took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its revision.
    pub revision: Revision,
    /// Its content.
    pub content: Content,
    /// When it was confirmed.
    pub confirmed_at: i64,
    /// The revision that it replaced.
    pub replaced: Option<Revision>,
}

/// The registry.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// What the call path would be given now.
    pub record: Option<Record>,
    /// This device's writes, in the order they were taken.
    pub accepted: Vec<Accepted>,
    /// Whether someone else wrote, or a backup came back: then what is here is not ours alone.
    pub meddled: bool,
    older: Vec<Option<Record>>,
    etag: u64,
    emergency_at: Option<i64>,
}

impl Registry {
    /// Takes or refuses a write.
    pub fn put(&mut self, delivery: &Delivery, now: i64) -> DeliveryOutcome {
        let met = match (&delivery.precondition, &self.record) {
            (Precondition::Absent, held) => held.is_none(),
            (Precondition::Match(etag), Some(held)) => *etag == held.etag,
            (Precondition::Match(_), None) => false,
        };
        let held = self.record.as_ref().map(|record| record.revision);
        if !met {
            return DeliveryOutcome::Conflict;
        }
        self.accepted.push(Accepted {
            revision: delivery.revision,
            content: delivery.content.clone(),
            confirmed_at: delivery.confirmed_at.0,
            replaced: held,
        });
        if held.is_some_and(|held| held >= delivery.revision) {
            return DeliveryOutcome::Conflict;
        }
        let etag = self.replace(Record {
            revision: delivery.revision,
            content: delivery.content.clone(),
            etag: String::new(),
            basis: delivery.basis,
            confirmed_at: Some(delivery.confirmed_at.0),
            attendance: Attendance::Attended,
            lease_until: now + 12 * 3_600_000,
            fetched_at: None,
            emergency_at: self.emergency_at,
        });
        DeliveryOutcome::Active { etag }
    }

    /// Sets the attendance and renews the lease.
    pub fn attend(&mut self, attendance: Attendance, now: i64) -> DeliveryOutcome {
        match &mut self.record {
            Some(record) => {
                record.attendance = attendance;
                record.lease_until = now + 12 * 3_600_000;
                DeliveryOutcome::Active { etag: record.etag.clone() }
            }
            None => DeliveryOutcome::Conflict,
        }
    }

    /// Answers a read. `last` is what the asker was told before.
    #[must_use]
    pub fn read(&self, unless: Option<&str>, last: Option<&Record>) -> ReadBackOutcome {
        match &self.record {
            None => ReadBackOutcome::Nothing,
            Some(record) if unless == Some(record.etag.as_str()) && last == Some(record) => {
                ReadBackOutcome::NotModified
            }
            Some(record) => ReadBackOutcome::Found(record.clone()),
        }
    }

    /// The call path asks, perhaps for an emergency.
    pub fn fetch(&mut self, emergency: bool, now: i64) {
        if emergency {
            self.emergency_at = Some(now);
        }
        if let Some(record) = &mut self.record {
            record.fetched_at = Some(now);
            record.emergency_at = self.emergency_at;
        }
    }

    /// Another writer replaces what is here.
    pub fn foreign(&mut self, spot: Spot, now: i64) {
        let revision = Revision(self.record.as_ref().map_or(0, |record| record.revision.0) + 3);
        self.meddled = true;
        self.replace(Record {
            revision,
            content: Content::Located(spot.address().with(Element::NAM, "Zqx foreign")),
            etag: String::new(),
            basis: rightdoor_location::Basis::AdminStatic,
            confirmed_at: Some(now),
            attendance: Attendance::Attended,
            lease_until: now + 12 * 3_600_000,
            fetched_at: None,
            emergency_at: self.emergency_at,
        });
    }

    /// An old backup is put back, with its old entity tags.
    pub fn restore_backup(&mut self) {
        if let Some(old) = self.older.pop() {
            self.meddled = true;
            self.record = old;
        }
    }

    fn replace(&mut self, mut record: Record) -> String {
        self.etag += 1;
        record.etag = format!("\"e{}\"", self.etag);
        let etag = record.etag.clone();
        self.older.push(self.record.replace(record));
        etag
    }
}

/// What a registry complains about when it refuses.
#[must_use]
pub fn refusal() -> Vec<FieldError> {
    vec![FieldError {
        field: Element::HNO,
        code: "no_such_number".to_owned(),
        message: "The house number does not exist.".to_owned(),
        hint: "Check the house number.".to_owned(),
    }]
}
