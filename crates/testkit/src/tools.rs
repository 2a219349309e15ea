//! Programs that nobody here wrote, as witnesses: OpenSSL, and Python with clients from PyPI.

use crate::build_folder;
use std::path::Path;
use std::process::Command;

/// Runs `openssl` and returns its standard output.
///
/// # Panics
/// If it fails.
#[track_caller]
pub fn openssl(arguments: &[&str]) -> String {
    finish(Command::new("openssl").args(arguments), "openssl")
}

/// Runs a script of tests/python and returns its standard output.
///
/// # Panics
/// If it fails.
#[track_caller]
pub fn python(script: &str, arguments: &[&str]) -> String {
    finish(python_command(script).args(arguments), script)
}

/// A script of tests/python in the environment that scripts/install-test-tools makes, ready to be run.
///
/// # Panics
/// If that environment is missing.
#[track_caller]
pub fn python_command(script: &str) -> Command {
    let profile = build_folder();
    let target = profile.parent().expect("profiles are in the target folder");
    let interpreter = target.join("venv/bin/python");
    assert!(
        interpreter.is_file(),
        "{} is missing: run scripts/install-test-tools first",
        interpreter.display()
    );
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python");
    let mut command = Command::new(interpreter);
    command.arg(scripts.join(script)).env_clear().env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[track_caller]
fn finish(command: &mut Command, name: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{name} cannot be run: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} failed:\n{stdout}\n{stderr}");
    stdout.into_owned()
}
