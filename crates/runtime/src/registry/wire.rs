//! One request, one answer: the client, its limits, and how far a failed request got.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, RequestBuilder, Url};
use rightdoor_location::record::Problem;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);
/// Shorter than most firewalls' memory, long enough for a write and its read-back.
const IDLE: Duration = Duration::from_secs(240);
const MOST_BYTES: usize = 256 * 1024;
/// A server may ask for patience, not for silence.
const LONGEST_WAIT: u64 = 3600;
/// Where it does not say how long.
const WAIT: u64 = 30;

/// How a request failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The URL is not one we may use.
    #[error("{0}")]
    Url(&'static str),
    /// The trusted certificates cannot be read.
    #[error("the certificates in {} cannot be used: {why}", file.display())]
    Trust { file: PathBuf, why: String },
    /// It is not the registry, or nobody we trust says that it is; nothing was sent.
    #[error("the server's certificate is not trusted: {0}")]
    Untrusted(String),
    /// Nothing was sent.
    #[error("no connection: {0}")]
    NotSent(String),
    /// It may have been sent.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// The body of a 200, 201 or 202, if it is what was asked for.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        (200..=202).contains(&self.status).then(|| self.said())?
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body, whatever the status, if it can be read as `T`.
    pub fn said<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// `Retry-After` in seconds (RFC 9110 section 10.2.3); its date form would need the server's clock.
    pub fn patience(&self) -> Duration {
        let seconds = self.header("retry-after").and_then(|text| text.trim().parse().ok()).unwrap_or(WAIT);
        Duration::from_secs(seconds.clamp(1, LONGEST_WAIT))
    }

    /// The registry's own error; none when somebody else answered (a captive portal, a proxy).
    pub fn problem(&self) -> Option<Problem> {
        self.said()
    }
}

/// The client: built at the first request, dropped when the network changes.
#[derive(Debug)]
pub(super) struct Wire {
    ca_file: Option<PathBuf>,
    plain_http: bool,
    client: Mutex<Option<(bool, Client)>>,
    left: watch::Sender<()>,
}

impl Wire {
    pub fn new(ca_file: Option<PathBuf>, plain_http: bool) -> Self {
        Self { ca_file, plain_http, client: Mutex::new(None), left: watch::Sender::new(()) }
    }

    pub fn forget(&self) {
        *self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }

    /// The network is another one: what is under way will never be answered.
    pub fn leave(&self) {
        self.forget();
        self.left.send_replace(());
    }

    /// Sends one request to `base` + `path` and reads its answer, unless the network is left first.
    pub async fn send(
        &self,
        base: &str,
        path: &[&str],
        request: impl FnOnce(&Client, Url) -> RequestBuilder,
    ) -> Result<Answer, Fault> {
        let mut left = self.left.subscribe();
        tokio::select! {
            biased;
            answer = self.exchange(base, path, request) => answer,
            _ = left.changed() => Err(Fault::NoAnswer("the network that it was asked on is gone".into())),
        }
    }

    async fn exchange(
        &self,
        base: &str,
        path: &[&str],
        request: impl FnOnce(&Client, Url) -> RequestBuilder,
    ) -> Result<Answer, Fault> {
        let url = self.url(base, path)?;
        let client = self.client(url.scheme() == "https", is_this_computer(&url))?;
        let sent = request(&client, url).send().await;
        // Without its URL: an endpoint is private, and errors are logged.
        let mut response = sent.map_err(|error| {
            let nothing_sent = error.is_connect() || error.is_builder();
            let why = root_cause(&error.without_url());
            match (nothing_sent, why.strip_prefix("invalid peer certificate: ")) {
                (true, Some(why)) => Fault::Untrusted(why.to_owned()),
                (true, None) => Fault::NotSent(why),
                (false, _) => Fault::NoAnswer(why),
            }
        })?;
        let mut body = Vec::new();
        let cut = |why: String| Fault::NoAnswer(why);
        while let Some(chunk) =
            response.chunk().await.map_err(|error| cut(root_cause(&error.without_url())))?
        {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(cut("the answer is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    fn url(&self, base: &str, path: &[&str]) -> Result<Url, Fault> {
        let mut url = Url::parse(base.trim())
            .map_err(|_| Fault::Url("this is not a URL; write it like https://registry.example.org"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http || is_this_computer(&url) => {}
            "http" => {
                return Err(Fault::Url(
                    "the registry must be reached with https; for a laboratory set registry.plain_http = true",
                ));
            }
            _ => return Err(Fault::Url("the registry's URL must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Url("the registry's URL must not hold a user or a password"));
        }
        url.set_query(None);
        url.set_fragment(None);
        url.path_segments_mut()
            .map_err(|()| Fault::Url("the registry's URL must begin with https://"))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    fn client(&self, secure: bool, local: bool) -> Result<Client, Fault> {
        let mut kept = self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((for_secure, client)) = &*kept
            && *for_secure == secure
        {
            return Ok(client.clone());
        }
        // An error means that the program installed one before: any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("rightdoor/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // The kernel finds out, without waking us, that nobody is at the other end any more.
            .tcp_keepalive(Duration::from_secs(60))
            .tcp_keepalive_interval(Duration::from_secs(15))
            .tcp_keepalive_retries(3)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if local {
            builder = builder.no_proxy();
        }
        builder = match (&self.ca_file, secure) {
            (Some(file), true) => builder.tls_certs_only(certificates(file)?),
            // A few hundred kilobytes of roots that nobody would ask.
            (_, false) => builder.tls_certs_only([]),
            (None, true) => builder,
        };
        let client = builder.build().map_err(|error| Fault::NotSent(root_cause(&error)))?;
        *kept = Some((secure, client.clone()));
        Ok(client)
    }
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, Fault> {
    let fault = |why: String| Fault::Trust { file: file.to_owned(), why };
    let pem = std::fs::read(file).map_err(|error| fault(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| fault(root_cause(&error)))?;
    if found.is_empty() { Err(fault("there is no certificate in it".into())) } else { Ok(found) }
}

fn is_this_computer(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

/// The innermost error: the others only say that there was one.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
