//! The service itself: its id, its first state, its signing keys, and whether it can be written.

use super::cells::{Cells, only, seconds};
use super::db::{Db, values};
use super::error::Result;
use super::work::{Stop, Work};
use super::{audit, users};
use access_core::model::{FirstState, SigningKeyRecord};

/// The service id, once there is one.
pub(crate) fn id(db: &Db<'_>) -> Result<Option<String>> {
    db.optional("SELECT service_id FROM service", &[], only)
}

/// Writes the first state; `false` if there is one.
pub(crate) fn initialise(tx: &Db<'_>, first: &FirstState) -> Work<bool> {
    if id(tx)?.is_some() {
        return Err(Stop::answer(false));
    }
    let key = &first.signing_key;
    tx.execute(
        "INSERT INTO service (one, service_id, created_at) VALUES (1, ?1, ?2)",
        &values![first.service_id, seconds(first.audit.at)],
    )?;
    tx.execute(
        "INSERT INTO signing_keys (kid, algorithm, sealed_private_key, certificate, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        &values![key.kid, key.algorithm, key.sealed_private_key, key.certificate, seconds(key.created_at)],
    )?;
    users::insert_row(tx, &first.admin)?;
    audit::write(tx, &first.audit)?;
    Ok(true)
}

/// All signing keys, newest first.
pub(crate) fn signing_keys(db: &Db<'_>) -> Result<Vec<SigningKeyRecord>> {
    db.all(
        "SELECT kid, algorithm, sealed_private_key, certificate, created_at
             FROM signing_keys ORDER BY created_at DESC, kid DESC",
        &[],
        read_key,
    )
}

fn read_key(cells: &mut Cells<'_>) -> Result<SigningKeyRecord> {
    Ok(SigningKeyRecord {
        kid: cells.take()?,
        algorithm: cells.take()?,
        sealed_private_key: cells.take()?,
        certificate: cells.take()?,
        created_at: cells.seconds()?,
    })
}

/// Writes something small: a disk that only reads would pass any lesser test.
pub(crate) fn beat(tx: &Db<'_>) -> Work<()> {
    tx.execute("UPDATE heartbeat SET beats = (beats + 1) % 1000000", &[])?;
    Ok(())
}
