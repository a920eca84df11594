//! HELD (RFC 5985, RFC 6155): the call path asks where an endpoint is.
//!
//! Nothing here waits for a write or for anybody else: one read, one answer.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rightdoor_location::held::{
    ErrorCode, HeldError, LocationRequest, LocationUris, MEDIA_TYPE, write_response,
};
use rightdoor_location::pidf::Prepared;

use super::{App, body, identity, location};
use crate::refused::Refused;
use crate::secret;
use crate::sqlite::Snapshot;
use crate::sqlite::documents::Fetch;
use crate::sqlite::given::Standing;
use crate::sqlite::people::Reader;
use crate::tls::Shown;

/// Answers what `peer` has `sent` with the request `asked`.
pub(super) fn answer(app: &App, peer: SocketAddr, asked: &Parts, sent: Result<Bytes, Refused>) -> Response {
    let certificate = asked.extensions.get::<Shown>().copied();
    let answered = app.store.look(|snapshot| {
        let reader = app.reader(snapshot, &asked.headers, peer, certificate)?;
        acceptable(&asked.headers)?;
        Ok(locate(app, snapshot, &reader, location::host(&asked.uri, &asked.headers), &sent?))
    });
    // Every answer, errors included, travels with status 200 (RFC 5985 section 8).
    let (outcome, text) = match answered {
        Ok(Ok((uris, location))) => ("location", write_response(uris.as_ref(), location.as_ref())),
        Ok(Err(error)) => (error.code.token(), error.write()),
        Err(refused) => return challenge(refused),
    };
    app.metrics.held(outcome);
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response()
}

/// By reference, by value, or both.
type Answered = (Option<LocationUris>, Option<Prepared>);

fn locate(
    app: &App,
    snapshot: &Snapshot<'_>,
    reader: &Reader,
    host: Option<&str>,
    sent: &[u8],
) -> Result<Answered, HeldError> {
    let request = LocationRequest::parse(sent).map_err(|error| error.to_held())?;
    let by_value = request.wants_civic();
    if !by_value && !request.wants_uri() {
        let message = "only civic addresses and location URIs are given here; ask for one, or without exact";
        return Err(HeldError::new(ErrorCode::CannotProvideLiType, message));
    }
    let now = app.clock.now();
    let document = identity::document(app, snapshot, &request.device, now)?;
    if document.status.is_none() {
        return Err(unknown());
    }
    let uris = if request.wants_uri() { location::uris(app, reader, host, document.id, now) } else { None };
    if !by_value && uris.is_none() {
        let message = "no location URI can be given now; ask for civic";
        return Err(HeldError::new(ErrorCode::CannotProvideLiType, message));
    }
    let emergency = request.response_time.is_some_and(|time| time.is_emergency());
    let revision = document.revision;
    let fetch = Fetch { document: document.id, revision, by_value, reader: reader.id, emergency, at: now };
    note(app, fetch, &document);
    Ok((uris, if by_value { prepared(document) } else { None }))
}

/// Has a fetch kept, if it tells anything new.
pub(super) fn note(app: &App, fetch: Fetch, document: &Standing) {
    if fetch.is_news(document.fetched_at) {
        app.fetches.add(fetch);
        app.changes.note(&document.endpoint, &document.device);
    }
}

pub(super) fn unknown() -> HeldError {
    HeldError::new(ErrorCode::LocationUnknown, "")
}

pub(super) fn unreadable() -> HeldError {
    HeldError::new(ErrorCode::GeneralLisError, "the registry cannot read its database")
}

/// What is given of a document; `None` where there is no location.
pub(super) fn prepared(document: Standing) -> Option<Prepared> {
    // A new pseudonym each time cannot be linked to anybody (RFC 5985 section 6.6).
    let entity = format!("pres:{}@anonymous.invalid", secret::pseudonym());
    Some(Prepared { entity, confirmed_at: document.confirmed_at, status: document.status? })
}

/// What a HELD request may be sent as: some clients know only the general types.
pub(super) const TYPES: [&str; 3] = [MEDIA_TYPE, "application/xml", "text/xml"];

/// The HTTP binding's rules (RFC 5985 section 8). Some clients accept anything.
fn acceptable(headers: &HeaderMap) -> Result<(), Refused> {
    unconditional(headers)?;
    body::expect(headers, &TYPES)?;
    let accepted: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let takes = |wanted: &str| {
        let kind = wanted.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        kind == "*/*" || kind == "application/*" || TYPES.contains(&kind.as_str())
    };
    if accepted.is_empty() || accepted.iter().flat_map(|value| value.split(',')).any(takes) {
        return Ok(());
    }
    let hint = format!("accept {MEDIA_TYPE}");
    let message = "HELD answers are of one media type only.";
    Err(Refused::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message, hint))
}

pub(super) fn unconditional(headers: &HeaderMap) -> Result<(), Refused> {
    let conditional =
        [header::IF_MATCH, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE];
    if conditional.iter().any(|name| headers.contains_key(name)) {
        let message = "HELD takes no conditional request.";
        let hint = "leave the If- headers out";
        return Err(Refused::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message, hint));
    }
    if headers.contains_key(header::RANGE) {
        let message = "HELD answers no ranges.";
        let hint = "leave the Range header out";
        return Err(Refused::new(StatusCode::NOT_IMPLEMENTED, "no_ranges", message, hint));
    }
    Ok(())
}

pub(super) fn challenge(refused: Refused) -> Response {
    let unauthorised = refused.status == StatusCode::UNAUTHORIZED;
    let mut response = refused.into_response();
    if unauthorised {
        // Basic first: some clients look at the first challenge only, and know nothing else.
        let headers = response.headers_mut();
        headers.append(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"HELD\", charset=\"UTF-8\""),
        );
        headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"HELD\""));
    }
    response
}
