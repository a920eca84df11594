//! HELD: how the call path asks where somebody is (RFC 5985), about whom (RFC 6155), and how it
//! fetches what a location URI refers to (RFC 6753).
//!
//! ```
//! use rightdoor_location::held::{Answer, ErrorCode, HeldError, Identity, LocationRequest, LocationType};
//!
//! let request = LocationRequest {
//!     types: vec![LocationType::Civic],
//!     device: vec![Identity::Uri("sip:ada@example.com".into())],
//!     ..LocationRequest::default()
//! };
//! assert_eq!(LocationRequest::parse(request.write().as_bytes()), Ok(request));
//!
//! // The answer, also to a request that cannot be read, travels with HTTP status 200.
//! let refused = LocationRequest::parse(b"<locationRequest/>").unwrap_err().to_held();
//! assert_eq!(refused.code, ErrorCode::RequestError);
//! assert_eq!(Answer::parse(refused.write().as_bytes()), Ok(Answer::Error(refused)));
//! ```
//!
//! Sans-IO: the HTTP rules (POST, 200 also for errors, `application/held+xml`) are the server's.

mod answer;
mod error;
mod identity;
mod measurements;
mod request;

pub use answer::{Answer, LocationResponse, LocationUris, write_response};
pub use error::{ErrorCode, HeldError, ReadError};
pub use identity::Identity;
pub use measurements::{AccessPoint, LldpId, Measurement, Measurements};
pub use request::{LocationRequest, LocationType, ResponseTime};

/// The media type of requests and answers (RFC 5985 section 11.3).
pub const MEDIA_TYPE: &str = "application/held+xml";
