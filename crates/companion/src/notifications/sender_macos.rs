//! Who notifications come from. Unless told, the crate beneath sends them as the Finder. It is the bundle that the
//! companion lies in, whose permission it is (docs/cross.md).

use notify_rust::Notification;
use notify_rust::error::Error;

/// The bundle's identifier, as in tauri.conf.json.
const ID: &str = "invalid.example.rightdoor";

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
        let configuration = include_str!("../../../../tauri.conf.json");
        assert!(configuration.contains(&format!("\"identifier\": \"{ID}\"")));
    }
}
