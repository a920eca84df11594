//! Who sits at the computer: sleep and wake-up, lock, user switch, remote sessions.

#[cfg(not(target_os = "macos"))]
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rightdoor_core::network::Session;

use crate::network::station::Keyer;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod os;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod os;
#[cfg(target_os = "windows")]
#[path = "windows.rs"]
mod os;

pub use os::Watcher;

/// What [`Watcher::next`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The computer woke up.
    Resumed {
        /// How long it slept.
        asleep: Duration,
    },
    /// The computer is about to sleep, or the person is logging out.
    Leaving,
    /// Lock, user switch or remote state changed; a look at the network tells how.
    Changed,
}

/// The facts last heard, as the operating system tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    active: bool,
    remote: bool,
    locked: bool,
}

/// The session's facts belong to the process, like its user: samplers read what the watcher heard.
#[cfg(not(target_os = "macos"))]
static HEARD: Mutex<Option<Facts>> = Mutex::new(None);

#[cfg(not(target_os = "macos"))]
fn remember(facts: Facts) {
    *HEARD.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts);
}

/// The session as last heard; without a watcher, as the environment tells it.
pub(crate) fn current(keyer: &Keyer) -> Session {
    let Facts { active, remote, locked } = facts();
    Session { user: keyer.person(&os::account()), active, remote, locked }
}

/// The facts as last heard; without a watcher, as the environment tells them.
#[cfg(not(target_os = "macos"))]
fn facts() -> Facts {
    let heard = *HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    heard.unwrap_or_else(|| Facts { active: true, remote: os::remote_by_environment(), locked: false })
}

/// The facts now: lock and user switch are not announced on macOS, so they are looked at.
#[cfg(target_os = "macos")]
fn facts() -> Facts {
    os::facts()
}

/// Whether the person sits elsewhere.
pub(crate) fn is_remote() -> bool {
    facts().remote
}
