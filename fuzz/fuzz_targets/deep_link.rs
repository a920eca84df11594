#![no_main]

// What the windows' files take from the link, without the link.
extern crate self as rightdoor_link;
pub use rightdoor_location::record::Problem;

// The windows' own files, without the windows.
#[path = "../../src-tauri/src/deep_link.rs"]
mod deep_link;
#[path = "../properties/links.rs"]
mod links;
#[expect(dead_code, reason = "the windows use more of it")]
#[path = "../../src-tauri/src/wanted.rs"]
mod wanted;

libfuzzer_sys::fuzz_target!(|data: &[u8]| links::deep_link(data));
