//! Who the adapter writes for: the enrolment, its token, and what was last read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rightdoor_core::Redacted;
use rightdoor_core::audit::hex;
use rightdoor_core::saved::Enrolment;
use rightdoor_location::record::{Problem, Record};
use rightdoor_platform::secrets::{SecretError, Secrets};

/// The token's name in the keyring.
pub(crate) const TOKEN: &str = "registry-token";

#[derive(Debug)]
pub(super) struct Session {
    secrets: Secrets,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    enrolment: Option<Enrolment>,
    token: Option<Redacted<String>>,
    /// Entity tag of the document that was read, and of the answer that held it.
    seen: Option<(String, String)>,
    /// Where the record's changes had come to when they were last heard of.
    heard: Option<u64>,
}

impl Session {
    pub fn new(secrets: Secrets, enrolment: Option<Enrolment>) -> Self {
        Self { secrets, state: Mutex::new(State { enrolment, ..State::default() }) }
    }

    pub fn enrolment(&self) -> Option<Enrolment> {
        self.state().enrolment.clone()
    }

    /// A name for this device: the one the registry knows, or a new one that tells nothing.
    pub fn device(&self) -> String {
        match &self.state().enrolment {
            Some(enrolment) => enrolment.device.clone(),
            None => format!("d-{}", hex(&rightdoor_platform::clock::random::<8>())),
        }
    }

    /// The token; `None` while the keyring is locked or has none.
    pub async fn token(&self) -> Option<String> {
        if let Some(token) = &self.state().token {
            return Some(token.reveal().clone());
        }
        match self.secrets.get(TOKEN).await {
            Ok(token) => {
                self.state().token = Some(token.clone().into());
                Some(token)
            }
            Err(error) => {
                tracing::warn!(%error, "the registry token cannot be read");
                None
            }
        }
    }

    pub fn forget_token(&self) {
        self.state().token = None;
    }

    /// Whether a token could be kept now: asked before a code is used up.
    pub async fn check_keeping(&self) -> Result<(), Redacted<Problem>> {
        match self.secrets.get(TOKEN).await {
            Ok(_) | Err(SecretError::Missing) => Ok(()),
            Err(error) => Err(unkept(&error)),
        }
    }

    pub async fn begin(&self, enrolment: &Enrolment, token: String) -> Result<(), Redacted<Problem>> {
        self.secrets.set(TOKEN, &token).await.map_err(|error| unkept(&error))?;
        *self.state() =
            State { enrolment: Some(enrolment.clone()), token: Some(token.into()), ..State::default() };
        Ok(())
    }

    /// The tag to ask with, so that "not modified" means the whole answer and not only the document.
    pub fn seen(&self, document: Option<&str>) -> Option<String> {
        let state = self.state();
        let (known, answer) = state.seen.as_ref()?;
        (document? == known).then(|| answer.clone())
    }

    pub fn remember(&self, record: &Record, tag: Option<String>) {
        self.state().seen = tag.map(|tag| (record.etag.clone(), tag));
    }

    pub fn heard(&self) -> Option<u64> {
        self.state().heard
    }

    pub fn hear(&self, at: Option<u64>) {
        self.state().heard = at;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unkept(error: &SecretError) -> Redacted<Problem> {
    Redacted::new(Problem {
        code: "token_not_kept".into(),
        message: format!("the registry's token cannot be kept: {error}"),
        hint: "Unlock the keyring, or set secrets.store = \"file\", then enrol again.".into(),
        fields: Vec::new(),
    })
}
