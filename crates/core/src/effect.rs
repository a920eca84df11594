//! Effects: orders to the world. Every one is answered by one event, except [`Effect::Reply`],
//! which is itself an answer.

use rightdoor_location::record::Attendance;
use rightdoor_location::{Basis, CivicAddress, Content, Revision};
use serde::{Deserialize, Serialize};

use crate::Wall;
use crate::advisory::Acknowledged;
use crate::intent::Reply;
use crate::place::PlaceId;
use crate::saved::Change;

/// Pairs a request with its answer. Never reused within one run of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

/// Pairs an intent with its reply; given by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub u64);

/// Numbers a batch. Never reused within one run of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(pub u64);

/// Changes that are kept together or not at all, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its number.
    pub id: BatchId,
    /// What changes.
    pub changes: Vec<Change>,
}

/// Under which condition a write may happen (RFC 9110 section 13; RFC 4825 section 8.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precondition {
    /// Only if there is no record (`If-None-Match: *`).
    Absent,
    /// Only if the record still has this entity tag (`If-Match`).
    Match(String),
}

/// One write to the registry. A retry is equal to the first try in every field but `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Pairs it with its answer.
    pub id: RequestId,
    /// The revision.
    pub revision: Revision,
    /// What is to be registered.
    pub content: Content,
    /// Why it is believed.
    pub basis: Basis,
    /// When the agent confirmed it.
    pub confirmed_at: Wall,
    /// When it may happen.
    pub precondition: Precondition,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Take the cheap look. At most one is under way.
    PreSample,
    /// Take the full snapshot. At most one is under way.
    Sample,
    /// Keep this, all or nothing. At most one is under way.
    Persist(Batch),
    /// Find a place in the organisation's directory.
    LookUp {
        /// Pairs it with its answer.
        id: RequestId,
        /// The place.
        place: PlaceId,
    },
    /// Check an address.
    Validate {
        /// Pairs it with its answer.
        id: RequestId,
        /// The address.
        address: CivicAddress,
    },
    /// Write to the registry. At most one is under way.
    Deliver(Delivery),
    /// Read what the call path would be given.
    ReadBack {
        /// Pairs it with its answer.
        id: RequestId,
        /// Answer `NotModified` if the record still has this entity tag and nothing else about it
        /// changed.
        unless: Option<String>,
    },
    /// Renew the lease, or say how the record should be taken.
    Attend {
        /// Pairs it with its answer.
        id: RequestId,
        /// The state to report.
        attendance: Attendance,
    },
    /// Exchange an enrolment code for a token, and keep the token in the keyring.
    Enrol {
        /// Pairs it with its answer.
        id: RequestId,
        /// The code.
        code: crate::Redacted<String>,
        /// The registry's base URL.
        registry: String,
    },
    /// Ask someone on the way to the phone service; the answer comes within [`crate::reach::PATIENCE`].
    Probe {
        /// Pairs it with its answer.
        id: RequestId,
        /// Whom.
        subject: crate::reach::Subject,
        /// On a connection of its own, rather than on the one that is kept.
        fresh: bool,
    },
    /// Tell the registry that the notice of 911's limits was read. Telling it twice is telling it once.
    Acknowledge {
        /// Pairs it with its answer.
        id: RequestId,
        /// What was read, and when.
        acknowledged: Acknowledged,
    },
    /// Answer an intent.
    Reply {
        /// The intent's ticket.
        ticket: Ticket,
        /// The answer.
        reply: Reply,
    },
}
