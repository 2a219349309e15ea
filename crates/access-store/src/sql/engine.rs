//! What the two databases do each in its own way: how work gets to a connection.

use super::db::Db;
use super::error::Result;
use super::last_used;
use super::tokens::Key;
use super::work::Work;
use access_core::clock::EpochSeconds;
use access_core::model::TokenState;
use access_core::store::{InsertOutcome, NewToken, StoreResult};
use std::future::Future;
use uuid::Uuid;

/// A database that runs the statements of this folder. Those methods that have a body are for
/// what a database may do in a better way.
pub trait Engine: Send + Sync + 'static {
    /// Runs `work` in a transaction; its answer is given after the commit. No other write happens between its first
    /// statement and its commit, by whatever process. Dropping the future does not take the command back. `work` may
    /// run several times (but for the last, undone), so it must not consume.
    fn write<T, W>(&self, work: W) -> impl Future<Output = StoreResult<T>> + Send
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Work<T> + Send + 'static;

    /// Runs `work` on one state of the database: what it reads belongs together.
    fn read<T, W>(&self, work: W) -> impl Future<Output = StoreResult<T>> + Send
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static;

    /// The same for `work` of one statement.
    fn find<T, W>(&self, work: W) -> impl Future<Output = StoreResult<T>> + Send
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.read(work)
    }

    /// The same for what may walk through a whole table: no other read waits for it.
    fn list<T, W>(&self, work: W) -> impl Future<Output = StoreResult<T>> + Send
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static;

    /// As [`access_core::store::Store::insert_token`].
    fn insert_token(&self, new: NewToken) -> impl Future<Output = StoreResult<InsertOutcome>> + Send;

    /// As [`access_core::store::Store::find_token`] and [`access_core::store::Store::find_token_by_reference`].
    fn find_token(&self, key: Key) -> impl Future<Output = StoreResult<Option<TokenState>>> + Send;

    /// As [`access_core::store::Store::record_uses`].
    fn record_uses(&self, uses: Vec<(Uuid, EpochSeconds)>) -> impl Future<Output = StoreResult<()>> + Send {
        self.write(move |tx| last_used::record(tx, &uses))
    }
}
