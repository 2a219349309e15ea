//! The lock that keeps two writers of the configuration apart. It is two locks: one of the operating
//! system, which lets go when the process ends, however it ends, keeps jf and jf apart; under it the
//! existing tool's lock folder keeps jf and that tool apart.

use crate::config::heir::Heir;
use crate::config::lock_folder::{FolderLock, LockName};
use crate::config::modes::{create_private_folder, failed, is_link, private_file};
use crate::config::patience::{Holder, Patience};
use crate::error::{Failure, Outcome, Reason};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};

/// Held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    // Dropped in this order: who gets the file finds no lock of a jf in the folder but a dead one's.
    in_folder: Option<FolderLock>,
    file: File,
    folder: PathBuf,
}

impl Lock {
    /// Waits for the lock of the home folder `home`; makes the folders it needs.
    ///
    /// # Errors
    /// If the lock files cannot be made, or another process holds the lock for too long.
    pub(super) fn acquire(home: &Path, patience: &mut Patience<'_>) -> Outcome<Self> {
        let locks = home.join("locks");
        if Heir::of(home).is_some() && is_link(&locks) {
            return Err(no_lock(&locks));
        }
        let folder = locks.join("config");
        create_private_folder(&folder)?;
        let path = locks.join("jf.lock");
        let file = lock_file(&path, patience)?;
        if let Some(heir) = Heir::of(home) {
            // The owner of the home may have put a file of root's there, to have it emptied.
            if !is_note(&file) {
                return Err(no_lock(&path));
            }
            heir.get_locks(home);
        }
        remove_predecessor(&file, &folder);
        let mut lock = Self { in_folder: None, file, folder };
        lock.join_folder(patience)?;
        Ok(lock)
    }

    /// Whether nobody else may take itself for the owner.
    ///
    /// # Errors
    /// If the lock folder cannot be read.
    pub(super) fn is_sole(&self) -> Outcome<bool> {
        self.in_folder.as_ref().map_or(Ok(false), FolderLock::is_owner)
    }

    /// Lets a program that takes itself for the owner go first: queues behind it, and waits.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub(super) fn regain(&mut self, patience: &mut Patience<'_>) -> Outcome<()> {
        self.in_folder = None;
        self.join_folder(patience)
    }

    fn join_folder(&mut self, patience: &mut Patience<'_>) -> Outcome<()> {
        let file = &self.file;
        self.in_folder = Some(FolderLock::acquire(&self.folder, patience, |name| note(file, name))?);
        Ok(())
    }
}

fn no_lock(path: &Path) -> Failure {
    Failure::new(
        Reason::Failed,
        format!("{} in another user's folder is not what jf makes there", path.display()),
    )
    .hint("run jf as that user, or move it away if that is safe")
}

fn lock_file(path: &Path, patience: &mut Patience<'_>) -> Outcome<File> {
    let broken = |error| failed(&format!("cannot lock {}", path.display()), &error);
    let mut options = private_file();
    options.create(true).truncate(false).read(true);
    // The note is written into it, so it must not be a link to somebody's file.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NOFOLLOW.bits().cast_signed(),
    );
    let file = options.open(path).map_err(broken)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(error)) => return Err(broken(error)),
        Err(TryLockError::WouldBlock) => {}
    }
    let waiter = file.try_clone().map_err(broken)?;
    // Waiting in the system's queue is fair: who only looks from time to time may never have luck. But it
    // has no time limit, hence the thread; it ends with the process, or lets go of what nobody wants any more.
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(waiter.lock()));
    loop {
        match receiver.recv_timeout(patience.next_pause()) {
            Ok(outcome) => return outcome.map(|()| file).map_err(broken),
            Err(RecvTimeoutError::Disconnected) => return Err(broken(io::ErrorKind::Other.into())),
            Err(RecvTimeoutError::Timeout) => patience.check(&Holder {
                path: path.to_owned(),
                pid: noted(&file).map(LockName::pid),
                remedy: "another jf is changing the configuration; try again when it has ended".to_owned(),
            })?,
        }
    }
}

/// Writes down which file in the lock folder is of the holder of `file`.
fn note(mut file: &File, name: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(name.as_bytes())
}

/// Whether the file has in it what a lock file has: nothing, or the name of a file in the lock folder.
pub(super) fn is_note(file: &File) -> bool {
    text(file).is_some_and(|text| text.is_empty() || LockName::parse(&text).is_some())
}

fn noted(file: &File) -> Option<LockName> {
    LockName::parse(&text(file)?)
}

/// The beginning of a lock file, which is all of one that jf made.
fn text(mut file: &File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(200).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The holder before this one is gone, for the file was free. If its lock is still in the folder, it was
/// killed; its number may be another process's by now, so that nobody would find it dead.
fn remove_predecessor(file: &File, folder: &Path) {
    if let Some(name) = noted(file) {
        // Nearly always it is gone already; if it cannot be removed, the wait for it says so.
        let _ = fs::remove_file(folder.join(name.to_text()));
    }
}
