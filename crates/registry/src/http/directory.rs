//! The organisation's directory, for devices.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use rightdoor_location::record::DirectoryPlace;
use serde::{Deserialize, Serialize};

use super::App;
use crate::refused::Refused;
use crate::sqlite::directory;

/// Places in one answer.
const PAGE: u32 = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Words that all must be in the place's label, site or address.
    #[serde(default)]
    q: String,
    /// The last id of the page before.
    #[serde(default)]
    after: String,
}

/// A page of places.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    places: Vec<DirectoryPlace>,
    /// What to give as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    query: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Page>, Refused> {
    app.holder(&headers, peer)?;
    let Query(Wanted { q, after }) = query.map_err(|error| {
        Refused::bad_request("bad_query", error.body_text(), "use q for words and after for the next page")
    })?;
    let found = app.store.read(move |connection| directory::search(connection, &q, &after, PAGE + 1)).await?;
    let mut places: Vec<DirectoryPlace> = found.into_iter().map(|place| place.shown).collect();
    let more = places.len() > PAGE as usize;
    places.truncate(PAGE as usize);
    let next = places.last().filter(|_| more).map(|place| place.id.clone());
    Ok(Json(Page { places, next }))
}

pub(super) async fn place(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<DirectoryPlace>, Refused> {
    app.holder(&headers, peer)?;
    let found = app.store.look(|connection| directory::place(connection, &id))?;
    found.map(|place| Json(place.shown)).ok_or_else(directory::no_place)
}
