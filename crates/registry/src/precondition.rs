//! Conditional requests (RFC 9110 section 13; RFC 4825 section 8.5).

use axum::http::{HeaderMap, HeaderName, StatusCode, header};

use crate::refused::Refused;

/// `If-Match` and `If-None-Match` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Precondition {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Tags {
    fn of(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let values: Vec<&str> =
            headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("")).collect();
        if values.is_empty() {
            return None;
        }
        let tags: Vec<String> =
            values.iter().flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).collect();
        Some(if tags.iter().any(|tag| tag == "*") { Self::Any } else { Self::These(tags) })
    }
}

impl Precondition {
    /// Reads the headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self {
            if_match: Tags::of(headers, &header::IF_MATCH),
            if_none_match: Tags::of(headers, &header::IF_NONE_MATCH),
        }
    }

    /// Whether a write may happen to a document with entity tag `held` (`None`: there is none).
    /// Tags compare strongly, so a weak one never matches.
    ///
    /// # Errors
    /// A 412 that names the condition that failed.
    pub fn check(&self, held: Option<&str>) -> Result<(), Refused> {
        let fits = match &self.if_match {
            None => true,
            Some(Tags::Any) => held.is_some(),
            Some(Tags::These(tags)) => held.is_some_and(|held| tags.iter().any(|tag| tag == held)),
        };
        if !fits {
            return Err(failed("The document is not the one named in If-Match."));
        }
        let blocked = match &self.if_none_match {
            None => false,
            Some(Tags::Any) => held.is_some(),
            Some(Tags::These(tags)) => held.is_some_and(|held| tags.iter().any(|tag| tag == held)),
        };
        if blocked {
            Err(failed("There is a document already, and If-None-Match forbids to replace it."))
        } else {
            Ok(())
        }
    }

    /// Whether a read may be answered 304 for entity tag `held`; tags compare weakly.
    #[must_use]
    pub fn not_modified(&self, held: &str) -> bool {
        let strong = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        match &self.if_none_match {
            None => false,
            Some(Tags::Any) => true,
            Some(Tags::These(tags)) => tags.iter().any(|tag| strong(tag) == strong(held)),
        }
    }
}

fn failed(message: &str) -> Refused {
    let hint = "read the document, compare, and write again with its ETag in If-Match";
    Refused::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message, hint)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn with(name: HeaderName, value: &str) -> Precondition {
        Precondition::of(&HeaderMap::from_iter([(name, value.parse().unwrap())]))
    }

    #[test]
    fn conditions() {
        let is = |condition: &Precondition, held| condition.check(held).is_ok();
        assert!(is(&Precondition::default(), None) && is(&Precondition::default(), Some("\"1\"")));
        let create = with(header::IF_NONE_MATCH, "*");
        assert!(is(&create, None) && !is(&create, Some("\"1\"")));
        let update = with(header::IF_MATCH, "\"0\", \"1\"");
        assert!(is(&update, Some("\"1\"")) && !is(&update, Some("\"2\"")) && !is(&update, None));
        let any = with(header::IF_MATCH, "*");
        assert!(is(&any, Some("\"1\"")) && !is(&any, None));
        assert!(!is(&with(header::IF_MATCH, "W/\"1\""), Some("\"1\"")));
        assert!(!is(&with(header::IF_MATCH, "junk"), Some("\"1\"")));
        assert!(with(header::IF_NONE_MATCH, "W/\"a\"").not_modified("\"a\""));
    }
}
