//! What core asks of a database. Each method is one transaction: it happens whole and durably before
//! the method returns, or not at all. Absent is `Option`; what may go otherwise than hoped is named by
//! the method's outcome; an `Err` means that the database could not be asked, or not be understood.

pub mod api_keys;
pub mod logins;
pub mod oidc;
pub mod service_settings;

use crate::clock::EpochSeconds;
use crate::family::Decision;
use crate::model::{
    AuditRecord, FamilyRecord, FirstState, GroupChange, GroupRecord, IdempotencyRecord, MembershipChange,
    SecretHash, SigningKeyRecord, TokenRecord, TokenState, UserChange, UserRecord,
};
pub use crate::token_query::{ListedState, ListedToken, TextMatch, TokenOrder, TokenPlace, TokenQuery};
use crate::users::UserListEntry;
use access_types::user::UserStatus;
use async_trait::async_trait;
pub use projects::{
    Member, MemberKind, PREDEFINED_ROLES, PROJECT_ADMIN, ProjectChange, ProjectOutcome, ProjectRecord,
    ProjectStore, RoleChange, RoleRecord,
};
use uuid::Uuid;

pub mod projects;

/// Why there is no answer. The caller answers 503 or 500, never 401 and never 200.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is busy, full, read-only or gone; the same call may go through later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// What was read makes no sense; nothing may be accepted on its strength.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// Nothing was written: the credential of [`AuditRecord::asker`] was revoked since it was checked, or its user was
    /// deleted, disabled or demoted. Of every change whose outcome has no word of its own for it.
    #[error("the credential that this was asked for with has ended")]
    AskerGone,
}

/// What a store answers.
pub type StoreResult<T> = Result<T, StoreError>;

/// A new token and what is written with it.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token.
    pub token: TokenRecord,
    /// Its refresh-token family, if it is refreshable.
    pub family: Option<FamilyRecord>,
    /// If the request may be repeated: its record. One of the same key that is older than
    /// [`NewToken::idempotency_cutoff`] is replaced.
    pub idempotency: Option<IdempotencyRecord>,
    /// Moment before which idempotency records count no more.
    pub idempotency_cutoff: EpochSeconds,
    /// Who asked, to be looked at once more in the transaction, as of [`AuditRecord::at`]; `None` for who has the data
    /// folder.
    pub asker: Option<Asker>,
    /// Audit record.
    pub audit: AuditRecord,
    /// How many more are being signed now: a store may wait a moment for them and write them together.
    pub to_follow: usize,
}

/// The credential that a token was asked for with, as it was when it was checked. Between the check and
/// the write it may have been revoked; then nothing may come of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker {
    /// The token presented; `None` for a password and an API key.
    pub token_id: Option<Uuid>,
    /// Hash of the API key presented.
    pub api_key: Option<SecretHash>,
    /// The user whose credential it is, with [`UserRecord::token_epoch`]; `None` for a token that was made
    /// for an unknown name.
    pub user: Option<(String, i64)>,
    /// The keys of the projects whose administrator the user must be still: what was asked for is allowed by that.
    pub administers: Vec<String>,
    /// If it has administrator rights by nothing but groups in its scope: these, of which one must administer still.
    pub admin_by_groups: Vec<String>,
}

/// What became of a new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InsertOutcome {
    /// It is stored.
    Inserted,
    /// Nothing was written: a request with the same idempotency key came first, and this is its record.
    Repeated(IdempotencyRecord),
    /// Nothing was written: the credential of [`NewToken::asker`] was revoked since it was checked, or its
    /// user was deleted, disabled or demoted.
    AskerGone,
    /// Nothing was written: the project that the token is bound to does not exist.
    ProjectGone,
}

/// What became of many revocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationsOutcome {
    /// Done.
    Done {
        /// Of each token, as [`Store::revoke_token`] answers.
        revoked: Vec<bool>,
        /// Whether the token that they were asked for with was ended by them.
        asker_ended: bool,
    },
    /// Nothing was written: the credential was revoked since it was checked, or its user was deleted, disabled or
    /// demoted.
    AskerGone,
}

/// A move of a family to its next refresh token.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The family.
    pub family_id: Uuid,
    /// Generation written in the refresh token presented.
    pub presented_generation: u32,
    /// Hash of the refresh token presented.
    pub presented_hash: SecretHash,
    /// What was decided from a read of the family before: [`Decision::Rotate`] or [`Decision::Retry`].
    /// The store decides again inside the transaction, by [`crate::family::decide`], and writes only if
    /// the decision is the same and the generation is still [`Rotation::expected_generation`].
    pub decision: Decision,
    /// Generation of the family when the decision was made.
    pub expected_generation: u32,
    /// The next access token, with the [`TokenRecord::revocation_due`] of the one before; past that moment nothing
    /// is written.
    pub successor: TokenRecord,
    /// Hash of the next refresh token.
    pub successor_hash: SecretHash,
    /// The time of the refresh.
    pub now: EpochSeconds,
    /// Audit record.
    pub audit: AuditRecord,
}

/// What became of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationOutcome {
    /// The successor is stored, the old access token revoked ([`crate::model::RevocationReason::Refreshed`]),
    /// the family moved on.
    Rotated,
    /// Nothing was written: the family changed since the decision.
    Changed,
    /// Nothing was written: a revocation was scheduled since the decision, and the successor does not have its
    /// moment, nor its JWT. Read and decide again.
    Rescheduled,
}

/// What became of a revocation at a moment to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleOutcome {
    /// It is due then.
    Scheduled,
    /// Nothing was written: it is due then or sooner already.
    DueSooner,
    /// Nothing was written: there is nothing left to revoke.
    Gone,
}

/// Which users to list, ordered by name.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Only names that contain this text.
    pub username_contains: Option<String>,
    /// Only users in this state.
    pub status: Option<UserStatus>,
    /// Only administrators (effective).
    pub only_admins: bool,
    /// Whether the order is reversed.
    pub descending: bool,
    /// Only those behind this name in the order.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// Which groups to list, ordered by name.
#[derive(Debug, Clone, Default)]
pub struct GroupQuery {
    /// Only names that contain this text.
    pub name_contains: Option<String>,
    /// Whether the order is reversed.
    pub descending: bool,
    /// Only those behind this name in the order.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// What became of a write about users or groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome<T> {
    /// Done; this is the new state.
    Done(T),
    /// Nothing was written: something of that name exists already.
    Exists,
    /// Nothing was written: there is no such user or group.
    NotFound,
    /// Nothing was written: a user or group that the change names does not exist.
    MissingMember(String),
    /// Nothing was written: it would leave no enabled administrator.
    LastAdmin,
}

/// Counts of rows freed by a cleaning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Token rows (and families with no token left).
    pub tokens: usize,
    /// Idempotency records.
    pub idempotency_records: usize,
}

/// The database.
#[async_trait]
pub trait Store:
    api_keys::ApiKeyStore
    + ProjectStore
    + logins::LoginStore
    + oidc::OidcStore
    + service_settings::ServiceSettingStore
    + Send
    + Sync
    + 'static
{
    /// The service id, or `None` before the first start.
    async fn service_id(&self) -> StoreResult<Option<String>>;

    /// Writes the first state, unless there is one: `false` = nothing was written, another process won.
    async fn initialise(&self, first: FirstState) -> StoreResult<bool>;

    /// All signing keys, newest first.
    async fn signing_keys(&self) -> StoreResult<Vec<SigningKeyRecord>>;

    /// Writes token, family, idempotency record and audit record.
    async fn insert_token(&self, new: NewToken) -> StoreResult<InsertOutcome>;

    /// The record of a request that may be a repetition, if it is not older than `cutoff`.
    async fn find_repeated(
        &self,
        key_hash: SecretHash,
        cutoff: EpochSeconds,
    ) -> StoreResult<Option<IdempotencyRecord>>;

    /// A token by id, whatever its state.
    async fn find_token(&self, token_id: Uuid) -> StoreResult<Option<TokenState>>;

    /// A token by the hash of its reference token, whatever its state.
    async fn find_token_by_reference(&self, hash: SecretHash) -> StoreResult<Option<TokenState>>;

    /// A page of tokens.
    async fn list_tokens(&self, query: TokenQuery) -> StoreResult<Vec<ListedToken>>;

    /// The ids of all tokens that match, as they are at one moment: whatever the query's limit and page.
    async fn matching_tokens(&self, query: TokenQuery) -> StoreResult<Vec<Uuid>>;

    /// Notes when tokens were last used. It only moves forward; unknown ids are passed over.
    async fn record_uses(&self, uses: Vec<(Uuid, EpochSeconds)>) -> StoreResult<()>;

    /// Revokes a token at `now` ([`crate::model::RevocationReason::Requested`]) and, if it is refreshable,
    /// its whole family: also when a refresh has replaced the token meanwhile, since what was to be ended
    /// then lives in its successor. `false` (and no audit record) if there was nothing left to revoke. If that
    /// is because the moment at which it was to be revoked has passed, this is written down all the same, as by
    /// [`Store::revoke_past_due`].
    async fn revoke_token(&self, token_id: Uuid, now: EpochSeconds, audit: AuditRecord) -> StoreResult<bool>;

    /// Revokes each of these tokens as [`Store::revoke_token`] does, all in one transaction, which looks at who asked
    /// once more; the answers in the same order.
    async fn revoke_tokens(
        &self,
        asker: Option<Asker>,
        revocations: Vec<(Uuid, AuditRecord)>,
        now: EpochSeconds,
    ) -> StoreResult<RevocationsOutcome>;

    /// Notes that a token is to be revoked at `due` ([`TokenRecord::revocation_due`]) or, if a refresh has replaced
    /// it, that its family's current one is, whose id goes into the audit record too. No later than it was to be
    /// before.
    async fn schedule_revocation(
        &self,
        token_id: Uuid,
        due: EpochSeconds,
        now: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<ScheduleOutcome>;

    /// Writes down that at most `limit` tokens whose moment ([`TokenRecord::revocation_due`]) has passed are
    /// revoked, as of that moment, with their families, and counts them; no audit records. They counted as
    /// revoked before; from then on they do whatever the clock says.
    async fn revoke_past_due(&self, now: EpochSeconds, limit: usize) -> StoreResult<usize>;

    /// Revokes a family and all its tokens that are not revoked yet
    /// ([`crate::model::RevocationReason::Family`]). `false` (and no audit record) if it was revoked already.
    async fn revoke_family(
        &self,
        family_id: Uuid,
        now: EpochSeconds,
        audit: AuditRecord,
    ) -> StoreResult<bool>;

    /// A family and its current access token's record.
    async fn find_family(&self, family_id: Uuid) -> StoreResult<Option<(FamilyRecord, TokenRecord)>>;

    /// Moves a family on; see [`Rotation`].
    async fn rotate_refresh(&self, rotation: Rotation) -> StoreResult<RotationOutcome>;

    /// Notes durably that the access token `token_id`, if it is the current one of `family_id`, was used.
    async fn mark_successor_used(&self, family_id: Uuid, token_id: Uuid) -> StoreResult<()>;

    /// Writes a user; joins the auto-join groups besides the ones named, which must exist.
    async fn insert_user(
        &self,
        user: UserRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>>;

    /// A user by normalised name.
    async fn find_user(&self, username: &str) -> StoreResult<Option<UserRecord>>;

    /// A page of users.
    async fn list_users(&self, query: UserQuery) -> StoreResult<Vec<UserListEntry>>;

    /// Changes a user. If it is no longer enabled or locked, or no longer an effective administrator,
    /// `new_epoch` becomes its token epoch, and tokens that were made for its name before there was such a
    /// user are revoked.
    async fn update_user(
        &self,
        username: &str,
        change: UserChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>>;

    /// Adds a user to groups and removes it from others; epochs as in [`Store::update_user`].
    async fn change_user_groups(
        &self,
        username: &str,
        change: MembershipChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<UserRecord>>;

    /// Notes a log-in by password.
    async fn record_login(&self, username: &str, at: EpochSeconds) -> StoreResult<()>;

    /// Deletes a user and its memberships. Its tokens are dead with it, and tokens that were made for its name
    /// before there was such a user are revoked.
    async fn delete_user(&self, username: &str, audit: AuditRecord) -> StoreResult<WriteOutcome<()>>;

    /// Writes a group with its members.
    async fn insert_group(
        &self,
        group: GroupRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<GroupRecord>>;

    /// A group by name.
    async fn find_group(&self, name: &str) -> StoreResult<Option<GroupRecord>>;

    /// Those of `names` that exist, each with whether its members are administrators.
    async fn existing_groups(&self, names: &[String]) -> StoreResult<Vec<(String, bool)>>;

    /// A page of groups, without members.
    async fn list_groups(&self, query: GroupQuery) -> StoreResult<Vec<GroupRecord>>;

    /// Changes a group. Every user who stops being an effective administrator gets `new_epoch`.
    async fn update_group(
        &self,
        name: &str,
        change: GroupChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<GroupRecord>>;

    /// Adds members to a group and removes others; epochs as in [`Store::update_group`].
    async fn change_group_members(
        &self,
        name: &str,
        change: MembershipChange,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<GroupRecord>>;

    /// Deletes a group and its memberships; epochs as in [`Store::update_group`].
    async fn delete_group(
        &self,
        name: &str,
        new_epoch: i64,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<()>>;

    /// Frees at most `limit` tokens that expired or were revoked before `cutoff`, or were to be, with families that
    /// have none left, and idempotency records made before it. A space matter only: nothing depends on it.
    async fn clean(&self, cutoff: EpochSeconds, limit: usize) -> StoreResult<Cleaned>;

    /// The latest `limit` audit records, newest first.
    async fn audit_trail(&self, limit: usize) -> StoreResult<Vec<AuditRecord>>;

    /// Whether the database answers and can be written.
    async fn ping(&self) -> StoreResult<()>;
}
