//! What an operator does about a database that was locked, because changes that were acknowledged are missing in it.

use super::session::Session;
use super::settings::PostgresSettings;
use super::{alone, turn};
use crate::sql::audit;
use crate::sql::cells::seconds;
use crate::sql::db::{Db, values};
use crate::sql::error::{Result, store_error};
use access_core::model::{AuditRecord, RevocationReason};
use access_core::store::StoreResult;

/// Unlocks what is locked for the reason that was shown, and takes the turn to write. `fork` grows beyond every one
/// there was: also beyond those that were lost with an older state, which replicas may remember.
const UNLOCK: &str = "WITH turn AS (
         UPDATE write_turn
         SET fork = CASE WHEN fork < $2 THEN $2 ELSE fork + 1 END, epoch = epoch + 1, tag = $1, locked = NULL
         WHERE locked = $3 RETURNING epoch
     ), noted AS (
         INSERT INTO write_history (epoch, tag) SELECT epoch, $1 FROM turn RETURNING epoch
     ), forgotten AS (
         DELETE FROM write_history WHERE epoch = (SELECT epoch - 65536 FROM turn) RETURNING epoch
     )
     SELECT epoch FROM turn";

/// A connection to a database that may be locked. Blocks, so not to be used inside a tokio runtime.
pub struct Unlocking(Session);

impl Unlocking {
    /// Connects to the database, whose schema is left as it is.
    ///
    /// # Errors
    /// [`access_core::store::StoreError`] if there is no connection.
    pub fn connect(settings: &PostgresSettings) -> StoreResult<Self> {
        alone::connect(settings).map(Self).map_err(|error| store_error(&error))
    }

    /// Why the database is locked, if it is.
    ///
    /// # Errors
    /// [`access_core::store::StoreError`] if it cannot be asked, or is not accessd's.
    pub fn reason(&self) -> StoreResult<Option<String>> {
        turn::locked(&self.0).map_err(|error| store_error(&error))
    }

    /// Unlocks it, if `reason` is still why it is locked; then, with `revoke_all`, no token and no refresh token made
    /// before is worth anything. `record` tells of it. How many tokens were revoked; `None` if nothing was done.
    ///
    /// # Errors
    /// [`access_core::store::StoreError`]: nothing was done, unless the answer to the commit got lost.
    pub fn unlock(&self, reason: &str, revoke_all: bool, record: &AuditRecord) -> StoreResult<Option<usize>> {
        unlock(&self.0, reason, revoke_all, record).map_err(|error| store_error(&error))
    }
}

fn unlock(session: &Session, reason: &str, revoke_all: bool, record: &AuditRecord) -> Result<Option<usize>> {
    let (tag, now) = (turn::random_tag()?, seconds(record.at));
    session.put_before("BEGIN");
    let answers = session.query_all(&[(UNLOCK, &[&tag, &now, &reason])])?;
    if answers.first().is_none_or(Vec::is_empty) {
        session.run("ROLLBACK")?;
        return Ok(None);
    }
    let db = Db::Postgres(session);
    let mut revoked = 0;
    if revoke_all {
        db.execute("UPDATE refresh_families SET revoked_at = ?1 WHERE revoked_at IS NULL", &values![now])?;
        revoked = db.execute(
            "UPDATE tokens SET revoked_at = ?1, revoked_for = ?2 WHERE revoked_at IS NULL",
            &values![now, RevocationReason::Requested.as_str()],
        )?;
    }
    let mut record = record.clone();
    record.detail = match revoke_all {
        true => format!("{reason}; revoked all tokens: {revoked}"),
        false => reason.to_owned(),
    };
    audit::write(&db, &record)?;
    session.run("COMMIT")?;
    Ok(Some(revoked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::continuity::HISTORY;

    #[test]
    fn as_much_is_forgotten_as_by_a_write() {
        assert!(UNLOCK.contains(&format!("epoch - {HISTORY} FROM turn")));
    }
}
