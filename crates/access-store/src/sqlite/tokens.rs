//! Tokens: written, found, freed.

use super::columns::{Cells, expiry, limit, seconds};
use super::writer::{Stop, Work};
use super::{api_keys, audit, families, idempotency, projects, users};
use access_core::clock::EpochSeconds;
use access_core::model::{Revocation, RevocationReason, SecretHash, TokenRecord, TokenState};
use access_core::store::{Asker, Cleaned, InsertOutcome, NewToken};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use std::collections::BTreeSet;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The columns that [`read_cells`] reads, of `tokens t` and `subjects s`.
macro_rules! token_columns {
    () => {
        "t.token_id, s.subject, s.owner, t.user_epoch, t.scope, t.audience, t.description, t.project_key, \
         t.issued_at, t.expires_at, t.family_id, t.created_by, t.parent_token_id, t.reference_key, \
         t.reference_check, t.revoked_at, t.revoked_for, t.revocation_due, t.last_used"
    };
}
pub(super) use token_columns;

/// Writes token, family, idempotency record and audit record, unless the request is a repetition.
pub(super) fn insert(tx: &Connection, new: &NewToken) -> Work<InsertOutcome> {
    if let Some(asker) = &new.asker
        && !(is_there(tx, asker, new.audit.at)? && may_create(tx, asker)?)
    {
        return Err(Stop::answer(InsertOutcome::AskerGone));
    }
    if let Some(record) = &new.idempotency
        && let Some(first) = idempotency::claim(tx, record, new.idempotency_cutoff)?
    {
        return Err(Stop::answer(InsertOutcome::Repeated(first)));
    }
    if let Some(key) = &new.token.project_key
        && !projects::exists(tx, key)?
    {
        return Err(Stop::answer(InsertOutcome::ProjectGone));
    }
    if let Some(family) = &new.family {
        families::insert_row(tx, family)?;
    }
    insert_row(tx, &new.token)?;
    audit::write(tx, &new.audit)?;
    Ok(InsertOutcome::Inserted)
}

/// Whether the credential that asked still counts at `now`.
pub(super) fn is_there(tx: &Connection, asker: &Asker, now: EpochSeconds) -> Result<bool> {
    if let Some(token_id) = &asker.token_id
        && !tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM tokens WHERE token_id = ?1 AND revoked_at IS NULL
                     AND (revocation_due IS NULL OR revocation_due > ?2))",
            )?
            .query_row(params![token_id.as_bytes(), seconds(now)], |row| row.get(0))?
    {
        return Ok(false);
    }
    if let Some(key) = &asker.api_key
        && !api_keys::is_there(tx, *key)?
    {
        return Ok(false);
    }
    let Some((username, epoch)) = &asker.user else { return Ok(asker.administers.is_empty()) };
    for key in &asker.administers {
        if !projects::administers(tx, username, key)? {
            return Ok(false);
        }
    }
    tx.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM users
             WHERE username = ?1 AND token_epoch = ?2 AND status IN ('enabled', 'locked'))",
    )?
    .query_row(params![username, epoch], |row| row.get(0))
}

/// Whether the user who asked creates anything: a locked one does not, though its credentials go on being accepted.
fn may_create(tx: &Connection, asker: &Asker) -> Result<bool> {
    let Some((username, _)) = &asker.user else { return Ok(true) };
    tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM users WHERE username = ?1 AND status = 'enabled')")?
        .query_row([username], |row| row.get(0))
}

/// Writes the row of a token.
pub(super) fn insert_row(tx: &Connection, token: &TokenRecord) -> Result<()> {
    let subject_no = subject_no(tx, token)?;
    let (reference_key, reference_check) = token.reference_hash.as_ref().map(halves).unzip();
    tx.prepare_cached(
        "INSERT INTO tokens (token_id, subject_no, user_epoch, scope, audience, description, project_key,
             issued_at, expires_at, family_id, created_by, parent_token_id, reference_key, reference_check,
             revoked_at, revoked_for, revocation_due, last_used)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        token.token_id.as_bytes(),
        subject_no,
        token.user_epoch,
        token.scope,
        token.audience,
        token.description,
        token.project_key,
        seconds(token.issued_at),
        expiry(token.expires_at),
        token.family_id.as_ref().map(|id| id.as_bytes()),
        (token.created_by != token.subject).then_some(&token.created_by),
        token.parent_token_id.as_ref().map(|id| id.as_bytes()),
        reference_key,
        reference_check,
        token.revocation.map(|revocation| seconds(revocation.at)),
        token.revocation.map(|revocation| revocation.reason.as_str()),
        token.revocation_due.map(seconds),
        token.last_used.map(seconds),
    ])
    .map(drop)
}

/// The number of the token's subject, which is written if it is new.
fn subject_no(tx: &Connection, token: &TokenRecord) -> Result<i64> {
    let owner = token.username.as_deref().unwrap_or_default();
    let known = tx
        .prepare_cached("SELECT subject_no FROM subjects WHERE subject = ?1 AND owner = ?2")?
        .query_row([&token.subject, owner], |row| row.get(0))
        .optional()?;
    match known {
        Some(number) => Ok(number),
        None => tx
            .prepare_cached("INSERT INTO subjects (subject, owner) VALUES (?1, ?2) RETURNING subject_no")?
            .query_row([&token.subject, owner], |row| row.get(0)),
    }
}

/// The two halves of a hash: one to find the row by, one to compare afterwards.
fn halves(hash: &SecretHash) -> (&[u8], &[u8]) {
    hash.0.split_at(16)
}

fn read(row: &Row<'_>) -> Result<TokenRecord> {
    read_cells(&mut Cells::of(row))
}

/// Reads a token from its columns in a row.
pub(super) fn read_cells(cells: &mut Cells<'_, '_>) -> Result<TokenRecord> {
    let token_id = cells.uuid()?;
    let subject: String = cells.take()?;
    let owner: String = cells.take()?;
    Ok(TokenRecord {
        token_id,
        username: (!owner.is_empty()).then_some(owner),
        user_epoch: cells.take()?,
        scope: cells.take()?,
        audience: cells.take()?,
        description: cells.take()?,
        project_key: cells.take()?,
        issued_at: cells.seconds()?,
        expires_at: cells.expiry()?,
        family_id: cells.optional_uuid()?,
        created_by: cells.take::<Option<_>>()?.unwrap_or_else(|| subject.clone()),
        parent_token_id: cells.optional_uuid()?,
        reference_hash: read_reference(cells)?,
        revocation: read_revocation(cells)?,
        revocation_due: cells.optional_seconds()?,
        last_used: cells.optional_seconds()?,
        subject,
    })
}

fn read_reference(cells: &mut Cells<'_, '_>) -> Result<Option<SecretHash>> {
    let key: Option<[u8; 16]> = cells.take()?;
    let check: Option<[u8; 16]> = cells.take()?;
    Ok(key.zip(check).map(|(key, check)| {
        let mut hash = [0; 32];
        hash[..16].copy_from_slice(&key);
        hash[16..].copy_from_slice(&check);
        SecretHash(hash)
    }))
}

fn read_revocation(cells: &mut Cells<'_, '_>) -> Result<Option<Revocation>> {
    let at = cells.optional_seconds()?;
    let reason: Option<String> = cells.take()?;
    Ok(at.map(|at| Revocation { at, reason: RevocationReason::parse(reason.as_deref().unwrap_or_default()) }))
}

/// A token by id.
pub(super) fn find(connection: &Connection, token_id: Uuid) -> Result<Option<TokenRecord>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            token_columns!(),
            " FROM tokens t JOIN subjects s ON s.subject_no = t.subject_no WHERE t.token_id = ?1"
        ))?
        .query_row([token_id.as_bytes()], read)
        .optional()
}

/// A token by the hash of its reference token.
fn find_by_reference(connection: &Connection, hash: SecretHash) -> Result<Option<TokenRecord>> {
    let (key, _) = halves(&hash);
    let found = connection
        .prepare_cached(concat!(
            "SELECT ",
            token_columns!(),
            " FROM tokens t JOIN subjects s ON s.subject_no = t.subject_no WHERE t.reference_key = ?1"
        ))?
        .query_row([key], read)
        .optional()?;
    Ok(found.filter(|token| token.reference_hash.is_some_and(|stored| stored.0.ct_eq(&hash.0).into())))
}

/// A token by id, with its user and its family.
pub(super) fn state(connection: &Connection, token_id: Uuid) -> Result<Option<TokenState>> {
    find(connection, token_id)?.map(|token| with_neighbours(connection, token)).transpose()
}

/// A token by the hash of its reference token, with its user and its family.
pub(super) fn state_by_reference(connection: &Connection, hash: SecretHash) -> Result<Option<TokenState>> {
    find_by_reference(connection, hash)?.map(|token| with_neighbours(connection, token)).transpose()
}

fn with_neighbours(connection: &Connection, token: TokenRecord) -> Result<TokenState> {
    let user = token.username.as_deref().map(|name| users::find(connection, name)).transpose()?.flatten();
    let family = token.family_id.map(|id| families::find(connection, id)).transpose()?.flatten();
    Ok(TokenState { token, user, family })
}

/// Frees at most `count` tokens that ended before `cutoff`, with what they leave behind, and idempotency records
/// made before it. A token that was revoked, or was to be, counts from then.
pub(super) fn clean(tx: &Connection, cutoff: EpochSeconds, count: usize) -> Work<Cleaned> {
    let revoked = delete(
        tx,
        "DELETE FROM tokens WHERE token_id IN
             (SELECT token_id FROM tokens WHERE revoked_at < ?1 ORDER BY revoked_at LIMIT ?2)
         RETURNING subject_no, family_id",
        cutoff,
        count,
    )?;
    let past_due = delete(
        tx,
        "DELETE FROM tokens WHERE token_id IN
             (SELECT token_id FROM tokens WHERE revoked_at IS NULL AND revocation_due < ?1
              ORDER BY revocation_due LIMIT ?2)
         RETURNING subject_no, family_id",
        cutoff,
        count.saturating_sub(revoked.len()),
    )?;
    let expired = delete(
        tx,
        "DELETE FROM tokens WHERE token_id IN
             (SELECT token_id FROM tokens WHERE revoked_at IS NULL AND expires_at < ?1
              ORDER BY expires_at, token_id LIMIT ?2)
         RETURNING subject_no, family_id",
        cutoff,
        count.saturating_sub(revoked.len() + past_due.len()),
    )?;
    let (mut subjects, mut families) = (BTreeSet::new(), BTreeSet::new());
    for (subject_no, family_id) in revoked.iter().chain(&past_due).chain(&expired) {
        subjects.insert(*subject_no);
        families.extend(*family_id);
    }
    for family_id in families {
        families::delete_if_empty(tx, family_id)?;
    }
    for subject_no in subjects {
        tx.prepare_cached(
            "DELETE FROM subjects WHERE subject_no = ?1
               AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.subject_no = ?1)",
        )?
        .execute([subject_no])?;
    }
    let idempotency_records = idempotency::clean(tx, cutoff, count)?;
    Ok(Cleaned { tokens: revoked.len() + past_due.len() + expired.len(), idempotency_records })
}

/// Deletes rows by one of the statements above; the subject and the family of each.
fn delete(
    tx: &Connection,
    sql: &'static str,
    cutoff: EpochSeconds,
    count: usize,
) -> Result<Vec<(i64, Option<[u8; 16]>)>> {
    tx.prepare_cached(sql)?
        .query_map([seconds(cutoff), limit(count)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
