//! Writing locations by XCAP (RFC 4825) with the usage `pidf-manipulation` (RFC 4827): to our own
//! registry, or to any server of the usage.

use std::sync::Arc;

use rightdoor_core::{DeliveryOutcome, Precondition};
use rightdoor_location::pidf::Pidf;

use super::Options;
use super::own::written;
use super::wire::{Answer, Fault, Wire};

/// What a read found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The document, and its entity tag.
    Document(String, Box<Pidf>),
    /// There is none.
    Nothing,
    /// The token is not accepted.
    Unauthorised,
    /// No answer, or none that can be understood.
    Unreachable,
}

/// A server, and how it proves who writes.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its base URL, above `xcap-root`.
    pub base: String,
    /// The bearer token, where it wants one.
    pub token: Option<String>,
    /// Whether it heeds `If-None-Match` on a write (RFC 4825 section 8.5 asks for it, not every server
    /// does). Where it does not, a creation reads first; another writer in between is not noticed.
    pub heeds_absence: bool,
}

/// The client.
#[derive(Clone, Debug)]
pub struct Xcap {
    wire: Arc<Wire>,
}

impl Xcap {
    /// A client; nothing is opened.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { wire: Arc::new(Wire::new(options.ca_file, options.plain_http)) }
    }

    pub(super) const fn on(wire: Arc<Wire>) -> Self {
        Self { wire }
    }

    /// Writes one document under a condition; its entity and device say where.
    pub async fn put(&self, peer: &Peer, document: &Pidf, condition: &Precondition) -> DeliveryOutcome {
        if *condition == Precondition::Absent && !peer.heeds_absence {
            match self.get(peer, &document.entity, &document.device).await {
                Fetched::Nothing => {}
                Fetched::Document(..) => return DeliveryOutcome::Conflict,
                Fetched::Unauthorised => return DeliveryOutcome::Unauthorised,
                Fetched::Unreachable => return DeliveryOutcome::Unreachable,
            }
        }
        let answer = self.ask(peer, reqwest::Method::PUT, document, condition, |request| {
            request.header("Content-Type", "application/pidf+xml").body(document.write())
        });
        written(answer.await)
    }

    /// Reads the document of `entity` and `device`.
    pub async fn get(&self, peer: &Peer, entity: &str, device: &str) -> Fetched {
        let path = ["xcap-root", "pidf-manipulation", "users", entity, device];
        let answer = self
            .wire
            .send(&peer.base, &path, |client, url| {
                let request = client.get(url);
                match &peer.token {
                    Some(token) => request.bearer_auth(token),
                    None => request,
                }
            })
            .await;
        let Ok(answer) = answer else { return Fetched::Unreachable };
        match (answer.status, answer.header("etag")) {
            (200, Some(tag)) => Pidf::parse(answer.bytes())
                .map_or(Fetched::Unreachable, |document| Fetched::Document(tag, Box::new(document))),
            (404, _) => Fetched::Nothing,
            (401 | 403, _) => Fetched::Unauthorised,
            _ => Fetched::Unreachable,
        }
    }

    /// Takes a document away under a condition. [`DeliveryOutcome::Active`] without a tag: it is gone.
    pub async fn delete(&self, peer: &Peer, document: &Pidf, condition: &Precondition) -> DeliveryOutcome {
        let answer = self.ask(peer, reqwest::Method::DELETE, document, condition, |request| request);
        match answer.await {
            Ok(answer) if matches!(answer.status, 200 | 204 | 404) => {
                DeliveryOutcome::Active { etag: String::new() }
            }
            other => written(other),
        }
    }

    async fn ask(
        &self,
        peer: &Peer,
        method: reqwest::Method,
        document: &Pidf,
        condition: &Precondition,
        fill: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<Answer, Fault> {
        let path = ["xcap-root", "pidf-manipulation", "users", &document.entity, &document.device];
        self.wire
            .send(&peer.base, &path, |client, url| {
                let request = client.request(method, url);
                let request = match &peer.token {
                    Some(token) => request.bearer_auth(token),
                    None => request,
                };
                fill(match condition {
                    Precondition::Absent => request.header("If-None-Match", "*"),
                    Precondition::Match(tag) => request.header("If-Match", tag),
                })
            })
            .await
    }
}
