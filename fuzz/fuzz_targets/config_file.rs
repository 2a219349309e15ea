//! Configuration files of any version.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| jf::fuzzing::config_file(text));
