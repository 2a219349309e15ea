//! The connections that read. A look-up takes some 15 µs, less than handing it to another thread costs, so
//! it runs where it is called; nothing there waits for anything but another look-up. Those of tokens share
//! transactions (see lookups.rs). A list may walk through a whole table, for seconds: it has connections and
//! threads of its own.

use super::open::reading_connection;
use crate::sql::db::Db;
use crate::sql::error::{Result, store_error};
use access_core::store::{StoreError, StoreResult};
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use tokio::sync::Semaphore;

/// Lists read at one time.
const LISTS: usize = 2;

/// A connection for each thread that is likely to look something up.
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    /// As many connections as the machine has processors, 2 to 16.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let count = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 16));
        Self::of(count, path)
    }

    fn of(count: usize, path: &Path) -> rusqlite::Result<Self> {
        let connections =
            (0..count).map(|_| reading_connection(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// How many connections there are.
    pub(super) fn count(&self) -> usize {
        self.connections.len()
    }

    /// Runs `work` on one state of the database: what it reads belongs together.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Db<'_>) -> Result<T>) -> StoreResult<T> {
        snapshot(&self.free(), work).map_err(|error| store_error(&error))
    }

    /// A connection that nobody uses, or else the turn at one.
    fn free(&self) -> MutexGuard<'_, Connection> {
        let count = self.connections.len();
        let first = self.next.fetch_add(1, Ordering::Relaxed) % count;
        for offset in 0..count {
            match self.connections[(first + offset) % count].try_lock() {
                Ok(free) => return free,
                // Where a reader panicked, `snapshot` begins by ending what it left.
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.connections[first].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What reads lists: off the async threads, on connections that no look-up waits for.
pub(super) struct ListReaders {
    readers: Arc<Readers>,
    turns: Arc<Semaphore>,
}

impl ListReaders {
    /// A connection for each list that is read at one time.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        Ok(Self { readers: Arc::new(Readers::of(LISTS, path)?), turns: Arc::new(Semaphore::new(LISTS)) })
    }

    /// As [`Readers::read`], once it is this list's turn. Who waits for a turn holds no thread.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Db<'_>) -> Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let stopped = |why: String| StoreError::Unavailable(format!("the list was not read: {why}"));
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|e| stopped(e.to_string()))?;
        let readers = Arc::clone(&self.readers);
        let reading = tokio::task::spawn_blocking(move || {
            // The turn ends with the reading, also if nobody waits for it any more.
            let _turn = turn;
            readers.read(work)
        });
        reading.await.map_err(|e| stopped(e.to_string()))?
    }
}

fn snapshot<T>(connection: &Connection, work: impl FnOnce(&Db<'_>) -> Result<T>) -> Result<T> {
    // Left by a reader that panicked: what has happened since, a revocation too, is not in it.
    if !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    connection.prepare_cached("BEGIN DEFERRED")?.execute([])?;
    let result = work(&Db::Sqlite(connection));
    // Nothing was written: this only lets go of the snapshot. A failure here would keep the log from
    // starting anew, so the answer is not given either.
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::fixture::first_state;
    use crate::sql::service;
    use crate::sqlite::SqliteStore;
    use access_core::store::Store as _;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[tokio::test]
    async fn what_happened_after_a_reader_panicked_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store = SqliteStore::open(&path).unwrap();
        let readers = Readers::of(1, &path).unwrap();
        let panics = || {
            readers.read(|db| -> Result<()> {
                service::id(db)?;
                panic!("of a test")
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        store.initialise(first_state()).await.unwrap();
        assert!(readers.read(service::id).unwrap().is_some());
        assert!(readers.free().is_autocommit(), "and the snapshot is let go");
    }
}
