//! The key under which hardware addresses are hashed: a file, because detection must not wait for a
//! keyring (`place-recognition`, R1 step 2).

use std::io;
use std::path::{Path, PathBuf};

use super::file;
use crate::clock;

/// The hash key cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum HashKeyError {
    /// The file or its folder.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is there and is not a key.
    #[error("{path} is not a hash key (32 bytes); remove it, and known places are learned again")]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
}

/// The hash key of this installation, `data/hash.key`: made at the first call, the same ever after.
///
/// # Errors
/// [`HashKeyError`] when it cannot be read or made, or when others could read it. It is never silently
/// replaced: a new key forgets every known place.
pub fn hash_key(data: &Path) -> Result<[u8; 32], HashKeyError> {
    let path = data.join("hash.key");
    let failed = |source| HashKeyError::File { path: path.clone(), source };
    match file::read_private(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
        Ok(bytes) => return bytes.try_into().map_err(|_| HashKeyError::Damaged { path: path.clone() }),
    }
    file::create_private_folder(data).map_err(failed)?;
    let key = clock::random::<32>();
    // Made beside and then linked into place, so that two starting at once agree on one whole key.
    let beside = data.join(format!("hash.key.{}.new", std::process::id()));
    file::create_private(&beside, &key).map_err(failed)?;
    let linked = std::fs::hard_link(&beside, &path);
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let bytes = file::read_private(&path).map_err(failed)?;
            bytes.try_into().map_err(|_| HashKeyError::Damaged { path: path.clone() })
        }
        Err(error) => Err(failed(error)),
    }
}
