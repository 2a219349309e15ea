//! The store on SQLite: look-ups run where they are called, lists beside them, and writes go to the one
//! thread that writes.

mod checkpoint;
mod failure;
mod lookups;
pub(crate) mod open;
mod readers;
#[cfg(test)]
mod tests;
mod writer;

pub use open::OpenError;

use crate::migrations::Migrated;
use crate::sql::db::Db;
use crate::sql::engine::Engine;
use crate::sql::error::Result;
use crate::sql::store::SqlStore;
use crate::sql::tokens::{self, Key};
use crate::sql::work::Work;
use access_core::model::TokenState;
use access_core::store::{InsertOutcome, NewToken, StoreResult};
use failure::Health;
use lookups::LookUps;
use readers::{ListReaders, Readers};
use std::path::Path;
use std::sync::Arc;
use writer::Writer;

/// The database in a file. Dropping it lets the writes that wait finish, then empties the log.
pub struct Sqlite {
    writer: Writer,
    look_ups: LookUps,
    readers: Arc<Readers>,
    lists: ListReaders,
    health: Health,
}

/// The store on SQLite.
pub type SqliteStore = SqlStore<Sqlite>;

impl SqlStore<Sqlite> {
    /// Opens the database at `path`, made first (mode 0600) if there is none, and brings its schema up
    /// to date. Other processes may have it open too. Blocks: for milliseconds, but for seconds or minutes if
    /// the schema of a large database changes, here or by another process, which is waited for. This process must
    /// not open the file by other means meanwhile: closing it would let go of SQLite's locks on it (POSIX).
    ///
    /// # Errors
    /// An [`OpenError`]; it names the file and, where there is one, the way out.
    pub fn open(path: &Path) -> std::result::Result<Self, OpenError> {
        let health = Health::new();
        let connection = open::first_connection(path)?;
        let readers = Arc::new(Readers::open(path).map_err(OpenError::sqlite(path))?);
        let look_ups = LookUps::new(&readers);
        let lists = ListReaders::open(path).map_err(OpenError::sqlite(path))?;
        let writer = Writer::start(connection, path, health.clone())?;
        Ok(Self { engine: Sqlite { writer, look_ups, readers, lists, health } })
    }

    /// Brings the schema of the database at `path` up to date, as [`SqliteStore::open`] does, and no more. Blocks.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn migrate(path: &Path) -> std::result::Result<Migrated, OpenError> {
        open::migrated_connection(path).map(|(_, migrated)| migrated)
    }

    /// Waits until this process can no longer write the database, because the disk failed to keep what
    /// it was told to; returns why. All writes fail from then on, and only a new process, which reads
    /// what really is on disk, may go on: so should the caller end.
    pub async fn broken(&self) -> String {
        self.engine.health.broken().await
    }

    /// Lets the writes that wait finish, empties the log and refuses all writes from then on. Blocks.
    /// Dropping the store does the same.
    pub fn close(&self) {
        self.engine.writer.close();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writer.close();
    }
}

impl Engine for Sqlite {
    async fn write<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Work<T> + Send + 'static,
    {
        self.writer.write(work).await
    }

    async fn read<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.readers.read(work)
    }

    async fn list<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.lists.read(work).await
    }

    async fn insert_token(&self, new: NewToken) -> StoreResult<InsertOutcome> {
        self.writer.expect(new.to_follow);
        self.writer.write(move |tx| tokens::insert(tx, &new)).await
    }

    async fn find_token(&self, key: Key) -> StoreResult<Option<TokenState>> {
        self.look_ups.find(key).await
    }
}
