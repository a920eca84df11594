//! THE WORDS: the civic address, and the documents that carry it.
//!
//! A dispatchable location is a civic address (RFC 5139, RFC 6848) precise enough to send a crew to
//! a door. It travels as PIDF-LO (RFC 3863, 4119, 5491), is written with XCAP's `pidf-manipulation`
//! usage (RFC 4827) and read with HELD (RFC 5985, 6155). This crate reads and writes those
//! documents and checks the format of an address. It is sans-IO: bytes in, bytes out; it knows no
//! clock, file or socket, and the companion and the registry share it so that they cannot disagree.
#![forbid(unsafe_code)]

pub mod civic;
pub mod format;
pub mod geo;
pub mod held;
pub mod lost;
pub mod pidf;
pub mod record;
pub mod time;
pub mod xml;

pub use civic::{CivicAddress, Element};
pub use format::FieldError;
pub use record::{Basis, Content, Floors, Revision};
