//! A device name as an XML `ID`, and back.
//!
//! An `ID` starts with a letter and holds only letters, digits, `.` and `-` (and `_`, which is the
//! escape here: `_2f_` is U+002F), so any device name fits and comes back unchanged.

use std::fmt::Write;

/// The `id` for a device.
pub(super) fn encode(device: &str) -> String {
    let mut id = String::new();
    for c in device.chars() {
        let plain =
            c.is_ascii_alphabetic() || (!id.is_empty() && (c.is_ascii_digit() || matches!(c, '.' | '-')));
        if plain {
            id.push(c);
        } else {
            write!(id, "_{:x}_", u32::from(c)).ok();
        }
    }
    if id.is_empty() { "_".to_owned() } else { id }
}

/// The device of an `id`; an `id` that [`encode`] never writes is taken as it is.
pub(super) fn decode(id: &str) -> String {
    decoded(id).unwrap_or_else(|| id.to_owned())
}

fn decoded(id: &str) -> Option<String> {
    if id == "_" {
        return Some(String::new());
    }
    let mut device = String::new();
    let mut rest = id;
    while let Some((plain, after)) = rest.split_once('_') {
        let (code, next) = after.split_once('_')?;
        device.push_str(plain);
        device.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32)?);
        rest = next;
    }
    device.push_str(rest);
    Some(device)
}
