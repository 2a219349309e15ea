//! Create requests that may be repeated.

use super::cells::{Cells, limit, seconds};
use super::db::{Db, values};
use super::error::Result;
use access_core::clock::EpochSeconds;
use access_core::model::{IdempotencyRecord, SecretHash};

/// Writes `record`, unless a request of the same key came first and still counts: then its record.
pub(crate) fn claim(
    tx: &Db<'_>,
    record: &IdempotencyRecord,
    cutoff: EpochSeconds,
) -> Result<Option<IdempotencyRecord>> {
    let first = find(tx, record.key_hash, cutoff)?;
    if first.is_none() {
        tx.execute(
            "INSERT INTO idempotency_keys (key_hash, request_hash, seed, token_id, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key_hash) DO UPDATE SET request_hash = excluded.request_hash,
                 seed = excluded.seed, token_id = excluded.token_id, created_at = excluded.created_at",
            &values![
                record.key_hash.0,
                record.request_hash.0,
                record.seed,
                record.token_id,
                seconds(record.created_at),
            ],
        )?;
    }
    Ok(first)
}

/// Frees at most `count` records made before `cutoff`.
pub(crate) fn clean(tx: &Db<'_>, cutoff: EpochSeconds, count: usize) -> Result<usize> {
    tx.execute(
        "DELETE FROM idempotency_keys WHERE key_hash IN
             (SELECT key_hash FROM idempotency_keys WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)",
        &values![seconds(cutoff), limit(count)],
    )
}

/// The record under a key, if it is not older than `cutoff`.
pub(crate) fn find(
    db: &Db<'_>,
    key_hash: SecretHash,
    cutoff: EpochSeconds,
) -> Result<Option<IdempotencyRecord>> {
    db.optional(
        "SELECT key_hash, request_hash, seed, token_id, created_at FROM idempotency_keys
             WHERE key_hash = ?1 AND created_at >= ?2",
        &values![key_hash.0, seconds(cutoff)],
        read,
    )
}

/// Reads a record from its columns in a row.
pub(crate) fn read(cells: &mut Cells<'_>) -> Result<IdempotencyRecord> {
    Ok(IdempotencyRecord {
        key_hash: cells.take()?,
        request_hash: cells.take()?,
        seed: cells.take()?,
        token_id: cells.take()?,
        created_at: cells.seconds()?,
    })
}
