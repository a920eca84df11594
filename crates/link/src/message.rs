//! What is said over the link.

use std::sync::Arc;

use rightdoor_core::{Intent, Look, Reply, Sight, View};
use rightdoor_location::record::Problem;
use serde::{Deserialize, Serialize};

/// The link's version; a server speaks exactly one.
pub const VERSION: u32 = 1;

/// The first frame of a client. Unknown fields are ignored here, and only here, so that a later
/// client can still be told which version it has met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The link's version that the client speaks.
    pub rightdoor: u32,
    /// What it is (`cli`, `windows`, `test`): for the companion's log.
    pub client: String,
}

/// What a server can do beyond the hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Pushes the view.
    View,
    /// Takes intents.
    Act,
    /// Lets clients look at the directory, the history and the settings.
    Look,
    /// Pushes trace lines.
    Trace,
    /// One that this client does not know yet.
    #[serde(other)]
    Unknown,
}

/// The server's answer to a [`Hello`] it accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The link's version that the server speaks.
    pub rightdoor: u32,
    /// The companion's own version, for a person.
    pub version: String,
    /// What it can do.
    pub capabilities: Vec<Capability>,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// The view, now and at every change: answered by the current one, then a pong.
    View,
    /// An intent, to be answered once.
    Act(Intent),
    /// To look at something that is not in the view; answered once, beside whatever else is under way.
    Look(Look),
    /// Trace lines, from the pong that answers on.
    Trace,
    /// Whether the companion is alive.
    Ping,
}

/// One frame of a client after the hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Chosen by the client, given back with the answer.
    pub id: u64,
    /// What it asks for.
    pub ask: Ask,
}

/// One frame of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Accepts a hello.
    Welcome(Welcome),
    /// The view, as it is now.
    #[serde(with = "shared")]
    View(Arc<View>),
    /// Answers an act.
    Reply {
        /// The request's.
        id: u64,
        /// What the agent is told.
        reply: Reply,
    },
    /// Answers a look.
    Sight {
        /// The request's.
        id: u64,
        /// What was seen.
        sight: Sight,
    },
    /// Answers a ping, and says that a subscription holds from here on.
    Pong {
        /// The request's.
        id: u64,
    },
    /// One NDJSON line: a hint, snapshot, delta, decision or standing change.
    Trace(String),
    /// The client read too slowly: this many trace lines are missing here.
    TraceLost(u64),
    /// A request could not be answered; or, without an id, the connection ends here.
    Problem {
        /// The request's, where there is one.
        id: Option<u64>,
        /// What, and what to do.
        problem: Problem,
    },
}

/// A view crosses the link by value; sharing it is each side's own affair.
mod shared {
    use std::sync::Arc;

    use rightdoor_core::View;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(view: &Arc<View>, to: S) -> Result<S::Ok, S::Error> {
        view.as_ref().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<View>, D::Error> {
        View::deserialize(from).map(Arc::new)
    }
}
