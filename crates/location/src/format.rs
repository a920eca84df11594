//! The format check: what can be said about an address without asking anyone.

use serde::{Deserialize, Serialize};

use crate::Element;

/// What is wrong with one field of an address, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field at fault.
    pub field: Element,
    /// Stable code for programs, `snake_case` (`missing`, `zip_state_mismatch`, …).
    pub code: String,
    /// What is wrong, in a short sentence for a person. Never repeats the value.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}
