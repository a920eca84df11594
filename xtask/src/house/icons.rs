//! The icons are the drawings: `icons/digests` says which sources the generated files were drawn from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::nothing;

const FOLDER: &str = "icons";
const RECORD: &str = "digests";

/// Checks the rule: every recorded file is there and unchanged since, and every file is recorded.
pub fn check() -> Result<()> {
    let record = Path::new(FOLDER).join(RECORD);
    let text = fs::read_to_string(&record).with_context(|| format!("{}", record.display()))?;
    let recorded = parse(&text).with_context(|| format!("{} is damaged", record.display()))?;
    let mut found = BTreeMap::new();
    for folder in ["", "src", "tray"] {
        for entry in fs::read_dir(Path::new(FOLDER).join(folder))? {
            let path = entry?.path();
            let name = path.strip_prefix(FOLDER)?.to_string_lossy().replace('\\', "/");
            if path.is_file() && name != RECORD {
                found.insert(name, digest(&fs::read(&path)?));
            }
        }
    }
    if recorded.is_empty() {
        bail!("{} records nothing", record.display());
    }
    nothing(&differences(&recorded, &found))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads what `sha256sum` wrote: name to digest.
fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    text.lines()
        .map(|line| line.split_once("  ").map(|(sum, name)| (name.to_owned(), sum.to_owned())))
        .collect()
}

fn differences(recorded: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let judge = |name: &String| match (recorded.get(name), found.get(name)) {
        (Some(before), Some(now)) if before == now => None,
        (Some(_), Some(_)) => {
            Some(format!("icons/{name} was changed by hand or not drawn again: run icons/build"))
        }
        (Some(_), None) => Some(format!("icons/{name} is missing: run icons/build")),
        (None, _) => Some(format!("icons/{name} is not drawn by icons/build")),
    };
    let mut names: Vec<_> = recorded.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter_map(judge).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use super::{differences, digest, parse};

    #[test]
    fn a_changed_source_a_missing_picture_and_a_stray_file_are_told() {
        let recorded = parse("aa  src/app.svg\nbb  32x32.png\ncc  icon.ico\n").unwrap();
        assert!(differences(&recorded, &recorded).is_empty());
        let found = parse("ab  src/app.svg\ncc  icon.ico\ndd  old.png\n").unwrap();
        let told = differences(&recorded, &found).join("\n");
        assert_eq!(told.lines().count(), 3, "{told}");
        assert!(told.contains("32x32.png is missing") && told.contains("src/app.svg was changed"), "{told}");
        assert!(told.contains("old.png is not drawn"), "{told}");
        assert!(parse("no digest").is_none());
    }

    #[test]
    fn digests_are_those_of_sha256sum() {
        assert!(digest(b"").starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
