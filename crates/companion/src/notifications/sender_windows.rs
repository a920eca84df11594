//! Who toasts come from. Windows shows the name and the icon that this person's registry holds for the identifier a
//! toast is sent under (AppUserModelID); without an entry or a shortcut with it, a toast is dropped or comes as
//! PowerShell. The entry is written at every start, so that no installer has to and a moved program mends it.

use std::io;
use std::path::{Path, PathBuf};

use notify_rust::Notification;
use rightdoor_platform::dirs::Folders;
use windows_registry::{CURRENT_USER, Key};

/// The identifier toasts are sent under.
const ID: &str = "Rightdoor.Companion";

/// Where such identifiers are kept, for one person.
const PLACE: &str = r"Software\Classes\AppUserModelId";

const ICON: &[u8] = include_bytes!("../../../../icons/128x128.png");

/// Makes the entry, and the icon's file that it names.
pub fn register() -> io::Result<()> {
    let folder = Folders::of_this_person().map_err(io::Error::other)?.data;
    let icon = place_icon(&folder)?;
    enter(&icon)?;
    Ok(())
}

/// Sends a toast under our identifier.
pub fn sign(toast: &mut Notification) {
    toast.app_id(ID);
}

fn place_icon(folder: &Path) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let icon = folder.join("icon.png");
    // Read first: a toast may just be showing it.
    if std::fs::read(&icon).is_ok_and(|there| there == ICON) {
        return Ok(icon);
    }
    std::fs::write(&icon, ICON)?;
    Ok(icon)
}

fn enter(icon: &Path) -> windows_registry::Result<Key> {
    let entry = CURRENT_USER.create(format!(r"{PLACE}\{ID}"))?;
    entry.set_string("DisplayName", "Rightdoor")?;
    entry.set_string("IconUri", icon.to_string_lossy())?;
    Ok(entry)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_entry_names_us_and_an_icon_that_is_there() {
        register().unwrap();
        register().unwrap();
        let entry = CURRENT_USER.open(format!(r"{PLACE}\{ID}")).unwrap();
        assert_eq!(entry.get_string("DisplayName").unwrap(), "Rightdoor");
        let icon = PathBuf::from(entry.get_string("IconUri").unwrap());
        assert_eq!(std::fs::read(icon).unwrap(), ICON);
    }
}
