#![no_main]

#[expect(dead_code, reason = "each target uses one of the properties")]
#[path = "../properties/words.rs"]
mod words;

libfuzzer_sys::fuzz_target!(|data: &[u8]| words::pidf(data));
