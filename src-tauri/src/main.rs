//! The binary `rightdoor`: the windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

/// Has WebKitGTK draw without a graphics driver; other web views do not know it.
const PLAIN: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

fn main() -> ExitCode {
    draw_plainly();
    match rightdoor_lib::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The window could not open: {error}. Use `rightdoorctl where` meanwhile.");
            ExitCode::from(3)
        }
    }
}

/// With some graphics drivers the windows stay blank, and without one they open in half the time (docs/adr/0015). Whoever
/// has set it, to whatever, knows better.
#[expect(unsafe_code, reason = "the web view takes this from the environment only")]
fn draw_plainly() {
    if std::env::var_os(PLAIN).is_none() {
        // SAFETY: `main` does this first, so there is no other thread that could read the environment meanwhile.
        unsafe { std::env::set_var(PLAIN, "1") }
    }
}
