//! Who may see the configuration: folders and files are made for their owner alone, and what is open to
//! others is closed.

use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
#[cfg(unix)]
use std::fs::Metadata;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Whether the last piece of `path` is a symbolic link.
pub(super) fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// Creates a folder, and those above it, that only its owner may enter; one that exists is left as it is.
///
/// # Errors
/// Names the folder.
pub(crate) fn create_private_folder(folder: &Path) -> Outcome<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        failed(&format!("cannot create {}", folder.display()), &error)
            .hint("make its parent folder writable, or name another one by JFROG_CLI_HOME_DIR")
    })
}

/// Options to write a file that only its owner may read, if it is made by them.
pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A failed step with a file.
pub(super) fn failed(what: &str, error: &io::Error) -> Failure {
    Failure::new(Reason::Failed, format!("{what}: {error}"))
}

/// Closes the configuration file and its folder `home` to others, with a warning for each, if both are the user's
/// own. The folder only if it is not sticky, which folders are that others share, and of jf alone: a project's folder
/// or `/` keeps its mode. Where somebody else can write into it, a warning says what that means, unless that one is
/// `caller`, who runs jf by sudo.
#[cfg(unix)]
pub(super) fn repair(home: &Path, file: &Path, caller: Option<u32>, report: &Report) {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let Ok(folder) = metadata(home) else { return };
    let own = rustix::process::geteuid().as_raw();
    if !narrow(home, &folder, report) && caller != Some(folder.uid()) {
        warn_of_writers(home, &folder, report);
    }
    if let Ok(metadata) = metadata(file)
        && metadata.mode() & 0o077 != 0
        // In somebody else's folder the name may have become that of another file by now.
        && folder.uid() == own
    {
        let outcome = set_permissions(file, Permissions::from_mode(0o600));
        let is_read_only = |error: &io::Error| error.kind() == io::ErrorKind::ReadOnlyFilesystem;
        if !outcome.as_ref().is_err_and(is_read_only) {
            warn(file, "the file with your credentials", metadata.mode(), "0600", outcome, report);
        }
    }
}

/// Whether the folder was closed to others just now.
#[cfg(unix)]
fn narrow(home: &Path, folder: &Metadata, report: &Report) -> bool {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    const SET_IDS_AND_STICKY: u32 = 0o7000;

    let narrowed = Permissions::from_mode(folder.mode() & SET_IDS_AND_STICKY | 0o700);
    // A folder may well be read-only on purpose; if others can write into it, that is told elsewhere.
    if !may_be_narrowed(home, folder) || set_permissions(home, narrowed).is_err() {
        return false;
    }
    warn(home, "the folder of your credentials", folder.mode(), "0700", Ok(()), report);
    true
}

/// Whether the folder is open to others, and jf may close it: it is the user's own, and nobody else's things are in it.
#[cfg(unix)]
fn may_be_narrowed(home: &Path, folder: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const STICKY: u32 = 0o1000;

    folder.uid() == rustix::process::geteuid().as_raw()
        && folder.mode() & STICKY == 0
        && folder.mode() & 0o077 != 0
        && is_only_jfs(home)
}

/// Who can put a configuration, a key or certificates into the folder says where credentials go.
#[cfg(unix)]
fn warn_of_writers(home: &Path, folder: &Metadata, report: &Report) {
    if let Some(who) = other_writers(home, folder) {
        report.warn(&format!("{}, the folder of your credentials, {who}; {OWN_FOLDER}", home.display()));
    }
}

/// What to do about a folder that somebody else can write into.
#[cfg(unix)]
const OWN_FOLDER: &str = "name a folder of your own by JFROG_CLI_HOME_DIR if that is not meant";

/// Who else can write into the folder, and what that means, in words to follow its name.
#[cfg(unix)]
fn other_writers(home: &Path, folder: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    const ROOT: u32 = 0;

    let own = rustix::process::geteuid().as_raw();
    let who = if folder.uid() != own && folder.uid() != ROOT {
        format!("belongs to another user ({})", folder.uid())
    } else if folder.mode() & 0o022 != 0 && !is_read_only(home) {
        format!("can be written by others (mode {:04o})", folder.mode() & 0o7777)
    } else {
        return None;
    };
    Some(format!("{who}: whoever writes there decides where they go"))
}

/// What others can see or change of the configuration file and its folder, each with what to do about it. Nothing is
/// changed. `caller` is who runs jf by sudo.
#[cfg(unix)]
pub(super) fn exposures(home: &Path, file: &Path, caller: Option<u32>) -> Vec<(String, String)> {
    use crate::output::terminal::shell_word;
    use std::os::unix::fs::MetadataExt as _;

    let word = |path: &Path| shell_word(&path.display().to_string());
    let mut exposures = Vec::new();
    if let Ok(folder) = std::fs::metadata(home) {
        if may_be_narrowed(home, &folder) {
            let found = format!("{} is open to others (mode {:04o})", home.display(), folder.mode() & 0o777);
            exposures.push((found, format!("chmod 700 {}", word(home))));
        } else if caller != Some(folder.uid())
            && let Some(who) = other_writers(home, &folder)
        {
            exposures.push((format!("{} {who}", home.display()), OWN_FOLDER.to_owned()));
        }
    }
    let Ok(metadata) = std::fs::metadata(file) else { return exposures };
    if metadata.mode() & 0o077 != 0 {
        let found = format!("{} is open to others (mode {:04o})", file.display(), metadata.mode() & 0o777);
        exposures.push((found, format!("chmod 600 {}", word(file))));
    }
    let owner = metadata.uid();
    if owner != rustix::process::geteuid().as_raw() && caller != Some(owner) {
        let found = format!("{} belongs to another user ({owner})", file.display());
        exposures.push((found, OWN_FOLDER.to_owned()));
    }
    exposures
}

#[cfg(not(unix))]
pub(super) fn exposures(_: &Path, _: &Path, _: Option<u32>) -> Vec<(String, String)> {
    Vec::new()
}

/// Whether nobody can write there, whatever the mode says.
#[cfg(unix)]
fn is_read_only(folder: &Path) -> bool {
    let found = rustix::fs::statvfs(folder);
    found.is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Whether nothing lies in the folder but what jf, this one or the existing one, puts into its home.
#[cfg(unix)]
fn is_only_jfs(home: &Path) -> bool {
    const NAMES: [&str; 11] = [
        "locks",
        "security",
        "backup",
        "plugins",
        "logs",
        "dependencies",
        "transfer",
        "package-alias",
        "metrics",
        "persistence.json",
        ".DS_Store",
    ];
    let is_known = |name: &str| {
        NAMES.contains(&name)
            || name.starts_with("jfrog-cli.conf")
            || name.starts_with(".jfrog-cli.conf")
            || (name.starts_with("jfrog_") && name.contains("_completion"))
    };
    let Ok(mut entries) = std::fs::read_dir(home) else { return false };
    entries.all(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_known)))
}

#[cfg(not(unix))]
pub(super) fn repair(_: &Path, _: &Path, _: Option<u32>, _: &Report) {}

#[cfg(unix)]
fn warn(path: &Path, what: &str, was: u32, is: &str, outcome: io::Result<()>, report: &Report) {
    let outcome = match outcome {
        Ok(()) => format!("its mode is {is} now"),
        Err(error) => format!("change its mode to {is}, which jf cannot: {error}"),
    };
    report.warn(&format!(
        "{}, {what}, was open to others (mode {:04o}); {outcome}",
        path.display(),
        was & 0o777
    ));
}
