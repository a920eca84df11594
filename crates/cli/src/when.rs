//! Instants in words.

use std::time::{SystemTime, UNIX_EPOCH};

use rightdoor_core::Wall;

/// Now, by the computer's calendar.
pub fn now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How long ago `then` was.
pub fn ago(then: Wall, now: Wall) -> String {
    let Some(span) = now.since(then) else { return "in the future by this computer's clock".to_owned() };
    match span.as_secs() {
        0..60 => "just now".to_owned(),
        s @ 60..3_600 => format!("{} min ago", s / 60),
        s @ 3_600..172_800 => format!("{} h ago", s / 3_600),
        s => format!("{} days ago", s / 86_400),
    }
}

/// The instant as RFC 3339 in UTC, to the second.
pub fn stamp(at: Wall) -> String {
    rightdoor_location::time::write(at.0 - at.0.rem_euclid(1000))
}
