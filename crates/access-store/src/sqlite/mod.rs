//! The store on SQLite: look-ups run where they are called, lists beside them, and writes go to the one
//! thread that writes.

mod api_keys;
mod audit;
mod checkpoint;
mod columns;
mod failure;
mod families;
mod groups;
mod idempotency;
mod last_used;
mod list;
mod list_statement;
mod logins;
mod membership;
mod oidc;
mod oidc_exchange;
mod open;
mod project_members;
mod project_roles;
mod projects;
mod readers;
mod revocation;
mod rights;
mod service;
mod service_settings;
#[cfg(test)]
mod tests;
mod tokens;
mod users;
mod writer;

pub use open::OpenError;

use access_core::clock::EpochSeconds;
use access_core::model::{
    AuditRecord, FamilyRecord, FirstState, GroupChange, GroupRecord, IdempotencyRecord, MembershipChange,
    SecretHash, SigningKeyRecord, TokenRecord, TokenState, UserChange, UserRecord,
};
use access_core::store::{
    Asker, Cleaned, GroupQuery, InsertOutcome, ListedToken, NewToken, RevocationsOutcome, Rotation,
    RotationOutcome, ScheduleOutcome, Store, StoreResult, TokenQuery, UserQuery, WriteOutcome,
};
use async_trait::async_trait;
use failure::Health;
use readers::{ListReaders, Readers};
use rusqlite::Connection;
use std::path::Path;
use uuid::Uuid;
use writer::{Stop, Work, Writer};

/// The database in a file. Dropping it lets the writes that wait finish, then empties the log.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    lists: ListReaders,
    health: Health,
}

impl SqliteStore {
    /// Opens the database at `path`, made first (mode 0600) if there is none, and brings its schema up
    /// to date. Other processes may have it open too. Blocks: for milliseconds, but for seconds or minutes if
    /// the schema of a large database changes, here or by another process, which is waited for. This process must
    /// not open the file by other means meanwhile: closing it would let go of SQLite's locks on it (POSIX).
    ///
    /// # Errors
    /// An [`OpenError`]; it names the file and, where there is one, the way out.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let health = Health::new();
        let connection = open::first_connection(path)?;
        let readers = Readers::open(path).map_err(OpenError::sqlite(path))?;
        let lists = ListReaders::open(path).map_err(OpenError::sqlite(path))?;
        let writer = Writer::start(connection, path, health.clone())?;
        Ok(Self { writer, readers, lists, health })
    }

    /// Waits until this process can no longer write the database, because the disk failed to keep what
    /// it was told to; returns why. All writes fail from then on, and only a new process, which reads
    /// what really is on disk, may go on: so should the caller end.
    pub async fn broken(&self) -> String {
        self.health.broken().await
    }

    /// Makes the change that `record` tells of, unless who asked for it may no longer ask.
    async fn change<T, W>(&self, record: AuditRecord, mut work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Connection, &AuditRecord) -> Work<T> + Send + 'static,
    {
        let changed = self.writer.write(move |tx| match &record.asker {
            Some(asker) if !tokens::is_there(tx, asker, record.at)? => Err(Stop::AskerGone),
            _ => work(tx, &record),
        });
        changed.await
    }

    /// Lets the writes that wait finish, empties the log and refuses all writes from then on. Blocks.
    /// Dropping the store does the same.
    pub fn close(&self) {
        self.writer.close();
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn service_id(&self) -> StoreResult<Option<String>> {
        self.readers.read(service::id)
    }

    async fn initialise(&self, first: FirstState) -> StoreResult<bool> {
        self.writer.write(move |tx| service::initialise(tx, &first)).await
    }

    async fn signing_keys(&self) -> StoreResult<Vec<SigningKeyRecord>> {
        self.readers.read(service::signing_keys)
    }

    async fn insert_token(&self, new: NewToken) -> StoreResult<InsertOutcome> {
        self.writer.write(move |tx| tokens::insert(tx, &new)).await
    }

    async fn find_repeated(
        &self,
        key_hash: SecretHash,
        cutoff: EpochSeconds,
    ) -> StoreResult<Option<IdempotencyRecord>> {
        self.readers.read(|db| idempotency::find(db, key_hash, cutoff))
    }

    async fn find_token(&self, token_id: Uuid) -> StoreResult<Option<TokenState>> {
        self.readers.read(|db| tokens::state(db, token_id))
    }

    async fn find_token_by_reference(&self, hash: SecretHash) -> StoreResult<Option<TokenState>> {
        self.readers.read(|db| tokens::state_by_reference(db, hash))
    }

    async fn list_tokens(&self, query: TokenQuery) -> StoreResult<Vec<ListedToken>> {
        self.lists.read(move |db| list::page(db, &query)).await
    }

    async fn matching_tokens(&self, query: TokenQuery) -> StoreResult<Vec<Uuid>> {
        self.lists.read(move |db| list::ids(db, &query)).await
    }

    async fn record_uses(&self, uses: Vec<(Uuid, EpochSeconds)>) -> StoreResult<()> {
        self.writer.write(move |tx| last_used::record(tx, &uses)).await
    }

    async fn revoke_token(&self, token_id: Uuid, now: EpochSeconds, audit: AuditRecord) -> StoreResult<bool> {
        self.writer.write(move |tx| Ok(revocation::revoke(tx, token_id, now, &audit)?)).await
    }

    async fn revoke_tokens(
        &self,
        asker: Option<Asker>,
        revocations: Vec<(Uuid, AuditRecord)>,
        now: EpochSeconds,
    ) -> StoreResult<RevocationsOutcome> {
        self.writer.write(move |tx| revocation::revoke_each(tx, asker.as_ref(), &revocations, now)).await
    }

    async fn schedule_revocation(
        &self,
        token_id: Uuid,
        due: EpochSeconds,
        now: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<ScheduleOutcome> {
        self.writer.write(move |tx| revocation::schedule(tx, token_id, due, now, &audit)).await
    }

    async fn revoke_past_due(&self, now: EpochSeconds, limit: usize) -> StoreResult<usize> {
        self.writer.write(move |tx| Ok(revocation::revoke_past_due(tx, now, limit)?)).await
    }

    async fn revoke_family(
        &self,
        family_id: Uuid,
        now: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<bool> {
        self.writer.write(move |tx| families::revoke(tx, family_id, now, &audit)).await
    }

    async fn find_family(&self, family_id: Uuid) -> StoreResult<Option<(FamilyRecord, TokenRecord)>> {
        self.readers.read(|db| families::find_with_token(db, family_id))
    }

    async fn rotate_refresh(&self, rotation: Rotation) -> StoreResult<RotationOutcome> {
        self.writer.write(move |tx| families::rotate(tx, &rotation)).await
    }

    async fn mark_successor_used(&self, family_id: Uuid, token_id: Uuid) -> StoreResult<()> {
        self.writer.write(move |tx| families::mark_used(tx, family_id, token_id)).await
    }

    async fn insert_user(
        &self,
        user: UserRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>> {
        self.change(audit, move |tx, audit| users::insert(tx, &user, audit)).await
    }

    async fn find_user(&self, username: &str) -> StoreResult<Option<UserRecord>> {
        self.readers.read(|db| users::find(db, username))
    }

    async fn list_users(&self, query: UserQuery) -> StoreResult<Vec<UserRecord>> {
        self.lists.read(move |db| users::list(db, &query)).await
    }

    async fn update_user(
        &self,
        username: &str,
        change: UserChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>> {
        let username = username.to_owned();
        self.change(audit, move |tx, audit| users::update(tx, &username, &change, new_epoch, audit)).await
    }

    async fn change_user_groups(
        &self,
        username: &str,
        change: MembershipChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>> {
        let username = username.to_owned();
        self.change(audit, move |tx, audit| users::change_groups(tx, &username, &change, new_epoch, audit))
            .await
    }

    async fn record_login(&self, username: &str, at: EpochSeconds) -> StoreResult<()> {
        let username = username.to_owned();
        self.writer.write(move |tx| users::record_login(tx, &username, at)).await
    }

    async fn delete_user(&self, username: &str, audit: AuditRecord) -> StoreResult<WriteOutcome<()>> {
        let username = username.to_owned();
        self.change(audit, move |tx, audit| users::delete(tx, &username, audit)).await
    }

    async fn insert_group(
        &self,
        group: GroupRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<GroupRecord>> {
        self.change(audit, move |tx, audit| groups::insert(tx, &group, audit)).await
    }

    async fn find_group(&self, name: &str) -> StoreResult<Option<GroupRecord>> {
        self.readers.read(|db| groups::find(db, name))
    }

    async fn existing_groups(&self, names: &[String]) -> StoreResult<Vec<(String, bool)>> {
        self.readers.read(|db| groups::existing(db, names))
    }

    async fn list_groups(&self, query: GroupQuery) -> StoreResult<Vec<GroupRecord>> {
        self.lists.read(move |db| groups::list(db, &query)).await
    }

    async fn update_group(
        &self,
        name: &str,
        change: GroupChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<GroupRecord>> {
        let name = name.to_owned();
        self.change(audit, move |tx, audit| groups::update(tx, &name, &change, new_epoch, audit)).await
    }

    async fn change_group_members(
        &self,
        name: &str,
        change: MembershipChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<GroupRecord>> {
        let name = name.to_owned();
        self.change(audit, move |tx, audit| groups::change_members(tx, &name, &change, new_epoch, audit))
            .await
    }

    async fn delete_group(
        &self,
        name: &str,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<()>> {
        let name = name.to_owned();
        self.change(audit, move |tx, audit| groups::delete(tx, &name, new_epoch, audit)).await
    }

    async fn clean(&self, cutoff: EpochSeconds, limit: usize) -> StoreResult<Cleaned> {
        self.writer.write(move |tx| tokens::clean(tx, cutoff, limit)).await
    }

    async fn audit_trail(&self, limit: usize) -> StoreResult<Vec<AuditRecord>> {
        self.lists.read(move |db| audit::latest(db, limit)).await
    }

    async fn ping(&self) -> StoreResult<()> {
        self.writer.write(service::beat).await
    }
}
