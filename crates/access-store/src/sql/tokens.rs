//! Tokens: written, found, freed.

use super::cells::{Cells, expiry, limit, only, seconds};
use super::db::{Bind, Db, values};
use super::error::Result;
use super::work::{Stop, Work};
use super::{api_keys, audit, families, groups, idempotency, projects, users};
use access_core::clock::EpochSeconds;
use access_core::model::{Revocation, RevocationReason, SecretHash, TokenRecord, TokenState};
use access_core::store::{Asker, Cleaned, InsertOutcome, NewToken};
use std::collections::BTreeSet;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What a token is looked up by.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// Its id.
    Id(Uuid),
    /// The hash of its reference token.
    Reference(SecretHash),
}

/// The columns that [`read_cells`] reads, of `tokens t` and `subjects s`.
macro_rules! token_columns {
    () => {
        "t.token_id, s.subject, s.owner, t.user_epoch, t.scope, t.audience, t.description, t.project_key, \
         t.issued_at, t.expires_at, t.family_id, t.created_by, t.parent_token_id, t.reference_key, \
         t.reference_check, t.revoked_at, t.revoked_for, t.revocation_due, t.last_used"
    };
}
pub(crate) use token_columns;

/// The columns that [`read_state`] reads, of [`state_tables`].
macro_rules! state_columns {
    () => {
        concat!($crate::sql::tokens::token_columns!(), ", u.*, f.*")
    };
}
pub(crate) use state_columns;

/// Tokens with what belongs to each.
macro_rules! state_tables {
    () => {
        concat!(
            "tokens t JOIN subjects s ON s.subject_no = t.subject_no LEFT JOIN (SELECT ",
            $crate::sql::users::user_columns!(),
            " FROM users) u ON u.username = s.owner LEFT JOIN (SELECT ",
            $crate::sql::families::family_columns!(),
            " FROM refresh_families) f ON f.family_id = t.family_id"
        )
    };
}
pub(crate) use state_tables;

/// Writes token, family, idempotency record and audit record, unless the request is a repetition.
pub(crate) fn insert(tx: &Db<'_>, new: &NewToken) -> Work<InsertOutcome> {
    if let Some(asker) = &new.asker
        && !may_change(tx, asker, new.audit.at)?
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
pub(crate) fn is_there(tx: &Db<'_>, asker: &Asker, now: EpochSeconds) -> Result<bool> {
    if let Some(token_id) = &asker.token_id
        && !tx.one(
            "SELECT EXISTS (SELECT 1 FROM tokens WHERE token_id = ?1 AND revoked_at IS NULL
                     AND (revocation_due IS NULL OR revocation_due > ?2))",
            &values![token_id, seconds(now)],
            only,
        )?
    {
        return Ok(false);
    }
    if let Some(key) = &asker.api_key
        && !api_keys::is_there(tx, *key)?
    {
        return Ok(false);
    }
    let by_groups = &asker.admin_by_groups;
    if !by_groups.is_empty() && !groups::existing(tx, by_groups)?.iter().any(|(_, administers)| *administers)
    {
        return Ok(false);
    }
    let Some((username, epoch)) = &asker.user else { return Ok(asker.administers.is_empty()) };
    for key in &asker.administers {
        if !projects::administers(tx, username, key)? {
            return Ok(false);
        }
    }
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM users
             WHERE username = ?1 AND token_epoch = ?2 AND status IN ('enabled', 'locked'))",
        &values![username, epoch],
        only,
    )
}

/// Whether the credential that asked may change something at `now`: a locked user may only revoke.
pub(crate) fn may_change(tx: &Db<'_>, asker: &Asker, now: EpochSeconds) -> Result<bool> {
    if !is_there(tx, asker, now)? {
        return Ok(false);
    }
    let Some((username, _)) = &asker.user else { return Ok(true) };
    tx.exists("SELECT 1 FROM users WHERE username = ?1 AND status = 'enabled'", &values![username])
}

/// Writes the row of a token.
pub(crate) fn insert_row(tx: &Db<'_>, token: &TokenRecord) -> Result<()> {
    let subject_no = subject_no(tx, token)?;
    let (reference_key, reference_check) = token.reference_hash.as_ref().map(halves).unzip();
    tx.execute(
        "INSERT INTO tokens (token_id, subject_no, user_epoch, scope, audience, description, project_key,
             issued_at, expires_at, family_id, created_by, parent_token_id, reference_key, reference_check,
             revoked_at, revoked_for, revocation_due, last_used)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        &values![
            token.token_id,
            subject_no,
            token.user_epoch,
            token.scope,
            token.audience,
            token.description,
            token.project_key,
            seconds(token.issued_at),
            expiry(token.expires_at),
            token.family_id,
            (token.created_by != token.subject).then_some(&token.created_by),
            token.parent_token_id,
            reference_key,
            reference_check,
            token.revocation.map(|revocation| seconds(revocation.at)),
            token.revocation.map(|revocation| revocation.reason.as_str()),
            token.revocation_due.map(seconds),
            token.last_used.map(seconds),
        ],
    )
    .map(drop)
}

/// The number of the token's subject, which is written if it is new.
fn subject_no(tx: &Db<'_>, token: &TokenRecord) -> Result<i64> {
    let owner = token.username.as_deref().unwrap_or_default();
    let known = tx.optional(
        "SELECT subject_no FROM subjects WHERE subject = ?1 AND owner = ?2",
        &values![&token.subject, owner],
        only,
    )?;
    match known {
        Some(number) => Ok(number),
        None => tx.one(
            "INSERT INTO subjects (subject_no, subject, owner)
             VALUES ((SELECT COALESCE(MAX(subject_no), 0) + 1 FROM subjects), ?1, ?2) RETURNING subject_no",
            &values![&token.subject, owner],
            only,
        ),
    }
}

/// The two halves of a hash: one to find the row by, one to compare afterwards.
pub(crate) fn halves(hash: &SecretHash) -> (&[u8], &[u8]) {
    hash.0.split_at(16)
}

/// Reads a token from its columns in a row.
pub(crate) fn read_cells(cells: &mut Cells<'_>) -> Result<TokenRecord> {
    let token_id = cells.take()?;
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
        family_id: cells.take()?,
        created_by: cells.take::<Option<_>>()?.unwrap_or_else(|| subject.clone()),
        parent_token_id: cells.take()?,
        reference_hash: read_reference(cells)?,
        revocation: read_revocation(cells)?,
        revocation_due: cells.optional_seconds()?,
        last_used: cells.optional_seconds()?,
        subject,
    })
}

fn read_reference(cells: &mut Cells<'_>) -> Result<Option<SecretHash>> {
    let key: Option<[u8; 16]> = cells.take()?;
    let check: Option<[u8; 16]> = cells.take()?;
    Ok(key.zip(check).map(|(key, check)| {
        let mut hash = [0; 32];
        hash[..16].copy_from_slice(&key);
        hash[16..].copy_from_slice(&check);
        SecretHash(hash)
    }))
}

fn read_revocation(cells: &mut Cells<'_>) -> Result<Option<Revocation>> {
    let at = cells.optional_seconds()?;
    let reason: Option<String> = cells.take()?;
    Ok(at.map(|at| Revocation { at, reason: RevocationReason::parse(reason.as_deref().unwrap_or_default()) }))
}

/// A token by id.
pub(crate) fn find(db: &Db<'_>, token_id: Uuid) -> Result<Option<TokenRecord>> {
    db.optional(
        concat!(
            "SELECT ",
            token_columns!(),
            " FROM tokens t JOIN subjects s ON s.subject_no = t.subject_no WHERE t.token_id = ?1"
        ),
        &values![token_id],
        read_cells,
    )
}

/// Whether the whole hash is the one of the token's reference token.
pub(crate) fn is_of_reference(token: &TokenRecord, hash: SecretHash) -> bool {
    token.reference_hash.is_some_and(|stored| stored.0.ct_eq(&hash.0).into())
}

/// A token with its user and its family.
pub(crate) fn state(db: &Db<'_>, key: Key) -> Result<Option<TokenState>> {
    macro_rules! look_up {
        ($found:literal) => {
            concat!("SELECT ", state_columns!(), " FROM ", state_tables!(), " WHERE ", $found)
        };
    }
    let found = match key {
        Key::Id(id) => db.optional(look_up!("t.token_id = ?1"), &values![id], read_state)?,
        Key::Reference(hash) => db
            .optional(look_up!("t.reference_key = ?1"), &values![halves(&hash).0], read_state)?
            .filter(|state| is_of_reference(&state.token, hash)),
    };
    let Some(mut state) = found else { return Ok(None) };
    state.user = state.user.map(|user| users::with_groups(db, user)).transpose()?;
    Ok(Some(state))
}

/// Reads [`state_columns`]; the groups of the user are still missing.
pub(crate) fn read_state(cells: &mut Cells<'_>) -> Result<TokenState> {
    let token = read_cells(cells)?;
    let user = users::read_joined(cells)?;
    Ok(TokenState { token, user, family: families::read_joined(cells)? })
}

/// Frees at most `count` tokens that ended before `cutoff`, with what they leave behind, and idempotency records
/// made before it. A token that was revoked, or was to be, counts from then.
pub(crate) fn clean(tx: &Db<'_>, cutoff: EpochSeconds, count: usize) -> Work<Cleaned> {
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
    families::delete_empty(tx, &families.iter().map(Bind::value).collect::<Vec<_>>())?;
    tx.execute_each(
        "DELETE FROM subjects WHERE subject_no = ?1
           AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.subject_no = ?1)",
        &subjects.iter().map(Bind::value).collect::<Vec<_>>(),
    )?;
    let idempotency_records = idempotency::clean(tx, cutoff, count)?;
    Ok(Cleaned { tokens: revoked.len() + past_due.len() + expired.len(), idempotency_records })
}

/// Deletes rows by one of the statements above; the subject and the family of each.
fn delete(
    tx: &Db<'_>,
    sql: &'static str,
    cutoff: EpochSeconds,
    count: usize,
) -> Result<Vec<(i64, Option<Uuid>)>> {
    tx.all(sql, &values![seconds(cutoff), limit(count)], |cells| Ok((cells.take()?, cells.take()?)))
}
