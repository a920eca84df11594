//! For whoever keeps the registry running.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::refused::Refused;
use crate::sqlite::coverage;

/// The process lives.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The database takes writes.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, Refused> {
    let now = app.clock.now();
    app.store
        .write(move |connection| {
            connection
                .prepare_cached("INSERT INTO probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at")?
                .execute([now])?;
            Ok(())
        })
        .await?;
    Ok("ready\n")
}

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refused> {
    let now = app.clock.now();
    let counts =
        app.store.read(move |connection| Ok(coverage::counts(&coverage::rows(connection, now)?))).await?;
    let (commits, writes) = app.store.commits();
    let counters = [("commits_total", commits), ("writes_total", writes)];
    let gauges = counts.map(|(state, count)| ("endpoints", state, count as u64));
    let waiting = app.fetches.count() as u64;
    let mut text = app.metrics.write(&counters, &gauges);
    text.push_str(&format!("rightdoor_registry_fetches_waiting {waiting}\n"));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
