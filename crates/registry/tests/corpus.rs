//! Replays the fuzzer's committed corpus of what the registry reads that is not XML, so that a fault found
//! once stays mended.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use rightdoor_registry::{Endpoint, directory_csv};

#[path = "../../../fuzz/properties/registry.rs"]
mod properties;

fn replay(target: &str, property: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 10, "{target}: {} files", files.len());
    for file in files {
        property(&std::fs::read(file).unwrap());
    }
}

#[test]
fn bad_input_corpus_of_directories() {
    replay("csv", properties::csv);
}

#[test]
fn bad_input_corpus_of_xcap_paths() {
    replay("xcap_path", properties::xcap_path);
}
