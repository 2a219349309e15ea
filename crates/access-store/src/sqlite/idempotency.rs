//! Create requests that may be repeated.

use super::columns::{Cells, limit, seconds};
use access_core::clock::EpochSeconds;
use access_core::model::{IdempotencyRecord, SecretHash};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// Writes `record`, unless a request of the same key came first and still counts: then its record.
pub(super) fn claim(
    tx: &Connection,
    record: &IdempotencyRecord,
    cutoff: EpochSeconds,
) -> Result<Option<IdempotencyRecord>> {
    let first = find(tx, record.key_hash, cutoff)?;
    if first.is_none() {
        tx.prepare_cached(
            "INSERT INTO idempotency_keys (key_hash, request_hash, seed, token_id, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key_hash) DO UPDATE SET request_hash = excluded.request_hash,
                 seed = excluded.seed, token_id = excluded.token_id, created_at = excluded.created_at",
        )?
        .execute(params![
            record.key_hash.0,
            record.request_hash.0,
            record.seed,
            record.token_id.as_bytes(),
            seconds(record.created_at),
        ])?;
    }
    Ok(first)
}

/// Frees at most `count` records made before `cutoff`.
pub(super) fn clean(tx: &Connection, cutoff: EpochSeconds, count: usize) -> Result<usize> {
    tx.prepare_cached(
        "DELETE FROM idempotency_keys WHERE key_hash IN
             (SELECT key_hash FROM idempotency_keys WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)",
    )?
    .execute([seconds(cutoff), limit(count)])
}

/// The record under a key, if it is not older than `cutoff`.
pub(super) fn find(
    connection: &Connection,
    key_hash: SecretHash,
    cutoff: EpochSeconds,
) -> Result<Option<IdempotencyRecord>> {
    connection
        .prepare_cached(
            "SELECT key_hash, request_hash, seed, token_id, created_at FROM idempotency_keys
             WHERE key_hash = ?1 AND created_at >= ?2",
        )?
        .query_row(params![key_hash.0, seconds(cutoff)], read)
        .optional()
}

fn read(row: &Row<'_>) -> Result<IdempotencyRecord> {
    let mut cells = Cells::of(row);
    Ok(IdempotencyRecord {
        key_hash: cells.hash()?,
        request_hash: cells.hash()?,
        seed: cells.take()?,
        token_id: cells.uuid()?,
        created_at: cells.seconds()?,
    })
}
