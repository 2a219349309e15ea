//! Tokens revoked, now or at a moment to come.

use super::columns::seconds;
use super::writer::{Stop, Work};
use super::{audit, families, tokens};
use access_core::clock::EpochSeconds;
use access_core::model::{AuditRecord, RevocationReason, TokenRecord};
use access_core::store::ScheduleOutcome;
use rusqlite::{Connection, OptionalExtension, Result, params};
use uuid::Uuid;

/// Revokes a token and, if it is refreshable, its family.
pub(super) fn revoke(tx: &Connection, token_id: Uuid, now: EpochSeconds, record: &AuditRecord) -> Work<bool> {
    let was_live = mark_revoked(tx, token_id, now, RevocationReason::Requested)?;
    let family_id: Option<[u8; 16]> = tx
        .prepare_cached("SELECT family_id FROM tokens WHERE token_id = ?1")?
        .query_row([token_id.as_bytes()], |row| row.get(0))
        .optional()?
        .flatten();
    let family_was_live = family_id.map(|id| families::end(tx, &id, now)).transpose()?.unwrap_or(false);
    if !was_live && !family_was_live {
        return Err(Stop::answer(false));
    }
    audit::write(tx, record)?;
    Ok(true)
}

/// Revokes each of these tokens, as [`revoke`] does. Where that has nothing to revoke it has changed nothing.
pub(super) fn revoke_each(
    tx: &Connection,
    revocations: &[(Uuid, AuditRecord)],
    now: EpochSeconds,
) -> Work<Vec<bool>> {
    let revoke = |(token_id, record): &(Uuid, AuditRecord)| match revoke(tx, *token_id, now, record) {
        Ok(revoked) => Ok(revoked),
        Err(Stop::Answer(revoked)) => Ok(*revoked),
        Err(Stop::Failed(error)) => Err(error.into()),
    };
    revocations.iter().map(revoke).collect()
}

/// Revokes the tokens that were made for the name `owner` when nobody had it.
pub(super) fn revoke_unbound(tx: &Connection, owner: &str, now: EpochSeconds) -> Result<()> {
    tx.prepare_cached(
        "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3
         WHERE subject_no IN (SELECT subject_no FROM subjects WHERE owner = ?1)
           AND user_epoch IS NULL AND revoked_at IS NULL",
    )?
    .execute(params![owner, seconds(now), RevocationReason::Requested.as_str()])
    .map(drop)
}

/// Revokes the row of a token; `false` if it was revoked, also by being past due, or never was.
pub(super) fn mark_revoked(
    tx: &Connection,
    token_id: Uuid,
    now: EpochSeconds,
    reason: RevocationReason,
) -> Result<bool> {
    tx.prepare_cached(
        "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3
         WHERE token_id = ?1 AND revoked_at IS NULL AND (revocation_due IS NULL OR revocation_due > ?2)",
    )?
    .execute(params![token_id.as_bytes(), seconds(now), reason.as_str()])
    .map(|rows| rows == 1)
}

/// Notes that a token is to be revoked at `due`, or else the one that a refresh has put in its place.
pub(super) fn schedule(
    tx: &Connection,
    token_id: Uuid,
    due: EpochSeconds,
    now: EpochSeconds,
    record: &AuditRecord,
) -> Work<ScheduleOutcome> {
    let Some(current) = current(tx, token_id)?.filter(|token| !token.is_revoked(now)) else {
        return Err(Stop::answer(ScheduleOutcome::Gone));
    };
    if current.revocation_due.is_some_and(|sooner| sooner <= due) {
        return Err(Stop::answer(ScheduleOutcome::DueSooner));
    }
    for id in [token_id, current.token_id] {
        tx.prepare_cached(
            "UPDATE tokens SET revocation_due = ?2
             WHERE token_id = ?1 AND (revocation_due IS NULL OR revocation_due > ?2)",
        )?
        .execute(params![id.as_bytes(), seconds(due)])?;
    }
    audit::write(tx, record)?;
    Ok(ScheduleOutcome::Scheduled)
}

/// The token, or the current one of its family. A family that was revoked has revoked its tokens.
fn current(tx: &Connection, token_id: Uuid) -> Result<Option<TokenRecord>> {
    let Some(token) = tokens::find(tx, token_id)? else { return Ok(None) };
    match token.family_id {
        Some(family_id) => Ok(families::find_with_token(tx, family_id)?.map(|(_, current)| current)),
        None => Ok(Some(token)),
    }
}
