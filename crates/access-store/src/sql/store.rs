//! The store, on either database: each method hands a piece of work to the engine.

use super::db::Db;
use super::engine::Engine;
use super::tokens::Key;
use super::work::{Stop, Work};
use super::{audit, families, groups, idempotency, list, revocation, service, tokens, users};
use access_core::UserListEntry;
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
use uuid::Uuid;

/// `access_core::store::Store` by the statements of this folder, on the database of the engine `E`.
pub struct SqlStore<E> {
    pub(crate) engine: E,
}

impl<E: Engine> SqlStore<E> {
    /// Makes the change that `record` tells of, unless who asked for it may no longer ask.
    pub(crate) async fn change<T, W>(&self, record: AuditRecord, mut work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>, &AuditRecord) -> Work<T> + Send + 'static,
    {
        let changed = self.engine.write(move |tx| match &record.asker {
            Some(asker) if !tokens::may_change(tx, asker, record.at)? => Err(Stop::AskerGone),
            _ => work(tx, &record),
        });
        changed.await
    }
}

#[async_trait]
impl<E: Engine> Store for SqlStore<E> {
    async fn service_id(&self) -> StoreResult<Option<String>> {
        self.engine.find(service::id).await
    }

    async fn initialise(&self, first: FirstState) -> StoreResult<bool> {
        self.engine.write(move |tx| service::initialise(tx, &first)).await
    }

    async fn signing_keys(&self) -> StoreResult<Vec<SigningKeyRecord>> {
        self.engine.find(service::signing_keys).await
    }

    async fn insert_token(&self, new: NewToken) -> StoreResult<InsertOutcome> {
        self.engine.insert_token(new).await
    }

    async fn find_repeated(
        &self,
        key_hash: SecretHash,
        cutoff: EpochSeconds,
    ) -> StoreResult<Option<IdempotencyRecord>> {
        self.engine.find(move |db| idempotency::find(db, key_hash, cutoff)).await
    }

    async fn find_token(&self, token_id: Uuid) -> StoreResult<Option<TokenState>> {
        self.engine.find_token(Key::Id(token_id)).await
    }

    async fn find_token_by_reference(&self, hash: SecretHash) -> StoreResult<Option<TokenState>> {
        self.engine.find_token(Key::Reference(hash)).await
    }

    async fn list_tokens(&self, query: TokenQuery) -> StoreResult<Vec<ListedToken>> {
        self.engine.list(move |db| list::page(db, &query)).await
    }

    async fn matching_tokens(&self, query: TokenQuery) -> StoreResult<Vec<Uuid>> {
        self.engine.list(move |db| list::ids(db, &query)).await
    }

    async fn record_uses(&self, uses: Vec<(Uuid, EpochSeconds)>) -> StoreResult<()> {
        self.engine.record_uses(uses).await
    }

    async fn revoke_token(&self, token_id: Uuid, now: EpochSeconds, audit: AuditRecord) -> StoreResult<bool> {
        self.engine.write(move |tx| Ok(revocation::revoke(tx, token_id, now, &audit)?)).await
    }

    async fn revoke_tokens(
        &self,
        asker: Option<Asker>,
        revocations: Vec<(Uuid, AuditRecord)>,
        now: EpochSeconds,
    ) -> StoreResult<RevocationsOutcome> {
        self.engine.write(move |tx| revocation::revoke_each(tx, asker.as_ref(), &revocations, now)).await
    }

    async fn schedule_revocation(
        &self,
        token_id: Uuid,
        due: EpochSeconds,
        now: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<ScheduleOutcome> {
        self.engine.write(move |tx| revocation::schedule(tx, token_id, due, now, &audit)).await
    }

    async fn revoke_past_due(&self, now: EpochSeconds, limit: usize) -> StoreResult<usize> {
        self.engine.write(move |tx| Ok(revocation::revoke_past_due(tx, now, limit)?)).await
    }

    async fn revoke_family(
        &self,
        family_id: Uuid,
        now: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<bool> {
        self.engine.write(move |tx| families::revoke(tx, family_id, now, &audit)).await
    }

    async fn find_family(&self, family_id: Uuid) -> StoreResult<Option<(FamilyRecord, TokenRecord)>> {
        self.engine.read(move |db| families::find_with_token(db, family_id)).await
    }

    async fn rotate_refresh(&self, rotation: Rotation) -> StoreResult<RotationOutcome> {
        self.engine.write(move |tx| families::rotate(tx, &rotation)).await
    }

    async fn mark_successor_used(&self, family_id: Uuid, token_id: Uuid) -> StoreResult<()> {
        self.engine.write(move |tx| families::mark_used(tx, family_id, token_id)).await
    }

    async fn insert_user(
        &self,
        user: UserRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>> {
        self.change(audit, move |tx, audit| users::insert(tx, &user, audit)).await
    }

    async fn find_user(&self, username: &str) -> StoreResult<Option<UserRecord>> {
        let username = username.to_owned();
        self.engine.read(move |db| users::find(db, &username)).await
    }

    async fn list_users(&self, query: UserQuery) -> StoreResult<Vec<UserListEntry>> {
        self.engine.list(move |db| users::list(db, &query)).await
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
        self.engine.write(move |tx| users::record_login(tx, &username, at)).await
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
        let name = name.to_owned();
        self.engine.read(move |db| groups::find(db, &name)).await
    }

    async fn existing_groups(&self, names: &[String]) -> StoreResult<Vec<(String, bool)>> {
        let names = names.to_vec();
        self.engine.read(move |db| groups::existing(db, &names)).await
    }

    async fn list_groups(&self, query: GroupQuery) -> StoreResult<Vec<GroupRecord>> {
        self.engine.list(move |db| groups::list(db, &query)).await
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
        self.engine.write(move |tx| tokens::clean(tx, cutoff, limit)).await
    }

    async fn audit_trail(&self, limit: usize) -> StoreResult<Vec<AuditRecord>> {
        self.engine.list(move |db| audit::latest(db, limit)).await
    }

    async fn ping(&self) -> StoreResult<()> {
        self.engine.write(service::beat).await
    }
}
