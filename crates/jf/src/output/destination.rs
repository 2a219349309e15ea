//! Where a result goes: standard output, or a new file that has its name only when it is whole. However
//! the command ends, nothing is left under that name but a whole result.

use crate::error::{Failure, Outcome, Reason};
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, PersistError};

/// A place that can take the result.
pub(crate) enum Destination {
    /// Standard output.
    Stdout,
    /// A file that does not exist yet.
    NewFile(PathBuf),
    /// A file that is there, to be replaced whole.
    Replace(PathBuf),
}

/// Why a result is not where it should be.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// It is nowhere.
    Lost(io::Error),
    /// It is whole, but in another file, since it could not be moved into place.
    Elsewhere {
        /// Where it is, mode 0600.
        file: PathBuf,
        /// Why it could not be moved.
        why: io::Error,
    },
}

impl Destination {
    /// The file `output`, or standard output. That the file can be made is tried out, and nothing is
    /// left of that.
    ///
    /// # Errors
    /// If the file exists or cannot be made.
    pub(crate) fn check(output: Option<&Path>) -> Outcome<Self> {
        let Some(path) = output else { return Ok(Destination::Stdout) };
        let shown = path.display();
        let cannot = |why: &dyn Display| {
            Failure::new(Reason::Failed, format!("--output: cannot create {shown}: {why}"))
                .hint("name a new file in a folder that exists and that you may write to")
        };
        match fs::symlink_metadata(path) {
            Ok(_) => {
                let problem = format!("--output: {shown} exists already, and is not overwritten");
                return Err(Failure::new(Reason::Conflict, problem)
                    .hint("choose another name, or remove the file first"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(&error)),
        }
        if path.to_string_lossy().ends_with(std::path::is_separator) {
            return Err(cannot(&"this names a folder"));
        }
        match neighbour(path) {
            Ok(_) => Ok(Destination::NewFile(path.to_owned())),
            // The whole error has the neighbour's name in it, which means nothing to anybody.
            Err(error) => Err(cannot(&error.kind())),
        }
    }

    /// The same, but a file that is there is replaced, with the mode 0600; what a link points to, not the link.
    ///
    /// # Errors
    /// If there is something else than a file, or nothing can be made beside it.
    pub(crate) fn check_replacing(output: Option<&Path>) -> Outcome<Self> {
        let Some(path) = output else { return Ok(Destination::Stdout) };
        let Ok(target) = path.canonicalize() else { return Self::check(output) };
        let cannot = |why: &dyn Display| {
            Failure::new(Reason::Failed, format!("--output: cannot replace {}: {why}", path.display()))
                .hint("name a file in a folder that you may write to")
        };
        if !target.is_file() {
            return Err(cannot(&"it is no file"));
        }
        neighbour(&target).map_err(|error| cannot(&error.kind()))?;
        Ok(Destination::Replace(target))
    }

    /// Writes the result to the last byte.
    ///
    /// # Errors
    /// What the operating system says, and whether the result is still somewhere.
    pub(crate) fn write(self, text: &[u8]) -> Result<(), NotWritten> {
        match self {
            Destination::Stdout => super::write_result(text).map_err(NotWritten::Lost),
            Destination::NewFile(path) => write_beside(&path, text, |file| file.persist_noclobber(&path)),
            Destination::Replace(path) => write_beside(&path, text, |file| file.persist(&path)),
        }
    }
}

fn write_beside(
    path: &Path,
    text: &[u8],
    put: impl FnOnce(NamedTempFile) -> Result<fs::File, PersistError>,
) -> Result<(), NotWritten> {
    let mut file = neighbour(path).map_err(NotWritten::Lost)?;
    file.write_all(text).and_then(|()| file.as_file().sync_all()).map_err(NotWritten::Lost)?;
    let Err(refused) = put(file) else {
        // Some file systems cannot make a folder's entry durable by itself; the file is in place either way.
        let _ = fs::File::open(folder_of(path)).and_then(|folder| folder.sync_all());
        return Ok(());
    };
    match refused.file.keep() {
        Ok((_, file)) => Err(NotWritten::Elsewhere { file, why: refused.error }),
        Err(not_kept) => Err(NotWritten::Lost(not_kept.error)),
    }
}

/// A new file (mode 0600) in the folder of `path`, which vanishes unless it is moved or kept.
fn neighbour(path: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".jf-output.").tempfile_in(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_taken_meanwhile_is_not_overwritten_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let destination = Destination::check(Some(&path)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "theirs").unwrap();
        let Err(NotWritten::Elsewhere { file, why }) = destination.write(b"mine") else {
            panic!("not refused")
        };
        assert_eq!(why.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(file).unwrap(), "mine");
        assert_eq!(fs::read_to_string(path).unwrap(), "theirs");
    }

    #[test]
    #[cfg(unix)]
    fn a_file_is_replaced_whole_behind_its_link_and_for_its_owner_only() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("out"), folder.path().join("link"));
        fs::write(&path, "old and longer").unwrap();
        symlink("out", &link).unwrap();
        Destination::check_replacing(Some(&link)).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(Destination::check_replacing(Some(folder.path())).is_err());
        let new = folder.path().join("new");
        Destination::check_replacing(Some(&new)).unwrap().write(b"first").unwrap();
        assert_eq!(fs::read_to_string(new).unwrap(), "first");
    }

    #[test]
    #[cfg(unix)]
    fn names_that_cannot_become_a_file_are_refused_first() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
        let long = "x".repeat(300);
        for (name, reason) in [
            (".", Reason::Conflict),
            ("link", Reason::Conflict),
            ("new/", Reason::Failed),
            ("no/folder/out", Reason::Failed),
            (long.as_str(), Reason::Failed),
        ] {
            let failure = Destination::check(Some(&folder.path().join(name))).err().unwrap();
            assert_eq!(failure.reason, reason, "{failure}");
            assert!(!failure.message.contains(".jf-output"), "{failure}");
        }
    }
}
