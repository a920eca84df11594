//! systemd's user manager.

use std::path::PathBuf;

use super::{Service, Status, SuperviseError, run, text, unlink, write};
use crate::dirs::NoHome;

const UNIT: &str = "rightdoor-companion.service";

/// Where the packages of Linux distributions put the unit, for everyone.
const PACKAGED: &str = "/usr/lib/systemd/user/rightdoor-companion.service";

pub(super) fn install(service: &Service) -> Result<(), SuperviseError> {
    let path = unit_path()?;
    let before = std::fs::read(&path).ok();
    write(&path, text::systemd_unit(service).as_bytes())?;
    let taken = systemctl(&["daemon-reload"])
        // Enabled anew, because another target may want it now.
        .and_then(|_| systemctl(&["reenable", UNIT]))
        .and_then(|_| systemctl(&["restart", UNIT]));
    if let Err(error) = taken {
        match before {
            Some(before) => write(&path, &before)?,
            None => {
                let _ = systemctl(&["disable", UNIT]);
                unlink(&path)?;
            }
        }
        let _ = systemctl(&["daemon-reload"]);
        return Err(error);
    }
    Ok(())
}

pub(super) fn remove() -> Result<(), SuperviseError> {
    let path = unit_path()?;
    if path.exists() {
        // Without a user manager nothing runs, and removing the file is enough.
        let _ = systemctl(&["disable", "--now", UNIT]);
        unlink(&path)?;
        let _ = systemctl(&["daemon-reload"]);
    }
    Ok(())
}

pub(super) fn status() -> Status {
    let own = unit_path().is_ok_and(|path| path.exists());
    if !own && !std::path::Path::new(PACKAGED).exists() {
        return Status::NotInstalled;
    }
    // `is-active` fails for a stopped unit, so the state is read instead.
    match systemctl(&["show", "--property=ActiveState", "--value", UNIT]).as_deref().map(str::trim) {
        Ok("active" | "activating" | "reloading") => Status::Running,
        Ok(_) => Status::Stopped,
        Err(_) => Status::Unknown,
    }
}

fn systemctl(arguments: &[&str]) -> Result<String, SuperviseError> {
    let mut all = vec!["--user"];
    all.extend(arguments);
    run("systemctl", &all)
}

fn unit_path() -> Result<PathBuf, SuperviseError> {
    let dirs = directories::BaseDirs::new().ok_or(NoHome)?;
    Ok(dirs.config_dir().join("systemd/user").join(UNIT))
}
