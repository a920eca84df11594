//! The claim `face`: the page of the windows is sound, and can be used by everyone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::shell::{self, root, watch};
use crate::{setup, ui};

/// The one file that may know of Tauri.
const BORDER: &str = "src/lib/backend/tauri.ts";
const BROWSER: &[(&str, &str)] = &[("chromium", "draws the face for the accessibility run")];

fn folder() -> PathBuf {
    root().join("ui")
}

fn npm<const N: usize>(words: [&str; N]) -> Command {
    let mut npm = ui::npm(words);
    npm.current_dir(folder()).env("NO_COLOR", "1");
    npm
}

/// Runs the face's own tests and its type check.
///
/// # Errors
/// When one fails.
pub fn test() -> Result<()> {
    ui::install()?;
    shell::run(&mut npm(["run", "check"]))?;
    shell::run(&mut npm(["test"]))
}

/// Runs the proof. Every step runs, whatever became of the one before.
///
/// # Errors
/// When the tools cannot be had; a step that fails is an answer, not an error.
pub fn prove(long: bool) -> Result<(bool, Value)> {
    if setup::is_debian() {
        setup::debian(BROWSER)?;
    }
    ui::install()?;
    let mut failed = Vec::new();
    let mut step = |name: &'static str, fine: bool| {
        if !fine {
            failed.push(name);
        }
    };
    step("types", watch(&mut npm(["run", "check"]), |_| {})?);
    step("a type error is found", bites()?);
    let outside = outside_the_border()?;
    step("one border", outside.is_empty());
    let (mut tests, mut figures) = (0, Map::new());
    step("tests", watch(&mut npm(["test"]), |line| tests = passed(line).unwrap_or(tests))? && tests > 0);
    let built = watch(&mut npm(["run", "build:demo"]), |_| {})?;
    step("demo", built);
    let mut look = npm(["run", "face"]);
    look.env("RIGHTDOOR_LONG", if long { "1" } else { "0" });
    let looked = built
        && watch(&mut look, |line| {
            if let Ok(Value::Object(found)) = serde_json::from_str(line.trim()) {
                figures = found;
            }
        })?;
    step("looks and behaviour", looked && figures.get("runs").and_then(Value::as_u64) > Some(0));
    figures.insert("tests".to_owned(), json!(tests));
    figures.insert("names_tauri_outside_the_border".to_owned(), json!(outside));
    figures.insert("failed_steps".to_owned(), json!(failed));
    Ok((failed.is_empty(), Value::Object(figures)))
}

/// Whether the type check finds an error that was put there, and nothing without it.
fn bites() -> Result<bool> {
    let probe = folder().join("probe");
    fs::create_dir_all(&probe)?;
    let text = |value: &str| {
        format!(
            "<script lang=\"ts\">\n  import type {{ Condition }} from '../src/lib/bindings/Condition';\n  \
             const probe: Condition = '{value}';\n</script>\n\n{{probe}}\n"
        )
    };
    fs::write(probe.join("tsconfig.json"), "{ \"extends\": \"../tsconfig.json\", \"include\": [\".\"] }\n")?;
    let check = |value: &str| {
        fs::write(probe.join("Probe.svelte"), text(value))?;
        let mut said = String::new();
        let mut words =
            npm(["exec", "--", "svelte-check", "--workspace", "probe", "--tsconfig", "tsconfig.json"]);
        let fine = watch(words.args(["--output", "machine"]), |line| said.push_str(line))?;
        anyhow::Ok((fine, said))
    };
    let sound = check("works")?;
    let wrong = check("wroks");
    fs::remove_dir_all(&probe).context("ui/probe cannot be removed")?;
    let wrong = wrong?;
    Ok(sound.0 && !wrong.0 && wrong.1.contains("wroks") && wrong.1.contains("Condition"))
}

/// Files that name Tauri and may not.
fn outside_the_border() -> Result<Vec<String>> {
    let mut naming = Vec::new();
    naming_tauri(&folder().join("src"), &mut naming)?;
    let border = folder().join(BORDER);
    if !naming.contains(&border) {
        bail!("{BORDER} does not name Tauri any more: the check of the border looks at nothing");
    }
    naming.retain(|path| *path != border);
    let short = |path: &PathBuf| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    Ok(naming.iter().map(short).collect())
}

fn naming_tauri(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            naming_tauri(&path, found)?;
        } else if fs::read(&path)?.windows(11).any(|part| part == b"@tauri-apps") {
            found.push(path);
        }
    }
    Ok(())
}

/// Reads `Tests  83 passed (83)`.
fn passed(line: &str) -> Option<u64> {
    line.trim().strip_prefix("Tests")?.trim().strip_suffix(')')?.split_once(" passed")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::passed;

    #[test]
    fn the_count_of_the_faces_tests_is_read() {
        assert_eq!(passed("      Tests  83 passed (83)"), Some(83));
        assert_eq!(passed("      Tests  1 failed | 82 passed (83)"), None);
        assert_eq!(passed(" Test Files  11 passed (11)"), None);
    }
}
