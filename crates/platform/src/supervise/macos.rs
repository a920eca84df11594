//! launchd.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::{Service, Status, SuperviseError, run, text, unlink, write};
use crate::dirs::NoHome;

const LABEL: &str = "rightdoor.companion";

pub(super) fn install(service: &Service) -> Result<(), SuperviseError> {
    let (path, domain) = agent()?;
    let _ = run("launchctl", &["bootout", &format!("{domain}/{LABEL}")]);
    write(&path, text::launch_agent(service).as_bytes())?;
    let started = run("launchctl", &["bootstrap", &domain, &path.to_string_lossy()]);
    if let Err(error) = started {
        unlink(&path)?;
        return Err(error);
    }
    Ok(())
}

pub(super) fn remove() -> Result<(), SuperviseError> {
    let (path, domain) = agent()?;
    let _ = run("launchctl", &["bootout", &format!("{domain}/{LABEL}")]);
    unlink(&path)
}

pub(super) fn status() -> Status {
    let Ok((path, domain)) = agent() else { return Status::NotInstalled };
    if !path.exists() {
        return Status::NotInstalled;
    }
    match run("launchctl", &["print", &format!("{domain}/{LABEL}")]) {
        Ok(said) if said.contains("state = running") => Status::Running,
        Ok(_) | Err(SuperviseError::Refused { .. }) => Status::Stopped,
        Err(_) => Status::Unknown,
    }
}

/// The agent's file, and the domain of this person's graphical login.
fn agent() -> Result<(PathBuf, String), SuperviseError> {
    let dirs = directories::BaseDirs::new().ok_or(NoHome)?;
    let home = dirs.home_dir();
    let path = home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"));
    let uid =
        std::fs::metadata(home).map_err(|source| SuperviseError::File { path: home.into(), source })?.uid();
    Ok((path, format!("gui/{uid}")))
}
