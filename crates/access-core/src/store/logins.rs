//! What core asks of a database about log-ins: wrong passwords counted by name, passwords replaced by who knows
//! the old one, and log-ins in the browser that wait for a person.

use super::{NewToken, StoreResult};
use crate::clock::EpochSeconds;
use crate::model::{AuditRecord, PasswordHash, SecretHash};
use async_trait::async_trait;

/// Wrong passwords in a row for a name, whether there is such a user or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginFailures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last_at: EpochSeconds,
}

/// A log-in in the browser that a client waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLogin {
    /// When it ends, unless its token was fetched before.
    pub ends_at: EpochSeconds,
    /// Who approved it; `None` = nobody yet.
    pub approval: Option<WebLoginApproval>,
}

/// Who approved a log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLoginApproval {
    /// User name.
    pub username: String,
    /// The user's [`crate::model::UserRecord::token_epoch`] then.
    pub user_epoch: i64,
    /// What the client calls itself, for the token's description.
    pub client: String,
}

/// What became of the token of a log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebLoginOutcome {
    /// It is stored, and the log-in is over.
    Inserted,
    /// Nothing was written: the log-in is over, or nobody approved it.
    Gone,
    /// Nothing was written: its user was deleted, disabled or demoted since.
    AskerGone,
}

/// The part of [`super::Store`] about log-ins. Names and sessions are known by keyed hashes only.
#[async_trait]
pub trait LoginStore: Send + Sync + 'static {
    /// The wrong passwords in a row for a name; `None` if there were none.
    async fn login_failures(&self, name: SecretHash) -> StoreResult<Option<LoginFailures>>;

    /// Counts one more at `now` and gives their number. If the last one was before `forgotten`, it is the first.
    async fn count_login_failure(
        &self,
        name: SecretHash,
        now: EpochSeconds,
        forgotten: EpochSeconds,
    ) -> StoreResult<u32>;

    /// Forgets the wrong passwords for a name. `false` (and no audit record) if there were none.
    async fn clear_login_failures(&self, name: SecretHash, audit: Option<AuditRecord>) -> StoreResult<bool>;

    /// Sets a user's password, as of the audit record's time, if it still is the one of the hash `old` and the user is
    /// enabled, logs in by password and may change the own profile. `false` (and no audit record) if not, or there is
    /// no such user.
    async fn replace_password(
        &self,
        username: &str,
        old: PasswordHash,
        new: PasswordHash,
        audit: AuditRecord,
    ) -> StoreResult<bool>;

    /// Opens a log-in that waits until `ends_at`; one of the same session stays as it is. Those that have ended at
    /// `now` go, and beyond `most` of them the oldest go that nobody approved.
    async fn open_web_login(
        &self,
        session: SecretHash,
        now: EpochSeconds,
        ends_at: EpochSeconds,
        most: usize,
    ) -> StoreResult<()>;

    /// A log-in that has not ended at `now`.
    async fn find_web_login(&self, session: SecretHash, now: EpochSeconds) -> StoreResult<Option<WebLogin>>;

    /// Counts a wrong code for a log-in; with the `last`-th one it is over. Gives how many more are borne.
    async fn count_wrong_code(&self, session: SecretHash, last: u32) -> StoreResult<u32>;

    /// Notes who approved a log-in, which then waits for its client until `ends_at`. `false` (and no audit record)
    /// if it has ended at the audit record's time, or was approved already.
    async fn approve_web_login(
        &self,
        session: SecretHash,
        approval: WebLoginApproval,
        ends_at: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<bool>;

    /// Ends an approved log-in and writes its token, as [`super::Store::insert_token`] does, in one transaction.
    async fn finish_web_login(&self, session: SecretHash, new: NewToken) -> StoreResult<WebLoginOutcome>;

    /// Ends a log-in without a token.
    async fn end_web_login(&self, session: SecretHash) -> StoreResult<()>;

    /// Frees at most `limit` counts whose last wrong password was before `cutoff`, and log-ins that ended before
    /// it. A space matter only.
    async fn clean_logins(&self, cutoff: EpochSeconds, limit: usize) -> StoreResult<usize>;
}
