//! Refresh-token families: written, moved on, revoked.

use super::cells::{Cells, seconds};
use super::db::{Db, Value, values};
use super::error::Result;
use super::work::{Stop, Work};
use super::{audit, revocation, tokens};
use access_core::clock::EpochSeconds;
use access_core::family::{Decision, advance, decide};
use access_core::model::{AuditRecord, FamilyRecord, RevocationReason, TokenRecord};
use access_core::store::{Rotation, RotationOutcome};
use uuid::Uuid;

macro_rules! family_columns {
    () => {
        "family_id, token_id, generation, current_hash, previous_hash, rotated_at, retried, successor_used, \
         lifetime, revoked_at"
    };
}
pub(crate) use family_columns;

/// Writes the row of a family.
pub(crate) fn insert_row(tx: &Db<'_>, family: &FamilyRecord) -> Result<()> {
    tx.execute(
        "INSERT INTO refresh_families (family_id, token_id, generation, current_hash, previous_hash,
             rotated_at, retried, successor_used, lifetime, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &values![
            family.family_id,
            family.token_id,
            family.generation,
            family.current_hash.0,
            family.previous_hash.map(|hash| hash.0),
            seconds(family.rotated_at),
            family.retried,
            family.successor_used,
            family.lifetime.map(seconds),
            family.revoked_at.map(seconds),
        ],
    )
    .map(drop)
}

/// A family by id.
pub(crate) fn find(db: &Db<'_>, family_id: Uuid) -> Result<Option<FamilyRecord>> {
    db.optional(
        concat!("SELECT ", family_columns!(), " FROM refresh_families WHERE family_id = ?1"),
        &values![family_id],
        read,
    )
}

/// Reads a family from its columns in a row.
fn read(cells: &mut Cells<'_>) -> Result<FamilyRecord> {
    let family_id = cells.take()?;
    read_of(family_id, cells)
}

/// The same where there is a family or else NULL in all columns.
pub(crate) fn read_joined(cells: &mut Cells<'_>) -> Result<Option<FamilyRecord>> {
    let family_id: Option<Uuid> = cells.take()?;
    family_id.map(|family_id| read_of(family_id, cells)).transpose()
}

fn read_of(family_id: Uuid, cells: &mut Cells<'_>) -> Result<FamilyRecord> {
    Ok(FamilyRecord {
        family_id,
        token_id: cells.take()?,
        generation: cells.take()?,
        current_hash: cells.take()?,
        previous_hash: cells.take()?,
        rotated_at: cells.seconds()?,
        retried: cells.take()?,
        successor_used: cells.take()?,
        lifetime: cells.optional_seconds()?,
        revoked_at: cells.optional_seconds()?,
    })
}

/// A family and its current access token.
pub(crate) fn find_with_token(db: &Db<'_>, family_id: Uuid) -> Result<Option<(FamilyRecord, TokenRecord)>> {
    let Some(family) = find(db, family_id)? else {
        return Ok(None);
    };
    Ok(tokens::find(db, family.token_id)?.map(|token| (family, token)))
}

/// Moves a family to its next refresh token, if the decision still holds and its current access token lives: what a
/// refresh has replaced is revoked, but never current.
pub(crate) fn rotate(tx: &Db<'_>, rotation: &Rotation) -> Work<RotationOutcome> {
    let found = find_with_token(tx, rotation.family_id)?;
    let Some((family, token)) = found.filter(|(_, token)| !token.is_revoked(rotation.now)) else {
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
fn move_on(tx: &Db<'_>, from: &FamilyRecord, to: &FamilyRecord) -> Result<bool> {
    tx.execute(
        "UPDATE refresh_families SET token_id = ?2, generation = ?3, current_hash = ?4, previous_hash = ?5,
             rotated_at = ?6, retried = ?7, successor_used = ?8
         WHERE family_id = ?1 AND generation = ?9 AND current_hash = ?10 AND revoked_at IS NULL",
        &values![
            to.family_id,
            to.token_id,
            to.generation,
            to.current_hash.0,
            to.previous_hash.map(|hash| hash.0),
            seconds(to.rotated_at),
            to.retried,
            to.successor_used,
            from.generation,
            from.current_hash.0,
        ],
    )
    .map(|rows| rows == 1)
}

/// Revokes a family and its tokens.
pub(crate) fn revoke(tx: &Db<'_>, family_id: Uuid, now: EpochSeconds, record: &AuditRecord) -> Work<bool> {
    revocation::settle_family(tx, family_id, now)?;
    let ended = end(tx, family_id, now)?;
    if ended {
        audit::write(tx, record)?;
    }
    Ok(ended)
}

/// Revokes the rows of a family and of its tokens; `false` if it was revoked, or never was.
pub(crate) fn end(tx: &Db<'_>, family_id: Uuid, now: EpochSeconds) -> Result<bool> {
    let ended = tx.execute(
        "UPDATE refresh_families SET revoked_at = ?2 WHERE family_id = ?1 AND revoked_at IS NULL",
        &values![family_id, seconds(now)],
    )?;
    if ended == 1 {
        tx.execute(
            "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3 WHERE family_id = ?1 AND revoked_at IS NULL",
            &values![family_id, seconds(now), RevocationReason::Family.as_str()],
        )?;
    }
    Ok(ended == 1)
}

/// Notes that the family's current access token was used.
pub(crate) fn mark_used(tx: &Db<'_>, family_id: Uuid, token_id: Uuid) -> Work<()> {
    tx.execute(
        "UPDATE refresh_families SET successor_used = 1
         WHERE family_id = ?1 AND token_id = ?2 AND successor_used = 0",
        &values![family_id, token_id],
    )?;
    Ok(())
}

/// Frees those of these families that have no token left.
pub(crate) fn delete_empty(tx: &Db<'_>, family_ids: &[Value<'_>]) -> Result<()> {
    tx.execute_each(
        "DELETE FROM refresh_families WHERE family_id = ?1
           AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.family_id = ?1)",
        family_ids,
    )
}
