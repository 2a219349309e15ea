//! What the fuzz targets of the service begin with, and what they have found, read once more by every test run.

use std::fs;
use std::path::Path;

/// Hands every seed of a target to `read`, and names the one that it does not return from.
fn replay(target: &str, read: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read(&path).unwrap();
        assert!(std::panic::catch_unwind(|| read(&text)).is_ok(), "{}", path.display());
        count += 1;
    }
    assert!(count > 7, "{target}: {count}");
}

/// For targets that are given text.
fn as_text(text: &[u8], read: fn(&str)) {
    read(&String::from_utf8_lossy(text));
}

#[test]
fn tokens() {
    replay("jwt", |text| as_text(text, access_core::fuzzing::jwt));
}

#[test]
fn create_requests() {
    replay("create_body", accessd::fuzzing::create_body);
}

#[test]
fn scopes() {
    replay("scope", |text| as_text(text, accessd::fuzzing::scope));
}

#[test]
fn queries() {
    replay("query", |text| as_text(text, accessd::fuzzing::query));
    replay("query", |text| as_text(text, access_core::fuzzing::cursor));
}

#[test]
fn heads() {
    replay("path_and_headers", |text| as_text(text, accessd::fuzzing::path_and_headers));
}
