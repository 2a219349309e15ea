//! ID tokens as they come from anybody, and claims against the patterns of an identity mapping.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| access_core::oidc::fuzzing::id_token(text));
