//! How the configuration's text gets onto the disk: whole and durable, or not at all.

use crate::config::heir::Heir;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

const PREFIX: &str = ".jfrog-cli.conf.";
/// No save takes this long, so a neighbour of this age was left by a process that was killed.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// A text that lies beside its place, whole and durable. Removed if it is dropped before it is put there.
#[derive(Debug)]
pub(super) struct Neighbour {
    file: NamedTempFile,
}

impl Neighbour {
    /// Writes `text` into a new file (mode 0600) in the folder of `target`; it becomes the heir's, if there is one
    /// and the folder is the heir's.
    ///
    /// # Errors
    /// If the folder cannot be written to, or the disk is full.
    pub(super) fn write(target: &Path, text: &[u8], heir: Option<Heir>) -> io::Result<Self> {
        let mut file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder_of(target))?;
        if let Some(heir) = heir {
            heir.get(file.as_file(), folder_of(target));
        }
        file.write_all(text)?;
        file.as_file().sync_all()?;
        Ok(Self { file })
    }

    /// Moves it to `target`. Whoever reads that sees the old text or this one, never half of one.
    ///
    /// # Errors
    /// If it cannot be moved there; or if the move cannot be made durable, when it has happened already.
    pub(super) fn put(self, target: &Path) -> io::Result<()> {
        self.file.persist(target)?;
        // Only Unix can make the folder's entry durable by itself.
        if cfg!(unix) { File::open(folder_of(target))?.sync_all() } else { Ok(()) }
    }
}

/// Removes neighbours that killed processes left in `folder` more than an hour before `now`. What cannot be
/// looked at or removed stays.
pub(super) fn sweep(folder: &Path, now: SystemTime) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_old = || {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(now.duration_since(metadata.modified().ok()?).ok()? > LEFT_BEHIND)
        };
        if is_ours && is_old() == Some(true) {
            // Somebody else's sweep may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The folder that `path` lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_neighbour_is_put_in_place_or_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("file");
        Neighbour::write(&target, b"one", None).unwrap().put(&target).unwrap();
        drop(Neighbour::write(&target, b"two", None).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_old_neighbours_are_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        for name in [".jfrog-cli.conf.a1B2c3", "jfrog-cli.conf.v6", ".other"] {
            fs::write(path(name), "").unwrap();
        }
        fs::create_dir(path(".jfrog-cli.conf.folder")).unwrap();
        sweep(folder.path(), clock::now() + Duration::from_mins(59));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
        sweep(folder.path(), clock::now() + Duration::from_mins(61));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        assert!(!path(".jfrog-cli.conf.a1B2c3").exists());
    }
}
