//! The lock that keeps two writers of the configuration apart. The operating system lets go of it when
//! the process ends, however it ends.

use crate::config::file::{create_private_folder, failed};
use crate::error::{Failure, Outcome, Reason};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long another writer may take.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// Held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of the home folder `home`, which exists.
    ///
    /// # Errors
    /// If the lock file cannot be made, or another process holds the lock for too long.
    pub(crate) fn acquire(home: &Path) -> Outcome<Self> {
        let folder = home.join("locks");
        create_private_folder(&folder)?;
        let path = folder.join("jf.lock");
        let what = format!("cannot lock {}", path.display());
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| failed(&what, &error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(failed(&what, &error)),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::new(Reason::Failed, format!("{what}: lock hasn't been acquired"))
                        .hint("another jf is changing the configuration; try again when it has ended"));
                }
            }
        }
    }
}
