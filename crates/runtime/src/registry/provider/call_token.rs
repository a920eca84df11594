//! The file that tells the SIP side what a 911 call of this device has to carry.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

/// What the provider recognises a call by.
#[derive(Debug, Serialize)]
pub(super) struct CallToken<'a> {
    /// The user part of `From` or `P-Asserted-Identity`.
    pub sip_from_id: &'a str,
    /// The whole value of the header `Geolocation`; not a URI (RFC 6442 would have one).
    pub sip_geolocation_id: &'a str,
}

/// Puts the token, or that there is none, in place of an earlier one: whole or not at all.
pub(super) fn publish(file: &Path, token: Option<&CallToken<'_>>) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(&token).map_err(std::io::Error::other)?;
    text.push(b'\n');
    if std::fs::read(file).is_ok_and(|before| before == text) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    let mut new = std::fs::File::create(beside)?;
    new.write_all(&text)?;
    new.sync_all()?;
    std::fs::rename(beside, file)
}
