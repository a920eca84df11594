//! Request bodies: size, media type, JSON.

use axum::BoxError;
use axum::body::{Bytes, HttpBody};
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, Collected, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::MAX_BODY;
use crate::refused::Refused;

/// The whole body.
///
/// # Errors
/// When it is too large, or does not arrive.
pub(super) async fn whole<B>(body: B) -> Result<Bytes, Refused>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let collected = Limited::new(body, MAX_BODY).collect().await;
    let unread = |error: BoxError| if error.is::<LengthLimitError>() { too_large() } else { incomplete() };
    collected.map(Collected::to_bytes).map_err(unread)
}

/// The body, or why it could not be read.
pub(super) fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Refused> {
    body.map_err(
        |rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { incomplete() }
        },
    )
}

fn too_large() -> Refused {
    let message = format!("The body is larger than {} KiB.", MAX_BODY / 1024);
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message, "send a smaller document")
}

fn incomplete() -> Refused {
    Refused::bad_request("body_incomplete", "The body did not arrive whole.", "send it again")
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
