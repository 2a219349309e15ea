//! API keys: at most one a user.

use super::cells::{Cells, only, seconds};
use super::db::{Db, values};
use super::engine::Engine;
use super::error::Result;
use super::store::SqlStore;
use super::work::{Stop, Work};
use super::{audit, users};
use access_core::model::{ApiKeyRecord, AuditRecord, SecretHash, UserRecord};
use access_core::store::StoreResult;
use access_core::store::api_keys::{ApiKeyOutcome, ApiKeyStore};
use async_trait::async_trait;

#[async_trait]
impl<E: Engine> ApiKeyStore for SqlStore<E> {
    async fn insert_api_key(
        &self,
        key: ApiKeyRecord,
        replace: bool,
        audit: AuditRecord,
    ) -> StoreResult<ApiKeyOutcome> {
        self.change(audit, move |tx, audit| insert(tx, &key, replace, audit)).await
    }

    async fn find_api_key(&self, username: &str) -> StoreResult<Option<(ApiKeyRecord, UserRecord)>> {
        let username = username.to_owned();
        self.engine.read(move |db| with_user(db, find(db, &username)?)).await
    }

    async fn find_api_key_by_hash(
        &self,
        hash: SecretHash,
    ) -> StoreResult<Option<(ApiKeyRecord, UserRecord)>> {
        self.engine.read(move |db| with_user(db, find_by_hash(db, hash)?)).await
    }

    async fn delete_api_key(&self, username: &str, audit: AuditRecord) -> StoreResult<bool> {
        let username = username.to_owned();
        self.change(audit, move |tx, audit| delete(tx, &username, audit)).await
    }

    async fn delete_all_api_keys(&self, audit: AuditRecord) -> StoreResult<usize> {
        self.change(audit, delete_all).await
    }
}

fn insert(tx: &Db<'_>, key: &ApiKeyRecord, replace: bool, record: &AuditRecord) -> Work<ApiKeyOutcome> {
    let is_there: bool = tx.one(
        "SELECT EXISTS (SELECT 1 FROM users WHERE username = ?1 AND token_epoch = ?2 AND status = 'enabled')",
        &values![key.username, key.user_epoch],
        only,
    )?;
    if !is_there {
        return Err(Stop::answer(ApiKeyOutcome::UserGone));
    }
    let has_one = find(tx, &key.username)?.is_some_and(|old| old.user_epoch == key.user_epoch);
    if has_one && !replace {
        return Err(Stop::answer(ApiKeyOutcome::Exists));
    }
    tx.execute("DELETE FROM api_keys WHERE username = ?1", &values![&key.username])?;
    tx.execute(
        "INSERT INTO api_keys (username, user_epoch, key_hash, seed, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &values![key.username, key.user_epoch, key.key_hash.0, key.seed, seconds(key.created_at)],
    )?;
    audit::write(tx, record)?;
    Ok(ApiKeyOutcome::Done)
}

fn find(db: &Db<'_>, username: &str) -> Result<Option<ApiKeyRecord>> {
    db.optional(
        "SELECT username, user_epoch, key_hash, seed, created_at FROM api_keys WHERE username = ?1",
        &values![username],
        read,
    )
}

fn find_by_hash(db: &Db<'_>, hash: SecretHash) -> Result<Option<ApiKeyRecord>> {
    db.optional(
        "SELECT username, user_epoch, key_hash, seed, created_at FROM api_keys WHERE key_hash = ?1",
        &values![hash.0],
        read,
    )
}

/// Whether there still is a key with this hash.
pub(crate) fn is_there(db: &Db<'_>, hash: SecretHash) -> Result<bool> {
    db.exists("SELECT 1 FROM api_keys WHERE key_hash = ?1", &values![hash.0])
}

fn read(cells: &mut Cells<'_>) -> Result<ApiKeyRecord> {
    Ok(ApiKeyRecord {
        username: cells.take()?,
        user_epoch: cells.take()?,
        key_hash: cells.take()?,
        seed: cells.take()?,
        created_at: cells.seconds()?,
    })
}

fn with_user(db: &Db<'_>, key: Option<ApiKeyRecord>) -> Result<Option<(ApiKeyRecord, UserRecord)>> {
    let Some(key) = key else { return Ok(None) };
    Ok(users::find(db, &key.username)?.map(|user| (key, user)))
}

fn delete(tx: &Db<'_>, username: &str, record: &AuditRecord) -> Work<bool> {
    let count = tx.execute("DELETE FROM api_keys WHERE username = ?1", &values![username])?;
    if count == 0 {
        return Err(Stop::answer(false));
    }
    audit::write(tx, record)?;
    Ok(true)
}

fn delete_all(tx: &Db<'_>, record: &AuditRecord) -> Work<usize> {
    let count = tx.execute("DELETE FROM api_keys", &[])?;
    audit::write(tx, record)?;
    Ok(count)
}
