//! Tokens, and the key for hardware addresses.

mod file;
mod hash_key;
mod keyring;

use std::path::PathBuf;
use std::time::Duration;

pub use hash_key::{HashKeyError, hash_key};

/// How long a store may take: a locked keyring may wait for a person.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where tokens are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// The system's keyring: Secret Service, Credential Manager, Keychain.
    Keyring,
    /// A file that only this person may read. Only where the organisation asks for it.
    File(PathBuf),
}

/// Why a secret could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The store works and holds no such secret.
    #[error("there is no such secret; enrol this computer (again)")]
    Missing,
    /// The store is there and locked.
    #[error("the keyring is locked; unlock it, or log out and in with the password")]
    Locked,
    /// The store cannot be used.
    #[error("the secrets cannot be reached: {0}")]
    Unavailable(String),
}

impl Secrets {
    /// Reads a secret. A locked keyring is said to be locked; nobody is asked to unlock it.
    ///
    /// # Errors
    /// [`SecretError::Missing`] when there is none, [`SecretError::Locked`] when a person must unlock
    /// the store first, [`SecretError::Unavailable`] when there is no store or it failed.
    pub async fn get(&self, name: &str) -> Result<String, SecretError> {
        if *self == Self::Keyring && keyring::is_locked().await {
            return Err(SecretError::Locked);
        }
        let name = name.to_owned();
        self.bounded(move |store| match store {
            Self::Keyring => keyring::get(&name),
            Self::File(path) => file::get(path, &name),
        })
        .await
    }

    /// Keeps a secret, in place of an earlier one of this name. The system may ask the person to
    /// unlock the keyring; when they take longer than five seconds this gives up, and the secret may
    /// still be kept later.
    ///
    /// # Errors
    /// As [`Secrets::get`], without [`SecretError::Missing`].
    pub async fn set(&self, name: &str, value: &str) -> Result<(), SecretError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.bounded(move |store| match store {
            Self::Keyring => keyring::set(&name, &value),
            Self::File(path) => file::change(path, |all| _ = all.insert(name, value)),
        })
        .await
    }

    /// Forgets a secret; one that is not there is no error.
    ///
    /// # Errors
    /// As [`Secrets::get`], without [`SecretError::Missing`].
    pub async fn delete(&self, name: &str) -> Result<(), SecretError> {
        // In a locked keyring nothing is found, which must not pass for "nothing is there".
        if *self == Self::Keyring && keyring::is_locked().await {
            return Err(SecretError::Locked);
        }
        let name = name.to_owned();
        self.bounded(move |store| match store {
            Self::Keyring => keyring::delete(&name),
            Self::File(path) => file::change(path, |all| _ = all.remove(&name)),
        })
        .await
    }

    /// Runs `work` off the loop's thread. A store that waits for a person keeps that thread, and the
    /// answer is then [`SecretError::Locked`].
    async fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let store = self.clone();
        match tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(move || work(&store))).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(SecretError::Unavailable("the keyring's own code failed".to_owned())),
            Err(_) => Err(SecretError::Locked),
        }
    }
}
