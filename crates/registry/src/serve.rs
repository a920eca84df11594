//! Starting and stopping the server.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::changes::Changes;
use crate::fetches::Fetches;
use crate::holders::Holders;
use crate::http::{self, App, Front};
use crate::metrics::Metrics;
use crate::options::{Options, Tls};
use crate::rate::Buckets;
use crate::secret::NoRandomness;
use crate::seen::Seen;
use crate::sqlite::Store;
use crate::sqlite::open::OpenError;
use crate::ticket::Seal;
use crate::tls::{self, Acceptor};
use crate::upstream::Upstream;

/// Requests under way have this long to finish when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// A request's headers, and the next request on a kept connection, must come within this time.
const HEADERS: Duration = Duration::from_secs(60);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// Randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// HTTP without TLS beyond this computer.
    #[error(
        "{0} is not a loopback address: give --tls-cert and --tls-key, or --plain-http behind a proxy that ends TLS"
    )]
    PlainHttp(IpAddr),
    /// The certificate or its key.
    #[error(
        "cannot use the certificate {certificate} with the key {key}: {source}; both must be PEM files and belong together"
    )]
    Tls {
        /// The certificate's file.
        certificate: String,
        /// The key's file.
        key: String,
        /// Why.
        source: std::io::Error,
    },
    /// The authorities of readers.
    #[error(
        "cannot use {file} as the authorities of clients: {source}; it must be a PEM file of certificates"
    )]
    Clients {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The other LoST server.
    #[error(
        "cannot ask {url} as another LoST server: {why}; write a URL such as https://lvf.example.net/lost"
    )]
    Upstream {
        /// The URL.
        url: String,
        /// Why.
        why: String,
    },
    /// The address.
    #[error("cannot listen on {address}: {source}; choose a free address of this computer")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A server that runs. Dropping it leaves it running; [`Running::stop`] ends it.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    handle: Handle<SocketAddr>,
    tls: Option<(RustlsConfig, Tls)>,
    app: Arc<App>,
    keeper: JoinHandle<()>,
    ended: watch::Receiver<bool>,
}

impl Running {
    /// The URL under which it answers, by address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.addr)
    }

    /// Reads the certificate and key again (they were renewed). New connections use them.
    ///
    /// # Errors
    /// As at the start; the old ones stay in use.
    pub fn reload(&self) -> Result<(), ServeError> {
        let Some((config, files)) = &self.tls else { return Ok(()) };
        config.reload_from_config(tls::config(files)?);
        Ok(())
    }

    /// Stops: takes no new request, finishes those under way, keeps what waits.
    pub async fn stop(mut self) {
        self.handle.graceful_shutdown(Some(GRACE));
        self.app.changes.end();
        // An error means that the task has ended already.
        drop(self.ended.wait_for(|ended| *ended).await);
        if !self.app.fetches.keep(&self.app.store).await {
            tracing::error!("the last fetches of the call path could not be kept");
        }
        self.keeper.abort();
    }

    /// Waits until the server has ended by itself, which it does only on a fault.
    pub async fn ended(&mut self) {
        drop(self.ended.wait_for(|ended| *ended).await);
    }
}

/// Starts the registry.
///
/// # Errors
/// [`ServeError`] says what to mend.
pub async fn serve(options: Options) -> Result<Running, ServeError> {
    let address = options.listen;
    if options.tls.is_none() && !options.plain_http && !address.ip().is_loopback() {
        return Err(ServeError::PlainHttp(address.ip()));
    }
    let tls = match &options.tls {
        Some(files) => Some((RustlsConfig::from_config(tls::config(files)?), files.clone())),
        None => None,
    };
    let listen = |source| ServeError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let addr = listener.local_addr().map_err(listen)?;
    let app = Arc::new(app(&options)?);
    let routes = http::router(Arc::clone(&app), options.timeout);
    let (serving, most) = (Arc::clone(&app), options.timeout);
    let service = tower::service_fn(move |peer| {
        let front = Front::new(Arc::clone(&serving), routes.clone(), most, peer);
        std::future::ready(Ok::<_, Infallible>(front))
    });
    let handle = Handle::new();
    let (end, ended) = watch::channel(false);
    let shown = handle.clone();
    let config = tls.as_ref().map(|(config, _)| config.clone());
    let mut server = axum_server::from_tcp(listener).map_err(listen)?.handle(shown);
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    tokio::spawn(async move {
        let result = match config {
            Some(config) => server.acceptor(Acceptor::new(config)).serve(service).await,
            None => server.serve(service).await,
        };
        if let Err(error) = result {
            tracing::error!(%error, "the server ended");
        }
        end.send_replace(true);
    });
    let keeping = Arc::clone(&app);
    let keeper = tokio::spawn(async move { keeping.fetches.run(&keeping.store).await });
    Ok(Running { addr, handle, tls, app, keeper, ended })
}

fn app(options: &Options) -> Result<App, ServeError> {
    let store = Store::open(&options.database)?;
    let key = store.sealing_key();
    Ok(App {
        store,
        seal: key.as_ref().and_then(Seal::new),
        public_url: options.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
        started: options.clock.now(),
        tls: options.tls.is_some(),
        seen: Seen::new()?,
        insisted: http::Insisted::default(),
        upstream: options.lost.upstream.as_deref().map(upstream).transpose()?,
        lost: options.lost.clone(),
        uri_lifetime: i64::try_from(options.uri_lifetime.as_millis()).unwrap_or(i64::MAX),
        clock: options.clock.clone(),
        organisation: options.organisation.clone(),
        lease: i64::try_from(options.lease.as_millis()).unwrap_or(i64::MAX),
        fetches: Fetches::default(),
        changes: Changes::since(options.clock.now()),
        metrics: Metrics::default(),
        tokens: Buckets::new(options.token_rate),
        holders: Holders::default(),
        peers: Buckets::new(options.peer_rate),
    })
}

fn upstream(url: &str) -> Result<Upstream, ServeError> {
    Upstream::new(url).map_err(|why| ServeError::Upstream { url: url.to_owned(), why })
}
