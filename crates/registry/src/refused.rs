//! A request that is not done, and what the requester is told.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rightdoor_location::FieldError;
use rightdoor_location::record::Problem;

use crate::sqlite::Fault;

/// Why a request was refused: an HTTP status and the [`Problem`] that is its body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", problem.code, problem.message)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub problem: Box<Problem>,
    /// Seconds after which another try makes sense.
    pub retry_after: Option<u32>,
    /// The storage's fault, where that is the reason.
    pub(crate) fault: Option<Fault>,
}

impl Refused {
    /// A refusal without fields.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let problem =
            Problem { code: code.to_owned(), message: message.into(), hint: hint.into(), fields: Vec::new() };
        Self { status, problem: Box::new(problem), retry_after: None, fault: None }
    }

    /// The same, naming the fields at fault.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.problem.fields = fields;
        self
    }

    /// The same, to be tried again after `seconds`.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The request is malformed.
    pub fn bad_request(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, hint)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self.problem)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
