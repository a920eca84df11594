//! The format check: what can be said about an address without asking anyone.
//!
//! "Format ok" is never "confirmed": only the organisation's directory, a provider or an LVF can say
//! that an address exists. Addresses in the United States and Canada are checked closely; of any
//! other country's only that a crew would know country, city and street.

mod check;
mod dispatcher;
mod interior;
mod normalise;
mod regions;
mod street;
mod suffixes;
mod zips;

use serde::{Deserialize, Serialize};

use crate::Element;

pub use check::check;
pub use dispatcher::{NARROW, Screen, WIDE, dispatcher};
pub use normalise::normalise;
pub use street::street;
pub use suffixes::abbreviation;

/// What is wrong with one field of an address, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
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
