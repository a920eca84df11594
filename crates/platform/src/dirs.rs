//! Where this person's files are, by the rules of each system (XDG, Known Folders, `~/Library`).

use std::path::PathBuf;

use directories::ProjectDirs;

/// The three folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// What the person or the organisation configures: `config.toml`.
    pub config: PathBuf,
    /// What Rightdoor keeps: store, hash key, guidance file.
    pub data: PathBuf,
    /// What lives as long as the login: the link's socket.
    pub runtime: PathBuf,
}

/// The person's home cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this account has no home folder; set HOME, or name the folders in the configuration")]
pub struct NoHome;

impl Folders {
    /// The folders of this person on this system. Nothing is created.
    ///
    /// # Errors
    /// [`NoHome`] when the system names no home folder.
    pub fn of_this_person() -> Result<Self, NoHome> {
        let dirs = ProjectDirs::from("", "", "rightdoor").ok_or(NoHome)?;
        // Without a runtime folder (no login session, Windows, macOS) the data folder is the one
        // place that is certainly this person's alone.
        let runtime = dirs
            .runtime_dir()
            .map_or_else(|| dirs.data_local_dir().join("run"), std::path::Path::to_path_buf);
        Ok(Self {
            config: dirs.config_dir().to_path_buf(),
            data: dirs.data_local_dir().to_path_buf(),
            runtime,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_is_absolute_and_named_after_the_program() {
        let Ok(folders) = Folders::of_this_person() else { return };
        for folder in [&folders.config, &folders.data, &folders.runtime] {
            assert!(folder.is_absolute(), "{folder:?}");
            assert!(folder.iter().any(|part| part == "rightdoor"), "{folder:?}");
        }
    }
}
