//! What every request meets first.
//!
//! HELD is answered here, without the routes: somebody may be dialling 911, and the way through them takes nearly a tenth
//! of such an answer's time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use tokio::time::timeout;
use tower::Service;

use super::{App, body, held};

/// The path of HELD.
const HELD: &str = "/held";

/// The server of one connection.
#[derive(Clone, Debug)]
pub struct Front {
    app: Arc<App>,
    routes: Router,
    /// What takes longer is ended.
    most: Duration,
    peer: SocketAddr,
}

impl Front {
    /// For a connection from `peer`; no request but one that waits for changes takes longer than `most`.
    pub const fn new(app: Arc<App>, routes: Router, most: Duration, peer: SocketAddr) -> Self {
        Self { app, routes, most, peer }
    }
}

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (app, most, peer) = (Arc::clone(&self.app), self.most, self.peer);
        if request.uri().path() == HELD {
            return Box::pin(async move { Ok(held(&app, most, peer, request).await) });
        }
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut routes = self.routes.clone();
        Box::pin(async move { routes.call(request).await })
    }
}

async fn held<B>(app: &App, most: Duration, peer: SocketAddr, request: Request<B>) -> Response
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let (asked, sent) = request.into_parts();
    let answer = if asked.method == Method::POST {
        // Only what is sent may keep us waiting.
        match timeout(most, body::whole(sent)).await {
            Ok(sent) => held::answer(app, peer, &asked, sent),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    } else {
        ([(header::ALLOW, "POST")], super::not_that_method().await).into_response()
    };
    answered(app, HELD, answer)
}

/// Counts every request, and forbids caches to keep an answer: most tell where somebody is.
pub(super) fn answered(app: &App, route: &str, mut response: Response) -> Response {
    let status = response.status().as_u16();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    tracing::debug!(route, status, "answered");
    app.metrics.request(route, status);
    response
}
