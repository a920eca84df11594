//! Whether the microphone is in use: then the outage card does not raise itself (design, section 7).
//!
//! No system is asked yet, so nothing is ever taken for a call; doctor says so.

use rightdoor_core::network::{Evidence, Withheld};

/// Whether a program records from the microphone now.
#[must_use]
pub const fn in_use() -> Evidence<bool> {
    Evidence::Withheld(Withheld::Unsupported)
}
