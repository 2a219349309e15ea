//! The service itself: its id, its first state, its signing keys, and whether it can be written.

use super::columns::{Cells, seconds};
use super::writer::{Stop, Work};
use super::{audit, users};
use access_core::model::{FirstState, SigningKeyRecord};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// The service id, once there is one.
pub(super) fn id(connection: &Connection) -> Result<Option<String>> {
    connection.prepare_cached("SELECT service_id FROM service")?.query_row([], |row| row.get(0)).optional()
}

/// Writes the first state; `false` if there is one.
pub(super) fn initialise(tx: &Connection, first: &FirstState) -> Work<bool> {
    if id(tx)?.is_some() {
        return Err(Stop::answer(false));
    }
    let key = &first.signing_key;
    tx.execute(
        "INSERT INTO service (one, service_id, created_at) VALUES (1, ?1, ?2)",
        params![first.service_id, seconds(first.audit.at)],
    )?;
    tx.execute(
        "INSERT INTO signing_keys (kid, algorithm, sealed_private_key, certificate, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![key.kid, key.algorithm, key.sealed_private_key, key.certificate, seconds(key.created_at)],
    )?;
    users::insert_row(tx, &first.admin)?;
    audit::write(tx, &first.audit)?;
    Ok(true)
}

/// All signing keys, newest first.
pub(super) fn signing_keys(connection: &Connection) -> Result<Vec<SigningKeyRecord>> {
    connection
        .prepare_cached(
            "SELECT kid, algorithm, sealed_private_key, certificate, created_at
             FROM signing_keys ORDER BY created_at DESC, kid DESC",
        )?
        .query_map([], read_key)?
        .collect()
}

fn read_key(row: &Row<'_>) -> Result<SigningKeyRecord> {
    let mut cells = Cells::of(row);
    Ok(SigningKeyRecord {
        kid: cells.take()?,
        algorithm: cells.take()?,
        sealed_private_key: cells.take()?,
        certificate: cells.take()?,
        created_at: cells.seconds()?,
    })
}

/// Writes something small: a disk that only reads would pass any lesser test.
pub(super) fn beat(tx: &Connection) -> Work<()> {
    tx.prepare_cached("UPDATE heartbeat SET beats = (beats + 1) % 1000000")?.execute([])?;
    Ok(())
}
