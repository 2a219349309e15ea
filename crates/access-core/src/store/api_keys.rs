//! API keys in the store: at most one a user.

use super::StoreResult;
use crate::model::{ApiKeyRecord, AuditRecord, SecretHash, UserRecord};
use async_trait::async_trait;

/// What became of a new API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyOutcome {
    /// It is stored.
    Done,
    /// Nothing was written: the user has one.
    Exists,
    /// Nothing was written: the user was deleted, disabled or demoted since it was looked at, or is not enabled.
    UserGone,
}

/// The part of a database that keeps API keys. Each method is one transaction.
#[async_trait]
pub trait ApiKeyStore: Send + Sync + 'static {
    /// Writes the key of a user. A key of another epoch is none, and is replaced; one of the same epoch is replaced
    /// only with `replace`.
    async fn insert_api_key(
        &self,
        key: ApiKeyRecord,
        replace: bool,
        audit: AuditRecord,
    ) -> StoreResult<ApiKeyOutcome>;

    /// The key of a user, with the user as of now; whatever the state of either.
    async fn find_api_key(&self, username: &str) -> StoreResult<Option<(ApiKeyRecord, UserRecord)>>;

    /// The key with this hash, with its user as of now; whatever the state of either.
    async fn find_api_key_by_hash(&self, hash: SecretHash)
    -> StoreResult<Option<(ApiKeyRecord, UserRecord)>>;

    /// Deletes the key of a user. `false` (and no audit record) if there was none.
    async fn delete_api_key(&self, username: &str, audit: AuditRecord) -> StoreResult<bool>;

    /// Deletes the keys of all users and counts them, with one audit record.
    async fn delete_all_api_keys(&self, audit: AuditRecord) -> StoreResult<usize>;
}
