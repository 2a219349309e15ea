//! The connections that read. A read takes some 15 µs, less than handing it to another thread costs, so
//! it runs where it is called; nothing here waits for anything but another such read.

use super::failure::store_error;
use super::open::reading_connection;
use access_core::store::StoreResult;
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// A connection for each thread that is likely to read.
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    /// As many connections as the machine has processors, 2 to 16.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let count = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 16));
        let connections =
            (0..count).map(|_| reading_connection(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Runs `work` on one state of the database: what it reads belongs together.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> StoreResult<T> {
        snapshot(&self.free(), work).map_err(|error| store_error(&error))
    }

    /// A connection that nobody uses, or else the turn at one.
    fn free(&self) -> MutexGuard<'_, Connection> {
        let count = self.connections.len();
        let first = self.next.fetch_add(1, Ordering::Relaxed) % count;
        for offset in 0..count {
            match self.connections[(first + offset) % count].try_lock() {
                Ok(free) => return free,
                // A reader that panicked has left no transaction that `snapshot` would not end.
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.connections[first].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    if connection.is_autocommit() {
        connection.prepare_cached("BEGIN DEFERRED")?.execute([])?;
    }
    let result = work(connection);
    // Nothing was written: this only lets go of the snapshot. A failure here would keep the log from
    // starting anew, so the answer is not given either.
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}
