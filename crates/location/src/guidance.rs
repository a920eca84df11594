//! What an organisation says to do when VoIP cannot carry 911: `GET /v1/guidance`, and the file that
//! the registry's `guidance set` takes.
//!
//! A document is taken whole or refused whole. It is data: which steps there are, in which order, and what stands
//! above and below them is not an organisation's to change, for the first line must always be the same.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::CivicAddress;
use crate::record::Problem;

/// The version of the format that is read here.
pub const VERSION: u32 = 1;
/// Longest document, in bytes.
pub const LONGEST: usize = 64 * 1024;
/// Longest text of one step, in characters: the card is read from two metres away.
pub const LONGEST_TEXT: usize = 120;
/// Most rules.
const MOST_RULES: usize = 500;
/// Longest callback number, in characters.
const LONGEST_NUMBER: usize = 40;

/// A language that the outage card is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// French, as in Canada.
    Fr,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::En, Self::Es, Self::Fr];

    /// Its tag (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
        }
    }

    /// The language of a tag or of a locale's name: `es`, `es-MX`, `fr_CA.UTF-8`. `None`: it is not one of ours.
    #[must_use]
    pub fn of(locale: &str) -> Option<Self> {
        let name = locale.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(name))
    }
}

/// Why the phone service does not answer, by the names that a document uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// This computer has no network.
    NoLink,
    /// The network's router does not answer.
    GatewayDead,
    /// The network has no internet.
    NoInternet,
    /// A VPN carries nothing, while the internet works past it.
    VpnBroken,
    /// The network wants a sign-in first.
    CaptivePortal,
    /// Names do not resolve.
    Dns,
    /// The network blocks the phone service.
    Blocked,
    /// The phone service itself is down.
    ServiceDown,
    /// The phone service shows a wrong certificate.
    WrongCertificate,
    /// Too much is lost on the way.
    Unstable,
    /// Nothing tells why.
    Unclear,
}

/// What a step is about. The card has them in this order, the last three below what is to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A mobile phone.
    Mobile,
    /// The nearest designated phone.
    Phone,
    /// Another person's phone.
    Person,
    /// Text-to-911.
    Text,
    /// The security desk: beside 911, never instead.
    Desk,
    /// The local procedure.
    Local,
    /// The muster point.
    Muster,
}

/// A text in some languages, at least one.
pub type Text = BTreeMap<Language, String>;

/// The text in this language; where there is none, in English, or in the first there is.
#[must_use]
pub fn said(text: &Text, language: Language) -> Option<&str> {
    let found = text.get(&language).or_else(|| text.get(&Language::En));
    found.or_else(|| text.values().next()).map(String::as_str)
}

/// What holds at some places, for some causes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The elements that an address must have for this to hold there; none: everywhere.
    #[serde(default)]
    pub at: CivicAddress,
    /// The causes that it is about; none: all of them.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// What to do.
    #[serde(default)]
    pub steps: BTreeMap<Step, Text>,
    /// A number there that works without VoIP, for a dispatcher to call back.
    #[serde(default)]
    pub callback: Option<String>,
}

/// Everything that an organisation says.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The format's version: [`VERSION`].
    pub version: u32,
    /// What the organisation calls this state of it.
    #[serde(default)]
    pub edition: String,
    /// What holds where. Of two that hold, the one that says more exactly where and why counts, step by step.
    pub rules: Vec<Rule>,
}

impl fmt::Debug for Document {
    /// Shows no text: "the red phone on floor 5" says where a person sits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("rules", &self.rules.len()).finish_non_exhaustive()
    }
}

/// Why a document is refused, whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guidance was refused: {field} {why}")]
pub struct Refused {
    /// Where: `rules[2].steps.phone.en`.
    pub field: String,
    /// What is wrong there.
    pub why: String,
}

impl Refused {
    fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }

    /// The same for the edge.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            code: "bad_guidance".to_owned(),
            message: format!("The guidance was refused: {} {}.", self.field, self.why),
            hint: "Nothing was changed. Mend that field, and give the whole file again.".to_owned(),
            fields: Vec::new(),
        }
    }
}

/// Only what every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// The first thing that is wrong with it; nothing of it is to be used then.
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.len() > LONGEST {
            return Err(Refused::new("the file", format!("is longer than {LONGEST} bytes")));
        }
        // A version of later days may have any form, and is to be named as that.
        let Versioned { version } = parsed(bytes)?;
        if version != VERSION {
            return Err(Refused::new("version", format!("is {version}; this program reads {VERSION}")));
        }
        let document: Self = parsed(bytes)?;
        document.check()?;
        Ok(document)
    }

    fn check(&self) -> Result<(), Refused> {
        check_text("edition", &self.edition, true)?;
        if self.rules.is_empty() {
            return Err(Refused::new("rules", "is empty"));
        }
        if self.rules.len() > MOST_RULES {
            return Err(Refused::new("rules", format!("has more than {MOST_RULES} entries")));
        }
        for (number, rule) in self.rules.iter().enumerate() {
            rule.check(&format!("rules[{number}]"))?;
        }
        Ok(())
    }
}

impl Rule {
    fn check(&self, name: &str) -> Result<(), Refused> {
        if self.steps.is_empty() && self.callback.is_none() {
            return Err(Refused::new(format!("{name}.steps"), "is empty"));
        }
        for (step, text) in &self.steps {
            let step = format!("{name}.steps.{}", step.name());
            if text.is_empty() {
                return Err(Refused::new(step, "has no language"));
            }
            for (language, text) in text {
                check_text(&format!("{step}.{}", language.tag()), text, false)?;
            }
        }
        let Some(number) = &self.callback else { return Ok(()) };
        let dials = |c: char| c.is_ascii_digit() || " +-.()".contains(c);
        let is_number = number.chars().all(dials) && number.chars().any(|c| c.is_ascii_digit());
        if !is_number || number.len() > LONGEST_NUMBER {
            return Err(Refused::new(format!("{name}.callback"), "is not a telephone number"));
        }
        Ok(())
    }
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Phone => "phone",
            Self::Person => "person",
            Self::Text => "text",
            Self::Desk => "desk",
            Self::Local => "local",
            Self::Muster => "muster",
        }
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Refused> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // Where the text itself broke, the path ends in the unknown.
        let path = path.trim_end_matches(['.', '?']);
        let field = if path.is_empty() { "the file" } else { path };
        Refused::new(field, format!("cannot be read: {}", error.into_inner()))
    })?;
    json.end().map_err(|error| Refused::new("the file", format!("goes on after its end: {error}")))?;
    Ok(value)
}

/// One line that shows what it holds.
fn check_text(name: &str, text: &str, may_be_empty: bool) -> Result<(), Refused> {
    // Marks that turn the reading direction make a line show what it does not say.
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().any(hidden) {
        return Err(Refused::new(name, "holds a control character or a line break"));
    }
    if text.trim() != text {
        return Err(Refused::new(name, "begins or ends with a space"));
    }
    if text.is_empty() && !may_be_empty {
        return Err(Refused::new(name, "is empty"));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Refused::new(name, format!("is longer than {LONGEST_TEXT} characters")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn with(rule: &str) -> String {
        format!(r#"{{"version": 1, "edition": "3", "rules": [{rule}]}}"#)
    }

    #[test]
    fn a_document_says_what_holds_where() {
        let text = with(
            r#"{"at": {"A3": "Denver", "FLR": "5"}, "causes": ["no_link", "dns"],
                "steps": {"phone": {"en": "Red phone by the stairwell.", "fr": "Le téléphone rouge."}},
                "callback": "+1 303-555-0142"}"#,
        );
        let document = Document::read(text.as_bytes()).unwrap();
        let phone = &document.rules[0].steps[&Step::Phone];
        assert_eq!(said(phone, Language::Fr), Some("Le téléphone rouge."));
        assert_eq!(said(phone, Language::Es), Some("Red phone by the stairwell."));
        assert_eq!(format!("{document:?}"), "Document { rules: 1, .. }");
        let again = serde_json::to_vec(&document).unwrap();
        assert!(Document::read(&again).unwrap() == document);
    }

    #[test]
    fn bad_input_in_guidance_is_refused_whole_and_names_the_field() {
        let long = "x".repeat(LONGEST_TEXT + 1);
        let huge = " ".repeat(LONGEST + 1);
        let cases = [
            ("{", "the file cannot be read: EOF"),
            ("[]", "the file cannot be read: "),
            (huge.as_str(), "the file is longer than"),
            (r#"{"rules": []}"#, "the file cannot be read: missing field `version`"),
            (r#"{"version": 2, "other": true}"#, "version is 2; this program reads 1"),
            (r#"{"version": "1", "rules": []}"#, "version cannot be read"),
            (r#"{"version": 1, "rules": []}"#, "rules is empty"),
            (r#"{"version": 1, "rules": [], "more": 1}"#, "more cannot be read: unknown field"),
            (&with("{}"), "rules[0].steps is empty"),
            (&with(r#"{"steps": {"phone": {}}}"#), "rules[0].steps.phone has no language"),
            (&with(r#"{"steps": {"phone": {"en": ""}}}"#), "rules[0].steps.phone.en is empty"),
            (
                &with(&format!(r#"{{"steps": {{"desk": {{"es": "{long}"}}}}}}"#)),
                "rules[0].steps.desk.es is longer",
            ),
            (&with(r#"{"steps": {"desk": {"en": "a\u0007b"}}}"#), "rules[0].steps.desk.en holds a control"),
            (&with(r#"{"steps": {"desk": {"en": "a\nb"}}}"#), "rules[0].steps.desk.en holds a control"),
            (&with(r#"{"steps": {"desk": {"en": "a\u202eb"}}}"#), "rules[0].steps.desk.en holds a control"),
            (&with(r#"{"steps": {"desk": {"en": " a"}}}"#), "rules[0].steps.desk.en begins or ends"),
            (
                &with(r#"{"steps": {"desk": {"de": "a"}}}"#),
                "rules[0].steps cannot be read: unknown variant `de`",
            ),
            (&with(r#"{"steps": {"lift": {"en": "a"}}}"#), "rules[0].steps"),
            (
                &with(r#"{"causes": ["gremlins"], "steps": {"desk": {"en": "a"}}}"#),
                "rules[0].causes[0] cannot be read: unknown variant `gremlins`",
            ),
            (&with(r#"{"at": {"FLOOR": "5"}, "steps": {"desk": {"en": "a"}}}"#), "rules[0].at"),
            (&with(r#"{"callback": "ask Ann"}"#), "rules[0].callback is not a telephone number"),
            (&format!("{} {{}}", with(r#"{"callback": "911"}"#)), "the file goes on after its end"),
        ];
        for (text, expected) in cases {
            let refused = Document::read(text.as_bytes()).unwrap_err();
            let said = refused.to_string();
            assert!(said.contains(expected), "{said:?} does not say {expected:?}");
            assert!(refused.problem().message.contains(&refused.field), "{said}");
        }
    }

    #[test]
    fn a_locale_names_a_language() {
        for (locale, language) in [
            ("es_MX.UTF-8", Some(Language::Es)),
            ("fr-CA", Some(Language::Fr)),
            ("EN", Some(Language::En)),
            ("C", None),
            ("", None),
            ("est", None),
        ] {
            assert_eq!(Language::of(locale), language, "{locale}");
        }
    }
}
