//! Attendance: the lease that shows a living companion, and what a certain move does to it.

use rightdoor_location::record::Attendance;

use super::{Deadlines, Engine};
use crate::Mono;
use crate::audit::Kind;
use crate::effect::{Effect, RequestId};
use crate::event::DeliveryOutcome;

/// The lease at the registry.
#[derive(Debug, Default)]
pub(super) struct Lease {
    call: Option<(RequestId, Attendance)>,
    /// What was last reported and taken.
    told: Option<Attendance>,
    renew_at: Mono,
    /// Not before then, after a failure.
    pub wait: Option<Mono>,
    attempt: u32,
    /// The computer is about to sleep, or the companion to quit.
    pub leaving: bool,
}

impl Engine {
    /// What the registry should think of its record.
    fn wanted(&self) -> Attendance {
        if self.attendance.leaving {
            Attendance::Unattended
        } else if self.stay.moved_unanswered.is_some() {
            Attendance::Stale
        } else {
            Attendance::Attended
        }
    }

    /// The registry was read: what it thinks is known again. A write renews the lease there.
    pub(super) fn attendance_seen(&mut self) {
        self.attendance.told = self.held_attendance();
    }

    pub(super) fn attended(&mut self, id: RequestId, outcome: &DeliveryOutcome) {
        let Some((_, reported)) = self.attendance.call.take_if(|(asked, _)| *asked == id) else { return };
        let now = self.now.mono;
        match outcome {
            DeliveryOutcome::Active { .. } | DeliveryOutcome::Pending { .. } => {
                self.attendance.told = Some(reported);
                self.attendance.attempt = 0;
                self.attendance.wait = None;
                self.attendance.renew_at = now.after(self.policy.renew_every);
                if self.held_attendance() != Some(reported) {
                    // What is shown must be what was read.
                    self.desk.read_at = now;
                }
                if reported == Attendance::Stale {
                    self.record(Kind::MarkedStale, &[], None);
                }
            }
            DeliveryOutcome::Conflict | DeliveryOutcome::Rejected { .. } => {
                // There is no such record (any more): the next read-back tells.
                self.attendance.told = None;
                self.attendance.renew_at = now.after(self.policy.renew_every);
                self.desk.read_at = now;
            }
            // What the record says of itself goes on; nobody is told that it was marked.
            DeliveryOutcome::Unsupported => self.attendance.told = None,
            DeliveryOutcome::Throttled { wait } => self.attendance.wait = Some(now.after(*wait)),
            DeliveryOutcome::Unauthorised
            | DeliveryOutcome::Locked
            | DeliveryOutcome::Unreachable
            | DeliveryOutcome::Ambiguous => {
                let span = self.chance.back_off(self.attendance.attempt);
                self.attendance.attempt += 1;
                self.attendance.wait = Some(now.after(span));
            }
        }
    }

    /// When a report is due; nothing while one is under way, or there is nothing to report on.
    fn report_due(&self) -> Option<Mono> {
        let told = self.attendance.told?;
        if self.attendance.call.is_some() || self.enrolment.is_none() || self.desk.refused {
            return None;
        }
        let at = if told == self.wanted() { self.attendance.renew_at } else { self.now.mono };
        Some(self.attendance.wait.map_or(at, |wait| at.max(wait)))
    }

    pub(super) fn attendance_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.report_due().map(|at| (at, "lease")));
    }

    pub(super) fn pump_attendance(&mut self) {
        if self.report_due().is_none_or(|at| at > self.now.mono) {
            return;
        }
        let id = self.request();
        let attendance = self.wanted();
        self.attendance.call = Some((id, attendance));
        self.order(Effect::Attend { id, attendance });
    }
}
