//! Outages of the phone service: one notice per outage, one end per beginning, flapping damped.

use std::time::Duration;

use super::{Deadlines, Engine};
use crate::audit::Kind;
use crate::event::PhoneService;
use crate::view::OutageView;
use crate::{Mono, Wall};

/// Silence must last this long to be an outage; answers, to end one.
const DWELL: Duration = Duration::from_secs(5);

/// What is known of the phone service.
#[derive(Debug, Default)]
pub(super) struct Outage {
    pub phone: PhoneService,
    /// Since when the phone service has been on the other side of the outage's border.
    turned: Option<(Mono, Wall)>,
    number: u64,
    pub shown: Option<OutageView>,
}

impl Outage {
    fn is_on(&self) -> bool {
        self.shown.is_some_and(|outage| outage.ended.is_none())
    }
}

impl Engine {
    pub(super) fn phone(&mut self, phone: PhoneService) {
        self.outage.phone = phone;
        let crosses = match phone {
            PhoneService::Silent(_) => !self.outage.is_on(),
            PhoneService::Answers | PhoneService::Degraded => self.outage.is_on(),
            // Not seeing is neither the beginning nor the end of anything.
            PhoneService::Unknown => false,
        };
        if crosses {
            self.outage.turned.get_or_insert((self.now.mono, self.now.wall));
        } else {
            self.outage.turned = None;
        }
    }

    fn turn_due(&self) -> Option<Mono> {
        self.outage.turned.map(|(since, _)| since.after(DWELL))
    }

    pub(super) fn outage_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.turn_due().map(|at| (at, "dwell of the phone service")));
    }

    pub(super) fn pump_outage(&mut self) {
        if self.turn_due().is_none_or(|at| at > self.now.mono) {
            return;
        }
        let Some((_, since)) = self.outage.turned.take() else { return };
        if let Some(outage) = self.outage.shown.as_mut().filter(|outage| outage.ended.is_none()) {
            outage.ended = Some(since);
            let facts = [("outage", outage.number.to_string())];
            self.record(Kind::OutageEnded, &facts, None);
            return;
        }
        self.outage.number += 1;
        let number = self.outage.number;
        self.outage.shown = Some(OutageView { number, since, ended: None });
        let cause = format!("{:?}", self.outage.phone);
        self.record(Kind::OutageBegan, &[("cause", cause), ("outage", number.to_string())], None);
    }
}
