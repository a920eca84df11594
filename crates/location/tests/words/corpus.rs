//! Replays the fuzzer's committed corpus, so that a fault found once stays mended.

#![expect(clippy::disallowed_methods, reason = "only the library is without files")]

use std::path::PathBuf;

use proptest::prelude::*;

#[path = "../../../../fuzz/properties.rs"]
mod properties;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "xml")).collect();
    assert!(named.len() >= 10, "{target}: {} files", named.len());
    named.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn bad_input_corpus_of_pidf() {
    corpus("pidf").iter().for_each(|document| properties::pidf(document));
}

#[test]
fn bad_input_corpus_of_held() {
    corpus("held").iter().for_each(|document| properties::held(document));
}

proptest! {
    /// A short search on every build; the long one is the fuzzer's.
    #[test]
    fn bad_input_corpus_with_cuts_and_splices(
        first in any::<proptest::sample::Index>(),
        second in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        for target in ["pidf", "held"] {
            let documents = corpus(target);
            let (head, tail) = (first.get(&documents), second.get(&documents));
            let head = head.get(..from.index(head.len().max(1))).unwrap_or_default();
            let tail = tail.get(to.index(tail.len().max(1))..).unwrap_or_default();
            let mixed = [head, noise.as_slice(), tail].concat();
            properties::pidf(&mixed);
            properties::held(&mixed);
        }
    }
}
