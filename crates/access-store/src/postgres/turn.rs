//! The turn to write. One transaction writes at a time, by whatever replica: it takes the row of `write_turn` first and
//! holds it until it has committed, so that what it has looked at does not change under it. Writes that wait for the
//! turn are one transaction, so the longer it takes the more of them share it.

use super::continuity::{Continuity, Mark, STANDING, Standing};
use super::lane::no_standing;
use super::session::Session;
use crate::sql::db::Db;
use crate::sql::error::{Error, Result};
use uuid::Uuid;

/// Takes the turn, notes the new epoch and forgets an old one; with the tag of the epoch before, which is NULL if it
/// was written while this waited for the row.
const TAKE: &str = "WITH turn AS (
         UPDATE write_turn SET epoch = epoch + 1, tag = $1 WHERE locked IS NULL RETURNING fork, epoch
     ), noted AS (
         INSERT INTO write_history (epoch, tag) SELECT epoch, $1 FROM turn RETURNING epoch
     ), forgotten AS (
         DELETE FROM write_history WHERE epoch = (SELECT epoch - 65536 FROM turn) RETURNING epoch
     )
     SELECT fork, epoch, (SELECT tag FROM write_history WHERE epoch = turn.epoch - 1) FROM turn";

/// Begins a transaction and takes the turn; the mark that the database has once it is committed.
pub(super) fn take(session: &Session, continuity: &Continuity) -> Result<Mark> {
    let before = continuity.latest();
    let tag = random_tag()?;
    session.put_before("BEGIN");
    let answers = session.query_all(&[(TAKE, &[&tag])])?;
    let Some(row) = answers.first().and_then(|rows| rows.first()) else {
        return Err(why_not(session, continuity)?);
    };
    let (fork, epoch): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    match row.try_get(2)? {
        Some(last) => {
            let mark = Mark { fork, epoch: epoch - 1, tag: last };
            continuity.check(before, &Standing { mark, locked: None })?;
        }
        None => continuity.check_unnamed(before, fork, epoch - 1)?,
    }
    Ok(Mark { fork, epoch, tag })
}

/// The same for a process that has seen nothing yet. The mark matters to nobody in it.
pub(crate) fn begin_writing(session: &Session) -> Result<()> {
    take(session, &Continuity::default()).map(drop)
}

/// Nothing may be written: why.
fn why_not(session: &Session, continuity: &Continuity) -> Result<Error> {
    let before = continuity.latest();
    let answers = session.query_all(&[(STANDING, &[])])?;
    let row = answers.first().and_then(|rows| rows.first()).ok_or_else(no_standing)?;
    continuity.check(before, &Standing::of(row)?)?;
    Ok(Error::Locked("the database was locked a moment ago".to_owned()))
}

/// Why nobody may write, if the database is locked.
pub(crate) fn locked(session: &Session) -> Result<Option<String>> {
    let sql = "SELECT locked FROM write_turn";
    Db::Postgres(session).optional(sql, &[], |cells| cells.take())?.ok_or_else(no_standing)
}

pub(super) fn random_tag() -> Result<Uuid> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::Unavailable(format!("no random numbers: {error}")))?;
    Ok(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::continuity::HISTORY;

    #[test]
    fn as_much_is_forgotten_as_is_not_remembered() {
        assert!(TAKE.contains(&format!("epoch - {HISTORY} FROM turn")));
    }
}
