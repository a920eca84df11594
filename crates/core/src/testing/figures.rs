//! Situations met, so that a check that could not have failed is noticed.

use super::world::World;
use crate::View;
use crate::view::{Here, Kept, Question, RegistryFacet};

impl World {
    /// Notes situations, for the figures.
    pub(super) fn meet(&mut self, before: &View) {
        let after = &self.view;
        let met = &mut self.tally.met;
        if before.prompt.as_ref().map(|p| p.id) != after.prompt.as_ref().map(|p| p.id) {
            self.closed = before.prompt.as_ref().map(|prompt| prompt.id).or(self.closed);
            self.tally.prompts += u64::from(after.prompt.is_some());
        }
        if let Some(prompt) = &after.prompt {
            if matches!(prompt.question, Question::Tap(_)) {
                met.insert("tap question");
            }
            if prompt.snoozed_until.is_some() {
                met.insert("snooze");
            }
            if prompt.reviews.len() > 1 {
                met.insert("several reviews in one prompt");
            }
        }
        if after.frozen {
            met.insert("freeze");
        }
        match &after.standing.here {
            Here::Recognised { .. } => met.insert("silent recognition"),
            Here::ConfirmedNow { .. } => met.insert("confirmed now"),
            Here::Checking { .. } => met.insert("checking"),
            Here::NotVerified { .. } => met.insert("not verified"),
        };
        match &after.standing.registry {
            RegistryFacet::Parked(_) => met.insert("parked"),
            RegistryFacet::Differs => met.insert("registry differs"),
            RegistryFacet::ReadBackEqual { .. } => met.insert("read back equal"),
            RegistryFacet::Unattended => met.insert("unattended"),
            RegistryFacet::Pending => met.insert("pending"),
            RegistryFacet::Nothing | RegistryFacet::Waiting { .. } => false,
        };
        if after.standing.kept == Kept::SentNotKept {
            met.insert("sent, not kept");
        }
        if after.outage.is_some_and(|outage| outage.ended.is_some()) {
            met.insert("outage ended");
        }
        if after.standing.proved {
            met.insert("proved");
        }
    }
}
