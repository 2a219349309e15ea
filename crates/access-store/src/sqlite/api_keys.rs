//! API keys: at most one a user.

use super::columns::{Cells, seconds};
use super::writer::{Stop, Work};
use super::{SqliteStore, audit, users};
use access_core::model::{ApiKeyRecord, AuditRecord, SecretHash, UserRecord};
use access_core::store::StoreResult;
use access_core::store::api_keys::{ApiKeyOutcome, ApiKeyStore};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

#[async_trait]
impl ApiKeyStore for SqliteStore {
    async fn insert_api_key(
        &self,
        key: ApiKeyRecord,
        replace: bool,
        audit: AuditRecord,
    ) -> StoreResult<ApiKeyOutcome> {
        self.change(audit, move |tx, audit| insert(tx, &key, replace, audit)).await
    }

    async fn find_api_key(&self, username: &str) -> StoreResult<Option<(ApiKeyRecord, UserRecord)>> {
        self.readers.read(|db| with_user(db, find(db, username)?))
    }

    async fn find_api_key_by_hash(
        &self,
        hash: SecretHash,
    ) -> StoreResult<Option<(ApiKeyRecord, UserRecord)>> {
        self.readers.read(|db| with_user(db, find_by_hash(db, hash)?))
    }

    async fn delete_api_key(&self, username: &str, audit: AuditRecord) -> StoreResult<bool> {
        let username = username.to_owned();
        self.change(audit, move |tx, audit| delete(tx, &username, audit)).await
    }

    async fn delete_all_api_keys(&self, audit: AuditRecord) -> StoreResult<usize> {
        self.change(audit, move |tx, audit| delete_all(tx, audit)).await
    }
}

fn insert(tx: &Connection, key: &ApiKeyRecord, replace: bool, record: &AuditRecord) -> Work<ApiKeyOutcome> {
    let is_there: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM users WHERE username = ?1 AND token_epoch = ?2 AND status = 'enabled')",
        )?
        .query_row(params![key.username, key.user_epoch], |row| row.get(0))?;
    if !is_there {
        return Err(Stop::answer(ApiKeyOutcome::UserGone));
    }
    let has_one = find(tx, &key.username)?.is_some_and(|old| old.user_epoch == key.user_epoch);
    if has_one && !replace {
        return Err(Stop::answer(ApiKeyOutcome::Exists));
    }
    tx.prepare_cached("DELETE FROM api_keys WHERE username = ?1")?.execute([&key.username])?;
    tx.prepare_cached(
        "INSERT INTO api_keys (username, user_epoch, key_hash, seed, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        key.username,
        key.user_epoch,
        key.key_hash.0,
        key.seed,
        seconds(key.created_at)
    ])?;
    audit::write(tx, record)?;
    Ok(ApiKeyOutcome::Done)
}

fn find(connection: &Connection, username: &str) -> Result<Option<ApiKeyRecord>> {
    connection
        .prepare_cached(
            "SELECT username, user_epoch, key_hash, seed, created_at FROM api_keys WHERE username = ?1",
        )?
        .query_row([username], read)
        .optional()
}

fn find_by_hash(connection: &Connection, hash: SecretHash) -> Result<Option<ApiKeyRecord>> {
    connection
        .prepare_cached(
            "SELECT username, user_epoch, key_hash, seed, created_at FROM api_keys WHERE key_hash = ?1",
        )?
        .query_row(params![hash.0], read)
        .optional()
}

/// Whether there still is a key with this hash.
pub(super) fn is_there(connection: &Connection, hash: SecretHash) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM api_keys WHERE key_hash = ?1")?.exists(params![hash.0])
}

fn read(row: &Row<'_>) -> Result<ApiKeyRecord> {
    let mut cells = Cells::of(row);
    Ok(ApiKeyRecord {
        username: cells.take()?,
        user_epoch: cells.take()?,
        key_hash: cells.hash()?,
        seed: cells.take()?,
        created_at: cells.seconds()?,
    })
}

fn with_user(
    connection: &Connection,
    key: Option<ApiKeyRecord>,
) -> Result<Option<(ApiKeyRecord, UserRecord)>> {
    let Some(key) = key else { return Ok(None) };
    Ok(users::find(connection, &key.username)?.map(|user| (key, user)))
}

fn delete(tx: &Connection, username: &str, record: &AuditRecord) -> Work<bool> {
    let count = tx.prepare_cached("DELETE FROM api_keys WHERE username = ?1")?.execute([username])?;
    if count == 0 {
        return Err(Stop::answer(false));
    }
    audit::write(tx, record)?;
    Ok(true)
}

fn delete_all(tx: &Connection, record: &AuditRecord) -> Work<usize> {
    let count = tx.execute("DELETE FROM api_keys", [])?;
    audit::write(tx, record)?;
    Ok(count)
}
