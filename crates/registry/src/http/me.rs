//! What a device asks about itself: its record, its attendance.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rightdoor_location::record::{AdvisoryReport, Attendance, AttendanceReport, Changes, Record};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{App, adapters, body, xcap};
use crate::fetches::Fetches;
use crate::precondition::Precondition;
use crate::refused::Refused;
use crate::secret;
use crate::sqlite::advisory;
use crate::sqlite::documents::{self, Target};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    endpoint: String,
}

fn endpoint(query: Result<Query<Of>, QueryRejection>) -> Result<String, Refused> {
    query.map(|Query(of)| of.endpoint).map_err(|_| {
        Refused::bad_request(
            "endpoint_missing",
            "The query has no endpoint.",
            "add ?endpoint= with the endpoint's URI",
        )
    })
}

/// `GET /v1/me/record?endpoint=`. Its `ETag` covers the whole record, and changes when the call path
/// fetches it or the lease lapses.
pub(super) async fn record(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    query: Result<Query<Of>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (holder, endpoint) = app.holder_of(&headers, peer, &endpoint(query)?)?;
    let waiting = app.fetches.waiting();
    let found = app.store.look(|connection| documents::document(connection, &endpoint, &holder.device))?;
    let document = found.ok_or_else(xcap::no_document)?;
    let mut record = document.record(app.clock.now());
    Fetches::mark(&waiting, document.id, &mut record);
    let etag = tag(&record);
    if Precondition::of(&headers).not_modified(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    Ok(([(header::ETAG, etag)], Json(record)).into_response())
}

fn tag(record: &Record) -> String {
    let text = serde_json::to_string(record).unwrap_or_default();
    format!("W/\"{}\"", secret::hex(&Sha256::digest(text.as_bytes())[..12]))
}

/// How long a request for changes waits.
const PATIENCE: Duration = Duration::from_secs(4 * 60);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    endpoint: String,
    after: Option<u64>,
}

/// `GET /v1/me/changes?endpoint=&after=`: answers when the record is no longer what it was at
/// `after`; without `after` at once. Meanwhile the device is where it asks from.
pub(super) async fn changes(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    query: Result<Query<After>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let Query(After { endpoint, after }) = query.map_err(|error| {
        Refused::bad_request(
            "bad_query",
            error.body_text(),
            "give endpoint, and after as the last answer had it",
        )
    })?;
    let (holder, endpoint) = app.holder_of(&headers, peer, &endpoint)?;
    let marks = adapters::marks(&app.seen, peer.ip(), &headers)?;
    app.seen.note((endpoint.clone(), holder.device.clone()), marks, app.clock.now());
    let at = app.changes.past(&endpoint, &holder.device, after, PATIENCE).await;
    Ok(at.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |at| Json(Changes { at }).into_response()))
}

/// `POST /v1/me/attendance?endpoint=`: renews the lease, or says that the record should not count.
/// Answers the record.
pub(super) async fn attendance(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    query: Result<Query<Of>, QueryRejection>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Json<Record>, Refused> {
    let (holder, endpoint) = app.holder_of(&headers, peer, &endpoint(query)?)?;
    let AttendanceReport { attendance } = body::json(&headers, sent)?;
    let now = app.clock.now();
    let of = (endpoint.clone(), holder.device.clone());
    let target = Target { endpoint, holder, now };
    let lease_until = now.saturating_add(app.lease);
    let waiting = app.fetches.waiting();
    let found = app
        .store
        .write(move |connection| documents::attend(connection, &target, attendance, lease_until))
        .await?;
    let document = found.ok_or_else(xcap::no_document)?;
    if attendance == Attendance::Unattended {
        app.seen.forget(&of);
    }
    app.changes.note(&of.0, &of.1);
    let mut record = document.record(now);
    Fetches::mark(&waiting, document.id, &mut record);
    Ok(Json(record))
}

/// `POST /v1/me/advisories?endpoint=`: the notice of 911's limits was read. Kept once, however often it is told.
pub(super) async fn advisory(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    query: Result<Query<Of>, QueryRejection>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Refused> {
    let (holder, endpoint) = app.holder_of(&headers, peer, &endpoint(query)?)?;
    let read: AdvisoryReport = body::json(&headers, sent)?;
    let target = Target { endpoint, holder, now: app.clock.now() };
    app.store.write(move |connection| advisory::keep(connection, &target, &read)).await?;
    Ok(StatusCode::NO_CONTENT)
}
