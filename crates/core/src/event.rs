//! Events: facts that happened. Every effect is answered by exactly one of them.

use std::time::Duration;

use rightdoor_location::FieldError;
use rightdoor_location::record::{DirectoryPlace, Problem, Record, Validation};
use serde::{Deserialize, Serialize};

use crate::effect::{BatchId, RequestId, Ticket};
use crate::guidance::Document;
use crate::intent::Intent;
use crate::network::{PreSample, Snapshot};
use crate::saved::Enrolment;
use crate::{Policy, Redacted};

/// Where a hint came from; it carries no facts, only "look again".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintSource {
    /// An interface or its carrier.
    Link,
    /// An address.
    Address,
    /// A route.
    Route,
    /// A neighbour (the gateway's machine).
    Neighbour,
    /// The Wi-Fi radio.
    Wifi,
    /// The session: lock, user switch, remote.
    Session,
}

/// What became of a delivery, a withdrawal or an attendance report (design, section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// The registry has it under this entity tag.
    Active {
        /// Entity tag to give back in `If-Match`.
        etag: String,
    },
    /// An asynchronous provider is working on it; the old binding stands until it is done.
    Pending {
        /// The provider's reference.
        reference: String,
    },
    /// 412 or 409: something else is there. Read back, compare, decide.
    Conflict,
    /// Refused for what it says.
    Rejected {
        /// Fields at fault.
        fields: Vec<FieldError>,
    },
    /// Come again after this long.
    Throttled {
        /// How long.
        wait: Duration,
    },
    /// The token is not accepted.
    Unauthorised,
    /// The token cannot be read: the keyring is locked or missing.
    Locked,
    /// Not sent: no connection.
    Unreachable,
    /// Sent, and no answer came.
    Ambiguous,
    /// This registry has no such thing (a provider without leases or stale marks): nothing was sent.
    Unsupported,
}

/// What a read-back found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBackOutcome {
    /// What the call path would be given now.
    Found(Record),
    /// The same as the entity tag we asked with.
    NotModified,
    /// The registry has no record.
    Nothing,
    /// The token is not accepted.
    Unauthorised,
    /// The token cannot be read.
    Locked,
    /// No answer.
    Unreachable,
}

/// What validation said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidationOutcome {
    /// The registry's answer.
    Answered(Validation),
    /// It could not be asked; the format was checked here.
    Unavailable,
}

/// Why the store could not keep a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreFault {
    /// No space left.
    Full,
    /// The file or folder cannot be written.
    ReadOnly,
    /// Anything else, already logged.
    Failed,
}

/// Whether the phone service answers, as the probes see it (design, section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneService {
    /// It answers.
    Answers,
    /// It answers in part or slowly.
    Degraded,
    /// It does not answer.
    Silent(OutageCause),
    /// Nobody has looked, or the probes cannot tell.
    #[default]
    Unknown,
}

/// Why the phone service does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutageCause {
    /// No link.
    NoLink,
    /// A link, but its gateway is dead.
    GatewayDead,
    /// The gateway answers, the internet does not.
    NoInternet,
    /// A VPN that everything is sent into carries nothing, while the internet answers past it.
    VpnBroken,
    /// A captive portal is in the way.
    CaptivePortal,
    /// Names do not resolve, or resolve wrongly.
    Dns,
    /// This network blocks the phone service.
    Blocked,
    /// The service itself is down: it refuses, is overloaded, or is silent while the internet answers.
    ServiceDown,
    /// The service shows a certificate that is not its own.
    WrongCertificate,
    /// Too much is lost on the way.
    Unstable,
    /// It does not answer, and nothing tells why.
    Unclear,
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A deadline of [`crate::Engine::poll_timeout`] has passed.
    Tick,
    /// Look again.
    Hint(HintSource),
    /// The kernel dropped events, or the event source died.
    EventsLost,
    /// Answers [`crate::Effect::PreSample`].
    PreSampled(PreSample),
    /// Answers [`crate::Effect::Sample`].
    Sampled(Snapshot),
    /// Answers [`crate::Effect::Sample`] or [`crate::Effect::PreSample`] when the system would not say.
    SampleFailed,
    /// The computer woke up.
    Resumed {
        /// How long it slept.
        asleep: Duration,
    },
    /// The computer is about to sleep, or the companion to quit.
    Leaving,
    /// The microphone is, or is no longer, in use.
    CallActivity {
        /// Whether it is in use.
        active: bool,
    },
    /// The computer runs on its battery, or on mains again.
    Power {
        /// Whether it runs on its battery.
        battery: bool,
    },
    /// The agent wants something.
    Agent {
        /// To be answered by one [`crate::Effect::Reply`].
        ticket: Ticket,
        /// What.
        intent: Intent,
    },
    /// Policy changed.
    PolicyChanged(Box<Policy>),
    /// An administrator or the registry asks for a confirmation.
    ReviewAsked {
        /// The request's own id.
        id: String,
    },
    /// Answers [`crate::Effect::Persist`].
    Persisted(BatchId),
    /// Answers [`crate::Effect::Persist`]: nothing of the batch was kept.
    PersistFailed(BatchId, StoreFault),
    /// Answers [`crate::Effect::LookUp`].
    LookedUp(RequestId, Option<DirectoryPlace>),
    /// Answers [`crate::Effect::Validate`].
    Validated(RequestId, ValidationOutcome),
    /// Answers [`crate::Effect::Deliver`].
    Delivered(RequestId, DeliveryOutcome),
    /// Answers [`crate::Effect::ReadBack`].
    ReadBack(RequestId, Box<ReadBackOutcome>),
    /// The registry says that something about the record changed (a call-path fetch, an emergency
    /// fetch, a lapse): read it back. A hint, like those of the network.
    RegistryHint,
    /// Answers [`crate::Effect::Attend`].
    Attended(RequestId, DeliveryOutcome),
    /// Answers [`crate::Effect::Enrol`].
    Enrolled(RequestId, Result<Enrolment, Redacted<Problem>>),
    /// Answers [`crate::Effect::Acknowledge`].
    Acknowledged(RequestId, DeliveryOutcome),
    /// Answers [`crate::Effect::Probe`].
    Probed(RequestId, crate::reach::Answer),
    /// What the organisation says to do when VoIP cannot carry 911, as it was read or fetched last.
    Guidance(Box<Document>),
}
