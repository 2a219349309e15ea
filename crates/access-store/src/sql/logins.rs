//! Log-ins: wrong passwords by name, passwords replaced, log-ins in the browser.

use super::cells::{limit, only, seconds};
use super::db::{Db, values};
use super::engine::Engine;
use super::error::Result;
use super::store::SqlStore;
use super::work::{Stop, Work};
use super::{audit, tokens};
use access_core::clock::EpochSeconds;
use access_core::model::{AuditRecord, PasswordHash, SecretHash};
use access_core::store::logins::{LoginFailures, LoginStore, WebLogin, WebLoginApproval, WebLoginOutcome};
use access_core::store::{InsertOutcome, NewToken, StoreResult};
use async_trait::async_trait;

/// The count stops here.
const MOST_FAILURES: u32 = 1_000_000;

fn failures(db: &Db<'_>, name: SecretHash) -> Result<Option<LoginFailures>> {
    db.optional(
        "SELECT failures, last_at FROM login_failures WHERE name_hash = ?1",
        &values![name.0],
        |cells| Ok(LoginFailures { count: cells.take()?, last_at: cells.seconds()? }),
    )
}

fn count_failure(tx: &Db<'_>, name: SecretHash, now: EpochSeconds, forgotten: EpochSeconds) -> Result<u32> {
    tx.one(
        "INSERT INTO login_failures (name_hash, failures, last_at) VALUES (?1, 1, ?2)
         ON CONFLICT (name_hash) DO UPDATE SET
             failures = CASE WHEN login_failures.last_at < ?3 THEN 1
                             WHEN login_failures.failures >= ?4 THEN login_failures.failures
                             ELSE login_failures.failures + 1 END,
             last_at = ?2
         RETURNING failures",
        &values![name.0, seconds(now), seconds(forgotten), MOST_FAILURES],
        only,
    )
}

fn clear_failures(tx: &Db<'_>, name: SecretHash, record: Option<&AuditRecord>) -> Result<bool> {
    let cleared = tx.execute("DELETE FROM login_failures WHERE name_hash = ?1", &values![name.0])? > 0;
    if let Some(record) = record.filter(|_| cleared) {
        audit::write(tx, record)?;
    }
    Ok(cleared)
}

fn replace_password(
    tx: &Db<'_>,
    username: &str,
    old: &PasswordHash,
    new: &PasswordHash,
    record: &AuditRecord,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE users SET password_hash = ?3, password_changed_at = ?4, password_expired = 0
             WHERE username = ?1 AND password_hash = ?2 AND status = 'enabled' AND profile_updatable = 1
               AND internal_password_disabled = 0",
        &values![username, old.0, new.0, seconds(record.at)],
    )?;
    if changed > 0 {
        audit::write(tx, record)?;
    }
    Ok(changed > 0)
}

fn open(
    tx: &Db<'_>,
    session: SecretHash,
    now: EpochSeconds,
    ends_at: EpochSeconds,
    most: usize,
) -> Result<()> {
    tx.execute("DELETE FROM web_logins WHERE ends_at <= ?1", &values![seconds(now)])?;
    tx.execute(
        "INSERT INTO web_logins (session_hash, opened_at, ends_at, wrong_codes) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (session_hash) DO NOTHING",
        &values![session.0, seconds(now), seconds(ends_at)],
    )?;
    let count: i64 = tx.one("SELECT COUNT(*) FROM web_logins", &[], only)?;
    let surplus = count - limit(most);
    if surplus > 0 {
        tx.execute(
            "DELETE FROM web_logins WHERE session_hash IN (
                 SELECT session_hash FROM web_logins WHERE session_hash <> ?1 AND username IS NULL
                 ORDER BY opened_at, session_hash LIMIT ?2)",
            &values![session.0, surplus],
        )?;
    }
    Ok(())
}

fn find(db: &Db<'_>, session: SecretHash, now: EpochSeconds) -> Result<Option<WebLogin>> {
    db.optional("SELECT ends_at, username, user_epoch, client FROM web_logins WHERE session_hash = ?1 AND ends_at > ?2", &values![session.0, seconds(now)], |cells| {
        let ends_at = cells.seconds()?;
        let (username, user_epoch, client): (Option<String>, Option<i64>, Option<String>) =
            (cells.take()?, cells.take()?, cells.take()?);
        let approval = match (username, user_epoch, client) {
            (Some(username), Some(user_epoch), Some(client)) => {
                Some(WebLoginApproval { username, user_epoch, client })
            }
            _ => None,
        };
        Ok(WebLogin { ends_at, approval })
    })
}

fn count_wrong_code(tx: &Db<'_>, session: SecretHash, last: u32) -> Result<u32> {
    let count: Option<u32> = tx.optional(
        "UPDATE web_logins SET wrong_codes = wrong_codes + 1
             WHERE session_hash = ?1 AND username IS NULL RETURNING wrong_codes",
        &values![session.0],
        only,
    )?;
    let left = count.map_or(0, |count| last.saturating_sub(count));
    if count.is_some() && left == 0 {
        end(tx, session)?;
    }
    Ok(left)
}

fn approve(
    tx: &Db<'_>,
    session: SecretHash,
    approval: &WebLoginApproval,
    ends_at: EpochSeconds,
    record: &AuditRecord,
) -> Result<bool> {
    let approved = tx.execute(
        "UPDATE web_logins SET username = ?2, user_epoch = ?3, client = ?4, ends_at = ?5
             WHERE session_hash = ?1 AND username IS NULL AND ends_at > ?6",
        &values![
            session.0,
            approval.username,
            approval.user_epoch,
            approval.client,
            seconds(ends_at),
            seconds(record.at),
        ],
    )?;
    if approved > 0 {
        audit::write(tx, record)?;
    }
    Ok(approved > 0)
}

fn finish(tx: &Db<'_>, session: SecretHash, new: &NewToken) -> Work<WebLoginOutcome> {
    let ended = tx.execute(
        "DELETE FROM web_logins WHERE session_hash = ?1 AND username IS NOT NULL AND ends_at > ?2",
        &values![session.0, seconds(new.audit.at)],
    )?;
    if ended == 0 {
        return Err(Stop::answer(WebLoginOutcome::Gone));
    }
    match tokens::insert(tx, new) {
        Ok(InsertOutcome::Inserted) => Ok(WebLoginOutcome::Inserted),
        // Nothing else can stop it: a log-in is asked for with no idempotency key.
        Ok(_) | Err(Stop::Answer(_) | Stop::AskerGone) => Err(Stop::answer(WebLoginOutcome::AskerGone)),
        Err(Stop::Failed(error)) => Err(Stop::Failed(error)),
    }
}

fn end(tx: &Db<'_>, session: SecretHash) -> Result<()> {
    tx.execute("DELETE FROM web_logins WHERE session_hash = ?1", &values![session.0]).map(drop)
}

fn clean(tx: &Db<'_>, cutoff: EpochSeconds, count: usize) -> Result<usize> {
    let (cutoff, count) = (seconds(cutoff), limit(count));
    let failures = tx.execute(
        "DELETE FROM login_failures WHERE name_hash IN (
                 SELECT name_hash FROM login_failures WHERE last_at < ?1 ORDER BY last_at LIMIT ?2)",
        &values![cutoff, count],
    )?;
    let web_logins = tx.execute(
        "DELETE FROM web_logins WHERE session_hash IN (
                 SELECT session_hash FROM web_logins WHERE ends_at < ?1 ORDER BY ends_at LIMIT ?2)",
        &values![cutoff, count],
    )?;
    Ok(failures + web_logins)
}

#[async_trait]
impl<E: Engine> LoginStore for SqlStore<E> {
    async fn login_failures(&self, name: SecretHash) -> StoreResult<Option<LoginFailures>> {
        self.engine.find(move |db| failures(db, name)).await
    }

    async fn count_login_failure(
        &self,
        name: SecretHash,
        now: EpochSeconds,
        forgotten: EpochSeconds,
    ) -> StoreResult<u32> {
        self.engine.write(move |tx| Ok(count_failure(tx, name, now, forgotten)?)).await
    }

    async fn clear_login_failures(&self, name: SecretHash, audit: Option<AuditRecord>) -> StoreResult<bool> {
        self.engine.write(move |tx| Ok(clear_failures(tx, name, audit.as_ref())?)).await
    }

    async fn replace_password(
        &self,
        username: &str,
        old: PasswordHash,
        new: PasswordHash,
        audit: AuditRecord,
    ) -> StoreResult<bool> {
        let username = username.to_owned();
        self.engine.write(move |tx| Ok(replace_password(tx, &username, &old, &new, &audit)?)).await
    }

    async fn open_web_login(
        &self,
        session: SecretHash,
        now: EpochSeconds,
        ends_at: EpochSeconds,
        most: usize,
    ) -> StoreResult<()> {
        self.engine.write(move |tx| Ok(open(tx, session, now, ends_at, most)?)).await
    }

    async fn find_web_login(&self, session: SecretHash, now: EpochSeconds) -> StoreResult<Option<WebLogin>> {
        self.engine.find(move |db| find(db, session, now)).await
    }

    async fn count_wrong_code(&self, session: SecretHash, last: u32) -> StoreResult<u32> {
        self.engine.write(move |tx| Ok(count_wrong_code(tx, session, last)?)).await
    }

    async fn approve_web_login(
        &self,
        session: SecretHash,
        approval: WebLoginApproval,
        ends_at: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<bool> {
        self.engine.write(move |tx| Ok(approve(tx, session, &approval, ends_at, &audit)?)).await
    }

    async fn finish_web_login(&self, session: SecretHash, new: NewToken) -> StoreResult<WebLoginOutcome> {
        self.engine.write(move |tx| finish(tx, session, &new)).await
    }

    async fn end_web_login(&self, session: SecretHash) -> StoreResult<()> {
        self.engine.write(move |tx| Ok(end(tx, session)?)).await
    }

    async fn clean_logins(&self, cutoff: EpochSeconds, limit: usize) -> StoreResult<usize> {
        self.engine.write(move |tx| Ok(clean(tx, cutoff, limit)?)).await
    }
}
