//! The view: one value that tray, windows, command line and tests draw (design, section 4).
//!
//! It holds instants, never ages, so that it changes only when something happened; whoever draws
//! it turns instants into "2 minutes ago".

use rightdoor_location::record::Record;
use rightdoor_location::{CivicAddress, Content, FieldError, Revision};
use serde::{Deserialize, Serialize};

use crate::abilities::Abilities;
use crate::event::PhoneService;
use crate::guidance::Guidance;
use crate::intent::PromptId;
use crate::network::delta::Delta;
use crate::place::PlaceId;
use crate::place::recognise::Recognition;
use crate::reach::Seen;
use crate::saved::Parked;
use crate::{Redacted, Wall};

/// Why the location is not verified now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The computer moved.
    Moved,
    /// The network is not one we know.
    UnknownNetwork,
    /// There is no network.
    NoNetwork,
    /// The computer slept for long, or the place is known by weak evidence only.
    WokeUp,
    /// The confirmation is too old, or its age cannot be known.
    TooOld,
    /// Another person sits here, or came back.
    UserChanged,
    /// The session is remote: this network is not the person's.
    RemoteSession,
    /// No location was ever confirmed.
    NeverConfirmed,
    /// The store was damaged and began anew.
    StartedFresh,
}

/// Whether the person is where we think.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Here {
    /// The place was recognised.
    Recognised {
        /// The place.
        place: PlaceId,
        /// Since when.
        since: Wall,
    },
    /// The agent confirmed it in this stay.
    ConfirmedNow {
        /// The place, if it is one (none while travelling).
        place: Option<PlaceId>,
        /// When.
        since: Wall,
    },
    /// Something changed; being looked at. Drawn as not verified.
    Checking {
        /// Since when.
        since: Wall,
    },
    /// Not verified, and why.
    NotVerified {
        /// Why.
        why: Doubt,
        /// Since when.
        since: Wall,
    },
}

impl Here {
    /// Whether the location may be called current (invariant 7).
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        match self {
            Self::Recognised { .. } | Self::ConfirmedNow { .. } => true,
            Self::Checking { .. } | Self::NotVerified { .. } => false,
        }
    }
}

/// How good the confirmed address is known to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressFacet {
    /// There is none.
    None,
    /// The format is right; nobody has said that it exists.
    FormatOk,
    /// The organisation's directory has it.
    InDirectory,
    /// A provider or an upstream LVF confirmed it.
    ConfirmedBy(String),
    /// Refused; these fields.
    Refused(Vec<FieldError>),
}

/// Whether this computer keeps the confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// There is nothing to keep.
    Nothing,
    /// Being written.
    Saving,
    /// Kept.
    Saved,
    /// Delivered from memory, not kept on this computer.
    SentNotKept,
    /// Neither kept nor delivered yet.
    NotSaved,
}

/// Why the registry is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// On its way.
    Sending,
    /// The registry did not answer.
    Unreachable,
    /// The registry asked for patience.
    Throttled,
    /// The keyring is locked or missing.
    Locked,
    /// The answer was lost; being read back.
    Uncertain,
}

/// How far the registration has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum RegistryFacet {
    /// Nothing was confirmed yet.
    Nothing,
    /// Waiting.
    Waiting {
        /// Since when.
        since: Wall,
        /// Why.
        why: WaitReason,
    },
    /// Pending at the provider; the old binding stands.
    Pending,
    /// Accepted, and read back equal.
    ReadBackEqual {
        /// The revision.
        revision: Revision,
        /// When it was last read.
        read_at: Wall,
    },
    /// The registry holds something else than what was confirmed.
    Differs,
    /// Parked until a person acts.
    Parked(Parked),
    /// Our lease lapsed there.
    Unattended,
}

/// What 933 said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tested {
    /// This revision matched.
    Matched,
    /// An earlier address was tested.
    Earlier,
    /// This revision did not match.
    DidNotMatch,
    /// 933 read out no address, or nobody answered.
    NoAddress,
    /// Never tested.
    Never,
}

/// The one truth on the screen: what was read back from the registry, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Whether this device is enrolled.
    pub enrolled: bool,
    /// What the registry held when it was last read; the hero sentence shows this and only this
    /// (invariant 15).
    pub registered: Option<Record>,
    /// When that was.
    pub read_at: Option<Wall>,
    /// Whether the call path has proved this revision (a matching 933, or a logged fetch of it).
    pub proved: bool,
    /// What the agent confirmed, where the registry holds something else.
    pub confirmed_differs: Option<Content>,
    /// Whether the person is where we think.
    pub here: Here,
    /// How good the address is.
    pub address: AddressFacet,
    /// Whether this computer keeps it.
    pub kept: Kept,
    /// How far the registration has come.
    pub registry: RegistryFacet,
    /// What 933 said.
    pub tested: Tested,
    /// Whether the phone service answers.
    pub phone: PhoneService,
    /// Whether this computer is known to run on its battery.
    pub battery: bool,
}

/// Why a prompt is open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// The network changed.
    Move,
    /// A login at a place that was not recognised, or policy asks at every login.
    Login,
    /// The confirmation is too old, or its age cannot be known.
    Age,
    /// The person changed.
    UserSwitch,
    /// An administrator or the registry asked, under this id.
    Requested(String),
    /// The agent asked for it.
    Agent,
}

/// What a prompt asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// "Are you at …?": one tap.
    Tap(PlaceId),
    /// "Where are you working now?"
    Choose,
}

/// One place offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The place.
    pub place: PlaceId,
    /// What it is called.
    pub label: Redacted<String>,
    /// Its address on one line.
    pub address: Redacted<String>,
}

/// The open prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptView {
    /// Its number, to be given back with the answer.
    pub id: PromptId,
    /// Every reason, sorted.
    pub reviews: Vec<Review>,
    /// The question.
    pub question: Question,
    /// Known places, best guess first.
    pub choices: Vec<Choice>,
    /// The building, nothing inside it, where the evidence tells that and not the floor.
    pub building: Option<CivicAddress>,
    /// When it opened.
    pub opened_at: Wall,
    /// When the agent put it off until, if they did.
    pub snoozed_until: Option<Wall>,
    /// Whether an answer is being checked or kept now.
    pub working: bool,
    /// Whether it may raise a notification or a window now (not while the microphone is in use,
    /// the emergency freeze holds, it is snoozed or the screen is locked).
    pub may_raise: bool,
}

/// Whether the senses tell everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Senses {
    /// Network events arrive.
    Live,
    /// Events were lost: polled every 15 s instead.
    Degraded,
    /// The network could not be looked at.
    Blind,
}

/// The last decision, for `where --why`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// What changed.
    pub delta: Delta,
    /// What was recognised.
    pub recognition: Recognition,
    /// When.
    pub at: Wall,
}

/// An outage that is going on, or the end of one that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageView {
    /// Numbers the outage.
    pub number: u64,
    /// Since when.
    pub since: Wall,
    /// When it ended, if it did.
    pub ended: Option<Wall>,
}

/// Everything a screen may show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The one truth.
    pub standing: Standing,
    /// The open prompt.
    pub prompt: Option<PromptView>,
    /// The outage.
    pub outage: Option<OutageView>,
    /// Who was asked on the way to the phone service, and how they stand.
    #[serde(default)]
    pub evidence: Vec<Seen>,
    /// Whether the senses tell everything.
    pub senses: Senses,
    /// Whether the emergency freeze holds.
    pub frozen: bool,
    /// The last decision.
    pub why: Option<Why>,
    /// What the outage card is written from, besides the standing.
    #[serde(default)]
    pub guidance: Guidance,
    /// What the registry can do.
    #[serde(default)]
    pub registry: Abilities,
    /// Why the notice of 911's limits is to be shown, where it is.
    #[serde(default)]
    pub advisory: Option<crate::advisory::Due>,
}
