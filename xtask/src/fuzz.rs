//! The fuzzers, for a while each. The committed corpus they search from is replayed by ordinary tests.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::setup::Tool;
use crate::shell::{cargo, root, target, watch};

/// Targets that read documents, addresses and links.
pub const DOCUMENTS: &[&str] = &["pidf", "held", "lost", "civic", "csv", "xcap_path", "deep_link"];

/// Targets that read what probes hear.
pub const WIRE: &[&str] = &["sip", "stun", "dns"];

/// How long each is run.
const SECONDS: u32 = 60;

/// Runs these targets from the committed corpus; new inputs go into a folder of their own.
///
/// # Errors
/// When the fuzzer cannot be built or started.
pub fn run(targets: &[&str]) -> Result<(bool, Value)> {
    Tool::Fuzz.install()?;
    let (mut fine, mut executed) = (true, serde_json::Map::new());
    for name in targets {
        let fresh = target().join("fuzz-corpus").join(name);
        fs::create_dir_all(&fresh).with_context(|| format!("{} cannot be made", fresh.display()))?;
        // The targets are safe Rust, so no sanitizer is needed; the coverage flags are unstable ones.
        let mut fuzz = cargo(["fuzz", "run", "-s", "none", name]);
        fuzz.arg(&fresh).arg(root().join("fuzz/corpus").join(name));
        fuzz.args(["--", "-max_len=8192", "-timeout=10", "-verbosity=0", "-print_final_stats=1"]);
        fuzz.arg(format!("-max_total_time={SECONDS}"));
        fuzz.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", target().join("fuzz"));
        let mut runs = 0_u64;
        fine &= watch(&mut fuzz, |line| runs = executions(line).unwrap_or(runs))? && runs > 0;
        executed.insert((*name).to_owned(), json!(runs));
    }
    Ok((fine, json!({ "seconds_each": SECONDS, "executions": executed })))
}

/// Reads `stat::number_of_executed_units: 988171`.
fn executions(line: &str) -> Option<u64> {
    line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs;

    use super::{DOCUMENTS, WIRE, executions};
    use crate::shell::root;

    #[test]
    fn every_target_has_a_corpus_and_every_corpus_a_target() {
        let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        let mut wanted = [DOCUMENTS, WIRE].concat();
        assert_eq!(manifest.matches("[[bin]]").count(), wanted.len());
        for name in &wanted {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
        let mut found: Vec<_> = fs::read_dir(root().join("fuzz/corpus"))
            .unwrap()
            .map(|folder| folder.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        assert_eq!(executions("stat::number_of_executed_units: 988171"), Some(988_171));
        assert_eq!(executions("Done 988171 runs"), None);
    }
}
