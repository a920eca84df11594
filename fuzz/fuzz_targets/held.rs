#![no_main]

#[expect(dead_code, reason = "each target uses one of the properties")]
#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::held(data));
