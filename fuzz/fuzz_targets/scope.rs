//! Scopes.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| accessd::fuzzing::scope(text));
