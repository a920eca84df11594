//! Control pages: one over plain HTTP that a captive portal would replace, one over HTTPS.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use reqwest::{Client, Response, StatusCode};
use rightdoor_core::reach::{Answer, Fault, PATIENCE};

use super::{fault, trust};

/// How a page that nobody replaced begins, where it is not empty.
const SUCCESS: &[u8] = b"success";

/// Asks for pages.
#[derive(Debug)]
pub(super) struct Pages {
    ca_file: Option<PathBuf>,
    client: Mutex<Option<Client>>,
}

impl Pages {
    pub const fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file, client: Mutex::new(None) }
    }

    pub fn forget(&self) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the page is itself: 204, or a body that begins as agreed.
    pub async fn portal(&self, page: &str) -> Answer {
        let begun = Instant::now();
        let Some(client) = self.client() else { return Answer::CannotAsk };
        let mut response = match client.get(page).send().await {
            Ok(response) => response,
            Err(error) => return failed(&error),
        };
        let is_itself = match response.status() {
            StatusCode::NO_CONTENT => true,
            StatusCode::OK => begins_as_agreed(&mut response).await,
            _ => false,
        };
        if is_itself { good(begun) } else { Answer::Fault(Fault::Captive) }
    }

    /// Whether the page's server answers, whatever it says.
    pub async fn any(&self, page: &str) -> Answer {
        let begun = Instant::now();
        let Some(client) = self.client() else { return Answer::CannotAsk };
        match client.get(page).send().await {
            Ok(_) => good(begun),
            Err(error) => failed(&error),
        }
    }

    fn client(&self) -> Option<Client> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            // An error means that the program installed one before: any will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
            *kept = self
                .build()
                .inspect_err(|error| tracing::warn!(%error, "control pages cannot be asked for"))
                .ok();
        }
        kept.clone()
    }

    fn build(&self) -> anyhow::Result<Client> {
        let mut builder = Client::builder()
            .user_agent(concat!("rightdoor/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            // Every look is one at the way as it is now.
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy();
        if let Some(file) = &self.ca_file {
            for authority in trust::authorities(file)? {
                builder = builder.tls_certs_merge([reqwest::Certificate::from_der(&authority)?]);
            }
        }
        Ok(builder.build()?)
    }
}

/// Reads no more than the beginning, in however many pieces it comes.
async fn begins_as_agreed(response: &mut Response) -> bool {
    let mut read = Vec::new();
    while read.len() < SUCCESS.len() {
        let Ok(Some(piece)) = response.chunk().await else { return false };
        read.extend(piece);
    }
    read.starts_with(SUCCESS)
}

fn good(begun: Instant) -> Answer {
    Answer::Good { took: begun.elapsed(), sends: 1 }
}

fn failed(error: &reqwest::Error) -> Answer {
    if error.is_timeout() {
        return Answer::Fault(Fault::Silent);
    }
    let mut inner: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = inner {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            if io.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
                return Answer::Fault(Fault::Certificate);
            }
            return Answer::Fault(fault(io));
        }
        inner = error.source();
    }
    Answer::Fault(if error.is_connect() { Fault::NoSuchName } else { Fault::Garbled })
}
