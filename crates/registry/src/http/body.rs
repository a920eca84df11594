//! Request bodies: size, media type, JSON.

use std::convert::Infallible;
use std::mem::take;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use serde::de::DeserializeOwned;

use super::MAX_BODY;
use crate::refused::Refused;

/// A request with its body. The headers are taken, not copied: who asks by HELD may be dialling 911.
pub(super) struct Whole {
    pub uri: Uri,
    pub headers: HeaderMap,
    pub sent: Result<Bytes, BytesRejection>,
}

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Infallible;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Infallible> {
        let (uri, headers) = (take(request.uri_mut()), take(request.headers_mut()));
        Ok(Self { uri, headers, sent: Bytes::from_request(request, state).await })
    }
}

/// The body, or why it could not be read.
pub(super) fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refused> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let message = format!("The body is larger than {} KiB.", MAX_BODY / 1024);
            Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, "send a smaller document")
        } else {
            Refused::bad_request("body_incomplete", "The body did not arrive whole.", "send it again")
        }
    })
}

/// The media type of the body, without parameters, in lower case.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// Refuses a body that is not of one of these media types.
pub(super) fn expect(headers: &HeaderMap, types: &[&str]) -> Result<(), Refused> {
    if types.contains(&media_type(headers).as_str()) {
        return Ok(());
    }
    let hint = format!("send it with Content-Type: {}", types.first().unwrap_or(&""));
    let message = "The body is not of the media type that is taken here.";
    Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", message, hint))
}

/// The body as JSON.
pub(super) fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Refused> {
    expect(headers, &["application/json"])?;
    let body = bytes(body)?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&body)).map_err(|error| {
        let field = error.path().to_string();
        let place = if field == "." { "The body".to_owned() } else { format!("The field {field}") };
        let message = format!("{place} is not what is expected here: {}.", error.inner());
        Refused::bad_request("bad_json", message, "correct the field that the message names")
    })
}
