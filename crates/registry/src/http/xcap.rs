//! XCAP's `pidf-manipulation` (RFC 4825, RFC 4827): whole documents, one for each endpoint and device.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rightdoor_location::pidf::{Pidf, PidfError};
use rightdoor_location::{Content, Revision, format};

use super::auth::{forbidden, invalid_token};
use super::{App, body};
use crate::endpoint::Endpoint;
use crate::holders::TokenHash;
use crate::precondition::Precondition;
use crate::refused::Refused;
use crate::sqlite::Snapshot;
use crate::sqlite::documents::{self, Target};
use crate::sqlite::people::Holder;

const PIDF: &str = "application/pidf+xml";

/// Endpoint and device of the path.
type At = Path<(String, String)>;

pub(super) async fn get(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((endpoint, device)): At,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let found = app.store.look(|snapshot| {
        let target = target(&app, snapshot, &headers, peer, &endpoint, &device)?;
        documents::body(snapshot, &target.endpoint, &target.holder.device)
    })?;
    let Some((etag, body)) = found else { return Err(no_document()) };
    if Precondition::of(&headers).not_modified(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(PIDF))];
    Ok((kind, [(header::ETAG, etag)], body).into_response())
}

pub(super) async fn put(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((endpoint, device)): At,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let (holder, endpoint, token) = app.writer(&headers, peer, &endpoint).map_err(refuse)?;
    let target = own(app.clock.now(), holder, endpoint, &device).map_err(refuse)?;
    body::expect(&headers, &[PIDF]).map_err(refuse)?;
    let sent = body::bytes(sent).map_err(refuse)?;
    let pidf = Pidf::parse(&sent).map_err(|error| invalid(&error))?;
    belongs(&pidf, &target).map_err(|phrase| conflict("constraint-failure", phrase))?;
    if let Content::Located(address) = &pidf.content {
        let fields = format::check(address);
        if !fields.is_empty() {
            let hint = "correct the fields, and register the address again";
            let message = "This address cannot be registered.";
            let refused = Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "address_invalid", message, hint);
            return Err(refuse(refused.with_fields(fields)));
        }
    }
    let precondition = Precondition::of(&headers);
    let lease_until = target.now.saturating_add(app.lease);
    let of = (target.endpoint.clone(), target.holder.device.clone());
    let done = app.store.write_to(target, move |connection, target| {
        documents::put(connection, target, &sent, &pidf, &precondition, lease_until)
    });
    let written = written(&app, &token, &of, done.await.map_err(refuse)?).map_err(refuse)?;
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, [(header::ETAG, written.etag)]).into_response())
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((endpoint, device)): At,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    let (holder, endpoint, token) = app.writer(&headers, peer, &endpoint)?;
    let target = own(app.clock.now(), holder, endpoint, &device)?;
    let precondition = Precondition::of(&headers);
    let of = (target.endpoint.clone(), target.holder.device.clone());
    let done = app
        .store
        .write_to(target, move |connection, target| documents::delete(connection, target, &precondition));
    let deleted = written(&app, &token, &of, done.await?)?;
    if deleted { Ok(StatusCode::OK) } else { Err(no_document()) }
}

/// What became of a write; its holder's token may have been revoked a moment ago.
fn written<T>(app: &App, token: &TokenHash, of: &(String, String), done: Option<T>) -> Result<T, Refused> {
    let Some(done) = done else {
        app.holders.forget(token);
        return Err(invalid_token());
    };
    app.changes.note(&of.0, &of.1);
    Ok(done)
}

fn target(
    app: &App,
    snapshot: &Snapshot<'_>,
    headers: &HeaderMap,
    peer: SocketAddr,
    endpoint: &str,
    device: &str,
) -> Result<Target, Refused> {
    let (holder, endpoint) = app.allowed(snapshot, headers, peer, Some(endpoint))?;
    own(app.clock.now(), holder, endpoint, device)
}

/// Every device writes and reads its own document only.
fn own(now: i64, holder: Holder, endpoint: String, device: &str) -> Result<Target, Refused> {
    if device != holder.device {
        return Err(forbidden(&holder, &[endpoint]));
    }
    Ok(Target { endpoint, holder, now })
}

/// One person's location never becomes another's: the document must say what its path says.
fn belongs(pidf: &Pidf, target: &Target) -> Result<(), &'static str> {
    let entity = Endpoint::parse(&pidf.entity).map_err(|_| "the entity is not the endpoint of the path")?;
    if entity.as_str() != target.endpoint {
        return Err("the entity is not the endpoint of the path");
    }
    // A document of another program has no revision, and its tuple's id means what it wants.
    if pidf.revision > Revision(0) && pidf.device != target.holder.device {
        return Err("the tuple's id is not the device of the path");
    }
    Ok(())
}

pub(super) fn no_document() -> Refused {
    let hint = "register a location first";
    Refused::new(
        StatusCode::NOT_FOUND,
        "no_record",
        "Nothing is registered for this endpoint and device.",
        hint,
    )
}

fn refuse(refused: Refused) -> Response {
    refused.into_response()
}

/// RFC 4825 section 11: why a document is no PIDF.
fn invalid(error: &PidfError) -> Response {
    let about_form = matches!(error, PidfError::Xml(error) if error.is_about_form());
    let element = if about_form { "not-well-formed" } else { "schema-validation-error" };
    conflict(element, &error.to_string())
}

fn conflict(element: &str, phrase: &str) -> Response {
    let escaped = phrase.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><{element} phrase=\"{escaped}\"/></xcap-error>\n"
    );
    (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "application/xcap-error+xml")], text).into_response()
}
