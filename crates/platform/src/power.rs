//! Whether the computer runs on mains or on its battery (design, section 7): a call ends when the battery does.
//!
//! It never makes an outage; it is said beside what the phone service does. On Linux UPower says it; on Windows and
//! macOS it is not asked yet, and doctor says so.

#[cfg(not(target_os = "linux"))]
#[path = "power/elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "power/linux.rs"]
mod os;

pub use os::Watcher;
