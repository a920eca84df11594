//! What the organisation says to do when VoIP cannot carry 911, for its devices only: it names phones and desks.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::precondition::Precondition;
use crate::refused::Refused;
use crate::sqlite::guidance;

/// `GET /v1/guidance`, with an `ETag`.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    app.holder(&headers, peer)?;
    let document = app.store.look(|snapshot| guidance::document(snapshot))?.ok_or_else(guidance::nothing)?;
    let tag = guidance::tag(&document);
    if Precondition::of(&headers).not_modified(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let kind = "application/json".to_owned();
    Ok(([(header::ETAG, tag), (header::CONTENT_TYPE, kind)], document).into_response())
}
