//! Refresh-token families: written, moved on, revoked.

use super::columns::{Cells, seconds};
use super::writer::{Stop, Work};
use super::{audit, revocation, tokens};
use access_core::clock::EpochSeconds;
use access_core::family::{Decision, advance, decide};
use access_core::model::{AuditRecord, FamilyRecord, RevocationReason, TokenRecord};
use access_core::store::{Rotation, RotationOutcome};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use uuid::Uuid;

/// Writes the row of a family.
pub(super) fn insert_row(tx: &Connection, family: &FamilyRecord) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO refresh_families (family_id, token_id, generation, current_hash, previous_hash,
             rotated_at, retried, successor_used, lifetime, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        family.family_id.as_bytes(),
        family.token_id.as_bytes(),
        family.generation,
        family.current_hash.0,
        family.previous_hash.map(|hash| hash.0),
        seconds(family.rotated_at),
        family.retried,
        family.successor_used,
        family.lifetime.map(seconds),
        family.revoked_at.map(seconds),
    ])
    .map(drop)
}

/// A family by id.
pub(super) fn find(connection: &Connection, family_id: Uuid) -> Result<Option<FamilyRecord>> {
    connection
        .prepare_cached(
            "SELECT family_id, token_id, generation, current_hash, previous_hash, rotated_at, retried,
                 successor_used, lifetime, revoked_at
             FROM refresh_families WHERE family_id = ?1",
        )?
        .query_row([family_id.as_bytes()], read)
        .optional()
}

fn read(row: &Row<'_>) -> Result<FamilyRecord> {
    let mut cells = Cells::of(row);
    Ok(FamilyRecord {
        family_id: cells.uuid()?,
        token_id: cells.uuid()?,
        generation: cells.take()?,
        current_hash: cells.hash()?,
        previous_hash: cells.optional_hash()?,
        rotated_at: cells.seconds()?,
        retried: cells.take()?,
        successor_used: cells.take()?,
        lifetime: cells.optional_seconds()?,
        revoked_at: cells.optional_seconds()?,
    })
}

/// A family and its current access token.
pub(super) fn find_with_token(
    connection: &Connection,
    family_id: Uuid,
) -> Result<Option<(FamilyRecord, TokenRecord)>> {
    let Some(family) = find(connection, family_id)? else {
        return Ok(None);
    };
    Ok(tokens::find(connection, family.token_id)?.map(|token| (family, token)))
}

/// Moves a family to its next refresh token, if the decision still holds.
pub(super) fn rotate(tx: &Connection, rotation: &Rotation) -> Work<RotationOutcome> {
    let found = find_with_token(tx, rotation.family_id)?;
    let Some((family, token)) = found.filter(|(_, token)| !token.is_past_due(rotation.now)) else {
        return Err(Stop::answer(RotationOutcome::Changed));
    };
    let decision = decide(&family, rotation.presented_generation, rotation.presented_hash, rotation.now);
    let moves = matches!(decision, Decision::Rotate | Decision::Retry);
    if !moves || decision != rotation.decision || family.generation != rotation.expected_generation {
        return Err(Stop::answer(RotationOutcome::Changed));
    }
    if token.revocation_due != rotation.successor.revocation_due {
        return Err(Stop::answer(RotationOutcome::Rescheduled));
    }
    let successor = (rotation.successor.token_id, rotation.successor_hash);
    let next = advance(&family, decision, successor, rotation.now);
    if !move_on(tx, &family, &next)? {
        return Err(Stop::answer(RotationOutcome::Changed));
    }
    tokens::insert_row(tx, &rotation.successor)?;
    revocation::mark_revoked(tx, family.token_id, rotation.now, RevocationReason::Refreshed)?;
    audit::write(tx, &rotation.audit)?;
    Ok(RotationOutcome::Rotated)
}

/// Writes what [`advance`] changes, on the condition that the family is what was decided about.
fn move_on(tx: &Connection, from: &FamilyRecord, to: &FamilyRecord) -> Result<bool> {
    tx.prepare_cached(
        "UPDATE refresh_families SET token_id = ?2, generation = ?3, current_hash = ?4, previous_hash = ?5,
             rotated_at = ?6, retried = ?7, successor_used = ?8
         WHERE family_id = ?1 AND generation = ?9 AND current_hash = ?10 AND revoked_at IS NULL",
    )?
    .execute(params![
        to.family_id.as_bytes(),
        to.token_id.as_bytes(),
        to.generation,
        to.current_hash.0,
        to.previous_hash.map(|hash| hash.0),
        seconds(to.rotated_at),
        to.retried,
        to.successor_used,
        from.generation,
        from.current_hash.0,
    ])
    .map(|rows| rows == 1)
}

/// Revokes a family and its tokens.
pub(super) fn revoke(
    tx: &Connection,
    family_id: Uuid,
    now: EpochSeconds,
    record: &AuditRecord,
) -> Work<bool> {
    revocation::settle_family(tx, family_id.as_bytes(), now)?;
    let ended = end(tx, family_id.as_bytes(), now)?;
    if ended {
        audit::write(tx, record)?;
    }
    Ok(ended)
}

/// Revokes the rows of a family and of its tokens; `false` if it was revoked, or never was.
pub(super) fn end(tx: &Connection, family_id: &[u8; 16], now: EpochSeconds) -> Result<bool> {
    let ended = tx
        .prepare_cached(
            "UPDATE refresh_families SET revoked_at = ?2 WHERE family_id = ?1 AND revoked_at IS NULL",
        )?
        .execute(params![family_id, seconds(now)])?;
    if ended == 1 {
        tx.prepare_cached(
            "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3 WHERE family_id = ?1 AND revoked_at IS NULL",
        )?
        .execute(params![family_id, seconds(now), RevocationReason::Family.as_str()])?;
    }
    Ok(ended == 1)
}

/// Notes that the family's current access token was used.
pub(super) fn mark_used(tx: &Connection, family_id: Uuid, token_id: Uuid) -> Work<()> {
    tx.prepare_cached(
        "UPDATE refresh_families SET successor_used = 1
         WHERE family_id = ?1 AND token_id = ?2 AND successor_used = 0",
    )?
    .execute([family_id.as_bytes(), token_id.as_bytes()])?;
    Ok(())
}

/// Frees a family that has no token left.
pub(super) fn delete_if_empty(tx: &Connection, family_id: [u8; 16]) -> Result<()> {
    tx.prepare_cached(
        "DELETE FROM refresh_families WHERE family_id = ?1
           AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.family_id = ?1)",
    )?
    .execute([family_id])
    .map(drop)
}
