//! Who notifications come from. Unless told, the crate beneath sends them as the Finder. The bundle is the companion's own
//! (docs/cross.md), whose permission it is.

use notify_rust::Notification;
use notify_rust::error::Error;

/// The bundle's identifier, as in packaging/macos/Companion-Info.plist.
const ID: &str = "invalid.example.rightdoor.companion";

/// Says who we are. Outside our bundle the system does not know the identifier and refuses.
pub fn register() -> Result<(), Error> {
    notify_rust::set_application(ID).map_err(Error::from)
}

/// What is sent already says it.
pub const fn sign(_toast: &mut Notification) {}

#[cfg(test)]
mod tests {
    use super::ID;

    #[test]
    fn the_bundle_has_the_identifier_that_notifications_come_from() {
        let plist = include_str!("../../../../packaging/macos/Companion-Info.plist");
        assert!(plist.contains(&format!("<string>{ID}</string>")));
    }
}
