//! Confirming: an answer becomes a draft, is looked up and validated, and then is the registration.

use std::time::Duration;

use rightdoor_location::record::{DirectoryPlace, Validation};
use rightdoor_location::{Basis, CivicAddress, Content, Floors};

use super::keeping::Promise;
use super::stay::Settled;
use super::{Deadlines, Engine, refusing};
use crate::audit::Kind;
use crate::effect::{Effect, RequestId, Ticket};
use crate::event::ValidationOutcome;
use crate::intent::{Answer, Reply};
use crate::network::{PreSample, Session};
use crate::place::{Exemplar, Origin, Place, PlaceId};
use crate::saved::{Change, Entry, Progress};
use crate::view::{Doubt, Review};
use crate::{Mono, Redacted, Wall};

/// How long an answer waits for the directory or the validation before it goes on without.
const PATIENCE: Duration = Duration::from_secs(4);

/// An answer on its way to become a registration.
#[derive(Debug)]
pub(super) struct Act {
    ticket: Ticket,
    id: RequestId,
    give_up_at: Mono,
    stage: Stage,
    given: Given,
}

/// The circumstances of an answer: it speaks of the network of the moment it was given, whatever has
/// happened by the time that it was looked up and validated.
#[derive(Debug)]
struct Given {
    /// The stay it was given in.
    stay: u64,
    /// What could be learned then.
    evidence: Option<Exemplar>,
    /// Whether the network was not known then: being looked at, gone, or not to be seen.
    unseen: bool,
    /// How often a look had differed from the one before.
    changes: u64,
    /// How often another person had come or gone.
    turns: u64,
    /// What the last look saw.
    look: Option<PreSample>,
}

#[derive(Debug)]
enum Stage {
    LookingUp,
    Validating(Draft),
}

/// What will be registered.
#[derive(Clone, Debug)]
struct Draft {
    place: Option<Place>,
    content: Content,
    basis: Basis,
    confirmed_by: Option<String>,
}

impl Engine {
    pub(super) fn begin_act(&mut self, ticket: Ticket, answer: Answer) {
        if let Some(earlier) = self.act.take() {
            self.refuse(
                earlier.ticket,
                "superseded",
                "A later answer took the place of this one.",
                "Nothing to do: the later answer counts.",
            );
        }
        let given = self.given();
        match answer {
            Answer::Travelling => {
                let draft = Draft {
                    place: None,
                    content: Content::NoFixedAddress,
                    basis: Basis::Manual,
                    confirmed_by: None,
                };
                self.confirm(ticket, draft, given);
            }
            Answer::Still => self.still(ticket, given),
            Answer::Place(id) => self.at_place(ticket, &id, given),
            Answer::Address { location, label, floors } => {
                self.at_address(ticket, location, label, floors, given);
            }
            // The asking room answers these two itself.
            Answer::No | Answer::Later => self.reply(ticket, Reply::Done),
        }
    }

    fn still(&mut self, ticket: Ticket, given: Given) {
        let entry_place = self.desk.entry.as_ref().and_then(|entry| entry.place.as_ref());
        let place = self.tapped().or_else(|| self.stay.place()).or(entry_place).cloned();
        match place {
            Some(place) => self.at_place(ticket, &place, given),
            None => self.refuse(
                ticket,
                "nothing_to_confirm",
                "There is no location that could be confirmed.",
                "Choose a place or enter an address.",
            ),
        }
    }

    fn at_place(&mut self, ticket: Ticket, id: &PlaceId, given: Given) {
        if let Some(place) = self.place(id).cloned() {
            let draft = Draft {
                content: Content::Located(place.location.clone()),
                place: Some(place),
                basis: Basis::Manual,
                confirmed_by: None,
            };
            self.confirm(ticket, draft, given);
            return;
        }
        let request = self.request();
        self.act = Some(Act {
            ticket,
            id: request,
            give_up_at: self.now.mono.after(PATIENCE),
            stage: Stage::LookingUp,
            given,
        });
        self.order(Effect::LookUp { id: request, place: id.clone() });
    }

    fn at_address(
        &mut self,
        ticket: Ticket,
        location: CivicAddress,
        label: Option<Redacted<String>>,
        floors: Floors,
        given: Given,
    ) {
        let location = rightdoor_location::format::normalise(&location);
        let wrong = rightdoor_location::format::check(&location);
        if !wrong.is_empty() {
            self.reply(ticket, refusing::fields(wrong));
            return;
        }
        let known = self.places.iter().find(|place| place.location == location).cloned();
        let mut place = known.unwrap_or_else(|| {
            self.counters.place += 1;
            Place {
                id: PlaceId(format!("p{}", self.counters.place)),
                label: Redacted::new(location.street_line()),
                location: location.clone(),
                floors,
                origin: Origin::Agent,
                exemplars: Vec::new(),
                confirmed_at: self.now.wall,
                doubted: false,
            }
        });
        place.floors = floors;
        if let Some(label) = label {
            place.label = label;
        }
        let draft = Draft {
            place: Some(place),
            content: Content::Located(location.clone()),
            basis: Basis::Manual,
            confirmed_by: None,
        };
        let id = self.request();
        let give_up_at = self.now.mono.after(PATIENCE);
        self.act = Some(Act { ticket, id, give_up_at, stage: Stage::Validating(draft), given });
        self.order(Effect::Validate { id, address: location });
    }

    pub(super) fn looked_up(&mut self, id: RequestId, found: Option<DirectoryPlace>) {
        let Some(act) = self.act.take_if(|act| act.id == id) else { return };
        let Some(found) = found else {
            self.refuse(
                act.ticket,
                "unknown_place",
                "Neither you nor your organisation's directory knows that place.",
                "Check the place's id, or enter the address.",
            );
            return;
        };
        let place = Place {
            id: PlaceId(found.id),
            label: Redacted::new(found.label),
            location: found.location.clone(),
            floors: found.floors,
            origin: Origin::Directory,
            exemplars: Vec::new(),
            confirmed_at: self.now.wall,
            doubted: false,
        };
        let draft = Draft {
            place: Some(place),
            content: Content::Located(found.location),
            basis: Basis::Manual,
            confirmed_by: None,
        };
        self.confirm(act.ticket, draft, act.given);
    }

    pub(super) fn validated(&mut self, id: RequestId, outcome: ValidationOutcome) {
        let Some(act) = self.act.take_if(|act| act.id == id) else { return };
        let Stage::Validating(mut draft) = act.stage else { return };
        match outcome {
            ValidationOutcome::Unavailable => self.confirm(act.ticket, draft, act.given),
            ValidationOutcome::Answered(Validation::Valid { confirmed_by }) => {
                draft.confirmed_by = confirmed_by;
                self.confirm(act.ticket, draft, act.given);
            }
            ValidationOutcome::Answered(Validation::Invalid { fields }) => {
                self.reply(act.ticket, refusing::fields(fields));
            }
            ValidationOutcome::Answered(Validation::Corrected { address }) => {
                self.reply(act.ticket, refusing::corrected(draft.content, address));
            }
            ValidationOutcome::Answered(Validation::Candidates { addresses }) => {
                self.reply(act.ticket, refusing::ambiguous(draft.content, addresses));
            }
        }
    }

    /// The agent's word becomes the registration: the place learns, the revision counts up, and
    /// everything is kept in one batch before anything is sent.
    fn confirm(&mut self, ticket: Ticket, draft: Draft, given: Given) {
        let expires = (given.evidence.is_none() && draft.place.is_some())
            .then(|| self.now.mono.after(self.policy.unlearned_holds));
        let place = draft.place.map(|mut place| {
            place.confirmed_at = self.now.wall;
            place.doubted = false;
            if let Some(evidence) = given.evidence {
                place.learn(evidence);
            }
            self.put_place(place)
        });
        self.ages.confirmed = Some(self.now.mono);
        // An answer from an earlier stay, or from a network that was gone before it was settled, is
        // still the last word on the registration; it says nothing of what is here now, and closes
        // no question about it.
        let moved = given.changes != self.senses.changes;
        let here = given.stay == self.stay.number && !(given.unseen && moved);
        // Nobody answers from a session that is known to be away.
        let away = self.session != Session::default() && !self.session.active;
        if here && !away && given.turns == self.senses.turns {
            self.close_prompt("confirmed");
            self.stay.settled = Settled::Confirmed { place: place.clone(), since: self.now.wall, expires };
            self.stay.moved_unanswered = None;
            if given.unseen {
                self.stay_said(given.look);
            } else if !moved {
                self.stay_proved();
            }
            self.keep_stay();
        }
        let entry = self.new_entry(draft.content, draft.basis, place, draft.confirmed_by, self.now.wall);
        self.keep_for(ticket, Promise::Kept(entry));
    }

    fn given(&self) -> Given {
        let gone = matches!(self.stay.overlay, Some((why, _)) if why != Doubt::UserChanged);
        Given {
            stay: self.stay.number,
            evidence: self.evidence_now(),
            unseen: self.senses.checking.is_some() || gone,
            changes: self.senses.changes,
            turns: self.senses.turns,
            look: self.senses.look.clone(),
        }
    }

    /// A place was recognised without a question: it is registered, unless it is already.
    pub(super) fn register_recognised(&mut self, id: &PlaceId) {
        let Some(place) = self.place(id).cloned() else { return };
        let content = Content::Located(place.location);
        if self.desk.entry.as_ref().is_some_and(|entry| entry.content == content) {
            return;
        }
        // Being recognised is no confirmation: the age goes on from the agent's own.
        self.ages.confirmed = None;
        self.withdraw_reviews(&[Review::Age]);
        self.new_entry(content, Basis::ConfirmedHereBefore, Some(place.id), None, place.confirmed_at);
    }

    /// Policy takes the registration back.
    pub(super) fn withdraw(&mut self) {
        self.record(Kind::Withdrawn, &[], None);
        self.new_entry(Content::Withdrawn, Basis::AdminStatic, None, None, self.now.wall);
    }

    fn new_entry(
        &mut self,
        content: Content,
        basis: Basis,
        place: Option<PlaceId>,
        confirmed_by: Option<String>,
        confirmed_at: Wall,
    ) -> rightdoor_location::Revision {
        let held = self.desk.held().map(|record| record.revision).unwrap_or_default();
        let revision = self.counters.revision.max(held).next();
        self.counters.revision = revision;
        let entry =
            Entry { revision, content, basis, place, confirmed_at, confirmed_by, progress: Progress::Queued };
        let basis = serde_json::to_string(&basis).unwrap_or_default().replace('"', "");
        let facts = [("basis", basis), ("revision", revision.0.to_string())];
        self.record(Kind::Confirmed, &facts, serde_json::to_string(&entry.content).ok());
        self.keep(Change::Counters(self.counters));
        self.keep(Change::Entry(entry.clone()));
        self.desk_take(entry);
        revision
    }

    fn put_place(&mut self, place: Place) -> PlaceId {
        let id = place.id.clone();
        self.keep(Change::Place(place.clone()));
        match self.places.binary_search_by(|known| known.id.cmp(&id)) {
            Ok(at) => self.places[at] = place,
            Err(at) => self.places.insert(at, place),
        }
        id
    }

    /// Adds the evidence of now to a known place.
    pub(super) fn learn(&mut self, id: &PlaceId) {
        let Some(evidence) = self.evidence_now() else { return };
        let Some(mut place) = self.place(id).cloned() else { return };
        place.learn(evidence);
        self.put_place(place);
    }

    /// Weak evidence no longer suffices for any place until it is confirmed again.
    pub(super) fn doubt_places(&mut self) {
        for mut place in self.places.clone() {
            if !std::mem::replace(&mut place.doubted, true) {
                self.put_place(place);
            }
        }
    }

    /// An answer from before a long sleep is old: nobody knows whether it is still true.
    pub(super) fn act_slept(&mut self) {
        if let Some(act) = self.act.take() {
            self.refuse(
                act.ticket,
                "slept",
                "The computer slept before your answer was checked; nothing was changed.",
                "Say again where you are.",
            );
        }
    }

    pub(super) fn confirming_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.act.as_ref().map(|act| (act.give_up_at, "patience with an answer")));
    }

    pub(super) fn pump_confirming(&mut self) {
        let now = self.now.mono;
        let Some(act) = self.act.take_if(|act| act.give_up_at <= now) else { return };
        match act.stage {
            Stage::Validating(draft) => self.confirm(act.ticket, draft, act.given),
            Stage::LookingUp => self.refuse(
                act.ticket,
                "directory_silent",
                "Your organisation's directory did not answer, so that place is not known here.",
                "Choose a place you know, or enter the address.",
            ),
        }
    }
}
