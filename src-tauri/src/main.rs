//! The binary `rightdoor`: the windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match rightdoor_lib::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The window could not open: {error}. Use `rightdoorctl where` meanwhile.");
            ExitCode::from(3)
        }
    }
}
