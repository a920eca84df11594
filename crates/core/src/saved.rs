//! What outlives a restart, and the changes a batch makes to it.

use rightdoor_location::record::Record;
use rightdoor_location::{Basis, Content, Revision};
use serde::{Deserialize, Serialize};

use crate::advisory::Acknowledged;
use crate::audit;
use crate::effect::Precondition;
use crate::intent::PromptId;
use crate::place::{Exemplar, Place, PlaceId};
use crate::reach::Subject;
use crate::{Redacted, Wall};

/// Who this device writes for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The registry's base URL.
    pub registry: Redacted<String>,
    /// The softphone identity (SIP URI or number).
    pub endpoint: Redacted<String>,
    /// This device's name at the registry.
    pub device: String,
    /// The organisation's name.
    pub organisation: Redacted<String>,
}

/// Why an entry waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parked {
    /// The registry refused these fields.
    Rejected(Vec<rightdoor_location::FieldError>),
    /// The token is not accepted: enrol again.
    Unauthorised,
    /// This device is not enrolled.
    NotEnrolled,
}

/// How far an entry has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// To be delivered; what the registry holds has to be read first.
    Queued,
    /// Sent at least once under this condition, and not known to have arrived.
    Sent(Precondition),
    /// The registry has it.
    Accepted,
    /// Waiting for a person.
    Parked(Parked),
}

/// The last confirmed registration: the outbox holds one, for a newer one supersedes an older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its revision.
    pub revision: Revision,
    /// What is to be registered.
    pub content: Content,
    /// Why it is believed.
    pub basis: Basis,
    /// The place, if it is one.
    pub place: Option<PlaceId>,
    /// When it was confirmed.
    pub confirmed_at: Wall,
    /// Who said that the address exists, if anyone but the format check did.
    #[serde(default)]
    pub confirmed_by: Option<String>,
    /// How far it has come.
    pub progress: Progress,
}

/// What was last read back from the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The record; `None` when the registry had none.
    pub record: Option<Record>,
    /// When it was read.
    pub read_at: Wall,
}

/// The stay, as far as a restart must know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayRecord {
    /// Network evidence on arrival.
    pub network: Exemplar,
    /// The session's person.
    pub user: u64,
    /// Where the agent is, if that was recognised or confirmed in this stay.
    pub place: Option<PlaceId>,
    /// The move prompt of this stay, once it was opened.
    pub prompt: Option<PromptId>,
    /// Whether that prompt is still open.
    pub open: bool,
}

/// A 933 test, as reported by the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test933 {
    /// The revision that the registry held.
    pub revision: Revision,
    /// Whether it matched; `None`: no address was read out.
    pub matched: Option<bool>,
    /// When.
    pub at: Wall,
}

/// Counters that never go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Last revision given.
    pub revision: Revision,
    /// Last prompt number given.
    pub prompt: u64,
    /// Last number given to a place of the agent's own.
    pub place: u64,
}

/// One change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Add or replace a place.
    Place(Place),
    /// Replace the entry.
    Entry(Entry),
    /// Replace what was read back.
    Registered(Registered),
    /// Replace the stay.
    Stay(StayRecord),
    /// Replace the enrolment.
    Enrolment(Enrolment),
    /// Replace the last 933 test.
    Tested(Test933),
    /// Replace the counters.
    Counters(Counters),
    /// Replace what has answered once on the way to the phone service.
    Reached(Vec<Subject>),
    /// Replace the acknowledgement of the notice.
    Advisory(Acknowledged),
    /// Append to the audit trail.
    Audit(audit::Record, Option<audit::Detail>),
}

/// Everything the store hands back at a start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// Known places, sorted by id.
    pub places: Vec<Place>,
    /// The last confirmed registration.
    pub entry: Option<Entry>,
    /// What was last read back.
    pub registered: Option<Registered>,
    /// The stay.
    pub stay: Option<StayRecord>,
    /// The enrolment.
    pub enrolment: Option<Enrolment>,
    /// The last 933 test.
    pub tested: Option<Test933>,
    /// That the notice of 911's limits was read.
    pub advisory: Option<Acknowledged>,
    /// Counters.
    pub counters: Counters,
    /// What has answered once on the way to the phone service: its silence is evidence.
    pub reached: Vec<Subject>,
    /// The audit trail's last record.
    pub audit: audit::Head,
    /// Whether the store was found corrupt and moved aside: every location is not verified, and
    /// the agent is told.
    pub started_fresh: bool,
    /// 32 random bytes, new at every start: the source of salts and of jitter.
    pub seed: [u8; 32],
}

impl Saved {
    /// Applies one change, as a store would. The reference for every store.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Place(place) => match self.places.binary_search_by(|known| known.id.cmp(&place.id)) {
                Ok(at) => self.places[at] = place.clone(),
                Err(at) => self.places.insert(at, place.clone()),
            },
            Change::Entry(entry) => self.entry = Some(entry.clone()),
            Change::Registered(registered) => self.registered = Some(registered.clone()),
            Change::Stay(stay) => self.stay = Some(stay.clone()),
            Change::Enrolment(enrolment) => self.enrolment = Some(enrolment.clone()),
            Change::Tested(test) => self.tested = Some(*test),
            Change::Advisory(acknowledged) => self.advisory = Some(acknowledged.clone()),
            Change::Counters(counters) => self.counters = *counters,
            Change::Reached(subjects) => self.reached.clone_from(subjects),
            Change::Audit(record, _) => self.audit = record.head(),
        }
    }
}
