//! Queries, and the page cursors in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    accessd::fuzzing::query(text);
    access_core::fuzzing::cursor(text);
});
