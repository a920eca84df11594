//! What can be wrong with a configuration file, said so that it can be mended at once.

use std::path::PathBuf;

use rightdoor_location::record::Problem;

/// Why a configuration file was not taken. Nothing of it was applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line cannot be read, or a file that exists cannot.
    #[error("{}: cannot be read: {why}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is not TOML.
    #[error("{}:{line}: {why}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        why: String,
    },
    /// There is no such key.
    #[error("{}:{line}: there is no key `{key}`", file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key as written, with its section.
        key: String,
        /// The known key that looks most like it.
        nearest: &'static str,
    },
    /// The key's value cannot be used.
    #[error("{}:{line}: `{key}` {why}", file.display())]
    BadValue {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, with its section.
        key: &'static str,
        /// What is wrong, continuing the sentence "`key` …".
        why: String,
        /// What to write instead.
        fix: &'static str,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "Check that the file exists and that you may read it.".into(),
            Self::Syntax { .. } => {
                "Write sections as [policy] and settings as key = value, with texts in quotes.".into()
            }
            Self::UnknownKey { nearest, .. } => format!("Did you mean `{nearest}`?"),
            Self::BadValue { fix, .. } => format!("Write {fix}."),
        }
    }

    /// The same for the edge: `{code, message, hint}`.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let code = match self {
            Self::Unreadable { .. } => "config_unreadable",
            Self::Syntax { .. } => "config_syntax",
            Self::UnknownKey { .. } => "config_unknown_key",
            Self::BadValue { .. } => "config_bad_value",
        };
        Problem { code: code.into(), message: self.to_string(), hint: self.hint(), fields: Vec::new() }
    }
}

/// The candidate with the fewest edits to `written`; a dotted key is also compared by its last part,
/// so that a key in the wrong section finds its home.
pub(super) fn nearest(written: &str, candidates: impl Iterator<Item = &'static str>) -> &'static str {
    let last = |key: &str| key.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    candidates
        .min_by_key(|known| edits(written, known).min(edits(&last(written), &last(known)) + 2))
        .unwrap_or("policy.snooze")
}

/// Levenshtein distance in characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
