//! The HTTP face: routes, limits, and what is common to all answers.

mod adapters;
mod auth;
mod body;
mod directory;
mod enrol;
mod front;
mod guidance;
mod held;
mod identity;
mod location;
mod lost;
mod me;
mod ops;
mod validate;
mod xcap;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::changes::Changes;
use crate::clock::Clock;
use crate::fetches::Fetches;
use crate::holders::Holders;
use crate::metrics::Metrics;
use crate::options::Lost;
use crate::rate::Buckets;
use crate::refused::Refused;
use crate::seen::Seen;
use crate::sqlite::Store;
use crate::ticket::Seal;
use crate::upstream::Upstream;

pub use front::Front;
pub(crate) use lost::SOS;
pub use validate::Insisted;

/// The largest body that is read, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// It waits longer than any other request may take.
const CHANGES: &str = "/v1/me/changes";

/// What all requests share.
#[derive(Debug)]
pub struct App {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The organisation's name.
    pub organisation: String,
    /// The lease in milliseconds.
    pub lease: i64,
    /// Fetches that are not kept yet.
    pub fetches: Fetches,
    /// Who waits for changes of a record.
    pub changes: Changes,
    /// Where devices were seen.
    pub seen: Seen,
    /// Which address each device was last asked about.
    pub insisted: Insisted,
    /// LoST.
    pub lost: Lost,
    /// Another LoST server, where one is configured.
    pub upstream: Option<Upstream>,
    /// Location URIs; none are given out where there is no key.
    pub seal: Option<Seal>,
    /// How the call path reaches this server, where it was configured.
    pub public_url: Option<String>,
    /// When the server started, Unix milliseconds.
    pub started: i64,
    /// Whether this server ends TLS itself.
    pub tls: bool,
    /// How long a location URI works, milliseconds.
    pub uri_lifetime: i64,
    /// Counters.
    pub metrics: Metrics,
    /// Whose tokens were found valid lately.
    pub holders: Holders,
    /// What each token may ask.
    pub tokens: Buckets<i64>,
    /// What each address may ask without a valid token.
    pub peers: Buckets<IpAddr>,
}

/// The routes, for all but what [`Front`] answers by itself.
pub fn router(app: Arc<App>, timeout: Duration) -> Router {
    Router::new()
        .route(
            "/xcap-root/pidf-manipulation/users/{endpoint}/{device}",
            get(xcap::get).put(xcap::put).delete(xcap::delete),
        )
        .route("/lost", post(lost::post))
        .route("/location/{ticket}", get(location::get).post(location::post))
        .route("/v1/enrol", post(enrol::enrol))
        .route("/v1/me/record", get(me::record))
        .route("/v1/me/attendance", post(me::attendance))
        .route("/v1/me/advisories", post(me::advisory))
        .route("/v1/validate", post(validate::validate))
        .route("/v1/directory/places", get(directory::list))
        .route("/v1/directory/places/{*id}", get(directory::place))
        .route("/v1/guidance", get(guidance::get))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
        .route(CHANGES, get(me::changes))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_that_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state((Arc::clone(&app), timeout), around))
        .with_state(app)
}

async fn nothing_here() -> Refused {
    let hint = "see the registry's documentation for its paths; whole documents only, no node selectors";
    Refused::new(StatusCode::NOT_FOUND, "nothing_here", "There is nothing at this path.", hint)
}

async fn not_that_method() -> Refused {
    let hint = "see the Allow header for the methods of this path";
    Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This path does not take that method.",
        hint,
    )
}

/// Ends what takes too long.
async fn around(State((app, most)): State<(Arc<App>, Duration)>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let answer = next.run(request);
    let response = if route == CHANGES {
        answer.await
    } else {
        // Most are answered without ever waiting, and set no timer.
        let answered = tokio::time::timeout(most, answer).await;
        answered.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
    };
    front::answered(&app, route, response)
}
