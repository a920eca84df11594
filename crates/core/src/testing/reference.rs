//! The reference: a simple model kept beside the engine, which knows what is true.
//!
//! It learns from what the engine was told, from what the person said, and from what store and
//! registry took; never from the engine's own opinion.

use std::collections::BTreeMap;

use rightdoor_location::record::Record;
use rightdoor_location::{Basis, Content};

use rightdoor_location::format::normalise;

use super::check::Moment;
use super::laptop::Seen;
use super::spots::Spot;
use crate::effect::{BatchId, Effect, Precondition, RequestId, Ticket};
use crate::event::{DeliveryOutcome, Event, ReadBackOutcome};
use crate::intent::{Answer, Intent, Reply};
use crate::network::Session;
use crate::place::PlaceId;
use crate::saved::{Change, Entry};
use crate::view::{Here, Question};
use crate::{Saved, Wall};

/// A revision that the engine gave, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minted {
    /// Its content.
    pub content: Content,
    /// Why it is believed.
    pub basis: Basis,
    /// When it was confirmed.
    pub confirmed_at: Wall,
    /// Its place.
    pub place: Option<PlaceId>,
    /// Whether the store acknowledged it.
    pub kept: bool,
    /// Whether the store refused it.
    pub refused: bool,
}

/// A confirmation, and where it was given.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// Answered by the reply to this.
    pub ticket: Ticket,
    /// What it says; `None` until a revision shows what "still" or a place's id meant.
    pub content: Option<Content>,
    /// What "still" may have meant: the tap question's place, where the person was, what was kept.
    pub maybe: Vec<Content>,
    /// Networks it may hold for: the true one, and the ones the engine believed in when it was said.
    pub networks: Vec<Seen>,
    /// Users it may be from: the true one, and the one the engine believed in.
    pub users: Vec<u64>,
    /// Stays of one user (see [`Reference::epoch`]) it may hold for.
    pub epochs: Vec<u64>,
    /// How often a look had differed from the one before when it was given.
    pub looks: u64,
    /// How often the link had been seen lost when it was given.
    pub lost: u64,
    /// Whether it was given from elsewhere.
    pub remote: bool,
    /// When, in true time.
    pub at: u64,
    /// The longest sleep since, in milliseconds.
    pub slept: u64,
}

/// The last write of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Under which condition.
    pub precondition: Precondition,
    /// Whether it is not known what became of it.
    pub uncertain: bool,
    /// Whether the registry was read since.
    pub read_since: bool,
}

/// What is true.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    /// The last look that the engine was given, cheap or full.
    pub told: Option<Seen>,
    /// Who was there then.
    pub session: Session,
    /// Counts looks that differ from the one before.
    pub looks: u64,
    /// Counts looks without a network.
    pub lost: u64,
    /// Counts the times that the engine was told of another user, or of one coming back.
    pub epoch: u64,
    /// Revisions given.
    pub minted: BTreeMap<u64, Minted>,
    /// The last confirmation that the person was told is on its way, and whether it is kept.
    pub acknowledged: Option<(u64, bool)>,
    /// Intents that wait for a reply.
    pub asked: BTreeMap<Ticket, Intent>,
    /// Every confirmation given and not refused.
    pub confirmations: Vec<Confirmation>,
    /// What was last read back, and when.
    pub read: Option<(Option<Record>, Wall)>,
    /// Writes, by revision.
    pub sent: BTreeMap<u64, Sent>,
    /// What the last acknowledged confirmation said; `None` while something newer is under way.
    pub last_said: Option<Content>,
    /// A confirmation in memory only was lost with the process: nobody can know it any more.
    pub forgotten: bool,
    /// Revisions that were first seen in this moment, and are not a recount of the one before.
    pub fresh: Vec<u64>,
    settled: Option<Session>,
    sending: Option<(RequestId, u64)>,
    reading: Option<RequestId>,
    batches: BTreeMap<BatchId, Vec<u64>>,
}

impl Confirmation {
    /// Whether it may have said this.
    #[must_use]
    pub fn could_be(&self, content: &Content) -> bool {
        self.content.as_ref() == Some(content) || self.maybe.contains(content)
    }
}

impl Reference {
    /// A restart: what was in memory is gone, what the store has is what holds.
    pub fn restarted(&mut self, saved: &Saved) {
        let durable = saved.entry.as_ref().map_or(0, |entry| entry.revision.0);
        self.forgotten |= self.acknowledged.is_some_and(|(revision, kept)| !kept && revision > durable);
        self.forgotten |= self.sent.keys().any(|revision| *revision > durable);
        self.minted.retain(|revision, _| *revision <= durable);
        if let Some(entry) = &saved.entry {
            self.mint(entry);
            if let Some(minted) = self.minted.get_mut(&durable) {
                minted.kept = true;
            }
        }
        self.sent.clear();
        self.last_said = self.last_said.take().filter(|_| self.asked.is_empty() && !self.forgotten);
        self.acknowledged = self.acknowledged.filter(|(_, kept)| *kept);
        self.asked.clear();
        self.batches.clear();
        self.sending = None;
        self.told = None;
        self.epoch += 1;
        self.reading = None;
        self.settled = None;
        // A sleep that was not kept is not known; neither is one that ended in an empty battery.
        for confirmation in &mut self.confirmations {
            let doubted = saved.places.iter().any(|place| {
                place.doubted
                    && confirmation.content.as_ref().and_then(Content::address) == Some(&place.location)
            });
            confirmation.slept = if doubted { confirmation.slept } else { 0 };
        }
        self.read = saved.registered.as_ref().map(|read| (read.record.clone(), read.read_at));
    }

    /// Takes in one moment.
    pub fn observe(&mut self, moment: &Moment<'_>) {
        self.fresh.clear();
        if let Some(event) = moment.event {
            self.event(event, moment);
        }
        for effect in moment.effects {
            self.effect(effect);
        }
    }

    /// What the engine knows after a look: where it could not tell, what it knew before.
    fn alike(&self, seen: Option<Seen>) -> Option<Seen> {
        let seen = seen?;
        let told = self.told.filter(|told| told.looks_like(seen))?;
        // What was withheld once may have hidden a change of floor: it is not made up for.
        Some(Seen { withheld: told.withheld || seen.withheld, ..told })
    }

    fn look(&mut self, seen: Option<Seen>, session: Session) {
        // Another user, or one who came back.
        if self.settled.is_some_and(|old| old.user != session.user || (session.active && !old.active)) {
            self.epoch += 1;
        }
        self.settled = Some(session);
        let same = self.told.zip(seen).is_some_and(|(told, seen)| told.looks_like(seen));
        self.looks += u64::from(!same);
        self.lost += u64::from(seen.is_some_and(|seen| seen.spot.is_none()));
        self.told = seen;
        self.session = session;
    }

    fn event(&mut self, event: &Event, moment: &Moment<'_>) {
        match event {
            Event::PreSampled(look) => {
                // A cheap look cannot tell everything; what it cannot, stays as it was.
                let alike = self.alike(moment.seen);
                self.look(alike.or(moment.seen), look.session);
            }
            Event::Sampled(snapshot) => {
                let session = snapshot.session;
                // Where nothing tells the floors apart and the link was never lost, it stays as it was.
                let blind = moment.seen.filter(|seen| {
                    let spot = |is: fn(Spot) -> bool| seen.spot.is_some_and(is);
                    (seen.withheld || self.told.is_some_and(|told| told.withheld)) && !spot(Spot::is_wired)
                        || spot(Spot::is_ward)
                });
                let alike = self.alike(blind);
                self.look(alike.or(moment.seen), session);
            }
            Event::Resumed { asleep } => {
                if *asleep >= moment.policy.short_sleep {
                    self.told = None;
                }
                let asleep = u64::try_from(asleep.as_millis()).unwrap_or(u64::MAX);
                for confirmation in &mut self.confirmations {
                    confirmation.slept = confirmation.slept.max(asleep);
                }
            }
            Event::Agent { ticket, intent } => self.said(*ticket, intent, moment),
            Event::Persisted(batch) => self.batch_done(*batch, true),
            Event::PersistFailed(batch, _) => self.batch_done(*batch, false),
            Event::ReadBack(id, outcome) if self.reading == Some(*id) => {
                self.read_back(outcome, moment.now.wall)
            }
            // What was asked under another enrolment is not read.
            Event::Enrolled(_, Ok(_)) => self.reading = None,
            Event::Delivered(id, outcome) => self.delivered(*id, outcome),
            Event::Tick
            | Event::Hint(_)
            | Event::EventsLost
            | Event::SampleFailed
            | Event::Leaving
            | Event::CallActivity { .. }
            | Event::Power { .. }
            | Event::PolicyChanged(_)
            | Event::ReviewAsked { .. }
            | Event::RegistryHint
            | Event::ReadBack(..)
            | Event::LookedUp(..)
            | Event::Validated(..)
            | Event::Attended(..)
            | Event::Enrolled(..)
            | Event::Acknowledged(..)
            | Event::Probed(..)
            | Event::Guidance(_) => {}
        }
    }

    fn said(&mut self, ticket: Ticket, intent: &Intent, moment: &Moment<'_>) {
        self.asked.insert(ticket, intent.clone());
        let (Intent::Answer { answer, .. } | Intent::Say(answer)) = intent else { return };
        let content = match answer {
            Answer::Address { location, .. } => Some(Content::Located(normalise(location))),
            Answer::Travelling => Some(Content::NoFixedAddress),
            Answer::Place(id) => {
                let known = moment.engine.place(id).map(|place| place.location.clone());
                let listed = || {
                    let spot = Spot::ALL.into_iter().find(|spot| spot.directory_id() == Some(id.0.as_str()));
                    spot.map(Spot::address)
                };
                known.or_else(listed).map(Content::Located)
            }
            Answer::Still => None,
            Answer::No | Answer::Later => return,
        };
        let (truth, session) = moment.truth;
        let mut epochs = vec![self.epoch];
        if session.user != self.session.user
            || session.active != self.session.active
            || self.settled != Some(session)
        {
            epochs.push(self.epoch + 1);
        }
        self.confirmations.push(Confirmation {
            ticket,
            maybe: if content.is_none() { self.still(moment) } else { Vec::new() },
            content,
            networks: std::iter::once(truth).chain(self.told).collect(),
            users: vec![session.user, self.session.user],
            epochs,
            looks: self.looks,
            lost: self.lost,
            remote: session.remote || self.session.remote,
            at: moment.time,
            slept: 0,
        });
    }

    fn still(&self, moment: &Moment<'_>) -> Vec<Content> {
        let tap = moment.before.prompt.as_ref().and_then(|prompt| match &prompt.question {
            Question::Tap(place) => Some(place),
            Question::Choose => None,
        });
        let here = match &moment.before.standing.here {
            Here::Recognised { place, .. } => Some(place),
            Here::ConfirmedNow { place, .. } => place.as_ref(),
            Here::Checking { .. } | Here::NotVerified { .. } => None,
        };
        let places = tap.into_iter().chain(here).filter_map(|id| moment.engine.place(id));
        let known = places.map(|place| Content::Located(place.location.clone()));
        let kept = moment.store.saved.entry.iter().map(|entry| entry.content.clone());
        let last = self.minted.values().next_back().map(|minted| minted.content.clone());
        known.chain(kept).chain(last).collect()
    }

    fn read_back(&mut self, outcome: &ReadBackOutcome, now: Wall) {
        let record = match outcome {
            ReadBackOutcome::Found(record) => Some(record.clone()),
            ReadBackOutcome::Nothing => None,
            ReadBackOutcome::NotModified => self.read.take().and_then(|(record, _)| record),
            ReadBackOutcome::Unauthorised | ReadBackOutcome::Locked | ReadBackOutcome::Unreachable => return,
        };
        self.read = Some((record, now));
        for sent in self.sent.values_mut() {
            sent.read_since = true;
        }
    }

    fn delivered(&mut self, id: RequestId, outcome: &DeliveryOutcome) {
        let Some((_, revision)) = self.sending.take_if(|(sending, _)| *sending == id) else { return };
        if let Some(sent) = self.sent.get_mut(&revision) {
            sent.uncertain = matches!(outcome, DeliveryOutcome::Ambiguous | DeliveryOutcome::Conflict);
        }
    }

    fn batch_done(&mut self, batch: BatchId, kept: bool) {
        for revision in self.batches.remove(&batch).unwrap_or_default() {
            if let Some(minted) = self.minted.get_mut(&revision) {
                minted.kept |= kept;
                minted.refused |= !kept;
            }
        }
    }

    fn mint(&mut self, entry: &Entry) {
        let minted = Minted {
            content: entry.content.clone(),
            basis: entry.basis,
            confirmed_at: entry.confirmed_at,
            place: entry.place.clone(),
            kept: false,
            refused: false,
        };
        let recount = self.minted.values().next_back().is_some_and(|last| last.content == entry.content);
        if let std::collections::btree_map::Entry::Vacant(free) = self.minted.entry(entry.revision.0) {
            free.insert(minted);
            if !recount {
                self.fresh.push(entry.revision.0);
            }
        }
        if entry.basis == Basis::Manual {
            self.last_said = self.last_said.take().filter(|_| recount);
            // What "still" meant.
            for confirmation in &mut self.confirmations {
                confirmation.content.get_or_insert_with(|| entry.content.clone());
            }
        }
    }

    fn effect(&mut self, effect: &Effect) {
        match effect {
            Effect::Persist(batch) => {
                let mut revisions = Vec::new();
                for change in &batch.changes {
                    if let Change::Entry(entry) = change {
                        self.mint(entry);
                        revisions.push(entry.revision.0);
                    }
                }
                self.batches.insert(batch.id, revisions);
            }
            Effect::Deliver(delivery) => {
                let precondition = delivery.precondition.clone();
                let sent = Sent { precondition, uncertain: true, read_since: false };
                self.sent.insert(delivery.revision.0, sent);
                self.sending = Some((delivery.id, delivery.revision.0));
            }
            Effect::ReadBack { id, .. } => self.reading = Some(*id),
            Effect::Reply { ticket, reply } => {
                if matches!(reply, Reply::Kept(_) | Reply::SentNotKept(_)) {
                    let said = self.confirmations.iter().find(|said| said.ticket == *ticket);
                    self.last_said = said.and_then(|said| said.content.clone());
                }
                match reply {
                    Reply::Kept(revision) => self.acknowledged = Some((revision.0, true)),
                    Reply::SentNotKept(revision) => self.acknowledged = Some((revision.0, false)),
                    Reply::Refused(_) | Reply::Suggested(_) => {
                        self.confirmations.retain(|said| said.ticket != *ticket)
                    }
                    Reply::Asked(_) | Reply::Snoozed(_) | Reply::Done => {}
                }
                self.asked.remove(ticket);
            }
            Effect::PreSample
            | Effect::Sample
            | Effect::LookUp { .. }
            | Effect::Validate { .. }
            | Effect::Attend { .. }
            | Effect::Acknowledge { .. }
            | Effect::Enrol { .. }
            | Effect::Probe { .. } => {}
        }
    }
}
