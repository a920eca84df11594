#![no_main]

#[expect(dead_code, reason = "each target uses one of the properties")]
#[path = "../properties/registry.rs"]
mod registry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| registry::csv(data));
