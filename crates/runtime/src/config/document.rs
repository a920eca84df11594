//! One TOML file as a flat list of settings that know their lines.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;

/// One `key = value` of a file.
pub(super) struct Setting<'i> {
    /// The key with its section: `policy.snooze`.
    pub key: String,
    /// Its value.
    pub value: DeValue<'i>,
    /// The line of the key, from 1.
    pub line: usize,
}

/// Reads `text` (of `file`, which is only named in errors).
///
/// # Errors
/// [`ConfigError::Syntax`] with the line.
pub(super) fn settings<'i>(file: &Path, text: &'i str) -> Result<Vec<Setting<'i>>, ConfigError> {
    let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        file: file.to_owned(),
        line: line_of(text, error.span()),
        why: error.message().lines().next().unwrap_or("this is not TOML").to_owned(),
    })?;
    let mut found = Vec::new();
    flatten(text, "", table.into_inner(), &mut found);
    Ok(found)
}

fn flatten<'i>(text: &str, section: &str, table: DeTable<'i>, found: &mut Vec<Setting<'i>>) {
    for (name, value) in table {
        let line = line_of(text, Some(name.span()));
        let key = if section.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{section}.{}", name.get_ref())
        };
        match Spanned::into_inner(value) {
            DeValue::Table(inner) => flatten(text, &key, inner, found),
            value @ (DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)) => found.push(Setting { key, value, line }),
        }
    }
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let at = span.map_or(text.len(), |span| span.start).min(text.len());
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}
