//! A start: what was kept becomes the engine, and the first orders go out.

use super::{Engine, advising, asking, attendance, clocks, desk, keeping, outage, sensing, stay};
use crate::audit::Kind;
use crate::effect::Effect;
use crate::saved::{Change, Progress, Saved};
use crate::view::Doubt;
use crate::{Now, Policy};

impl Engine {
    /// Begins from what was kept. The effects are the first orders.
    ///
    /// Whatever was on its way is queued again: the registry is read before anything is written, so
    /// what had arrived is found and what had not is sent, once.
    #[must_use]
    pub fn restore(saved: Saved, policy: Policy, now: Now) -> (Self, Vec<Effect>) {
        let why = match (&saved.entry, saved.started_fresh) {
            (_, true) => Doubt::StartedFresh,
            (None, false) => Doubt::NeverConfirmed,
            (Some(_), false) => Doubt::UnknownNetwork,
        };
        let reopened = saved.stay.as_ref().filter(|stay| stay.open).and_then(|stay| stay.prompt);
        let kept = saved.entry.as_ref().map(|entry| entry.revision).unwrap_or_default();
        let mut engine = Self {
            now,
            orders: Vec::new(),
            next_request: 0,
            next_batch: 0,
            chance: clocks::Chance::new(saved.seed),
            ages: clocks::Ages::default(),
            trail: saved.audit,
            counters: saved.counters,
            places: saved.places,
            enrolment: saved.enrolment,
            tested: saved.tested,
            session: crate::network::Session::default(),
            senses: sensing::Sensing::default(),
            stay: stay::Stay::restored(saved.stay, why, now.wall),
            asking: asking::Asking::at_login(),
            act: None,
            enrolling: None,
            keeping: keeping::Keeping::restored(kept),
            desk: desk::Desk::restored(saved.entry, saved.registered, now.mono),
            attendance: attendance::Lease::default(),
            outage: outage::Outage::restored(saved.reached),
            why: None,
            guidance: crate::guidance::Document::default(),
            advice: advising::Advice::restored(saved.advisory),
            policy,
        };
        engine.requeue();
        engine.record(Kind::Started, &[("fresh", saved.started_fresh.to_string())], None);
        if let Some(id) = reopened {
            engine.asking.reopen(id, now.wall);
        }
        let emergency = engine.desk.held().and_then(|record| record.emergency_at);
        if emergency.is_some() {
            engine.emergency_seen(emergency, true);
        }
        engine.reach_service();
        engine.sense_from_start();
        engine.pump();
        let orders = std::mem::take(&mut engine.orders);
        (engine, orders)
    }

    fn requeue(&mut self) {
        if let Some(entry) = &mut self.desk.entry
            && matches!(entry.progress, Progress::Sent(_))
        {
            entry.progress = Progress::Queued;
            let entry = entry.clone();
            self.keep(Change::Entry(entry));
        }
        self.attendance.leaving = false;
    }
}
