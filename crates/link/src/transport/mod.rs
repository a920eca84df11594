//! The seam: a Unix socket, or a named pipe on Windows. Nothing else in this crate knows which.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;
#[cfg(windows)]
mod owner;

pub use os::{Listener, ServerStream, connect, same_user, socket_path, windows_path};
