//! Replays the fuzzer's committed corpus of deep links. The windows' own files are compiled here without
//! the windows, so that this runs where no web view is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

#[path = "../../../src-tauri/src/deep_link.rs"]
mod deep_link;
#[path = "../../../fuzz/properties/links.rs"]
mod properties;
#[expect(dead_code, reason = "the windows use more of it")]
#[path = "../../../src-tauri/src/wanted.rs"]
mod wanted;

#[test]
fn bad_input_corpus_of_deep_links() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/deep_link");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 10, "{} files", files.len());
    for file in files {
        properties::deep_link(&std::fs::read(file).unwrap());
    }
}
