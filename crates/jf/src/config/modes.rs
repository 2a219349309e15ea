//! Who may see the configuration: folders and files are made for their owner alone, and what is open to
//! others is closed.

use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

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

/// Closes the configuration file and its folder `home` to others, with a warning for each. The folder only
/// if it is the user's own and not sticky, which folders are that others share.
#[cfg(unix)]
pub(super) fn repair(home: &Path, file: &Path, report: &Report) {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    const SET_IDS_AND_STICKY: u32 = 0o7000;
    const STICKY: u32 = 0o1000;

    if let Ok(folder) = metadata(home)
        && folder.uid() == rustix::process::geteuid().as_raw()
        && folder.mode() & STICKY == 0
        && folder.mode() & 0o077 != 0
    {
        let narrowed = Permissions::from_mode(folder.mode() & SET_IDS_AND_STICKY | 0o700);
        let outcome = set_permissions(home, narrowed);
        // A folder that others can only look into keeps no secret, and may well be read-only on purpose.
        if outcome.is_ok() || folder.mode() & 0o022 != 0 {
            warn(home, "the folder of your credentials", folder.mode(), "0700", outcome, report);
        }
    }
    if let Ok(metadata) = metadata(file)
        && metadata.mode() & 0o077 != 0
    {
        let outcome = set_permissions(file, Permissions::from_mode(0o600));
        warn(file, "the file with your credentials", metadata.mode(), "0600", outcome, report);
    }
}

#[cfg(not(unix))]
pub(super) fn repair(_: &Path, _: &Path, _: &Report) {}

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
