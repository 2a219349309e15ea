//! Files that root makes in somebody else's home folder, by `sudo jf`, become that one's: with root's files in it
//! the owner could use the configuration no more.
//!
//! Whoever owns the folder can put links into it, so nothing is given away by its path: only what is open, and
//! only if it is root's, no link, and has no other name elsewhere.

#[cfg(unix)]
use crate::config::lock::is_note;
#[cfg(unix)]
use crate::config::lock_folder::LockName;
use std::fs::File;
use std::path::Path;

/// Who gets what root makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heir {
    #[cfg(unix)]
    user: u32,
    #[cfg(unix)]
    group: u32,
}

#[cfg(unix)]
impl Heir {
    /// The owner of the folder `home`, if this process is root's and the folder is not.
    pub(super) fn of(home: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let folder = std::fs::metadata(home).ok().filter(|_| rustix::process::geteuid().is_root())?;
        (folder.uid() != ROOT).then(|| Self { user: folder.uid(), group: folder.gid() })
    }

    /// Gives a file or folder away that is in the heir's folder `folder`. What cannot be given away stays root's.
    pub(super) fn get(self, file: &File, folder: &Path) {
        if Self::of(folder).is_some_and(|heir| heir.user == self.user) {
            self.take(file);
        }
    }

    /// Gives the folders and the file of the locks in `home` away, if nothing else is in them: the owner of the home
    /// may have put something of root's there.
    pub(super) fn get_locks(self, home: &Path) {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        use std::os::unix::fs::MetadataExt as _;
        let folder = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = |at: &File, name: &str, flags: OFlags| {
            let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            openat(at, name, flags, Mode::empty()).map(File::from)
        };
        let Ok(home) = openat(CWD, home, folder, Mode::empty()).map(File::from) else { return };
        if home.metadata().is_ok_and(|metadata| metadata.uid() != self.user) {
            return;
        }
        let Ok(locks) = open(&home, "locks", folder) else { return };
        if let Ok(config) = open(&locks, "config", folder)
            && has_only(&config, |name| LockName::parse(name).is_some())
        {
            self.take(&config);
        }
        if let Ok(lock) = open(&locks, "jf.lock", OFlags::empty())
            && is_note(&lock)
        {
            self.take(&lock);
        }
        if has_only(&locks, |name| name == "config" || name == "jf.lock") {
            self.take(&locks);
        }
    }

    fn take(self, file: &File) {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let is_roots_alone = file.metadata().is_ok_and(|found| {
            found.uid() == ROOT && (found.is_dir() || (found.is_file() && found.nlink() == 1))
        });
        if is_roots_alone {
            // On some file systems nothing can be given away; the command has done its work even so.
            let _ = fchown(file, Some(self.user), Some(self.group));
        }
    }
}

#[cfg(unix)]
const ROOT: u32 = 0;

/// Whether all names in an open folder are of this kind.
#[cfg(unix)]
fn has_only(folder: &File, is_known: impl Fn(&str) -> bool) -> bool {
    let Ok(entries) = rustix::fs::Dir::read_from(folder) else { return false };
    entries.into_iter().all(|entry| {
        entry.is_ok_and(|entry| {
            entry.file_name().to_str().is_ok_and(|name| name == "." || name == ".." || is_known(name))
        })
    })
}

#[cfg(not(unix))]
impl Heir {
    /// Nobody: here everything has its owner from the folder it is in.
    pub(super) fn of(_: &Path) -> Option<Self> {
        None
    }

    /// Nothing.
    pub(super) fn get(self, _: &File, _: &Path) {}

    /// Nothing.
    pub(super) fn get_locks(self, _: &Path) {}
}
