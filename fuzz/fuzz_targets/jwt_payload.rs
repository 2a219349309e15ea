//! Access tokens, for their payload.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| jf::fuzzing::jwt_payload(text));
