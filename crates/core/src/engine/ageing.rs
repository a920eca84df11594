//! Ageing: a confirmation without evidence expires, an old one is asked again, an unanswered move may
//! withdraw the registration.

use super::stay::Settled;
use super::{Deadlines, Engine};
use crate::Mono;
use crate::policy::WithdrawPolicy;
use crate::view::{Doubt, Review};

impl Engine {
    pub(super) fn ageing_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.stay_expires().map(|at| (at, "confirmation without evidence")));
        due.extend(self.age_due().map(|at| (at, "age of the confirmation")));
        due.extend(self.withdrawal_due().map(|at| (at, "withdrawal by policy")));
    }

    pub(super) fn pump_ageing(&mut self) {
        let now = self.now.mono;
        if self.stay_expires().is_some_and(|at| at <= now) {
            self.stay.settled = Settled::Unknown { why: Doubt::TooOld, since: self.now.wall };
            self.due(Review::Age);
            self.keep_stay();
        }
        if self.age_due().is_some_and(|at| at <= now) {
            if self.stay.is_known() {
                self.stay.settled = Settled::Unknown { why: Doubt::TooOld, since: self.now.wall };
            }
            self.due(Review::Age);
            self.keep_stay();
        }
        if self.withdrawal_due().is_some_and(|at| at <= now) {
            self.stay.moved_unanswered = None;
            self.withdraw();
        }
    }

    /// When the confirmation is too old; now, where its age cannot be known. Nothing while that is
    /// already being asked.
    fn age_due(&self) -> Option<Mono> {
        let limit = self.policy.confirm_max_age?;
        self.desk.entry.as_ref().filter(|entry| entry.content.address().is_some())?;
        let asked = self.asking.is_due(&Review::Age) && !self.stay.is_known();
        if asked || self.senses.checking.is_some() {
            return None;
        }
        match self.confirmation_age() {
            Some(age) => Some(self.now.mono.after(limit.saturating_sub(age))),
            None => Some(self.now.mono),
        }
    }

    fn withdrawal_due(&self) -> Option<Mono> {
        let moved = self.stay.moved_unanswered?;
        let allowed = self.policy.withdraw == WithdrawPolicy::AfterCertainMove;
        let positive = self.why.as_ref().is_some_and(|why| why.recognition.tap().is_some())
            || matches!(self.stay.settled, Settled::Unknown { why: Doubt::UserChanged, .. });
        let located = self.desk.entry.as_ref().is_some_and(|entry| entry.content.address().is_some());
        if !(allowed && positive && located) {
            return None;
        }
        let at = moved.after(self.policy.snooze);
        Some(self.asking.freeze_until.map_or(at, |thaw| at.max(thaw)))
    }
}
