//! The crate is for anybody: it speaks of no product.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn the_crate_names_no_product() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![own.join("README.md")];
    sources(&own.join("src"), &mut files);
    assert!(files.len() > 30);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            // Its own name, the test builds' sink, and one namespace, which is a name on the wire.
            let line = line.to_lowercase();
            let plain = ["rightdoor_location", "rightdoor_witness", "urn:rightdoor:pidf:1"]
                .into_iter()
                .fold(line, |line, known| line.replace(known, ""));
            for word in ["rightdoor", "companion", "/work", "our own"] {
                assert!(!plain.contains(word), "{}:{}: {word}", file.display(), number + 1);
            }
        }
    }
}
