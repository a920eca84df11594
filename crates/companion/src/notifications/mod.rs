//! The seam: notifications of this operating system.

#[cfg(target_os = "macos")]
#[path = "sender_macos.rs"]
mod sender;
#[cfg(target_os = "windows")]
#[path = "sender_windows.rs"]
mod sender;

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
#[path = "linux.rs"]
mod os;
#[cfg(any(target_os = "windows", target_os = "macos"))]
#[path = "toast.rs"]
mod os;

pub use os::Notifications;
