//! What must hold of what the registry reads that is not XML, for any bytes. Whoever includes this has the
//! registry's `Endpoint` and `directory_csv` at its root.

use crate::{Endpoint, directory_csv};

/// A directory is refused with a line that says why, or it comes back from being written.
pub fn csv(data: &[u8]) {
    match directory_csv::read(data) {
        Err(error) => {
            let said = error.to_string();
            assert!(said.contains("; ") && !said.is_empty(), "{said}");
        }
        Ok(places) => {
            let mut written = Vec::new();
            assert!(directory_csv::write(&places, &mut written).is_ok());
            assert_eq!(directory_csv::read(written.as_slice()), Ok(places));
        }
    }
}

/// The users' part of an XCAP path names an endpoint in one spelling: reading that spelling again, plain or
/// escaped as in a path, names the same one.
pub fn xcap_path(data: &[u8]) {
    let Ok(path) = str::from_utf8(data) else { return };
    let user = path.split('/').find(|part| part.contains(':') || part.contains("%3A")).unwrap_or(path);
    let Some(text) = decoded(user) else { return };
    let Ok(endpoint) = Endpoint::parse(&text) else { return };
    assert_eq!(Endpoint::parse(endpoint.as_str()), Ok(endpoint.clone()), "{endpoint}");
    let escaped: String = endpoint.as_str().bytes().map(|byte| format!("%{byte:02x}")).collect();
    let again = decoded(&escaped).map(|text| Endpoint::parse(&text));
    assert_eq!(again, Some(Ok(endpoint)));
}

/// Percent-decoding, as the router does it.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escape = after.get(..2).filter(|_| *first == b'%').and_then(|hex| str::from_utf8(hex).ok());
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}
