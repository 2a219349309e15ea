//! When tokens were last used.

use super::columns::seconds;
use super::writer::Work;
use access_core::clock::EpochSeconds;
use rusqlite::{Connection, params};
use uuid::Uuid;

/// Notes uses that are later than what is noted.
pub(super) fn record(tx: &Connection, uses: &[(Uuid, EpochSeconds)]) -> Work<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE tokens SET last_used = ?2 WHERE token_id = ?1 AND (last_used IS NULL OR last_used < ?2)",
    )?;
    for (token_id, at) in uses {
        statement.execute(params![token_id.as_bytes(), seconds(*at)])?;
    }
    Ok(())
}
