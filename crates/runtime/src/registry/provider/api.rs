//! Requests to a provider: authorised, bounded, and every failure known for what it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use rightdoor_core::{DeliveryOutcome, ReadBackOutcome, Redacted};
use rightdoor_platform::secrets::Secrets;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::super::wire::{Answer, Fault, Wire};

/// A token is taken for used up this long before it is.
const EARLY: Duration = Duration::from_secs(30);

/// What kept a request from being done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing was changed: not sent, or only a question that got no answer.
    Unreachable,
    /// A write that may have been done.
    Ambiguous,
    /// Come again after this long.
    Throttled(Duration),
    /// The secret is not accepted.
    Unauthorised,
    /// The secret cannot be read.
    Locked,
    /// There is no such thing at the provider.
    Missing,
    /// Refused for what it says, in the provider's own words.
    Refused(Value),
}

impl Trouble {
    /// What it means for a write. A read that failed before it changed nothing.
    pub fn of_write(self) -> DeliveryOutcome {
        match self {
            // Something that was just listed is gone: look again.
            Self::Missing | Self::Ambiguous => DeliveryOutcome::Ambiguous,
            Self::Unreachable => DeliveryOutcome::Unreachable,
            Self::Throttled(wait) => DeliveryOutcome::Throttled { wait },
            Self::Unauthorised => DeliveryOutcome::Unauthorised,
            Self::Locked => DeliveryOutcome::Locked,
            Self::Refused(_) => DeliveryOutcome::Rejected { fields: Vec::new() },
        }
    }

    /// What it means for a read-back.
    pub fn of_read(&self) -> ReadBackOutcome {
        match self {
            Self::Unauthorised => ReadBackOutcome::Unauthorised,
            Self::Locked => ReadBackOutcome::Locked,
            Self::Unreachable | Self::Ambiguous | Self::Throttled(_) | Self::Missing | Self::Refused(_) => {
                ReadBackOutcome::Unreachable
            }
        }
    }
}

/// How a request proves who sends it.
#[derive(Clone, Debug)]
pub(super) enum Access {
    /// The secret is the bearer token.
    Bearer,
    /// HTTP Basic with this user; the secret is the password.
    Basic(String),
    /// OAuth 2.0 client credentials (RFC 6749 section 4.4): the secret buys short-lived tokens there.
    Client { id: String, token_url: String },
}

/// A provider's interface.
#[derive(Debug)]
pub(super) struct Api {
    wire: Arc<Wire>,
    base: String,
    secrets: Secrets,
    /// The secret's name in the keyring.
    name: &'static str,
    access: Access,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    secret: Option<Redacted<String>>,
    token: Option<(Redacted<String>, Instant)>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl Api {
    pub fn new(wire: Arc<Wire>, base: String, secrets: Secrets, name: &'static str, access: Access) -> Self {
        Self { wire, base, secrets, name, access, kept: Mutex::default() }
    }

    /// Reads `path`.
    pub async fn read<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Trouble> {
        let answer = match self.ask(Method::GET, path, query, None).await {
            // A question refused is no answer to it, and says nothing of an address.
            Err(Trouble::Refused(_)) => return Err(Trouble::Unreachable),
            answer => answer?,
        };
        answer.json().ok_or(Trouble::Unreachable)
    }

    /// Reads `path`, which need not be there.
    pub async fn find<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<T>, Trouble> {
        match self.read(path, query).await {
            Err(Trouble::Missing) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Writes `body` (null: nothing) and reads the answer.
    pub async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: &Value,
    ) -> Result<T, Trouble> {
        let answer = self.ask(method, path, query, Some(body).filter(|body| !body.is_null())).await?;
        // Somebody said yes, but not the provider.
        answer.json().ok_or(Trouble::Ambiguous)
    }

    /// Deletes `path`; what is not there is deleted.
    pub async fn delete(&self, path: &[&str], query: &[(&str, &str)]) -> Result<(), Trouble> {
        match self.ask(Method::DELETE, path, query, None).await {
            Ok(_) | Err(Trouble::Missing) => Ok(()),
            Err(Trouble::Refused(_)) => {
                tracing::warn!("the provider does not let go of something of ours; tried again later");
                Err(Trouble::Unreachable)
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Whether the secret can be read.
    pub async fn has_secret(&self) -> Result<(), String> {
        match self.secrets.get(self.name).await {
            Ok(secret) => {
                *self.kept() = Kept { secret: Some(secret.into()), token: None };
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Trouble> {
        let changes = method != Method::GET;
        let proof = self.proof().await.inspect_err(|trouble| self.doubt(trouble))?;
        let sent = self
            .wire
            .send(&self.base, path, |client, mut url| {
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(query);
                }
                let request = client.request(method, url).header("Accept", "application/json");
                let request = match &self.access {
                    Access::Bearer | Access::Client { .. } => request.bearer_auth(&proof),
                    Access::Basic(user) => request.basic_auth(user, Some(&proof)),
                };
                match body {
                    Some(body) => request.json(body),
                    None => request,
                }
            })
            .await;
        judge(sent, changes).inspect_err(|trouble| self.doubt(trouble))
    }

    /// The keyring may hold a newer secret than the one refused, and a token may be used up.
    fn doubt(&self, trouble: &Trouble) {
        if matches!(trouble, Trouble::Unauthorised) {
            *self.kept() = Kept::default();
        }
    }

    async fn proof(&self) -> Result<String, Trouble> {
        let kept = self.kept().secret.clone();
        let secret = match kept {
            Some(secret) => secret,
            None => {
                let read = self.secrets.get(self.name).await;
                let secret = Redacted::new(read.map_err(|error| {
                    tracing::warn!(%error, "the provider's secret cannot be read");
                    Trouble::Locked
                })?);
                self.kept().secret = Some(secret.clone());
                secret
            }
        };
        match &self.access {
            Access::Bearer | Access::Basic(_) => Ok(secret.into_inner()),
            Access::Client { id, token_url } => self.token(id, secret.reveal(), token_url).await,
        }
    }

    async fn token(&self, id: &str, secret: &str, token_url: &str) -> Result<String, Trouble> {
        if let Some((token, until)) = &self.kept().token
            && Instant::now() < *until
        {
            return Ok(token.reveal().clone());
        }
        let sent = self
            .wire
            .send(token_url, &[], |client, url| {
                client
                    .post(url)
                    .basic_auth(id, Some(secret))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .body("grant_type=client_credentials")
            })
            .await;
        // A token that nobody uses harms nobody: this changes nothing.
        let answer = match judge(sent, false) {
            // RFC 6749 section 5.2: `invalid_client` may be a 400.
            Err(Trouble::Refused(_)) => return Err(Trouble::Unauthorised),
            judged => judged?,
        };
        let token: Token = answer.json().ok_or(Trouble::Unreachable)?;
        let until = Instant::now() + Duration::from_secs(token.expires_in.min(86_400)).saturating_sub(EARLY);
        self.kept().token = Some((Redacted::new(token.access_token.clone()), until));
        Ok(token.access_token)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From an HTTP answer to what it means. A status that is not the provider's own is somebody else's
/// answer (a captive portal, a proxy), which proves nothing.
fn judge(sent: Result<Answer, Fault>, changes: bool) -> Result<Answer, Trouble> {
    let unknown = || if changes { Trouble::Ambiguous } else { Trouble::Unreachable };
    let answer = sent.map_err(|fault| {
        tracing::debug!(%fault, "a request to the provider failed");
        match fault {
            Fault::NoAnswer(_) => unknown(),
            Fault::Url(_) | Fault::Trust { .. } | Fault::Untrusted(_) | Fault::NotSent(_) => {
                Trouble::Unreachable
            }
        }
    })?;
    let words = answer.said::<Value>();
    Err(match (answer.status, words) {
        (200..=299, _) => return Ok(answer),
        (401 | 403, _) => Trouble::Unauthorised,
        (429, _) => Trouble::Throttled(answer.patience()),
        (503, _) if answer.header("retry-after").is_some() => Trouble::Throttled(answer.patience()),
        (404, Some(_)) => Trouble::Missing,
        (400 | 409 | 422, Some(words)) => Trouble::Refused(words),
        // Refused before the provider saw it.
        (400..=499, _) => Trouble::Unreachable,
        _ => unknown(),
    })
}
