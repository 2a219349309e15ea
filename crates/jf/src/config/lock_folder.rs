//! The existing tool's lock: a folder with a file for everybody who holds or wants the lock, named after
//! process and time; the oldest file owns it (jf-cli.md 3.5). Followed here so that both tools can change
//! one configuration.
//!
//! The existing tool takes its time before its file is there, and it takes itself for the owner also if it
//! saw no file but its own. Hence, beyond its protocol: who finds a younger file beside the new own one steps
//! back behind it, and who is the oldest looks a second time a little later. What slips through even so is
//! found by whoever saves.

use crate::clock;
use crate::config::modes::{failed, private_file};
use crate::config::patience::{Holder, Patience};
use crate::error::Outcome;
use crate::interrupt::{self, Leftover};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

const PREFIX: &str = "jfrog-cli.conf.lck.";
/// Longer than the existing tool usually needs from taking its time to making its file.
const SETTLING: Duration = Duration::from_millis(2);

/// The name of a lock file. The order is that of ownership: by time, then by process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LockName {
    nanos: i64,
    pid: i32,
}

impl LockName {
    /// Takes a file name apart; `None` if it is no lock's, so that what else lies in the folder is no harm.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (pid, nanos) = name.strip_prefix(PREFIX)?.split_once('.')?;
        let lock = Self { pid: pid.parse().ok()?, nanos: nanos.parse().ok()? };
        // Only what is written back the same way is surely the name of a file in this folder.
        (lock.pid > 0 && lock.nanos >= 0 && lock.to_text() == name).then_some(lock)
    }

    /// The file's name.
    pub(super) fn to_text(self) -> String {
        format!("{PREFIX}{}.{}", self.pid, self.nanos)
    }

    /// The process.
    pub(super) fn pid(self) -> u32 {
        self.pid.unsigned_abs()
    }

    fn is_alive(self) -> bool {
        // A file of this very process that is not the own one is from an earlier process of that number.
        self.pid() != std::process::id() && is_process_alive(self)
    }
}

/// The own file in the folder, removed when dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    folder: PathBuf,
    name: LockName,
    /// A signal removes the file as well.
    _leftover: Leftover,
}

impl FolderLock {
    /// Puts a file into `folder`, which exists, and waits until it owns the lock. Each name is handed to
    /// `announce` before its file is made.
    ///
    /// # Errors
    /// If the folder cannot be used, or another owner stays for too long.
    pub(super) fn acquire(
        folder: &Path,
        patience: &mut Patience<'_>,
        announce: impl FnMut(&str) -> io::Result<()>,
    ) -> Outcome<Self> {
        let lock = Self::queue(folder, patience, announce)?;
        lock.await_turn(patience)?;
        std::thread::sleep(SETTLING);
        lock.await_turn(patience)?;
        Ok(lock)
    }

    /// Whether the own file is still there and no live one is older.
    pub(super) fn is_owner(&self) -> Outcome<bool> {
        Ok(self.path().exists() && self.older()?.is_none())
    }

    fn queue(
        folder: &Path,
        patience: &mut Patience<'_>,
        mut announce: impl FnMut(&str) -> io::Result<()>,
    ) -> Outcome<Self> {
        loop {
            let newest = live(folder, None)?.last().map_or(0, |lock| lock.nanos);
            let name = LockName { nanos: now().max(newest.saturating_add(1)), pid: own_pid() };
            let path = folder.join(name.to_text());
            let lock = {
                let _shield = interrupt::shield();
                let leftover = interrupt::clear_away(path.clone());
                let made =
                    announce(&name.to_text()).and_then(|()| private_file().create_new(true).open(&path));
                made.map_err(|error| failed(&format!("cannot create {}", path.display()), &error))?;
                Self { folder: folder.to_owned(), name, _leftover: leftover }
            };
            // A younger one that was there already may have seen no file but its own, and own the lock.
            match lock.others()?.last().filter(|other| **other > name) {
                None => return Ok(lock),
                Some(younger) => patience.pause(&lock.holder(*younger))?,
            }
        }
    }

    fn await_turn(&self, patience: &mut Patience<'_>) -> Outcome<()> {
        while let Some(older) = self.older()? {
            patience.pause(&self.holder(older))?;
        }
        Ok(())
    }

    fn older(&self) -> Outcome<Option<LockName>> {
        Ok(self.others()?.first().copied().filter(|other| *other < self.name))
    }

    fn others(&self) -> Outcome<Vec<LockName>> {
        live(&self.folder, Some(self.name))
    }

    fn holder(&self, other: LockName) -> Holder {
        let (pid, path) = (other.pid(), self.folder.join(other.to_text()));
        let remedy = format!(
            "wait until process {pid} has ended, or end it; if it has nothing to do with jf, remove {}",
            path.display()
        );
        Holder { path, pid: Some(pid), remedy }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(self.name.to_text())
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // What cannot be removed is removed by the next one, which finds its name in jf.lock.
        let _ = fs::remove_file(self.path());
    }
}

/// The locks of living processes but the own one, oldest first. Those of dead ones are removed.
fn live(folder: &Path, own: Option<LockName>) -> Outcome<Vec<LockName>> {
    let unreadable = |error| failed(&format!("cannot read {}", folder.display()), &error);
    let mut locks = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let Some(lock) = name.to_str().and_then(LockName::parse).filter(|lock| Some(*lock) != own) else {
            continue;
        };
        if lock.is_alive() {
            locks.push(lock);
        } else if let Err(error) = fs::remove_file(folder.join(&name))
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(failed(
                &format!(
                    "cannot remove {}, the lock of a process that has ended",
                    folder.join(&name).display()
                ),
                &error,
            ));
        }
    }
    locks.sort_unstable();
    Ok(locks)
}

#[cfg(unix)]
fn is_process_alive(lock: LockName) -> bool {
    use rustix::{io::Errno, process};
    // Not allowed to signal it means that it is there.
    process::Pid::from_raw(lock.pid).is_some_and(|pid| process::test_kill_process(pid) != Err(Errno::SRCH))
}

#[cfg(not(unix))]
fn is_process_alive(lock: LockName) -> bool {
    /// As long as the existing tool waits for a lock.
    const LIFETIME: Duration = Duration::from_mins(2);
    now().abs_diff(lock.nanos) < u64::try_from(LIFETIME.as_nanos()).unwrap_or(u64::MAX)
}

fn own_pid() -> i32 {
    i32::try_from(std::process::id()).unwrap_or(i32::MAX)
}

fn now() -> i64 {
    let since_epoch = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;
    use crate::output::report::Report;

    #[test]
    fn only_the_existing_tools_names_are_locks() {
        let name = LockName::parse("jfrog-cli.conf.lck.42.1700000000000000001").unwrap();
        assert_eq!((name.pid(), name.nanos), (42, 1_700_000_000_000_000_001));
        for stray in [
            "",
            ".DS_Store",
            "jfrog-cli.conf.lck.42",
            "jfrog-cli.conf.lck.42.x",
            "jfrog-cli.conf.lck.042.1",
            "jfrog-cli.conf.lck.+42.1",
            "jfrog-cli.conf.lck.0.1",
            "jfrog-cli.conf.lck.-1.1",
            "jfrog-cli.conf.lck.42.1.bak",
            "jfrog-cli.conf.lck.42.-1",
            "../jfrog-cli.conf.lck.42.1",
            "jfrog-cli.conf.lck.99999999999.1",
        ] {
            assert_eq!(LockName::parse(stray), None, "{stray}");
        }
    }

    #[test]
    fn the_older_owns_and_of_two_the_same_age_the_smaller_process() {
        let lock = |pid, nanos| LockName { nanos, pid };
        assert!(lock(9, 1) < lock(1, 2) && lock(1, 2) < lock(2, 2));
    }

    #[test]
    fn a_younger_lock_that_was_there_first_is_let_pass() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        // As if the clock had been set back since.
        let theirs = LockName { nanos: now() + 3_600_000_000_000, pid: child.id().cast_signed() };
        fs::write(folder.path().join(theirs.to_text()), "").unwrap();
        let report = Report::new(&environment(&[("JFROG_CLI_LOG_LEVEL", "ERROR")]));
        let acquire =
            |limit| FolderLock::acquire(folder.path(), &mut Patience::new(&report, limit), |_| Ok(()));
        let failure = acquire(Duration::from_millis(50)).unwrap_err();
        assert!(failure.message.contains("lock hasn't been acquired"), "{failure}");
        assert!(failure.message.contains(&theirs.to_text()), "{failure}");
        assert!(failure.hint.unwrap().contains(&child.id().to_string()));
        child.kill().unwrap();
        child.wait().unwrap();
        let lock = acquire(Duration::from_secs(5)).unwrap();
        assert!(lock.is_owner().unwrap() && !folder.path().join(theirs.to_text()).exists());
        fs::remove_file(lock.path()).unwrap();
        assert!(!lock.is_owner().unwrap());
    }
}
