//! The network: hints that something changed, and looks at what is there.
//!
//! Callbacks of operating systems carry facts that are late, partial or wrong; so a [`Hint`] carries
//! none. [`Sampler::pre_sample`] and [`Sampler::sample`] always look at the system anew.

mod address;
mod exit;
#[cfg(not(target_os = "linux"))]
mod portable;
pub mod station;
#[cfg(unix)]
mod unix;
mod wifi;

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod os;
#[cfg(target_os = "macos")]
#[path = "macos/mod.rs"]
mod os;
#[cfg(target_os = "windows")]
#[path = "windows/mod.rs"]
mod os;

use std::fmt;
use std::io;

use rightdoor_core::HintSource;

#[cfg(windows)]
use os::bind;
#[cfg(target_os = "linux")]
use os::{exits, hardware};
#[cfg(not(target_os = "linux"))]
use portable::{exits, hardware};
#[cfg(unix)]
use unix::bind;

pub use exit::{Exit, past_vpn};

#[cfg(target_os = "linux")]
pub use os::{Sampler, Watcher};
#[cfg(not(target_os = "linux"))]
pub use portable::{Sampler, Watcher};

/// What the senses are told.
#[derive(Clone, Default)]
pub struct Options {
    /// Interfaces to take as wired whatever the kernel says of them (`senses.physical`): an unusual
    /// adapter, or a pair of virtual ones in a test.
    pub physical: Vec<String>,
    /// This installation's key for addresses of machines and radios (`data/hash.key`).
    pub key: [u8; 32],
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("physical", &self.physical).finish_non_exhaustive()
    }
}

/// What [`Watcher::next`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Something of this kind changed on a physical link: look again.
    Look(HintSource),
    /// Events were lost or could not be understood: anything may have changed.
    Lost,
}

/// Why a sense does not work.
#[derive(Debug, thiserror::Error)]
pub enum SenseError {
    /// The system refused.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried, as in "open the route socket".
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The system's answer could not be understood.
    #[error("the system's answer to \"{what}\" could not be understood")]
    Malformed {
        /// What was asked.
        what: &'static str,
    },
    /// The facts kept changing while they were read.
    #[error("the network changed faster than it could be read; try again")]
    Unsteady,
}

/// The resolvers that this computer asks for names, best first; empty where the system does not tell.
#[must_use]
pub fn resolvers() -> Vec<std::net::IpAddr> {
    os::resolvers()
}

/// The hardware addresses of this computer's physical adapters that have a carrier, as `00-1A-2B-3C-4D-5E`, sorted;
/// empty where the system does not tell. `physical` as in [`Options`].
///
/// They are for the organisation's registry, and for nobody else: nothing here logs or keeps them.
///
/// # Errors
/// [`SenseError`] when the system does not answer as it should.
pub fn hardware_addresses(physical: &[String]) -> Result<Vec<String>, SenseError> {
    let mut found = hardware(physical)?;
    found.sort();
    found.dedup();
    Ok(found.into_iter().map(|address| address.text().to_ascii_uppercase().replace(':', "-")).collect())
}

impl SenseError {
    fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
