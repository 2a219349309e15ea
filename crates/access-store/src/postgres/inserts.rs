//! New tokens, any number of them by the same few statements: what [`crate::sql::tokens::insert`] does for one.

use super::session::{Parameters, Session};
use crate::sql::cells::{Cells, expiry, seconds};
use crate::sql::db::Db;
use crate::sql::error::Result;
use crate::sql::tokens::halves;
use crate::sql::{idempotency, tokens};
use access_core::model::{AuditRecord, FamilyRecord, IdempotencyRecord, TokenRecord};
use access_core::store::{Asker, InsertOutcome, NewToken};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Writes those tokens that may be written, with what belongs to them; what became of each, in this order.
pub(super) fn insert(session: &Session, all: &[&NewToken]) -> Result<Vec<InsertOutcome>> {
    let facts = Facts::read(session, all)?;
    let mut claimed: HashMap<[u8; 32], &IdempotencyRecord> = HashMap::new();
    let mut outcomes = Vec::with_capacity(all.len());
    let mut accepted = Vec::with_capacity(all.len());
    for new in all {
        let outcome = facts.outcome(session, new, &claimed)?;
        if outcome == InsertOutcome::Inserted {
            claimed.extend(new.idempotency.as_ref().map(|record| (record.key_hash.0, record)));
            accepted.push(*new);
        }
        outcomes.push(outcome);
    }
    if !accepted.is_empty() {
        let numbers = facts.subject_numbers(session, &accepted)?;
        write(session, &accepted, &numbers)?;
    }
    Ok(outcomes)
}

/// What the tokens depend on.
struct Facts {
    /// The tokens they were asked for with that are not revoked, with the second at which they are to be.
    askers: HashMap<Uuid, Option<i64>>,
    /// Users that are enabled, with their epochs.
    enabled: HashSet<(String, i64)>,
    projects: HashSet<String>,
    repeated: HashMap<[u8; 32], IdempotencyRecord>,
    subjects: HashMap<(String, String), i64>,
    last_subject: i64,
}

/// An asker that is looked up by token and user alone.
fn is_plain(asker: &Asker) -> bool {
    asker.api_key.is_none() && asker.administers.is_empty() && asker.admin_by_groups.is_empty()
}

/// Tokens that are made together are mostly made by one asker, for one user.
fn each_once<T: Eq + Hash>(keys: impl Iterator<Item = T>) -> Vec<T> {
    keys.collect::<HashSet<_>>().into_iter().collect()
}

fn owner(token: &TokenRecord) -> &str {
    token.username.as_deref().unwrap_or_default()
}

impl Facts {
    fn read(session: &Session, all: &[&NewToken]) -> Result<Self> {
        let plain = || all.iter().filter_map(|new| new.asker.as_ref()).filter(|asker| is_plain(asker));
        let ids = each_once(plain().filter_map(|asker| asker.token_id));
        let users = each_once(plain().filter_map(|asker| Some(asker.user.as_ref()?.0.as_str())));
        let projects = each_once(all.iter().filter_map(|new| new.token.project_key.as_deref()));
        let keys = each_once(all.iter().filter_map(|new| Some(&new.idempotency.as_ref()?.key_hash.0[..])));
        let subjects = each_once(all.iter().map(|new| new.token.subject.as_str()));
        let answers = session.query_all(&[
            (ASKERS, &[&ids]),
            (USERS, &[&users]),
            (PROJECTS, &[&projects]),
            (REPEATED, &[&keys]),
            (SUBJECTS, &[&subjects]),
            (LAST_SUBJECT, &[]),
        ])?;
        let mut answers = answers.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let pairs = |rows: Vec<tokio_postgres::Row>| {
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<HashSet<_>>>()
        };
        let askers = next()
            .iter()
            .filter(|row| matches!(row.try_get::<_, Option<i64>>(2), Ok(None)))
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_>>()?;
        let enabled = pairs(next())?;
        let projects = next().iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<_>>()?;
        let repeated = next()
            .iter()
            .map(|row| {
                idempotency::read(&mut Cells::of_postgres(row)).map(|record| (record.key_hash.0, record))
            })
            .collect::<Result<_>>()?;
        let subjects = next()
            .iter()
            .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?)))
            .collect::<Result<_>>()?;
        let last_subject = next().first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default();
        Ok(Self { askers, enabled, projects, repeated, subjects, last_subject })
    }

    fn outcome(
        &self,
        session: &Session,
        new: &NewToken,
        claimed: &HashMap<[u8; 32], &IdempotencyRecord>,
    ) -> Result<InsertOutcome> {
        if let Some(asker) = &new.asker
            && !self.may_change(session, asker, new)?
        {
            return Ok(InsertOutcome::AskerGone);
        }
        if let Some(record) = &new.idempotency {
            let key = &record.key_hash.0;
            let in_time = |first: &&IdempotencyRecord| first.created_at >= new.idempotency_cutoff;
            let repeated = self.repeated.get(key).filter(in_time);
            if let Some(first) = repeated.or_else(|| claimed.get(key).copied()) {
                return Ok(InsertOutcome::Repeated(first.clone()));
            }
        }
        match &new.token.project_key {
            Some(key) if !self.projects.contains(key) => Ok(InsertOutcome::ProjectGone),
            _ => Ok(InsertOutcome::Inserted),
        }
    }

    fn may_change(&self, session: &Session, asker: &Asker, new: &NewToken) -> Result<bool> {
        if !is_plain(asker) {
            return tokens::may_change(&Db::Postgres(session), asker, new.audit.at);
        }
        let counts = |id| {
            let due = self.askers.get(&id);
            due.is_some_and(|due| due.is_none_or(|due| due > seconds(new.audit.at)))
        };
        Ok(asker.token_id.is_none_or(counts)
            && asker.user.as_ref().is_none_or(|user| self.enabled.contains(user)))
    }

    /// The number of each token's subject; those that are new are written.
    fn subject_numbers(&self, session: &Session, accepted: &[&NewToken]) -> Result<Vec<i64>> {
        let mut known = self.subjects.clone();
        let (mut numbers, mut subjects, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let of_all = accepted.iter().map(|new| {
            let key = (new.token.subject.clone(), owner(&new.token).to_owned());
            *known.entry(key).or_insert_with(|| {
                let number = self.last_subject + 1 + numbers.len() as i64;
                numbers.push(number);
                subjects.push(new.token.subject.as_str());
                owners.push(owner(&new.token));
                number
            })
        });
        let of_all = of_all.collect();
        if !numbers.is_empty() {
            session.query_all(&[(INSERT_SUBJECTS, &[&numbers, &subjects, &owners])])?;
        }
        Ok(of_all)
    }
}

// Rows are asked for by their keys, one array of them, and not joined with what was asked for: while a new database has
// no statistics, PostgreSQL joins by reading the whole table. For the same reason nothing but the key is asked for: the
// index of those that are not revoked would be walked through for `revoked_at IS NULL`.
pub(super) const ASKERS: &str =
    "SELECT token_id, revocation_due, revoked_at FROM tokens WHERE token_id = ANY ($1::uuid[])";

const USERS: &str =
    "SELECT username, token_epoch FROM users WHERE username = ANY ($1::text[]) AND status = 'enabled'";

const PROJECTS: &str = "SELECT project_key FROM projects WHERE project_key = ANY ($1::text[])";

pub(super) const REPEATED: &str = "SELECT key_hash, request_hash, seed, token_id, created_at
     FROM idempotency_keys WHERE key_hash = ANY ($1::bytea[])";

pub(super) const SUBJECTS: &str =
    "SELECT subject, owner, subject_no FROM subjects WHERE subject = ANY ($1::text[])";

const LAST_SUBJECT: &str = "SELECT COALESCE(MAX(subject_no), 0) FROM subjects";

const INSERT_SUBJECTS: &str = "INSERT INTO subjects (subject_no, subject, owner)
     SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[])";

/// Writes the rows. All statements are on the way at once.
fn write(session: &Session, accepted: &[&NewToken], subject_numbers: &[i64]) -> Result<()> {
    let tokens: Vec<&TokenRecord> = accepted.iter().map(|new| &new.token).collect();
    let families: Vec<&FamilyRecord> = accepted.iter().filter_map(|new| new.family.as_ref()).collect();
    let records: Vec<&IdempotencyRecord> =
        accepted.iter().filter_map(|new| new.idempotency.as_ref()).collect();
    let audit: Vec<&AuditRecord> = accepted.iter().map(|new| &new.audit).collect();
    let (tokens, audit) = (token_columns(&tokens), audit_columns(&audit));
    let (families, records) = (family_columns(&families), record_columns(&records));
    let [families, tokens, records, audit] = [&families, &tokens, &records, &audit]
        .map(|columns| columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect::<Vec<_>>());
    let mut tokens = tokens;
    tokens.insert(1, &subject_numbers);
    let mut statements: Vec<(&str, Parameters<'_>)> = Vec::with_capacity(4);
    if accepted.iter().any(|new| new.family.is_some()) {
        statements.push((INSERT_FAMILIES, &families));
    }
    statements.push((INSERT_TOKENS, &tokens));
    if accepted.iter().any(|new| new.idempotency.is_some()) {
        statements.push((INSERT_RECORDS, &records));
    }
    statements.push((INSERT_AUDIT, &audit));
    session.query_all(&statements).map(drop)
}

/// A column of many rows.
type Column<'a> = Box<dyn ToSql + Sync + 'a>;

/// The column that `of` reads of each of these rows.
fn column<'a, R, T>(rows: &[&'a R], of: impl Fn(&'a R) -> T) -> Column<'a>
where
    T: ToSql + Sync + 'a,
{
    Box::new(rows.iter().map(|row| of(row)).collect::<Vec<T>>())
}

/// All but the number of the subject, which is the second.
fn token_columns<'a>(rows: &[&'a TokenRecord]) -> Vec<Column<'a>> {
    vec![
        column(rows, |token| token.token_id),
        column(rows, |token| token.user_epoch),
        column(rows, |token| token.scope.as_str()),
        column(rows, |token| token.audience.as_str()),
        column(rows, |token| token.description.as_deref()),
        column(rows, |token| token.project_key.as_deref()),
        column(rows, |token| seconds(token.issued_at)),
        column(rows, |token| expiry(token.expires_at)),
        column(rows, |token| token.family_id),
        column(rows, |token| (token.created_by != token.subject).then_some(token.created_by.as_str())),
        column(rows, |token| token.parent_token_id),
        column(rows, |token| token.reference_hash.as_ref().map(|hash| halves(hash).0)),
        column(rows, |token| token.reference_hash.as_ref().map(|hash| halves(hash).1)),
        column(rows, |token| token.revocation.map(|revocation| seconds(revocation.at))),
        column(rows, |token| token.revocation.map(|revocation| revocation.reason.as_str())),
        column(rows, |token| token.revocation_due.map(seconds)),
        column(rows, |token| token.last_used.map(seconds)),
    ]
}

fn family_columns<'a>(rows: &[&'a FamilyRecord]) -> Vec<Column<'a>> {
    vec![
        column(rows, |family| family.family_id),
        column(rows, |family| family.token_id),
        column(rows, |family| i64::from(family.generation)),
        column(rows, |family| &family.current_hash.0[..]),
        column(rows, |family| family.previous_hash.as_ref().map(|hash| &hash.0[..])),
        column(rows, |family| seconds(family.rotated_at)),
        column(rows, |family| i64::from(family.retried)),
        column(rows, |family| i64::from(family.successor_used)),
        column(rows, |family| family.lifetime.map(seconds)),
        column(rows, |family| family.revoked_at.map(seconds)),
    ]
}

fn record_columns<'a>(rows: &[&'a IdempotencyRecord]) -> Vec<Column<'a>> {
    vec![
        column(rows, |record| &record.key_hash.0[..]),
        column(rows, |record| &record.request_hash.0[..]),
        column(rows, |record| &record.seed[..]),
        column(rows, |record| record.token_id),
        column(rows, |record| seconds(record.created_at)),
    ]
}

fn audit_columns<'a>(rows: &[&'a AuditRecord]) -> Vec<Column<'a>> {
    vec![
        column(rows, |record| record.audit_id),
        column(rows, |record| seconds(record.at)),
        column(rows, |record| record.action.as_str()),
        column(rows, |record| record.actor.as_str()),
        column(rows, |record| record.actor_token_id),
        column(rows, |record| record.target.as_str()),
        column(rows, |record| record.detail.as_str()),
    ]
}

const INSERT_FAMILIES: &str = "INSERT INTO refresh_families (family_id, token_id, generation, current_hash,
         previous_hash, rotated_at, retried, successor_used, lifetime, revoked_at)
     SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bigint[],
         $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])";

const INSERT_TOKENS: &str =
    "INSERT INTO tokens (token_id, subject_no, user_epoch, scope, audience, description,
         project_key, issued_at, expires_at, family_id, created_by, parent_token_id, reference_key,
         reference_check, revoked_at, revoked_for, revocation_due, last_used)
     SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
         $7::text[], $8::bigint[], $9::bigint[], $10::uuid[], $11::text[], $12::uuid[], $13::bytea[],
         $14::bytea[], $15::bigint[], $16::text[], $17::bigint[], $18::bigint[])";

const INSERT_RECORDS: &str =
    "INSERT INTO idempotency_keys (key_hash, request_hash, seed, token_id, created_at)
     SELECT * FROM UNNEST($1::bytea[], $2::bytea[], $3::bytea[], $4::uuid[], $5::bigint[])
     ON CONFLICT (key_hash) DO UPDATE SET request_hash = excluded.request_hash, seed = excluded.seed,
         token_id = excluded.token_id, created_at = excluded.created_at";

const INSERT_AUDIT: &str = "INSERT INTO audit_log (entry, audit_id, at, action, actor, actor_token_id, target, detail)
     SELECT (SELECT COALESCE(MAX(entry), 0) FROM audit_log) + n, audit_id, at, action, actor, actor_token_id, target,
         detail
     FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[])
         WITH ORDINALITY AS a (audit_id, at, action, actor, actor_token_id, target, detail, n)";
