//! HELD: how the call path asks where somebody is (RFC 5985), and about whom (RFC 6155).
//!
//! Sans-IO: the HTTP rules (POST, 200 also for errors, `application/held+xml`) are the server's.

mod answer;
mod error;
mod identity;
mod request;

pub use answer::{Answer, LocationResponse, LocationUris};
pub use error::{ErrorCode, HeldError, ReadError};
pub use identity::Identity;
pub use request::{LocationRequest, LocationType, ResponseTime};

/// The media type of requests and answers (RFC 5985 section 11.3).
pub const MEDIA_TYPE: &str = "application/held+xml";
