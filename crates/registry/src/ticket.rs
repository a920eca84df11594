//! Location URIs (RFC 5985 section 6.5, RFC 6753): a ticket to one device's location, sealed.
//!
//! The path is the ticket itself, encrypted and authenticated: it tells nobody anything, cannot be made up, and
//! needs no table that an emergency call would have to wait for.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::secret;

/// What a ticket is for, so that no other sealed text of this key is taken for one.
const PURPOSE: &[u8] = b"location uri";

/// Who may fetch what, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The document.
    pub document: i64,
    /// The reader that it was given to.
    pub reader: i64,
    /// When it ends, Unix milliseconds.
    pub expires_at: i64,
}

/// Seals tickets and opens them.
pub struct Seal(LessSafeKey);

impl Seal {
    /// With this key; `None` where it cannot be used.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new).map(Self)
    }

    /// The ticket as the last part of a path.
    #[must_use]
    pub fn close(&self, ticket: Ticket) -> Option<String> {
        let nonce = secret::random::<NONCE_LEN>().ok()?;
        let mut sealed = [ticket.document, ticket.reader, ticket.expires_at].map(i64::to_be_bytes).concat();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(nonce_used, Aad::from(PURPOSE), &mut sealed).ok()?;
        Some(secret::hex(&[&nonce[..], &sealed].concat()))
    }

    /// The ticket, if it is one of ours and was not changed.
    #[must_use]
    pub fn open(&self, path: &str) -> Option<Ticket> {
        let bytes = secret::unhex(path)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(PURPOSE), &mut sealed).ok()?;
        let (numbers, []) = opened.as_chunks::<8>() else { return None };
        let [document, reader, expires_at] = *numbers else { return None };
        let [document, reader, expires_at] = [document, reader, expires_at].map(i64::from_be_bytes);
        Some(Ticket { document, reader, expires_at })
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const TICKET: Ticket = Ticket { document: 7, reader: 2, expires_at: 1_770_000_000_000 };

    #[test]
    fn a_ticket_opens_with_its_key_only_and_never_looks_the_same() {
        let seal = Seal::new(&[1; 32]).unwrap();
        let (one, other) = (seal.close(TICKET).unwrap(), seal.close(TICKET).unwrap());
        assert_ne!(one, other);
        assert_eq!((seal.open(&one), seal.open(&other)), (Some(TICKET), Some(TICKET)));
        assert_eq!(Seal::new(&[2; 32]).unwrap().open(&one), None);
    }

    #[test]
    fn bad_input_a_ticket_that_was_changed_is_none() {
        let seal = Seal::new(&[1; 32]).unwrap();
        let path = seal.close(TICKET).unwrap();
        for at in 0..path.len() {
            let mut other = path.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(seal.open(&String::from_utf8(other).unwrap()), None, "{at}");
            assert_eq!(seal.open(&path[..at]), None);
        }
        assert_eq!(seal.open("\u{e9}\u{e9}"), None);
    }
}
