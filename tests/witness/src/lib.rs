//! Keeps every document that is written in a test run, so that tools which nobody here wrote can
//! validate all of them afterwards: the claim `documents`.
//!
//! Only builds for tests have it, by the feature `witness` of the location crate, whose one writer
//! of XML calls [`wrote`]. It keeps nothing unless [`FOLDER`] names a folder.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, io, process, thread};

/// The variable that names the folder.
pub const FOLDER: &str = "RIGHTDOOR_DOCUMENTS";

/// Keeps a document under the name of the test that wrote it; the same document only once for each test.
///
/// # Panics
/// Where it cannot be kept: a document that nobody validates must not pass for a valid one.
pub fn wrote(document: &str) {
    static KEPT: OnceLock<Option<PathBuf>> = OnceLock::new();
    if let Some(folder) = KEPT.get_or_init(|| env::var_os(FOLDER).map(PathBuf::from))
        && let Err(error) = keep(&folder.join(test()), document)
    {
        panic!("a document of this test cannot be kept in {}: {error}", folder.display());
    }
}

/// The test, as the runner says it; it says so to every program that a test starts, too. Without a
/// runner the thread has the test's name.
fn test() -> String {
    let named = env::var("NEXTEST_TEST_NAME").ok();
    let name = named.or_else(|| thread::current().name().map(str::to_owned)).unwrap_or_default();
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '.' }).collect()
}

fn keep(folder: &Path, document: &str) -> io::Result<()> {
    let path = folder.join(format!("{:016x}.xml", digest(document)));
    if path.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    // Several programs may write the same one at once, and nobody may read half of it.
    let part = folder.join(format!("{}-{:?}.part", process::id(), thread::current().id()));
    fs::write(&part, document)?;
    fs::rename(&part, &path)
}

/// FNV-1a: enough to tell documents apart.
fn digest(document: &str) -> u64 {
    document
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
