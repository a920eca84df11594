//! What differs between two looks, as answers to specific questions. No single "changed" boolean:
//! each consumer asks its own.

use serde::{Deserialize, Serialize};

/// Answers about two snapshots or pre-samples, older first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The set of physical links with a carrier differs.
    pub links: bool,
    /// A physical link's gateway is another machine or address.
    pub gateway: bool,
    /// Wi-Fi is connected to another radio.
    pub radio: bool,
    /// The cable leads to another switch port.
    pub port: bool,
    /// The networks of the physical links share nothing.
    pub subnets: bool,
    /// The DNS suffix differs.
    pub suffix: bool,
    /// Another person, or the session became active or inactive.
    pub user: bool,
    /// The session became remote or local.
    pub remote: bool,
}
