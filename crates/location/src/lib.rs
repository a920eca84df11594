#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod civic;
pub mod format;
pub mod geo;
pub mod guidance;
pub mod held;
pub mod lost;
pub mod pidf;
pub mod record;
pub mod time;
pub mod xml;

pub use civic::{CivicAddress, Element};
pub use format::FieldError;
pub use record::{Basis, Content, Floors, Revision};
