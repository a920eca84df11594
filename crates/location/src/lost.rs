//! LoST: which service answers for a location, and whether the location is a real one (RFC 5222).
//!
//! `findService` is read and written; with `validateLocation` it is how an LVF is asked. The other
//! queries (`listServices`, `getServiceBoundary`, …) are recognised and refused by name.
//! Sans-IO: the HTTP rules (POST, 200 also for errors, `application/lost+xml`) are the server's.
//!
//! ```
//! use rightdoor_location::lost::{Answer, Exceptions, ExceptionCode, FindService, Identifier, Location};
//! use rightdoor_location::{CivicAddress, Element};
//!
//! let address = CivicAddress::new().with(Element::Country, "US").with(Element::RD, "Blake");
//! let question = FindService {
//!     service: Some("urn:service:sos".into()),
//!     validate: true,
//!     ..FindService::about(Location::civic("here", address))
//! };
//! assert_eq!(FindService::parse(question.write().as_bytes()), Ok(question));
//!
//! let source = Identifier::new("lvf.example.com").unwrap();
//! let answer = Answer::Errors(Exceptions::one(source, ExceptionCode::NotFound, "No such road here"));
//! assert_eq!(Answer::parse(answer.write().as_bytes()), Ok(answer));
//! ```

mod answer;
mod error;
mod exception;
mod mapping;
mod place;
mod request;
mod validation;
mod words;

pub use answer::{Answer, FindServiceResponse, Redirect};
pub use error::ReadError;
pub use exception::{Exception, ExceptionCode, Exceptions};
pub use mapping::{Boundary, Expires, Mapping};
pub use place::{Area, Location, Place, Profile};
pub use request::{BoundaryForm, FindService};
pub use validation::{FieldName, LocationValidation};
pub use words::{Identifier, Text};

/// The media type of requests and answers (RFC 5222).
pub const MEDIA_TYPE: &str = "application/lost+xml";
/// The most locations in a request, mappings in an answer, servers in a path: real ones have a few.
pub const MOST: usize = 16;
