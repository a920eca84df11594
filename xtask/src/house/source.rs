//! The repository's source files, as the rules see them.

use std::fs;

use anyhow::{Context, Result};

use crate::shell::{command, read};

/// A Rust file.
pub struct Source {
    /// Its path from the root.
    pub path: String,
    /// Its lines up to the first test module; all of a test's own file is a test.
    pub lines: Vec<String>,
}

impl Source {
    /// Whether the whole file is there for tests only.
    fn is_test(path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        path.starts_with("tests/") || path.contains("/tests/") || name == "tests.rs"
    }
}

/// Every tracked or new file with this ending.
pub fn files(ending: &str) -> Result<Vec<String>> {
    let listed = read(&mut command("git", ["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut files: Vec<_> = listed.lines().filter(|path| path.ends_with(ending)).map(str::to_owned).collect();
    // A file that was deleted but not yet committed is still listed.
    files.retain(|path| std::path::Path::new(path).is_file());
    Ok(files)
}

/// Every Rust file of the product, without its tests.
pub fn rust() -> Result<Vec<Source>> {
    files(".rs")?.into_iter().filter(|path| !Source::is_test(path)).map(one).collect()
}

fn one(path: String) -> Result<Source> {
    let text = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    Ok(Source { lines: without_tests(&text), path })
}

/// By house style the test module is a file's last item, so everything from its attribute on is left out, also where it
/// is for one system only; an attribute on a test-only helper above it leaves nothing out but the attribute itself.
fn without_tests(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let end = lines.iter().enumerate().position(|(at, line)| {
        let line = line.trim();
        (line == "#[cfg(test)]" || line.starts_with("#[cfg(all(test,"))
            && lines[at + 1..].iter().find(|next| !next.trim_start().starts_with("#[")).is_some_and(|next| {
                let words = next.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
                words.starts_with("mod ") && !words.ends_with(';')
            })
    });
    lines[..end.unwrap_or(lines.len())].iter().map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::without_tests;

    #[test]
    fn a_test_module_is_left_out_and_what_stands_before_it_is_not() {
        let text = "fn a() {}\n#[cfg(test)]\nfn b() {}\n#[cfg(test)]\nmod far;\nfn c() {}\n\n#[cfg(test)]\n#[expect(x)]\nmod tests {\n}\n";
        assert_eq!(without_tests(text).len(), 7);
        let text = "fn a() {}\n#[cfg(all(test, target_os = \"linux\"))]\nmod tests {\n}\n";
        assert_eq!(without_tests(text).len(), 1);
    }
}
