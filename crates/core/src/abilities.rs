//! What the registry behind the companion can do, as far as an agent has to know it before answering.

use serde::{Deserialize, Serialize};

/// How a registry differs from one of our own (the default), at which every device has a location of its own that counts at
/// once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Abilities {
    /// A location belongs to the number: whoever calls from it has the same.
    pub by_number: bool,
    /// A change counts only some time after it was taken.
    pub activates_later: bool,
    /// It can be told that a computer has moved and nobody has answered.
    pub marks_stale: bool,
}

impl Default for Abilities {
    fn default() -> Self {
        Self { by_number: false, activates_later: false, marks_stale: true }
    }
}
