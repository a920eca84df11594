//! What a companion says of its computer and its softphone beside the address that it asks from.

use std::net::IpAddr;

use axum::http::HeaderMap;
use rightdoor_location::held::Identity;
use rightdoor_location::record::{ADAPTERS, INSTANCE};

use crate::refused::Refused;
use crate::seen::{MOST, Mark, Seen};

/// The marks of a device that asks from `peer`.
pub(super) fn marks(seen: &Seen, peer: IpAddr, headers: &HeaderMap) -> Result<Vec<Mark>, Refused> {
    let mut marks = vec![seen.address(peer)];
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}").trim());
    if let Some(instance) = said(INSTANCE).filter(|instance| !instance.is_empty()) {
        marks.push(seen.instance(instance));
    }
    let listed = said(ADAPTERS).unwrap_or("").split(',').map(str::trim).filter(|text| !text.is_empty());
    for (number, text) in listed.enumerate() {
        if number == MOST {
            let message = format!("The header {ADAPTERS} names more than {MOST} adapters.");
            return Err(Refused::bad_request("bad_adapters", message, "name those that are connected"));
        }
        let Some(Identity::Mac(mac)) = Identity::mac(text) else {
            let message = format!("The header {ADAPTERS} holds something that is no hardware address.");
            let hint = "write addresses like 00-1A-2B-3C-4D-5E, separated by commas";
            return Err(Refused::bad_request("bad_adapters", message, hint));
        };
        marks.push(seen.hardware(&mac));
    }
    Ok(marks)
}
