//! The identity an emergency call comes from, brought to one spelling.
//!
//! A PBX, a proxy and a person write the same endpoint in many ways (`sips:`, a default port,
//! `;transport=tls`, visual separators in a number). They must meet in one record, and two
//! different endpoints never may: the user part keeps its case (RFC 3261 section 19.1.4).

use std::fmt;
use std::net::Ipv6Addr;

/// A normalised `sip:` or `tel:` URI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint(String);

/// Why a text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an endpoint: write sip:user@domain or tel:+number")]
pub struct NotAnEndpoint;

impl Endpoint {
    /// Longest URI that is taken, in bytes.
    pub const MAX: usize = 512;

    /// Reads and normalises a `sip:`, `sips:` or `tel:` URI.
    ///
    /// # Errors
    /// For any other scheme, and for a URI without a user or a number.
    pub fn parse(text: &str) -> Result<Self, NotAnEndpoint> {
        let text = text.trim();
        if text.len() > Self::MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(NotAnEndpoint);
        }
        let (scheme, rest) = text.split_once(':').ok_or(NotAnEndpoint)?;
        match scheme.to_ascii_lowercase().as_str() {
            "sip" | "sips" => sip(rest),
            "tel" => tel(rest),
            _ => Err(NotAnEndpoint),
        }
        .map(Self)
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn sip(rest: &str) -> Result<String, NotAnEndpoint> {
    // Parameters and headers belong to the request, not to the identity.
    let rest = rest.split('?').next().unwrap_or(rest);
    let (user, host) = rest.split_once('@').ok_or(NotAnEndpoint)?;
    let user = user.split(':').next().unwrap_or(user);
    let host = host_and_port(&host.split(';').next().unwrap_or(host).to_ascii_lowercase())?;
    let user = unescape(user)?;
    if user.is_empty() { Err(NotAnEndpoint) } else { Ok(format!("sip:{user}@{host}")) }
}

/// A name, an IPv4 address or an IPv6 reference, with its port unless that is the usual one.
fn host_and_port(text: &str) -> Result<String, NotAnEndpoint> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let address: Ipv6Addr = address.parse().map_err(|_| NotAnEndpoint)?;
            (format!("[{address}]"), port)
        }
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            let plausible = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if name.is_empty() || !name.chars().all(plausible) {
                return Err(NotAnEndpoint);
            }
            (name.to_owned(), port)
        }
    };
    match port.strip_prefix(':').map(str::parse::<u16>) {
        None if port.is_empty() => Ok(host),
        Some(Ok(5060 | 5061)) => Ok(host),
        Some(Ok(port)) => Ok(format!("{host}:{port}")),
        None | Some(Err(_)) => Err(NotAnEndpoint),
    }
}

fn tel(rest: &str) -> Result<String, NotAnEndpoint> {
    let mut parts = rest.split(';');
    let number: String = parts.next().unwrap_or_default().chars().filter(|c| !"-.()".contains(*c)).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit() || c == '*' || c == '#') {
        return Err(NotAnEndpoint);
    }
    // A local number means nothing without its context (RFC 3966 section 5.1.5).
    let context = parts.map(str::to_ascii_lowercase).find(|part| part.starts_with("phone-context="));
    match (number.starts_with('+'), context) {
        // Letters stand in local numbers only (RFC 3966 section 3).
        (true, _) if !digits.bytes().all(|digit| digit.is_ascii_digit()) => Err(NotAnEndpoint),
        (true, _) => Ok(format!("tel:{number}")),
        (false, Some(context)) => Ok(format!("tel:{};{context}", number.to_ascii_uppercase())),
        (false, None) => Err(NotAnEndpoint),
    }
}

/// Undoes escapes of characters that need none, and keeps the others in upper case.
fn unescape(user: &str) -> Result<String, NotAnEndpoint> {
    let mut out = String::with_capacity(user.len());
    let mut rest = user.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let digit = |c: Option<char>| c.and_then(|c| c.to_digit(16)).and_then(|d| u8::try_from(d).ok());
        let (high, low) = digit(rest.next()).zip(digit(rest.next())).ok_or(NotAnEndpoint)?;
        let byte = high * 16 + low;
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn one_endpoint_has_one_spelling() {
        for text in [
            "sip:alice@example.com",
            "SIP:alice@EXAMPLE.com",
            "sips:alice@example.com:5061;transport=tls",
            "sip:alice:pw@example.com;user=phone?Subject=x",
            "sip:%61lice@example.com",
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().as_str(), "sip:alice@example.com", "{text}");
        }
        for text in ["sip:a@[2001:DB8:0::1]:5060", "sip:a@[2001:db8::1]"] {
            assert_eq!(Endpoint::parse(text).unwrap().as_str(), "sip:a@[2001:db8::1]", "{text}");
        }
        assert_eq!(Endpoint::parse("tel:+1-303-555-0100").unwrap().as_str(), "tel:+13035550100");
        assert_eq!(
            Endpoint::parse("tel:112;phone-context=Example.com").unwrap().as_str(),
            "tel:112;phone-context=example.com"
        );
        assert_ne!(Endpoint::parse("sip:Alice@example.com"), Endpoint::parse("sip:alice@example.com"));
        assert_ne!(Endpoint::parse("sip:a@example.com:5070"), Endpoint::parse("sip:a@example.com"));
    }

    #[test]
    fn bad_input_endpoints_are_refused() {
        for text in [
            "",
            "alice",
            "sip:example.com",
            "sip:@x",
            "sip:a@",
            "tel:",
            "tel:911",
            "http://a@b",
            "sip:a%@b",
            "sip:a b@c",
            "sip:a@b/../c",
            "sip:a@b:5061:5060",
            "sip:a@:5060",
            "sip:a@[b]",
            "sip:a@[::1",
            "sip:a@b:port",
            "tel:+1aF",
        ] {
            assert_eq!(Endpoint::parse(text), Err(NotAnEndpoint), "{text:?}");
        }
        assert_eq!(Endpoint::parse(&format!("sip:{}@example.com", "a".repeat(600))), Err(NotAnEndpoint));
    }

    proptest::proptest! {
        #[test]
        fn bad_input_any_text_is_an_endpoint_or_not(text in "(sip:|tel:|SIPS:)?[-+a-f0-9%@:;=.()\\[\\]?é]{0,20}") {
            if let Ok(endpoint) = Endpoint::parse(&text) {
                proptest::prop_assert_eq!(Endpoint::parse(endpoint.as_str()), Ok(endpoint.clone()));
            }
        }
    }
}
