//! Small files: the median at most 150 lines without tests, 90 % under 400, none over 600.

use anyhow::{Result, bail};

use super::{nothing, source};

const MEDIAN: usize = 150;
const MOST: usize = 400;
const ANY: usize = 600;

/// Checks the rule.
pub fn check() -> Result<()> {
    let mut sizes: Vec<_> = source::rust()?.into_iter().map(|file| (file.lines.len(), file.path)).collect();
    sizes.sort();
    if sizes.is_empty() {
        bail!("no Rust files were found");
    }
    let mut found = Vec::new();
    let median = sizes[sizes.len() / 2].0;
    if median > MEDIAN {
        found.push(format!("the median file has {median} lines, more than {MEDIAN}"));
    }
    let large: Vec<_> = sizes.iter().filter(|(lines, _)| *lines >= MOST).collect();
    if large.len() * 10 > sizes.len() {
        found.push(format!("{} of {} files have {MOST} lines or more", large.len(), sizes.len()));
    }
    for (lines, path) in sizes.iter().filter(|(lines, _)| *lines > ANY) {
        found.push(format!("{path} has {lines} lines, more than {ANY}"));
    }
    nothing(&found)
}
