//! When tokens were last used.

use super::cells::seconds;
use super::db::{Db, values};
use super::work::Work;
use access_core::clock::EpochSeconds;
use uuid::Uuid;

/// Notes uses that are later than what is noted.
pub(crate) fn record(tx: &Db<'_>, uses: &[(Uuid, EpochSeconds)]) -> Work<()> {
    for (token_id, at) in uses {
        tx.execute(
            "UPDATE tokens SET last_used = ?2 WHERE token_id = ?1 AND (last_used IS NULL OR last_used < ?2)",
            &values![token_id, seconds(*at)],
        )?;
    }
    Ok(())
}
