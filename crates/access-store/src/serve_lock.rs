//! The lock that keeps a second `accessd serve` off a data folder. Commands that work beside a running
//! service (`admin-token`, `check`, `backup`) do not take it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the lock file in the data folder.
const FILE_NAME: &str = "serve.lock";

/// Why a data folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeLockError {
    /// Another process serves it.
    #[error(
        "another accessd serves this data folder (it holds {}); stop it first, or name another folder with --data-dir",
        .0.display()
    )]
    Held(PathBuf),
    /// The lock file cannot be opened or locked.
    #[error("the lock file {} cannot be locked", .path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The lock, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct ServeLock {
    // Never read: the operating system ties the lock to the open file.
    _file: File,
}

impl ServeLock {
    /// Takes the lock of `data_dir`, without waiting.
    ///
    /// # Errors
    /// [`ServeLockError::Held`] if another process has it.
    pub fn acquire(data_dir: &Path) -> Result<Self, ServeLockError> {
        let path = data_dir.join(FILE_NAME);
        let file = match open(&path) {
            Ok(file) => file,
            Err(source) => return Err(ServeLockError::Io { path, source }),
        };
        // The file stays when the lock is given back: removing it would let two processes lock two
        // files of the same name.
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(ServeLockError::Held(path)),
            Err(TryLockError::Error(source)) => Err(ServeLockError::Io { path, source }),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_names_the_file_and_a_third_succeeds_after_release() {
        let folder = tempfile::tempdir().unwrap();
        let first = ServeLock::acquire(folder.path()).unwrap();
        let message = ServeLock::acquire(folder.path()).unwrap_err().to_string();
        assert!(message.contains("another accessd serves this data folder"), "{message}");
        assert!(message.contains("serve.lock"), "{message}");
        drop(first);
        ServeLock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn a_missing_folder_is_an_error_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let error = ServeLock::acquire(&folder.path().join("absent")).unwrap_err();
        assert!(matches!(error, ServeLockError::Io { .. }), "{error}");
    }
}
