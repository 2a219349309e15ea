//! What `jf config import` is given.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| jf::fuzzing::export_token(text));
