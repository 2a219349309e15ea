//! A data folder as `initdb` leaves it, made once and kept in cargo's target folder: a copy takes a tenth of the time.

use super::programs::{self, Owner};
use crate::build_folder;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes a fresh data folder.
#[track_caller]
pub(super) fn copy_to(data: &Path, owner: &Owner) {
    // A data folder belongs to the program that made it: to the version and to how it was built.
    let version = Command::new(programs::folder().join("postgres")).arg("--version").output();
    let version = version.expect("PostgreSQL can be run").stdout;
    let version: String =
        version.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(*b)).collect();
    let kept = build_folder().join(format!("postgres-template-{version}-{}", owner.id()));
    if !kept.exists() {
        make(&kept, owner);
    }
    programs::run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(&kept).arg(data));
    owner.owns_all(data);
}

/// Test processes that start at the same time may all make one; whichever is ready first counts.
#[track_caller]
fn make(kept: &Path, owner: &Owner) {
    let (folder, _) = super::scratch();
    let fresh = folder.path().join("data");
    let mut initdb = owner.command(&programs::folder().join("initdb"));
    initdb.arg("-D").arg(&fresh).args(["--no-sync", "--no-instructions", "-U", "postgres", "-A", "trust"]);
    programs::run(initdb.args(["-E", "UTF8", "--locale=C"]));
    // Beside its place first, as a rename is all or nothing within one file system only.
    let beside = tempfile::tempdir_in(build_folder()).expect("cargo's folder can be written");
    let copy = beside.path().join("data");
    programs::run(Command::new("cp").arg("-a").arg(&fresh).arg(&copy));
    if fs::rename(&copy, kept).is_err() {
        assert!(kept.exists(), "{} cannot be made", kept.display());
    }
}
