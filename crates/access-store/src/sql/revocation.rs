//! Tokens revoked, now or at a moment to come.

use super::cells::{limit, only, seconds};
use super::db::{Db, values};
use super::error::Result;
use super::work::{Stop, Work};
use super::{audit, families, projects, tokens};
use access_core::clock::EpochSeconds;
use access_core::model::{AuditRecord, RevocationReason, TokenRecord};
use access_core::store::{Asker, ProjectOutcome, RevocationsOutcome, ScheduleOutcome};
use uuid::Uuid;

/// Revokes a token and, if it is refreshable, its family. What is gone because its moment has passed is written
/// down as revoked, since whoever is told that it is gone relies on it.
pub(crate) fn revoke(tx: &Db<'_>, token_id: Uuid, now: EpochSeconds, record: &AuditRecord) -> Result<bool> {
    let family_id = settle(tx, token_id, now)?;
    let was_live = mark_revoked(tx, token_id, now, RevocationReason::Requested)?;
    let family_was_live = family_id.map(|id| families::end(tx, id, now)).transpose()?.unwrap_or(false);
    let revoked = was_live || family_was_live;
    if revoked {
        audit::write(tx, record)?;
    }
    // Also if there was nothing left: what was written down stays.
    Ok(revoked)
}

/// Revokes each of these tokens, as [`revoke`] does, if who asked may still ask.
pub(crate) fn revoke_each(
    tx: &Db<'_>,
    asker: Option<&Asker>,
    revocations: &[(Uuid, AuditRecord)],
    now: EpochSeconds,
) -> Work<RevocationsOutcome> {
    let asker_is_there = || asker.map_or(Ok(true), |asker| tokens::is_there(tx, asker, now));
    if !asker_is_there()? {
        return Err(Stop::answer(RevocationsOutcome::AskerGone));
    }
    let mut revoked = Vec::with_capacity(revocations.len());
    for (token_id, record) in revocations {
        revoked.push(revoke(tx, *token_id, now, record)?);
    }
    // Nothing but this has happened since the look before.
    Ok(RevocationsOutcome::Done { revoked, asker_ended: !asker_is_there()? })
}

/// Revokes the tokens that were made for the name `owner` when nobody had it, and their families: neither a token of
/// theirs nor a refresh token comes back with somebody who has the name.
pub(crate) fn revoke_unbound(tx: &Db<'_>, owner: &str, now: EpochSeconds) -> Result<()> {
    let reason = RevocationReason::Requested.as_str();
    tx.execute(UNBOUND_FAMILIES, &values![owner, seconds(now)])?;
    tx.execute(UNBOUND_TOKENS, &values![owner, seconds(now), reason]).map(drop)
}

pub(crate) const UNBOUND_FAMILIES: &str = "UPDATE refresh_families SET revoked_at = ?2
     WHERE revoked_at IS NULL AND family_id IN
         (SELECT family_id FROM tokens
          WHERE subject_no IN (SELECT subject_no FROM subjects WHERE owner = ?1)
            AND user_epoch IS NULL AND revoked_at IS NULL AND family_id IS NOT NULL)";

pub(crate) const UNBOUND_TOKENS: &str = "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3
     WHERE subject_no IN (SELECT subject_no FROM subjects WHERE owner = ?1)
       AND user_epoch IS NULL AND revoked_at IS NULL";

/// Some of a project's tokens, by when they were issued and their ids: behind the first place, up to the last.
pub(crate) struct Range {
    behind: (i64, Uuid),
    to: (i64, Uuid),
}

impl Range {
    /// No token has the nil id.
    pub(crate) const ALL: Self = Self { behind: (0, Uuid::nil()), to: (i64::MAX, Uuid::max()) };
}

/// Revokes `count` tokens of a project, with their families, if it has so many behind `place`; the place of the last.
/// PostgreSQL keeps what was revoked in the index as long as somebody reads an older state: without the place, each
/// piece would walk over all pieces before it.
pub(crate) fn revoke_of_project(
    tx: &Db<'_>,
    key: &str,
    place: Option<(EpochSeconds, Uuid)>,
    count: usize,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<Option<(EpochSeconds, Uuid)>>> {
    projects::look_at(tx, asker, record.at)?;
    projects::require(tx, key)?;
    let behind = place.map_or(Range::ALL.behind, |(issued_at, id)| (seconds(issued_at), id));
    let last = tx.optional(
        "SELECT issued_at, token_id FROM tokens
         WHERE project_key = ?1 AND revoked_at IS NULL AND (issued_at, token_id) > (?2, ?3)
         ORDER BY issued_at, token_id LIMIT 1 OFFSET ?4",
        &values![key, behind.0, behind.1, limit(count.saturating_sub(1))],
        |cells| Ok((cells.seconds()?, cells.take()?)),
    )?;
    let Some((issued_at, id)) = last else { return Err(Stop::answer(ProjectOutcome::Done(None))) };
    end_of_project(tx, key, &Range { behind, to: (seconds(issued_at), id) }, record.at)?;
    audit::write(tx, record)?;
    Ok(ProjectOutcome::Done(last))
}

/// Revokes these tokens of a project, with their families.
pub(crate) fn end_of_project(tx: &Db<'_>, key: &str, range: &Range, now: EpochSeconds) -> Result<()> {
    let (now, reason) = (seconds(now), RevocationReason::Requested.as_str());
    let Range { behind, to } = range;
    tx.execute(PROJECT_FAMILIES, &values![key, now, behind.0, behind.1, to.0, to.1])?;
    tx.execute(PROJECT_TOKENS, &values![key, now, behind.0, behind.1, to.0, to.1, reason]).map(drop)
}

pub(crate) const PROJECT_FAMILIES: &str = "UPDATE refresh_families SET revoked_at = ?2
     WHERE revoked_at IS NULL AND family_id IN
         (SELECT family_id FROM tokens
          WHERE project_key = ?1 AND revoked_at IS NULL AND family_id IS NOT NULL
            AND (issued_at, token_id) > (?3, ?4) AND (issued_at, token_id) <= (?5, ?6))";

pub(crate) const PROJECT_TOKENS: &str = "UPDATE tokens SET revoked_at = ?2, revoked_for = ?7
     WHERE project_key = ?1 AND revoked_at IS NULL
       AND (issued_at, token_id) > (?3, ?4) AND (issued_at, token_id) <= (?5, ?6)";

/// Revokes the row of a token; `false` if it was revoked, or never was.
pub(crate) fn mark_revoked(
    tx: &Db<'_>,
    token_id: Uuid,
    now: EpochSeconds,
    reason: RevocationReason,
) -> Result<bool> {
    tx.execute(
        "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3 WHERE token_id = ?1 AND revoked_at IS NULL",
        &values![token_id, seconds(now), reason.as_str()],
    )
    .map(|rows| rows == 1)
}

/// Writes down that at most `count` tokens past their moment are revoked, with their families, and counts them.
/// From then on no clock that is set back lets them live.
pub(crate) fn revoke_past_due(tx: &Db<'_>, now: EpochSeconds, count: usize) -> Result<usize> {
    let ids: Vec<Uuid> = tx.all(
        "SELECT token_id FROM tokens WHERE revoked_at IS NULL AND revocation_due <= ?1
             ORDER BY revocation_due LIMIT ?2",
        &values![seconds(now), limit(count)],
        only,
    )?;
    for id in ids.iter().copied() {
        settle_row(tx, id, now)?;
    }
    Ok(ids.len())
}

/// The same for one token and the current one of its family, whose id it gives.
fn settle(tx: &Db<'_>, token_id: Uuid, now: EpochSeconds) -> Result<Option<Uuid>> {
    settle_row(tx, token_id, now)?;
    let family_id: Option<Uuid> =
        tx.optional("SELECT family_id FROM tokens WHERE token_id = ?1", &values![token_id], only)?.flatten();
    if let Some(family_id) = family_id {
        settle_family(tx, family_id, now)?;
    }
    Ok(family_id)
}

/// The same for the current token of a family.
pub(crate) fn settle_family(tx: &Db<'_>, family_id: Uuid, now: EpochSeconds) -> Result<()> {
    let current: Option<Uuid> =
        tx.optional("SELECT token_id FROM refresh_families WHERE family_id = ?1", &values![family_id], only)?;
    current.map_or(Ok(()), |token_id| settle_row(tx, token_id, now))
}

/// The same for one row, and for the family whose current token it is.
fn settle_row(tx: &Db<'_>, token_id: Uuid, now: EpochSeconds) -> Result<()> {
    let settled = tx.execute(
        "UPDATE tokens SET revoked_at = revocation_due, revoked_for = ?3
             WHERE token_id = ?1 AND revoked_at IS NULL AND revocation_due <= ?2",
        &values![token_id, seconds(now), RevocationReason::Requested.as_str()],
    )?;
    if settled == 1 {
        tx.execute(
            "UPDATE refresh_families
             SET revoked_at = (SELECT revoked_at FROM tokens WHERE tokens.token_id = ?1)
             WHERE family_id = (SELECT family_id FROM tokens WHERE tokens.token_id = ?1)
               AND token_id = ?1 AND revoked_at IS NULL",
            &values![token_id],
        )?;
    }
    Ok(())
}

/// Notes that a token is to be revoked at `due`, or else the one that a refresh has put in its place.
pub(crate) fn schedule(
    tx: &Db<'_>,
    token_id: Uuid,
    due: EpochSeconds,
    now: EpochSeconds,
    record: &AuditRecord,
) -> Work<ScheduleOutcome> {
    settle(tx, token_id, now)?;
    let Some(current) = current(tx, token_id)?.filter(|token| !token.is_revoked(now)) else {
        // As in `revoke`: what was written down stays.
        return Ok(ScheduleOutcome::Gone);
    };
    if current.revocation_due.is_some_and(|sooner| sooner <= due) {
        return Err(Stop::answer(ScheduleOutcome::DueSooner));
    }
    for id in [token_id, current.token_id] {
        tx.execute(
            "UPDATE tokens SET revocation_due = ?2
             WHERE token_id = ?1 AND (revocation_due IS NULL OR revocation_due > ?2)",
            &values![id, seconds(due)],
        )?;
    }
    if current.token_id == token_id {
        audit::write(tx, record)?;
    } else {
        let detail = format!("{}, in its place {}", record.detail, current.token_id);
        audit::write(tx, &AuditRecord { detail, ..record.clone() })?;
    }
    Ok(ScheduleOutcome::Scheduled)
}

/// The token, or the current one of its family. A family that was revoked has revoked its tokens.
fn current(tx: &Db<'_>, token_id: Uuid) -> Result<Option<TokenRecord>> {
    let Some(token) = tokens::find(tx, token_id)? else { return Ok(None) };
    match token.family_id {
        Some(family_id) => Ok(families::find_with_token(tx, family_id)?.map(|(_, current)| current)),
        None => Ok(Some(token)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::{SQLITE, run};
    use rusqlite::Connection;

    // Whatever a user or a project has had, the few that end are not looked for among all of it.
    #[test]
    fn what_ends_with_a_user_or_a_project_has_an_index_of_its_own() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, SQLITE).unwrap();
        for (sql, index) in [
            (UNBOUND_FAMILIES, "SEARCH tokens USING INDEX tokens_unbound (subject_no=?)"),
            (UNBOUND_TOKENS, "SEARCH tokens USING INDEX tokens_unbound (subject_no=?)"),
            (
                PROJECT_FAMILIES,
                "SEARCH tokens USING INDEX tokens_live_by_project (project_key=? AND (issued_at",
            ),
            (
                PROJECT_TOKENS,
                "SEARCH tokens USING INDEX tokens_live_by_project (project_key=? AND (issued_at",
            ),
        ] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            for place in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(place, 1).unwrap();
            }
            let mut rows = statement.raw_query();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan += &(row.get::<_, String>(3).unwrap() + "\n");
            }
            assert!(plan.contains(index), "{sql}\n{plan}");
        }
    }
}
