//! Qualified names as values: lists of them name elements (XML schema `QName`).

use std::collections::BTreeMap;

use super::read::Reader;
use super::{XmlError, ns};

/// The most names in a list.
const MOST: usize = 100;
/// The longest list, in bytes.
const LONGEST: usize = 8_192;

impl Reader<'_, '_> {
    /// The text as a list of names, each with its namespace (empty for none). A prefix that is not
    /// declared makes a name without namespace: the reader knows what it looks for.
    pub(crate) fn qnames(self) -> Result<Vec<(String, String)>, XmlError> {
        let text = self.text()?;
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() > MOST || text.len() > LONGEST {
            return Err(self.bad("name at most 100 elements"));
        }
        let mut names = Vec::new();
        for word in words {
            let (prefix, name) = word.split_once(':').map_or((None, word), |(p, name)| (Some(p), name));
            if !is_name(name) || prefix.is_some_and(|prefix| prefix.starts_with("xml")) {
                return Err(self.bad("write names of elements, separated by spaces"));
            }
            let namespace = self.0.lookup_namespace_uri(prefix).unwrap_or_default();
            names.push((namespace.to_owned(), name.to_owned()));
        }
        Ok(names)
    }
}

/// Names of elements are ASCII in everything that is read here.
fn is_name(name: &str) -> bool {
    let start = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    start && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Prefixes for the namespaces of some names that are to be written.
pub(crate) struct QNames {
    prefixes: BTreeMap<String, String>,
}

impl QNames {
    /// Prefixes for these `(namespace, local name)` pairs.
    pub(crate) fn of<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut prefixes = BTreeMap::new();
        for (namespace, _) in names.filter(|(namespace, _)| !namespace.is_empty()) {
            let next = prefixes.len();
            let usual = match namespace {
                ns::CIVIC => "ca".to_owned(),
                ns::CIVIC_EXT => "cae".to_owned(),
                ns::NENA_1 => "cdx1".to_owned(),
                ns::NENA_2 => "cdx2".to_owned(),
                ns::HELD_ID => "id".to_owned(),
                _ => format!("n{next}"),
            };
            prefixes.entry(namespace.to_owned()).or_insert(usual);
        }
        let prefixes = prefixes.into_iter().map(|(namespace, prefix)| (namespace, format!("xmlns:{prefix}")));
        Self { prefixes: prefixes.collect() }
    }

    /// The attributes that declare them.
    pub(crate) fn declarations(&self) -> Vec<(&str, &str)> {
        self.prefixes.iter().map(|(namespace, attribute)| (attribute.as_str(), namespace.as_str())).collect()
    }

    /// The names as one text. A name without namespace stands bare.
    pub(crate) fn list<'a>(&self, names: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let words = names.map(|(namespace, name)| {
            let prefix = self.prefixes.get(namespace).and_then(|attribute| attribute.strip_prefix("xmlns:"));
            prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}:{name}"))
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
