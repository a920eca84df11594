//! Whose device tokens were found valid lately, so that a write does not look its token up twice.
//!
//! What is here admits nobody by itself: a write checks its token again in its own transaction, where nobody can revoke
//! it in between.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sqlite::people::Holder;

/// When there are more than this, all are forgotten and looked up again.
const MANY: usize = 10_000;

/// SHA-256 of a device token.
pub type TokenHash = [u8; 32];

/// Holders by the hash of their token. They name people's endpoints, so nothing prints them.
#[derive(Default)]
pub struct Holders(Mutex<HashMap<TokenHash, (Holder, Vec<String>)>>);

impl Holders {
    /// The holder of this token, if it was found with this endpoint.
    #[must_use]
    pub fn find(&self, token: &TokenHash, endpoint: &str) -> Option<Holder> {
        let known = self.lock();
        let (holder, endpoints) = known.get(token)?;
        endpoints.iter().any(|own| own == endpoint).then(|| holder.clone())
    }

    /// Remembers whose token it is.
    pub fn keep(&self, token: TokenHash, holder: Holder, endpoints: Vec<String>) {
        let mut known = self.lock();
        if known.len() >= MANY {
            known.clear();
        }
        known.insert(token, (holder, endpoints));
    }

    /// Forgets a token that is not valid any more.
    pub fn forget(&self, token: &TokenHash) {
        self.lock().remove(token);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, (Holder, Vec<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Holders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holders").finish_non_exhaustive()
    }
}
