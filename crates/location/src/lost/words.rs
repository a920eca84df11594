use std::fmt;

use crate::xml::{Reader, XmlError};

/// An application-unique string (RFC 5222): the domain name by which a server is known in
/// `source`, `via` and `target`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// The identifier, if it is one: labels of letters, digits and hyphens, at least two of them.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (start, last) = text.rsplit_once('.')?;
        let plain = |c: char| c.is_ascii_alphanumeric();
        let label = |label: &str| !label.is_empty() && label.chars().all(|c| plain(c) || c == '-');
        let is_one = start.split('.').all(label) && !last.is_empty() && last.chars().all(plain);
        (is_one && text.len() <= 253).then(|| Self(text.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn attribute(element: Reader<'_, '_>, name: &'static str) -> Result<Self, XmlError> {
        Self::new(element.required_attribute(name)?)
            .ok_or_else(|| element.bad("name the server by a domain name such as lvf.example.com"))
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Words for a person, with their language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    language: String,
    text: String,
}

impl Text {
    /// Words in a language (a BCP 47 tag such as `en`); runs of white space become one space, and a
    /// tag that is none becomes `und`, undetermined.
    #[must_use]
    pub fn new(language: &str, text: &str) -> Self {
        let mut parts = language.split('-');
        let short = |part: &str| (1..=8).contains(&part.len());
        let first = parts.next().is_some_and(|p| short(p) && p.bytes().all(|b| b.is_ascii_alphabetic()));
        let is_tag = first && parts.all(|p| short(p) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        let sayable = text.chars().filter(|c| crate::civic::xml_can_carry(*c)).collect::<String>();
        let text = sayable.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { language: if is_tag { language.to_owned() } else { "und".to_owned() }, text }
    }

    /// The language tag.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `message` and `xml:lang` of an element (RFC 5222 section 13); both or none.
    pub(super) fn message(element: Reader<'_, '_>) -> Option<Self> {
        let message = element.0.attribute("message")?;
        Some(Self::new(language_of(element), message))
    }
}

/// `xml:lang` of an element itself.
pub(super) fn language_of<'a>(element: Reader<'a, '_>) -> &'a str {
    element.0.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).unwrap_or("und").trim()
}

/// `message` and `xml:lang` as attributes.
pub(super) fn message_attributes(message: Option<&Text>) -> Vec<(&str, &str)> {
    message.map_or_else(Vec::new, |text| vec![("message", text.as_str()), ("xml:lang", text.language())])
}
