//! What a person can want, and what they are told.

use rightdoor_location::record::Problem;
use rightdoor_location::{CivicAddress, Floors, Revision};
use serde::{Deserialize, Serialize};

use crate::guidance::Language;
use crate::place::PlaceId;
use crate::{Redacted, Wall};

/// Numbers a prompt; a new question has a new number, a snooze and its reminder keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PromptId(pub u64);

/// Where the agent says to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Answer {
    /// Where the tap question or the registered location says: "Yes, still here".
    Still,
    /// At a known place, or one of the organisation's directory.
    Place(PlaceId),
    /// At an address.
    Address {
        /// The address.
        location: CivicAddress,
        /// What to call the place; the street line where it is `None`.
        #[cfg_attr(feature = "ts", ts(type = "string | null"))]
        label: Option<Redacted<String>>,
        /// Whether the building has one floor.
        #[serde(default)]
        floors: Floors,
    },
    /// "I'm travelling / I can't give an address."
    Travelling,
    /// "No" to a tap question: ask in full.
    No,
    /// "Not now."
    Later,
}

/// What the agent wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Intent {
    /// An answer to a prompt; one to a closed prompt changes nothing.
    Answer {
        /// Which prompt.
        prompt: PromptId,
        /// The answer.
        answer: Answer,
    },
    /// "I am somewhere else" or "still here", unasked.
    Say(Answer),
    /// Open the prompt, asked for by the agent.
    Ask,
    /// The agent heard the address at 933: did it match?
    Report933 {
        /// Whether it matched; `None`: no address was read out. It has to be said, even so.
        #[serde(deserialize_with = "Option::deserialize")]
        matched: Option<bool>,
    },
    /// The agent has read the notice of 911's limits.
    Acknowledge {
        /// Which edition of it.
        edition: u32,
        /// In which language.
        language: Language,
    },
    /// Enrol this person and device.
    Enrol {
        /// The code.
        #[cfg_attr(feature = "ts", ts(type = "string"))]
        code: Redacted<String>,
        /// The registry's base URL.
        registry: String,
    },
}

/// What the agent is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Reply {
    /// Kept on this computer under this revision, and on its way.
    Kept(Revision),
    /// On its way, but this computer could not keep it.
    SentNotKept(Revision),
    /// A prompt is open.
    Asked(PromptId),
    /// The question comes back then.
    Snoozed(Wall),
    /// Done; there is nothing to deliver.
    Done,
    /// Not done; nothing has changed.
    Refused(#[cfg_attr(feature = "ts", ts(as = "Problem"))] Redacted<Problem>),
    /// Not done, and nothing has changed: whoever validates addresses knows this one otherwise.
    Suggested(#[cfg_attr(feature = "ts", ts(as = "Suggestion"))] Redacted<Suggestion>),
}

/// What may have been meant by an address. Only the agent can say, by answering with one of these, or with another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Suggestion {
    /// The same in words; its code is `corrected` where there is one address that it would be right as, and `ambiguous`
    /// where it could be any of several.
    pub problem: Problem,
    /// The address that the agent gave.
    pub given: CivicAddress,
    /// The addresses that are known.
    pub known: Vec<CivicAddress>,
}
