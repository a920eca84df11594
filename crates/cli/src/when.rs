//! Instants in words.

use std::time::{SystemTime, UNIX_EPOCH};

use rightdoor_core::Wall;

/// Now, by the computer's calendar.
pub fn now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The instant as RFC 3339 in UTC, to the second.
pub fn stamp(at: Wall) -> String {
    rightdoor_location::time::write(at.0 - at.0.rem_euclid(1000))
}
