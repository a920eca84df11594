//! What travels between the companion and the services: registry, directory, validation.

use rightdoor_location::CivicAddress;
use rightdoor_location::record::{Attendance, DirectoryPlace, Validation};

use super::check::{Checks, Verdict};
use super::registry::{Lie, refusal};
use super::spots::Spot;
use super::step::Checking;
use super::world::{Item, World};
use crate::effect::{Delivery, RequestId};
use crate::event::{DeliveryOutcome, Event, ReadBackOutcome, ValidationOutcome};
use crate::place::PlaceId;

/// A call of the registry.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Put(Delivery),
    Read { id: RequestId, unless: Option<String> },
    Attend { id: RequestId, attendance: Attendance },
}

/// A call under way.
#[derive(Clone, Debug)]
pub(super) struct Request {
    run: u32,
    call: Call,
    /// Whether an answer is sent; some were sent before, some never are.
    answers: bool,
    /// Whether it comes a second time.
    twice: bool,
}

impl World {
    /// Sends a call on its way; what becomes of it is decided here.
    pub(super) fn send(&mut self, call: Call) {
        let run = self.run;
        let lie = if self.lies.is_empty() { Lie::Honest } else { self.lies.remove(0) };
        let (go, back) = (self.delay(), self.delay());
        let request = |answers, twice| Request { run, call: call.clone(), answers, twice };
        let put = matches!(call, Call::Put(_));
        if lie != Lie::Honest {
            self.tally.met.insert(name_of(lie));
        }
        if let Some(outcome) = Self::unsent(lie) {
            self.answer(back, &call, outcome);
            return;
        }
        match lie {
            Lie::Stalls => self.queue(go + 90_000, Item::Arrives(request(true, false))),
            Lie::AnswerLost => {
                self.queue(go, Item::Arrives(request(false, false)));
                self.answer(go + 10_000, &call, DeliveryOutcome::Ambiguous);
            }
            Lie::RequestLost => self.answer(10_000, &call, DeliveryOutcome::Ambiguous),
            Lie::AppliedLate => {
                let late = 60_000 + self.rng.below(1_200_000);
                self.queue(late, Item::Arrives(request(false, false)));
                self.answer(10_000, &call, DeliveryOutcome::Ambiguous);
            }
            Lie::Pending if put => {
                let late = 30_000 + self.rng.below(600_000);
                self.queue(late, Item::Arrives(request(false, false)));
                self.answer(back, &call, DeliveryOutcome::Pending { reference: "ref-1".to_owned() });
            }
            Lie::FalseActive if put => {
                self.answer(back, &call, DeliveryOutcome::Active { etag: "\"e0\"".to_owned() });
            }
            Lie::Conflict if put => self.answer(back, &call, DeliveryOutcome::Conflict),
            Lie::Rejected if put => {
                self.answer(back, &call, DeliveryOutcome::Rejected { fields: refusal() });
            }
            Lie::Duplicated => self.queue(go, Item::Arrives(request(true, true))),
            _ => self.queue(go, Item::Arrives(request(true, false))),
        }
    }

    fn answer(&mut self, delay: u64, call: &Call, outcome: DeliveryOutcome) {
        let event = match call {
            Call::Put(delivery) => Event::Delivered(delivery.id, outcome),
            Call::Attend { id, .. } => Event::Attended(*id, outcome),
            Call::Read { id, .. } => {
                let read = match outcome {
                    DeliveryOutcome::Unauthorised => ReadBackOutcome::Unauthorised,
                    DeliveryOutcome::Locked => ReadBackOutcome::Locked,
                    _ => ReadBackOutcome::Unreachable,
                };
                Event::ReadBack(*id, Box::new(read))
            }
        };
        self.queue(delay, Item::Answer(self.run, event, None));
    }

    /// A call reaches the registry.
    pub(super) fn arrives(&mut self, request: Request) -> Verdict {
        let mut event = self.take(&request.call)?;
        if request.twice {
            event = self.take(&request.call)?;
        }
        if request.answers {
            let delay = self.delay();
            self.queue(delay, Item::Answer(request.run, event, None));
        }
        Ok(())
    }

    fn take(&mut self, call: &Call) -> Result<Event, super::check::Broken> {
        let now = self.true_calendar();
        Ok(match call {
            Call::Put(delivery) => {
                let before = self.registry.accepted.len();
                let outcome = self.registry.put(delivery, now);
                if self.registry.accepted.len() > before {
                    Checks::accepted(&self.registry, &self.reference)?;
                    self.tally.met.insert("accepted");
                }
                Event::Delivered(delivery.id, outcome)
            }
            Call::Read { id, unless } => {
                let known = self.reference.read.as_ref().and_then(|(record, _)| record.as_ref());
                let outcome = self.registry.read(unless.as_deref(), known);
                if outcome == ReadBackOutcome::NotModified {
                    self.tally.met.insert("not modified");
                }
                Event::ReadBack(*id, Box::new(outcome))
            }
            Call::Attend { id, attendance } => Event::Attended(*id, self.registry.attend(*attendance, now)),
        })
    }

    /// What the directory knows.
    pub(super) fn directory(&self, place: &PlaceId) -> Option<DirectoryPlace> {
        let spot = Spot::ALL.into_iter().find(|spot| spot.directory_id() == Some(place.0.as_str()))?;
        Some(DirectoryPlace {
            id: place.0.clone(),
            label: format!("Zqx {spot:?}"),
            location: spot.address(),
            floors: spot.floors(),
        })
    }

    /// What validation says.
    pub(super) fn validate(&mut self, address: CivicAddress) -> ValidationOutcome {
        let other = || address.clone().with(rightdoor_location::Element::POD, "NW");
        let answer = match self.checking {
            Checking::FormatOnly => Validation::Valid { confirmed_by: None },
            Checking::Confirmed => Validation::Valid { confirmed_by: Some("provider".to_owned()) },
            Checking::Corrected => Validation::Corrected { address: other() },
            Checking::Candidates => Validation::Candidates { addresses: vec![address.clone(), other()] },
            Checking::Invalid => Validation::Invalid { fields: refusal() },
            Checking::Unavailable => return ValidationOutcome::Unavailable,
        };
        if !matches!(self.checking, Checking::FormatOnly) {
            self.tally.met.insert("validation with an opinion");
        }
        ValidationOutcome::Answered(answer)
    }
}

/// What a lie is called in the figures.
const fn name_of(lie: Lie) -> &'static str {
    match lie {
        Lie::Honest => "honest",
        Lie::Unreachable => "unreachable",
        Lie::AnswerLost => "lost answer",
        Lie::RequestLost => "lost request",
        Lie::AppliedLate => "applied late",
        Lie::FalseActive => "false acceptance",
        Lie::Duplicated => "duplicated request",
        Lie::Stalls => "stall",
        Lie::Throttled => "throttled",
        Lie::Conflict => "conflict",
        Lie::Unauthorised => "unauthorised",
        Lie::Locked => "locked",
        Lie::Rejected => "rejected",
        Lie::Pending => "pending at the provider",
    }
}
