//! Access tokens, to be verified with real keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| access_core::fuzzing::jwt(text));
