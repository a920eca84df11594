//! Location URIs: given out by HELD, dereferenced by whoever was given one (RFC 6753).
//!
//! Who has the URI may fetch (RFC 6753 section 4.1): it cannot be guessed, names nobody, and ends by itself.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rightdoor_location::held::{
    ErrorCode, HeldError, LocationRequest, LocationUris, MEDIA_TYPE, write_response,
};
use rightdoor_location::pidf::Prepared;

use super::{App, body, held};
use crate::refused::Refused;
use crate::sqlite::documents::Fetch;
use crate::sqlite::given;
use crate::sqlite::people::Reader;
use crate::ticket::Ticket;

const PIDF: &str = "application/pidf+xml";

/// What the request was sent to: HTTP/2 says it in the URI, HTTP/1 in a header.
pub(super) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    uri.authority().map(|authority| authority.as_str()).or(named)
}

/// A new URI for that document; `None` where nobody could reach it.
pub(super) fn uris(
    app: &App,
    reader: &Reader,
    host: Option<&str>,
    document: i64,
    now: i64,
) -> Option<LocationUris> {
    let base = match &app.public_url {
        Some(url) => url.clone(),
        None => {
            let host = host?;
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
            if host.is_empty() || !host.chars().all(plain) {
                return None;
            }
            format!("{}://{host}", if app.tls { "https" } else { "http" })
        }
    };
    let expires = now.saturating_add(app.uri_lifetime);
    let ticket = Ticket { document, reader: reader.id, expires_at: expires };
    let path = app.seal.as_ref()?.close(ticket)?;
    Some(LocationUris { expires, uris: vec![format!("{base}/location/{path}")] })
}

/// `GET`: what `geodetic civic` without `exact` would give (RFC 6753 section 3).
pub(super) async fn get(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Response {
    let form = match form(&headers) {
        Ok(form) => form,
        Err(refused) => return refused.into_response(),
    };
    respond(&app, form, dereference(&app, peer, &ticket, false))
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Response {
    let read = || -> Result<_, Refused> {
        held::unconditional(&headers)?;
        body::expect(&headers, &held::TYPES)?;
        Ok((form(&headers)?, body::bytes(sent)?))
    };
    let (form, sent) = match read() {
        Ok(read) => read,
        Err(refused) => return refused.into_response(),
    };
    let outcome = match emergency(&sent) {
        Ok(emergency) => dereference(&app, peer, &ticket, emergency),
        Err(error) => Err(error),
    };
    respond(&app, form, outcome)
}

/// Reads the request; whether it is for an emergency.
fn emergency(sent: &[u8]) -> Result<bool, HeldError> {
    let request = LocationRequest::parse(sent).map_err(|error| error.to_held())?;
    if !request.device.is_empty() {
        let message = "the URI says which device is meant; leave `device` out";
        return Err(HeldError::new(ErrorCode::RequestError, message));
    }
    // A location URI is never answered with another one.
    if request.exact && !request.wants_civic() {
        let message = "only civic addresses are given here; ask for civic, or without exact";
        return Err(HeldError::new(ErrorCode::CannotProvideLiType, message));
    }
    Ok(request.response_time.is_some_and(|time| time.is_emergency()))
}

fn dereference(app: &App, peer: SocketAddr, ticket: &str, emergency: bool) -> Result<Prepared, HeldError> {
    let gone = |message: &str| HeldError::new(ErrorCode::LocationUnknown, message);
    let Some(ticket) = app.seal.as_ref().and_then(|seal| seal.open(ticket)) else {
        let message = "this is no location URI of this server";
        // Who guesses is slowed down like any stranger.
        return Err(gone(if app.stranger(peer).is_ok() { message } else { "ask again later" }));
    };
    let now = app.clock.now();
    if ticket.expires_at <= now {
        return Err(gone("this location URI has expired; ask for a new one"));
    }
    let read = app.store.look(|connection| given::numbered(connection, ticket.document));
    let document = read.map_err(|_| held::unreadable())?.ok_or_else(held::unknown)?;
    if document.status.is_none() {
        return Err(held::unknown());
    }
    let (id, revision) = (document.id, document.revision);
    let fetch = Fetch { document: id, revision, by_value: true, reader: ticket.reader, emergency, at: now };
    held::note(app, fetch, &document);
    held::prepared(document).ok_or_else(held::unknown)
}

/// In which form the location is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Held,
    Pidf,
}

/// The form that `Accept` prefers; a HELD answer where it does not matter.
fn form(headers: &HeaderMap) -> Result<Form, Refused> {
    let values = headers.get_all(header::ACCEPT);
    let texts: Vec<&str> = values.iter().filter_map(|value| value.to_str().ok()).collect();
    if texts.is_empty() {
        return Ok(Form::Held);
    }
    let mut best: Option<(f32, Form)> = None;
    for item in texts.iter().flat_map(|text| text.split(',')) {
        let mut parts = item.split(';').map(|part| part.trim().to_ascii_lowercase());
        let form = match parts.next().as_deref() {
            Some(PIDF) => Form::Pidf,
            Some("*/*" | "application/*" | "application/xml" | "text/xml" | MEDIA_TYPE) => Form::Held,
            Some(_) | None => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").map(|q| q.parse().unwrap_or(0.0)));
        let weight: f32 = weight.unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, form));
        }
    }
    let refusal = || {
        let message = "A location is given as a HELD answer or as a PIDF-LO.";
        let hint = format!("accept {MEDIA_TYPE} or {PIDF}");
        Refused::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message, hint)
    };
    best.map(|(_, form)| form).ok_or_else(refusal)
}

/// Every answer, errors included, travels with status 200 (RFC 5985 section 8).
fn respond(app: &App, form: Form, outcome: Result<Prepared, HeldError>) -> Response {
    let (word, kind, text) = match (outcome, form) {
        (Ok(given), Form::Pidf) => ("dereferenced", PIDF, given.write()),
        (Ok(given), Form::Held) => ("dereferenced", MEDIA_TYPE, write_response(None, Some(&given))),
        (Err(error), Form::Held | Form::Pidf) => (error.code.token(), MEDIA_TYPE, error.write()),
    };
    app.metrics.held(word);
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn of(accept: &str) -> Option<Form> {
        form(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())])).ok()
    }

    #[test]
    fn the_form_is_the_one_that_is_preferred() {
        assert_eq!(of("application/pidf+xml,application/held+xml;q=0.5"), Some(Form::Pidf));
        assert_eq!(of("application/pidf+xml;q=0.5, application/held+xml"), Some(Form::Held));
        assert_eq!(of("*/*"), Some(Form::Held));
        assert_eq!(of("text/html, */*;q=0.1"), Some(Form::Held));
        assert_eq!(of("application/pidf+xml;q=0"), None);
        assert_eq!(of("text/html"), None);
        assert_eq!(form(&HeaderMap::new()).unwrap(), Form::Held);
    }
}
