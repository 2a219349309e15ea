//! Command lines, a line for each argument.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| jf::fuzzing::arguments(text));
