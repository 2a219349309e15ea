//! The store on PostgreSQL, for several processes at the same time: where the database is ([`PostgresSettings`]), and
//! threads with a connection each, which answer for those who wait.

pub(crate) mod alone;
mod connect;
mod continuity;
mod inserts;
mod lane;
mod lookups;
mod migrate;
mod open;
mod queue;
mod readers;
mod refusal;
mod session;
mod settings;
mod tls;
mod turn;
mod unlock;
mod url;
mod uses;
mod values;
mod writer;

pub use connect::{Connection, Connector, SessionLimits};
pub use open::OpenError;
pub use refusal::ConnectError;
pub use session::Session;
pub use settings::{PostgresOptions, PostgresSettings, PostgresSettingsError};
pub(crate) use turn::{begin_writing, locked};
pub use unlock::Unlocking;

use crate::sql::db::Db;
use crate::sql::engine::Engine;
use crate::sql::error::Result;
use crate::sql::last_used;
use crate::sql::store::SqlStore;
use crate::sql::tokens::Key;
use crate::sql::work::Work;
use access_core::clock::EpochSeconds;
use access_core::model::TokenState;
use access_core::store::{InsertOutcome, NewToken, StoreResult};
use readers::Readers;
use uuid::Uuid;
use writer::Writer;

/// The database behind a URL. Dropping it lets what waits finish.
pub struct Postgres {
    writer: Writer,
    readers: Readers,
    lists: Readers,
}

/// The store on PostgreSQL.
pub type PostgresStore = SqlStore<Postgres>;

impl SqlStore<Postgres> {
    /// Lets what waits finish and refuses more. Blocks. Dropping the store does the same.
    pub fn close(&self) {
        self.engine.close();
    }
}

impl Postgres {
    fn close(&self) {
        self.writer.close();
        self.readers.close();
        self.lists.close();
    }
}

impl Engine for Postgres {
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
        self.readers.read(work).await
    }

    async fn find<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.readers.find(work).await
    }

    async fn list<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.lists.read(work).await
    }

    async fn insert_token(&self, new: NewToken) -> StoreResult<InsertOutcome> {
        self.writer.insert(new).await
    }

    async fn find_token(&self, key: Key) -> StoreResult<Option<TokenState>> {
        self.readers.look_up(key).await
    }

    async fn record_uses(&self, uses: Vec<(Uuid, EpochSeconds)>) -> StoreResult<()> {
        let record = move |tx: &Db<'_>| match tx {
            Db::Postgres(session) => Ok(uses::record(session, &uses)?),
            // Which database it is, the type does not say.
            Db::Sqlite(_) => last_used::record(tx, &uses),
        };
        self.writer.write(record).await
    }
}

#[cfg(test)]
mod plans;
#[cfg(test)]
mod tests;
