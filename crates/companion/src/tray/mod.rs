//! The seam: the tray of this operating system, drawn from one value.

mod ending;
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
#[path = "linux.rs"]
mod os;
#[cfg(any(target_os = "windows", target_os = "macos"))]
#[path = "menu_bar.rs"]
mod os;

pub use ending::told_to_stop;
pub use os::{Ends, Tray, run};
