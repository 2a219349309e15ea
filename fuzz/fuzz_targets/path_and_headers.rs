//! Heads of requests: the target, and a line for each header.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| accessd::fuzzing::path_and_headers(text));
