//! Arrows run one way: which room may import which. Which room may name which outside crate is in deny.toml.

use anyhow::{Context, Result};
use serde_json::Value;

use super::nothing;
use crate::shell::{cargo, read};

/// Who may import whom. A room that is not here may import nothing, and nothing here may import `tests` or `xtask`.
const ALLOWED: &[(&str, &[&str])] = &[
    // In test runs only, behind a feature that nothing shipped has.
    ("rightdoor-location", &["witness"]),
    ("rightdoor-core", &["location"]),
    ("rightdoor-platform", &["core", "location"]),
    ("rightdoor-runtime", &["platform", "core", "location"]),
    ("rightdoor-link", &["core", "location"]),
    ("rightdoor-companion", &["runtime", "platform", "link", "core", "location"]),
    ("rightdoor-cli", &["runtime", "platform", "link", "core", "location"]),
    ("rightdoor-registry", &["location"]),
    ("rightdoor", &["link", "core", "location"]),
    // Scenarios see the product from outside, and look into its stores afterwards.
    ("whole-system", &["runtime", "platform", "link", "core", "location", "registry"]),
];

/// Checks the rule.
pub fn check() -> Result<()> {
    let metadata = read(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let own = |name: &str| packages.iter().any(|package| package["name"] == name);
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let allowed = ALLOWED.iter().find(|(room, _)| *room == name).map_or(&[] as &[&str], |(_, may)| may);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let wanted = dependency["name"].as_str().unwrap_or_default();
            // Tests of a room may stand another room beside it, but never the test rooms themselves.
            let for_tests = dependency["kind"] == "dev" && wanted.starts_with("rightdoor-");
            let short = wanted.strip_prefix("rightdoor-").unwrap_or(wanted);
            if own(wanted) && !for_tests && !allowed.contains(&short) {
                found.push(format!("{name} must not import {wanted}"));
            }
        }
    }
    nothing(&found)
}
