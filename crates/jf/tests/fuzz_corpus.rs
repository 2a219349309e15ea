//! What the fuzz targets begin with, and what they have found, read once more by every test run.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy knows that of test functions only"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The texts in a folder of the repository.
fn texts(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let texts: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    assert!(texts.len() > 7, "{texts:?}");
    texts
}

/// Hands each of them to `read`, and names the one that it does not return from.
fn replay(target: &str, read: fn(&str)) {
    for (path, text) in texts(&format!("../../fuzz/seeds/{target}")) {
        let text = String::from_utf8_lossy(&text);
        assert!(std::panic::catch_unwind(|| read(&text)).is_ok(), "{}", path.display());
    }
}

#[test]
fn configuration_files() {
    for (path, text) in texts("../../fuzz/seeds/config_file").into_iter().chain(texts("tests/golden")) {
        let outcome = std::panic::catch_unwind(|| jf::fuzzing::config_file(&text));
        assert!(outcome.is_ok(), "{}", path.display());
    }
}

#[test]
fn exported_servers() {
    replay("export_token", jf::fuzzing::export_token);
}

#[test]
fn tokens() {
    replay("jwt_payload", jf::fuzzing::jwt_payload);
}

#[test]
fn command_lines() {
    replay("arguments", jf::fuzzing::arguments);
}
