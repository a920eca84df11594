//! The TypeScript forms of what crosses to the windows' page are generated, and those in the repository are
//! the generated ones. To write them anew: `RIGHTDOOR_WRITE_BINDINGS=1 cargo test -p rightdoor-link --test bindings`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rightdoor_core::words::Shown;
use rightdoor_core::{Intent, Look, Reply, Sight};
use rightdoor_location::record::Problem;
use ts_rs::{Config, TS};

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/bindings")
}

fn generate(folder: &Path) {
    // JSON numbers are JavaScript's: none of ours comes near 2^53.
    let config = Config::default().with_large_int("number").with_out_dir(folder);
    Shown::export_all(&config).unwrap();
    Intent::export_all(&config).unwrap();
    Reply::export_all(&config).unwrap();
    Look::export_all(&config).unwrap();
    Sight::export_all(&config).unwrap();
    Problem::export_all(&config).unwrap();
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap().replace("\r\n", "\n"))
        })
        .collect()
}

#[test]
fn the_types_in_the_repository_are_the_generated_ones() {
    let folder = tempfile::tempdir().unwrap();
    generate(folder.path());
    let wanted = files(folder.path());
    if std::env::var_os("RIGHTDOOR_WRITE_BINDINGS").is_some() {
        fs::create_dir_all(kept()).unwrap();
        for name in files(&kept()).keys().filter(|name| !wanted.contains_key(*name)) {
            fs::remove_file(kept().join(name)).unwrap();
        }
        for (name, text) in &wanted {
            fs::write(kept().join(name), text).unwrap();
        }
    }
    let found = files(&kept());
    let differing: Vec<_> =
        wanted.keys().chain(found.keys()).filter(|name| wanted.get(*name) != found.get(*name)).collect();
    assert!(
        differing.is_empty(),
        "not as generated: {differing:?}; write them anew with RIGHTDOOR_WRITE_BINDINGS=1 and look at what changed"
    );
}
