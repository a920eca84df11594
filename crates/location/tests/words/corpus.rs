//! Replays the fuzzer's committed corpus, so that a fault found once stays mended.

#![expect(clippy::disallowed_methods, reason = "only the library is without files")]

use std::path::PathBuf;

use proptest::prelude::*;

#[path = "../../../../fuzz/properties/words.rs"]
mod properties;

type Property = fn(&[u8]);

const TARGETS: [(&str, Property); 4] = [
    ("pidf", properties::pidf),
    ("held", properties::held),
    ("lost", properties::lost),
    ("civic", properties::civic),
];

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let all: Vec<_> = files.map(|path| std::fs::read(path).unwrap()).collect();
    assert!(all.len() >= 10, "{target}: {} files", all.len());
    all
}

#[test]
fn bad_input_corpus_of_documents_and_addresses() {
    for (target, property) in TARGETS {
        corpus(target).iter().for_each(|document| property(document));
    }
}

proptest! {
    /// A short search on every build; the long one is the fuzzer's.
    #[test]
    fn bad_input_corpus_with_cuts_and_splices(
        target in proptest::sample::select(TARGETS.to_vec()),
        first in any::<proptest::sample::Index>(),
        second in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        let (name, property) = target;
        let documents = corpus(name);
        let (head, tail) = (first.get(&documents), second.get(&documents));
        let head = head.get(..from.index(head.len().max(1))).unwrap_or_default();
        let tail = tail.get(to.index(tail.len().max(1))..).unwrap_or_default();
        property(&[head, noise.as_slice(), tail].concat());
    }
}
