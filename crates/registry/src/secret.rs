//! Codes and tokens: made from the operating system's randomness, kept only as SHA-256.
//!
//! They carry 80 bits (a code, typed by a person, valid for hours) or 256 bits (a token), so a
//! plain hash suffices: there is no guessable password to slow an attacker down for.

use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Letters that a person cannot mistake for one another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The operating system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct NoRandomness;

/// Bytes from the operating system.
///
/// # Errors
/// When it gives none.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A new enrolment code, in four groups of four letters.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn code() -> Result<String, NoRandomness> {
    let bytes = random::<16>()?;
    let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    Ok(letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

/// A new token; `prefix` says what kind it is, so that a leaked one can be recognised.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn token(prefix: &str) -> Result<String, NoRandomness> {
    Ok(format!("{prefix}_{}", hex(&random::<32>()?)))
}

/// A name that says nothing about whom it stands for, and is never given twice.
#[must_use]
pub fn pseudonym() -> String {
    /// As many are made at once: the operating system is asked seldom, and an emergency call does not wait for it.
    const MANY: usize = 64;
    static READY: Mutex<Vec<[u8; 16]>> = Mutex::new(Vec::new());
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if ready.is_empty() {
        let bytes = random::<{ 16 * MANY }>().unwrap_or([0; 16 * MANY]);
        ready.extend(bytes.as_chunks().0);
    }
    format!("a_{}", hex(&ready.pop().unwrap_or_default()))
}

/// The hash under which a token is kept.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    digest(secret.as_bytes())
}

/// The hash under which a certificate is kept: its SHA-256 fingerprint.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The hash under which a code is kept: case, spaces, hyphens and look-alike letters do not matter.
#[must_use]
pub fn hash_code(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    hash(&plain)
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    text
}

/// What [`hex`] wrote; `None` for anything else.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        let code = code().unwrap();
        assert_eq!(code.len(), 19);
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(hash_code(&typed), hash_code(&code));
        assert_ne!(hash_code(&code), hash_code(&super::code().unwrap()));
    }

    #[test]
    fn a_token_says_what_it_is() {
        let token = token("rd").unwrap();
        assert!(token.starts_with("rd_"));
        assert_eq!(token.len(), 3 + 64);
    }
}
