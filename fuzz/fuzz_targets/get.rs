#![no_main]

#[path = "../../src/bin/spotify-token/get/check.rs"]
mod check;
#[path = "../../src/bin/spotify-token/get/request.rs"]
mod request;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::check(data));
