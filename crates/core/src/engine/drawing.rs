//! Drawing: the view, from what every room knows.

use rightdoor_location::Content;

use super::Engine;
use crate::event::PhoneService;
use crate::guidance::{self, Guidance};
use crate::place::Origin;
use crate::saved::{Parked, Progress};
use crate::view::{AddressFacet, Kept, RegistryFacet, Standing, Tested, View};

impl Engine {
    pub(super) fn draw(&self) -> View {
        View {
            standing: self.standing(),
            prompt: self.draw_prompt(),
            outage: self.outage.shown,
            evidence: self.outage.reach.evidence(),
            senses: self.senses.state(),
            frozen: self.asking.is_frozen(),
            why: self.why.clone(),
            guidance: self.draw_guidance(),
            registry: self.policy.registry,
            advisory: self.advice_due(),
        }
    }

    fn draw_guidance(&self) -> Guidance {
        let cause = match self.outage.reach.verdict() {
            PhoneService::Silent(why) => Some(why),
            PhoneService::Answers | PhoneService::Degraded | PhoneService::Unknown => None,
        };
        let confirmed = self.desk.entry.as_ref().map(|entry| &entry.content);
        let believed = confirmed.or_else(|| self.desk.held().map(|held| &held.content));
        // The nearest phone of a floor where the person may not be sends them astray.
        let location = believed.and_then(Content::address).filter(|_| self.here().is_verified());
        Guidance { language: self.policy.language, local: guidance::select(&self.guidance, cause, location) }
    }

    fn standing(&self) -> Standing {
        let held = self.desk.held();
        let matched = |revision| {
            self.tested.is_some_and(|test| test.matched == Some(true) && test.revision == revision)
        };
        let proved = held.is_some_and(|held| held.fetched_at.is_some() || matched(held.revision));
        let read = self.desk.registered.as_ref();
        let confirmed = self.desk.entry.as_ref().map(|entry| &entry.content);
        // Nothing read is nothing that could be equal: what was confirmed is what to say.
        let differs = confirmed != held.map(|held| &held.content);
        Standing {
            enrolled: self.enrolment.is_some(),
            registered: held.cloned(),
            read_at: read.map(|read| read.read_at),
            proved,
            confirmed_differs: confirmed.filter(|_| differs).cloned(),
            here: self.here(),
            address: self.address_facet(),
            kept: self.kept_facet(),
            registry: self.registry_facet(),
            tested: self.tested_facet(),
            phone: self.outage.reach.verdict(),
            battery: self.outage.battery,
        }
    }

    fn address_facet(&self) -> AddressFacet {
        let Some(entry) = &self.desk.entry else { return AddressFacet::None };
        if entry.content.address().is_none() {
            return AddressFacet::None;
        }
        if let Progress::Parked(Parked::Rejected(fields)) = &entry.progress {
            return AddressFacet::Refused(fields.clone());
        }
        if let Some(by) = &entry.confirmed_by {
            return AddressFacet::ConfirmedBy(by.clone());
        }
        let place = entry.place.as_ref().and_then(|id| self.place(id));
        match place.map(|place| place.origin) {
            Some(Origin::Directory) => AddressFacet::InDirectory,
            Some(Origin::Agent) | None => AddressFacet::FormatOk,
        }
    }

    fn kept_facet(&self) -> Kept {
        let Some(entry) = &self.desk.entry else { return Kept::Nothing };
        if entry.revision <= self.keeping.kept {
            return Kept::Saved;
        }
        match (self.keeping.fault(), &entry.progress) {
            (None, _) => Kept::Saving,
            (Some(_), Progress::Sent(_) | Progress::Accepted) => Kept::SentNotKept,
            (Some(_), Progress::Queued | Progress::Parked(_)) => Kept::NotSaved,
        }
    }

    fn registry_facet(&self) -> RegistryFacet {
        let Some(entry) = &self.desk.entry else { return RegistryFacet::Nothing };
        let equal = self.desk.is_equal();
        match &entry.progress {
            Progress::Parked(why) => RegistryFacet::Parked(why.clone()),
            Progress::Accepted if self.desk.refused => RegistryFacet::Parked(Parked::Unauthorised),
            Progress::Accepted if equal => self.equal_facet(entry.revision),
            Progress::Accepted => RegistryFacet::Differs,
            Progress::Queued | Progress::Sent(_) if self.enrolment.is_none() => {
                RegistryFacet::Parked(Parked::NotEnrolled)
            }
            Progress::Queued | Progress::Sent(_) if self.desk.pending => RegistryFacet::Pending,
            Progress::Queued | Progress::Sent(_) => {
                RegistryFacet::Waiting { since: entry.confirmed_at, why: self.desk.waiting_for() }
            }
        }
    }

    fn equal_facet(&self, revision: rightdoor_location::Revision) -> RegistryFacet {
        use rightdoor_location::record::Attendance;
        match (self.held_attendance(), &self.desk.registered) {
            (Some(Attendance::Unattended), _) => RegistryFacet::Unattended,
            (Some(Attendance::Attended | Attendance::Stale) | None, Some(read)) => {
                RegistryFacet::ReadBackEqual { revision, read_at: read.read_at }
            }
            (Some(Attendance::Attended | Attendance::Stale) | None, None) => RegistryFacet::Differs,
        }
    }

    fn tested_facet(&self) -> Tested {
        let Some(test) = self.tested else { return Tested::Never };
        let current = self.desk.held().is_some_and(|held| held.revision == test.revision);
        match (current, test.matched) {
            (false, _) => Tested::Earlier,
            (true, Some(true)) => Tested::Matched,
            (true, Some(false)) => Tested::DidNotMatch,
            (true, None) => Tested::NoAddress,
        }
    }
}
