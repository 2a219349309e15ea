//! Bodies of requests for tokens: JSON and forms.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| accessd::fuzzing::create_body(text));
