#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rightdoor_fuzz::words::lost(data));
