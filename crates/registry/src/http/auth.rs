//! Who asks, and what they may.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::http::{HeaderMap, StatusCode, header};

use super::App;
use crate::endpoint::Endpoint;
use crate::holders::TokenHash;
use crate::refused::Refused;
use crate::secret;
use crate::sqlite::Snapshot;
use crate::sqlite::people::{self, Holder, Reader, Scheme};
use crate::tls::Shown;

/// The credentials of the `Authorization` header: its scheme in lower case, and the rest.
fn credentials(headers: &HeaderMap) -> Option<(String, &str)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    Some((scheme.to_ascii_lowercase(), rest.trim()))
}

impl App {
    /// Counts a request that showed nothing valid against its address.
    pub(super) fn stranger(&self, peer: SocketAddr) -> Result<(), Refused> {
        let address: IpAddr = peer.ip().to_canonical();
        self.peers.take(address, Instant::now())
    }

    /// The holder of the device token in the request.
    pub(super) fn holder(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<Holder, Refused> {
        Ok(self.store.look(|snapshot| self.allowed(snapshot, headers, peer, None))?.0)
    }

    /// The holder, and one of its endpoints: a token speaks for its own person only.
    pub(super) fn holder_of(
        &self,
        headers: &HeaderMap,
        peer: SocketAddr,
        endpoint: &str,
    ) -> Result<(Holder, String), Refused> {
        self.store.look(|snapshot| self.allowed(snapshot, headers, peer, Some(endpoint)))
    }

    /// The holder, and the endpoint where one was wanted.
    pub(super) fn allowed(
        &self,
        snapshot: &Snapshot<'_>,
        headers: &HeaderMap,
        peer: SocketAddr,
        endpoint: Option<&str>,
    ) -> Result<(Holder, String), Refused> {
        let hash = self.token(headers, peer)?;
        let (holder, endpoints) = self.valid(snapshot, hash, peer)?;
        self.tokens.take(holder.token, Instant::now())?;
        let Some(wanted) = endpoint else { return Ok((holder, String::new())) };
        let wanted = own(&holder, &endpoints, wanted)?;
        Ok((holder, wanted))
    }

    /// Who wants to write for an endpoint, and the hash of the token that was shown. Whether the token is still valid
    /// is checked again in the transaction that writes ([`people::holds`]), so one that was valid lately is enough here.
    pub(super) fn writer(
        &self,
        headers: &HeaderMap,
        peer: SocketAddr,
        endpoint: &str,
    ) -> Result<(Holder, String, TokenHash), Refused> {
        let hash = self.token(headers, peer)?;
        if let Ok(wanted) = Endpoint::parse(endpoint)
            && let Some(holder) = self.holders.find(&hash, wanted.as_str())
        {
            self.tokens.take(holder.token, Instant::now())?;
            return Ok((holder, wanted.to_string(), hash));
        }
        let (holder, endpoints) = self.store.look(|snapshot| self.valid(snapshot, hash, peer))?;
        self.tokens.take(holder.token, Instant::now())?;
        let wanted = own(&holder, &endpoints, endpoint)?;
        self.holders.keep(hash, holder.clone(), endpoints);
        Ok((holder, wanted, hash))
    }

    fn token(&self, headers: &HeaderMap, peer: SocketAddr) -> Result<TokenHash, Refused> {
        match credentials(headers) {
            Some((scheme, token)) if scheme == "bearer" => Ok(secret::hash(token)),
            _ => {
                self.stranger(peer)?;
                Err(unauthorised("This needs a device token."))
            }
        }
    }

    fn valid(
        &self,
        snapshot: &Snapshot<'_>,
        hash: TokenHash,
        peer: SocketAddr,
    ) -> Result<(Holder, Vec<String>), Refused> {
        if let Some(found) = people::holder(snapshot, hash)? {
            return Ok(found);
        }
        self.stranger(peer)?;
        Err(invalid_token())
    }

    /// The reader of the call path whose certificate or credentials the request shows. Whoever shows none learns
    /// nothing else, not even whether the body made sense.
    pub(super) fn reader(
        &self,
        snapshot: &Snapshot<'_>,
        headers: &HeaderMap,
        peer: SocketAddr,
        certificate: Option<Shown>,
    ) -> Result<Reader, Refused> {
        if let Some(Shown(Some(hash))) = certificate
            && let Some(reader) = snapshot.reader(Scheme::Certificate, hash)?
        {
            return Ok(reader);
        }
        let shown = match credentials(headers) {
            Some((scheme, token)) if scheme == "bearer" => Some((Scheme::Bearer, None, secret::hash(token))),
            Some((scheme, pair)) if scheme == "basic" => {
                basic(pair).map(|(name, password)| (Scheme::Basic, Some(name), secret::hash(&password)))
            }
            _ => None,
        };
        if let Some((scheme, name, hash)) = shown {
            let found = snapshot.reader(scheme, hash)?;
            if let Some(reader) = found.filter(|reader| name.is_none_or(|name| name == reader.name)) {
                return Ok(reader);
            }
        }
        self.stranger(peer)?;
        Err(unauthorised("This needs a reader's credentials."))
    }
}

/// The endpoint that is wanted, normalised, if it is one of the holder's.
fn own(holder: &Holder, endpoints: &[String], wanted: &str) -> Result<String, Refused> {
    let wanted = Endpoint::parse(wanted).map_err(|error| {
        Refused::bad_request("bad_endpoint", format!("The endpoint is {error}."), "correct the endpoint")
    })?;
    if endpoints.iter().any(|own| own == wanted.as_str()) {
        return Ok(wanted.to_string());
    }
    Err(forbidden(holder, endpoints))
}

/// The 401 for a token that is not valid, or not any more.
pub(super) fn invalid_token() -> Refused {
    unauthorised("This device token is not valid.")
}

fn unauthorised(message: &str) -> Refused {
    let hint = "send a valid token as Authorization: Bearer; an administrator of the registry makes one";
    Refused::new(StatusCode::UNAUTHORIZED, "unauthorised", message, hint)
}

/// The 403 that says what would be allowed.
pub(super) fn forbidden(holder: &Holder, endpoints: &[String]) -> Refused {
    let hint = format!("this token is for device {} of {}", holder.device, endpoints.join(", "));
    Refused::new(StatusCode::FORBIDDEN, "not_yours", "This token may not read or write that.", hint)
}

/// User name and password of HTTP Basic (RFC 7617).
fn basic(pair: &str) -> Option<(String, String)> {
    let text = String::from_utf8(base64(pair)?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials() {
        assert_eq!(basic("cGJ4OnNlY3JldA=="), Some(("pbx".to_owned(), "secret".to_owned())));
        assert_eq!(basic("cGJ4OnNlOmNyZXQ"), Some(("pbx".to_owned(), "se:cret".to_owned())));
    }

    #[test]
    fn bad_input_basic_credentials() {
        for text in ["", "====", "cGJ4", "!!!", "\u{e9}", "//79"] {
            assert_eq!(basic(text), None, "{text}");
        }
    }
}
