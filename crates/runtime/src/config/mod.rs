//! Configuration: layers of TOML files, each key knowing where its value came from.
//!
//! Built-in defaults, then the person's file, then the file named on the command line, then the
//! organisation's locked policy (`/etc/rightdoor/policy.d/*.toml`, owned by root), which nobody below
//! may overrule. A file with a mistake is refused whole, with one error that names key, file and line;
//! the companion then runs on [`Config::defaults`] and says so, because the safety loop must run.

mod document;
mod error;
mod keys;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rightdoor_core::Policy;
use rightdoor_core::guidance::Language;
use rightdoor_platform::dirs::Folders;
use rightdoor_platform::locale;

pub use error::ConfigError;

use crate::registry::Settings;

/// Where the organisation's locked policy lives.
pub const POLICY_FOLDER: &str = "/etc/rightdoor/policy.d";

/// Where the registry token is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretStore {
    /// The system's keyring.
    #[default]
    Keyring,
    /// A file in the data folder that only this person may read. For computers without a keyring.
    File,
}

/// How much is logged. Nothing private is logged above `Debug`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// What a person must act on.
    Error,
    /// What went wrong and was dealt with.
    Warn,
    /// What happened: starts, stops, enrolments, refusals.
    #[default]
    Info,
    /// Every event and effect, redacted.
    Debug,
    /// Everything, libraries included.
    Trace,
}

impl Level {
    /// Its name in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Logging.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// How much.
    pub level: Level,
    /// One JSON object per line instead of text.
    pub json: bool,
    /// How many daily files to keep in the data folder's `log`; 0: none, stderr only.
    pub files: usize,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A file, at this line.
    File(PathBuf, usize),
    /// The organisation's policy, at this line; nobody else may set it.
    Locked(PathBuf, usize),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{}:{line}", file.display()),
            Self::Locked(file, line) => write!(f, "locked by {}:{line}", file.display()),
        }
    }
}

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Folder of the store, the guidance file and the hash key.
    pub data: PathBuf,
    /// Folder of the link's socket.
    pub runtime: PathBuf,
    /// Interfaces that count as physical whatever the kernel says.
    pub physical: Vec<String>,
    /// Folder of the state of sound devices: a microphone in use holds questions back.
    pub sound: PathBuf,
    /// Where the token is kept.
    pub secrets: SecretStore,
    /// Certificate authorities (PEM) to trust for the registry, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Certificate authorities (PEM) to trust for the phone service and the control pages, beside the system's.
    pub phone_ca_file: Option<PathBuf>,
    /// Whom to ask for names on the way to the phone service, instead of the system's resolvers.
    pub resolvers: Vec<SocketAddr>,
    /// Whether a registry on another computer may be reached without TLS: for laboratories only.
    pub plain_http: bool,
    /// Who keeps the locations, and what a provider has to be told.
    pub provider: Settings,
    /// The instance id of the softphone on this computer; empty if nobody has said.
    pub instance: String,
    /// Whether the companion opens windows; without them, questions are in notifications and the command line.
    pub windows: bool,
    /// Logging.
    pub log: Log,
    /// The engine's numbers and choices.
    pub policy: Policy,
    origins: BTreeMap<&'static str, Origin>,
    remarks: Vec<String>,
}

/// The files that [`Config::layer`] reads, lowest first.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The person's file; read if it exists.
    pub user: Option<PathBuf>,
    /// The file named on the command line; must exist.
    pub given: Option<PathBuf>,
    /// The folder of locked policy; read if it exists.
    pub policy: Option<PathBuf>,
}

impl Config {
    /// The built-in defaults, with this person's folders.
    #[must_use]
    pub fn defaults() -> Self {
        let folders = folders();
        Self::with_folders(folders.data, folders.runtime)
    }

    /// The built-in defaults with these folders.
    #[must_use]
    pub fn with_folders(data: PathBuf, runtime: PathBuf) -> Self {
        Self {
            data,
            runtime,
            physical: Vec::new(),
            secrets: SecretStore::default(),
            ca_file: None,
            phone_ca_file: None,
            resolvers: Vec::new(),
            plain_http: false,
            provider: Settings::default(),
            instance: String::new(),
            windows: true,
            sound: rightdoor_platform::microphone::SOUND.into(),
            log: Log::default(),
            policy: Policy { language: spoken(), ..Policy::default() },
            origins: BTreeMap::new(),
            remarks: Vec::new(),
        }
    }

    /// The configuration of this person on this computer; `given` is the file of `--config`.
    ///
    /// # Errors
    /// The first mistake found. The caller may go on with [`Config::defaults`] and must say so.
    pub fn load(given: Option<&Path>) -> Result<Self, ConfigError> {
        let folders = folders();
        let sources = Sources {
            user: Some(folders.config.join("config.toml")),
            given: given.map(Path::to_owned),
            policy: Some(PathBuf::from(POLICY_FOLDER)),
        };
        Self::with_folders(folders.data, folders.runtime).layer(&sources)
    }

    /// This configuration with `sources` on top.
    ///
    /// # Errors
    /// The first mistake found, in the order of the layers.
    pub fn layer(mut self, sources: &Sources) -> Result<Self, ConfigError> {
        if let Some(file) = &sources.user
            && file.exists()
        {
            self.apply(file, false)?;
        }
        if let Some(file) = &sources.given {
            self.apply(file, false)?;
        }
        for file in sources.policy.iter().flat_map(|folder| policy_files(folder)) {
            if may_be_policy(&file) {
                self.apply(&file, true)?;
            } else {
                self.remarks.push(format!(
                    "{}: not taken as policy: it must belong to root and be writable by root only",
                    file.display()
                ));
            }
        }
        if let Some((key, why, fix)) = keys::contradiction(&self) {
            let (file, line) = match self.origin(key) {
                Origin::File(file, line) | Origin::Locked(file, line) => (file.clone(), *line),
                Origin::Default => (PathBuf::from("(defaults)"), 0),
            };
            return Err(ConfigError::BadValue { file, line, key, why, fix });
        }
        Ok(self)
    }

    /// Where the value of `key` (`policy.snooze`) came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    /// Every key with the origin of its value, in the order of the documentation.
    pub fn origins(&self) -> impl Iterator<Item = (&'static str, &Origin)> {
        keys::all().map(|key| (key.name, self.origin(key.name)))
    }

    /// What was not taken although it is no mistake: overruled keys, untrusted policy files.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The store's file.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.data.join("rightdoor.sqlite")
    }

    fn apply(&mut self, file: &Path, locked: bool) -> Result<(), ConfigError> {
        let unreadable =
            |why: std::io::Error| ConfigError::Unreadable { file: file.to_owned(), why: why.to_string() };
        // Relative paths start at the file, wherever the companion was started.
        let file_at = std::path::absolute(file).map_err(unreadable)?;
        let base = file_at.parent().unwrap_or(Path::new("/"));
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        for setting in document::settings(file, &text)? {
            let Some(key) = keys::all().find(|key| key.name == setting.key) else {
                let nearest = error::nearest(&setting.key, keys::all().map(|key| key.name));
                let (file, line, key) = (file.to_owned(), setting.line, setting.key);
                return Err(ConfigError::UnknownKey { file, line, key, nearest });
            };
            (key.put)(self, &setting.value, base).map_err(|why| ConfigError::BadValue {
                file: file.to_owned(),
                line: setting.line,
                key: key.name,
                why,
                fix: key.form,
            })?;
            let at = if locked {
                Origin::Locked(file.to_owned(), setting.line)
            } else {
                Origin::File(file.to_owned(), setting.line)
            };
            if let Some(before) = self.origins.insert(key.name, at.clone())
                && locked
            {
                self.remarks.push(format!("{before}: `{}` is {at}", key.name));
            }
        }
        Ok(())
    }
}

/// This person's folders; an account without a home gets one below the system's temporary folder, so
/// that the loop runs until somebody names the folders in the configuration.
fn folders() -> Folders {
    Folders::of_this_person().unwrap_or_else(|_| {
        let home = std::env::temp_dir().join("rightdoor");
        Folders { config: home.join("config"), data: home.join("data"), runtime: home.join("run") }
    })
}

/// The language of this person's desktop, where it is one of ours.
fn spoken() -> Language {
    locale::names().iter().find_map(|name| Language::of(name)).unwrap_or_default()
}

fn policy_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

/// Whether only an administrator can have written it.
#[cfg(unix)]
fn may_be_policy(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // Follows a symbolic link on purpose: what counts is who can change the text.
    std::fs::metadata(file).is_ok_and(|meta| meta.uid() == 0 && meta.mode() & 0o022 == 0)
}

/// Whether only an administrator can have written it: this folder exists on Unix only.
#[cfg(not(unix))]
fn may_be_policy(_file: &Path) -> bool {
    false
}
