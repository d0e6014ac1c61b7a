#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spotify_token::unstable::fuzzing::response(data));
