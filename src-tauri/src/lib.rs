//! THE WINDOWS: draw what the companion says, send what the agent wants, decide nothing.
//!
//! A short-lived process, started on demand and gone when its last window closes, so that the
//! safety loop never depends on a web view. For now it shows one page that says where to look
//! instead; the windows proper come on the doorway (`crates/link`).
#![forbid(unsafe_code)]

use tauri::{WebviewUrl, WebviewWindowBuilder};

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When the web view cannot start; the companion and `rightdoorctl` go on without it.
pub fn run() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "status", WebviewUrl::default())
                .title("Rightdoor")
                .inner_size(640.0, 420.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
