//! Secrets in a file, for machines without a keyring where the organisation accepts it.
//!
//! One `name=value` a line. The file is 0600, and one that others can read is refused, not repaired:
//! what it held may already be known.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::SecretError;

pub(super) fn get(path: &Path, name: &str) -> Result<String, SecretError> {
    read(path)?.remove(name).ok_or(SecretError::Missing)
}

pub(super) fn change(
    path: &Path,
    edit: impl FnOnce(&mut BTreeMap<String, String>),
) -> Result<(), SecretError> {
    let mut all = read(path)?;
    edit(&mut all);
    let mut text = String::new();
    for (name, value) in &all {
        if name.is_empty() || name.contains(['=', '\n']) || value.contains('\n') {
            return Err(SecretError::Unavailable(
                "a secret for the file must be one line, and its name must not contain '='".to_owned(),
            ));
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
    write_private(path, text.as_bytes()).map_err(|error| unavailable(path, &error))
}

fn read(path: &Path) -> Result<BTreeMap<String, String>, SecretError> {
    match read_private(path) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes)
                .map_err(|_| SecretError::Unavailable(format!("{} is not text", path.display())))?;
            let pairs = text.lines().filter_map(|line| line.split_once('='));
            Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(unavailable(path, &error)),
    }
}

fn unavailable(path: &Path, error: &io::Error) -> SecretError {
    SecretError::Unavailable(format!("{}: {error}", path.display()))
}

/// Reads a file that must be this person's alone.
pub(super) fn read_private(path: &Path) -> io::Result<Vec<u8>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = fs::metadata(path)?.mode();
        if mode & 0o077 != 0 {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others can read this file, so it is not used; remove it, or run chmod 600 if nobody else has seen it",
            ));
        }
    }
    fs::read(path)
}

/// Replaces a file by one that only this person can read, whole or not at all.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_private_folder(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = Path::new(&beside);
    let _ = fs::remove_file(beside);
    let written = create_private(beside, bytes).and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        let _ = fs::remove_file(beside);
    }
    written
}

/// Creates a file that must not exist yet.
pub(super) fn create_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Creates a folder, with those above it, for this person alone.
pub(super) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
