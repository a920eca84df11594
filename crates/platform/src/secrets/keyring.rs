//! The system's keyring. Every call opens the store anew: a store opened once for the whole process
//! would stay broken for ever when the companion starts before the keyring, or outlives it.

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
#[cfg(target_os = "windows")]
use windows_native_keyring_store::Store;
#[cfg(target_os = "linux")]
use zbus_secret_service_keyring_store::Store;

use super::SecretError;

/// The name tokens are filed under.
const SERVICE: &str = "rightdoor";

pub(super) fn get(name: &str) -> Result<String, SecretError> {
    entry(name)?.get_password().map_err(|error| fault(&error))
}

pub(super) fn set(name: &str, value: &str) -> Result<(), SecretError> {
    entry(name)?.set_password(value).map_err(|error| fault(&error))
}

pub(super) fn delete(name: &str) -> Result<(), SecretError> {
    match entry(name)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(fault(&error)),
    }
}

fn entry(name: &str) -> Result<Entry, SecretError> {
    let store = Store::new().map_err(|error| SecretError::Unavailable(format!("no keyring: {error}")))?;
    store.build(SERVICE, name, None).map_err(|error| fault(&error))
}

fn fault(error: &Error) -> SecretError {
    if matches!(error, Error::NoEntry) {
        SecretError::Missing
    } else if matches!(error, Error::NoStorageAccess(_)) {
        SecretError::Locked
    } else {
        SecretError::Unavailable(error.to_string())
    }
}

/// Whether the default collection is locked, or was never made (making it needs a person, too). The
/// store itself says only "no entry" then. When in doubt, `false`: the store's own answer follows.
#[cfg(target_os = "linux")]
pub(super) async fn is_locked() -> bool {
    use zbus::zvariant::OwnedObjectPath;

    use crate::bus;

    const SERVICE: &str = "org.freedesktop.secrets";
    let Ok(bus) = bus::session().await else { return false };
    let service = (SERVICE, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service");
    let alias = bus::call::<_, OwnedObjectPath>(&bus, service, "ReadAlias", &"default").await;
    let Ok(collection) = alias else { return false };
    if collection.as_str() == "/" {
        return true;
    }
    let interface = "org.freedesktop.Secret.Collection";
    let collection = bus::properties(&bus, SERVICE, collection.as_str(), interface).await;
    collection.is_ok_and(|collection| bus::property(&collection, "Locked").unwrap_or(false))
}

/// Credential Manager and Keychain say themselves when they are locked.
#[cfg(not(target_os = "linux"))]
pub(super) async fn is_locked() -> bool {
    false
}
