//! Carrying out orders: everything is queued, and answered later.

use std::time::Duration;

use super::check::Verdict;
use super::registry::Lie;
use super::step::Pace;
use super::traffic::Call;
use super::world::{Item, World, enrolment};
use crate::effect::Effect;
use crate::event::{DeliveryOutcome, Event};

impl World {
    /// A delay as the pace has it.
    pub(super) fn delay(&mut self) -> u64 {
        match self.pace {
            Pace::Quick => 1 + self.rng.below(250),
            Pace::Slow => 1 + self.rng.below(5000),
            Pace::Crawling => 1 + self.rng.below(60_000),
        }
    }

    pub(super) fn queue(&mut self, delay: u64, item: Item) {
        self.queued += 1;
        self.queue.insert((self.time + delay, self.queued), item);
    }

    /// Whether anything is on its way to the registry.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.queue.values().any(|item| matches!(item, Item::Arrives(_)))
    }

    pub(super) fn perform(&mut self, item: Item) -> Verdict {
        match item {
            Item::Answer(run, event, seen) if run == self.run => self.handle(event, seen),
            Item::Answer(..) => Ok(()),
            Item::Look { run, full, delay } => {
                self.laptop.jitter += 1;
                let event = if self.blind > 0 {
                    self.blind -= 1;
                    self.tally.met.insert("blind look");
                    Event::SampleFailed
                } else if full {
                    Event::Sampled(self.laptop.snapshot())
                } else {
                    Event::PreSampled(self.laptop.snapshot().pre_sample())
                };
                let seen = Some(self.laptop.seen());
                self.queue(delay, Item::Answer(run, event, seen));
                Ok(())
            }
            Item::Disk(run, batch) => {
                let event = match self.store.keep(&batch) {
                    Ok(()) => Event::Persisted(batch.id),
                    Err(fault) => {
                        self.tally.met.insert("store failure");
                        Event::PersistFailed(batch.id, fault)
                    }
                };
                let delay = self.delay();
                self.queue(delay, Item::Answer(run, event, None));
                Ok(())
            }
            Item::Arrives(request) => self.arrives(request),
        }
    }

    pub(super) fn order(&mut self, effect: Effect) {
        let run = self.run;
        match effect {
            Effect::PreSample | Effect::Sample => {
                let full = matches!(effect, Effect::Sample);
                let (before, after) = if full { (self.delay(), self.delay()) } else { (2, 3) };
                self.queue(before, Item::Look { run, full, delay: after });
            }
            Effect::Persist(batch) => {
                let delay = self.delay() / 4;
                self.queue(delay, Item::Disk(run, batch));
            }
            Effect::LookUp { id, place } => {
                let found = self.directory(&place);
                let delay = self.delay();
                self.queue(delay, Item::Answer(run, Event::LookedUp(id, found), None));
            }
            Effect::Validate { id, address } => {
                let outcome = self.validate(address);
                let delay = self.delay();
                self.queue(delay, Item::Answer(run, Event::Validated(id, outcome), None));
            }
            Effect::Enrol { id, .. } => {
                let delay = self.delay();
                self.queue(delay, Item::Answer(run, Event::Enrolled(id, Ok(enrolment())), None));
            }
            Effect::Probe { .. } => {
                if let Some((after, answer)) = self.way.answer(&effect, &mut self.rng) {
                    self.queue(after, Item::Answer(run, answer, None));
                }
            }
            Effect::Reply { ticket, reply } => {
                self.replies.insert(ticket, reply);
            }
            Effect::Deliver(delivery) => {
                self.tally.deliveries += 1;
                self.send(Call::Put(delivery));
            }
            Effect::ReadBack { id, unless } => self.send(Call::Read { id, unless }),
            Effect::Attend { id, attendance } => self.send(Call::Attend { id, attendance }),
            Effect::Acknowledge { id, .. } => {
                let taken = DeliveryOutcome::Active { etag: String::new() };
                let delay = self.delay();
                self.queue(delay, Item::Answer(run, Event::Acknowledged(id, taken), None));
            }
        }
    }

    /// Outcome for an order that never reached anyone.
    pub(super) const fn unsent(lie: Lie) -> Option<DeliveryOutcome> {
        match lie {
            Lie::Unreachable => Some(DeliveryOutcome::Unreachable),
            Lie::Locked => Some(DeliveryOutcome::Locked),
            Lie::Unauthorised => Some(DeliveryOutcome::Unauthorised),
            Lie::Throttled => Some(DeliveryOutcome::Throttled { wait: Duration::from_secs(40) }),
            _ => None,
        }
    }
}
