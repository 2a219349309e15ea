//! A store that fails when told to, around another store: for tests of what its callers do then.

use access_core::UserListEntry;
use access_core::clock::EpochSeconds;
use access_core::model::ApiKeyRecord;
use access_core::model::{
    AuditRecord, FamilyRecord, FirstState, GroupChange, GroupRecord, IdempotencyRecord, MembershipChange,
    PasswordHash, SecretHash, SigningKeyRecord, TokenRecord, TokenState, UserChange, UserRecord,
};
use access_core::store::api_keys::{ApiKeyOutcome, ApiKeyStore};
use access_core::store::logins::{LoginFailures, LoginStore, WebLogin, WebLoginApproval, WebLoginOutcome};
use access_core::store::oidc::{
    ExchangeOutcome, ExchangedToken, OidcMappingRecord, OidcProviderRecord, OidcStore, ReplaceOutcome,
};
use access_core::store::service_settings::ServiceSettingStore;
use access_core::store::{
    Asker, Cleaned, GroupQuery, InsertOutcome, ListedToken, Member, MemberKind, NewToken, ProjectChange,
    ProjectOutcome, ProjectRecord, ProjectStore, RevocationsOutcome, RoleChange, RoleRecord, Rotation,
    RotationOutcome, ScheduleOutcome, Store, StoreError, StoreResult, TokenQuery, UserQuery, WriteOutcome,
};
use async_trait::async_trait;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;

/// How a call fails, by [`StoreError::Unavailable`], or is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happened.
    Before,
    /// It happened, but the answer is lost.
    After,
    /// It happens, but takes so long.
    Late(Duration),
    /// It happens at once, but the answer takes so long.
    LateAnswer(Duration),
}

type Plan = Box<dyn Fn(&'static str) -> Option<Fault> + Send + Sync>;

/// A store whose calls fail by a plan, which can be changed at any time. Without a plan none fails.
pub struct FaultStore {
    inner: Arc<dyn Store>,
    plan: RwLock<Option<Plan>>,
}

impl fmt::Debug for FaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultStore").finish_non_exhaustive()
    }
}

impl FaultStore {
    /// Around `inner`.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, plan: RwLock::new(None) }
    }

    /// Asks `plan` from now on, at each call, with the name of the method.
    pub fn set_plan(&self, plan: impl Fn(&'static str) -> Option<Fault> + Send + Sync + 'static) {
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(plan));
    }

    /// Lets every call of `method` fail from now on, and no other.
    pub fn fail(&self, method: &'static str, fault: Fault) {
        self.set_plan(move |called| (called == method).then_some(fault));
    }

    /// Lets every call fail from now on.
    pub fn fail_all(&self, fault: Fault) {
        self.set_plan(move |_| Some(fault));
    }

    /// Lets no call fail from now on.
    pub fn heal(&self) {
        *self.plan.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn fault(&self, method: &'static str) -> Option<Fault> {
        self.plan.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|plan| plan(method))
    }
}

macro_rules! forward {
    ($trait:ident: $($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl $trait for FaultStore {
            $(
                async fn $method(&self, $($argument: $type),*) -> StoreResult<$answer> {
                    let fault = self.fault(stringify!($method));
                    if fault == Some(Fault::Before) {
                        return Err(StoreError::Unavailable("injected, before the call".to_owned()));
                    }
                    if let Some(Fault::Late(time)) = fault {
                        tokio::time::sleep(time).await;
                    }
                    let answer = self.inner.$method($($argument),*).await?;
                    if let Some(Fault::LateAnswer(time)) = fault {
                        tokio::time::sleep(time).await;
                    }
                    if fault == Some(Fault::After) {
                        return Err(StoreError::Unavailable("injected, after the call".to_owned()));
                    }
                    Ok(answer)
                }
            )*
        }
    };
}

forward! {
    Store:
    service_id() -> Option<String>;
    initialise(first: FirstState) -> bool;
    signing_keys() -> Vec<SigningKeyRecord>;
    insert_token(new: NewToken) -> InsertOutcome;
    find_repeated(key_hash: SecretHash, cutoff: EpochSeconds) -> Option<IdempotencyRecord>;
    find_token(token_id: Uuid) -> Option<TokenState>;
    find_token_by_reference(hash: SecretHash) -> Option<TokenState>;
    list_tokens(query: TokenQuery) -> Vec<ListedToken>;
    matching_tokens(query: TokenQuery) -> Vec<Uuid>;
    record_uses(uses: Vec<(Uuid, EpochSeconds)>) -> ();
    revoke_token(token_id: Uuid, now: EpochSeconds, audit: AuditRecord) -> bool;
    revoke_tokens(
        asker: Option<Asker>, revocations: Vec<(Uuid, AuditRecord)>, now: EpochSeconds
    ) -> RevocationsOutcome;
    schedule_revocation(
        token_id: Uuid, due: EpochSeconds, now: EpochSeconds, audit: AuditRecord
    ) -> ScheduleOutcome;
    revoke_past_due(now: EpochSeconds, limit: usize) -> usize;
    revoke_family(family_id: Uuid, now: EpochSeconds, audit: AuditRecord) -> bool;
    find_family(family_id: Uuid) -> Option<(FamilyRecord, TokenRecord)>;
    rotate_refresh(rotation: Rotation) -> RotationOutcome;
    mark_successor_used(family_id: Uuid, token_id: Uuid) -> ();
    insert_user(user: UserRecord, audit: AuditRecord) -> WriteOutcome<UserRecord>;
    find_user(username: &str) -> Option<UserRecord>;
    list_users(query: UserQuery) -> Vec<UserListEntry>;
    update_user(username: &str, change: UserChange, new_epoch: i64, audit: AuditRecord) -> WriteOutcome<UserRecord>;
    change_user_groups(
        username: &str, change: MembershipChange, new_epoch: i64, audit: AuditRecord
    ) -> WriteOutcome<UserRecord>;
    record_login(username: &str, at: EpochSeconds) -> ();
    delete_user(username: &str, audit: AuditRecord) -> WriteOutcome<()>;
    insert_group(group: GroupRecord, audit: AuditRecord) -> WriteOutcome<GroupRecord>;
    find_group(name: &str) -> Option<GroupRecord>;
    existing_groups(names: &[String]) -> Vec<(String, bool)>;
    list_groups(query: GroupQuery) -> Vec<GroupRecord>;
    update_group(name: &str, change: GroupChange, new_epoch: i64, audit: AuditRecord) -> WriteOutcome<GroupRecord>;
    change_group_members(
        name: &str, change: MembershipChange, new_epoch: i64, audit: AuditRecord
    ) -> WriteOutcome<GroupRecord>;
    delete_group(name: &str, new_epoch: i64, audit: AuditRecord) -> WriteOutcome<()>;
    clean(cutoff: EpochSeconds, limit: usize) -> Cleaned;
    audit_trail(limit: usize) -> Vec<AuditRecord>;
    ping() -> ();
}

forward! {
    OidcStore:
    insert_oidc_provider(record: OidcProviderRecord, audit: AuditRecord) -> WriteOutcome<()>;
    find_oidc_provider(name: &str) -> Option<OidcProviderRecord>;
    list_oidc_providers() -> Vec<OidcProviderRecord>;
    replace_oidc_provider(record: OidcProviderRecord, expected: Uuid, audit: AuditRecord) -> ReplaceOutcome;
    delete_oidc_provider(name: &str, audit: AuditRecord) -> bool;
    insert_oidc_mapping(record: OidcMappingRecord, audit: AuditRecord) -> WriteOutcome<()>;
    find_oidc_mapping(provider: &str, name: &str) -> Option<OidcMappingRecord>;
    list_oidc_mappings(provider: &str) -> Vec<OidcMappingRecord>;
    replace_oidc_mapping(record: OidcMappingRecord, expected: Uuid, audit: AuditRecord) -> ReplaceOutcome;
    delete_oidc_mapping(provider: &str, name: &str, audit: AuditRecord) -> bool;
    insert_exchanged_token(exchanged: ExchangedToken) -> ExchangeOutcome;
}

forward! {
    LoginStore:
    login_failures(name: SecretHash) -> Option<LoginFailures>;
    count_login_failure(name: SecretHash, now: EpochSeconds, forgotten: EpochSeconds) -> u32;
    clear_login_failures(name: SecretHash, audit: Option<AuditRecord>) -> bool;
    replace_password(username: &str, old: PasswordHash, new: PasswordHash, audit: AuditRecord) -> bool;
    open_web_login(session: SecretHash, now: EpochSeconds, ends_at: EpochSeconds, most: usize) -> ();
    find_web_login(session: SecretHash, now: EpochSeconds) -> Option<WebLogin>;
    count_wrong_code(session: SecretHash, last: u32) -> u32;
    approve_web_login(
        session: SecretHash, approval: WebLoginApproval, ends_at: EpochSeconds, audit: AuditRecord
    ) -> bool;
    finish_web_login(session: SecretHash, new: NewToken) -> WebLoginOutcome;
    end_web_login(session: SecretHash) -> ();
    clean_logins(cutoff: EpochSeconds, limit: usize) -> usize;
}

forward! {
    ApiKeyStore:
    insert_api_key(key: ApiKeyRecord, replace: bool, audit: AuditRecord) -> ApiKeyOutcome;
    find_api_key(username: &str) -> Option<(ApiKeyRecord, UserRecord)>;
    find_api_key_by_hash(hash: SecretHash) -> Option<(ApiKeyRecord, UserRecord)>;
    delete_api_key(username: &str, audit: AuditRecord) -> bool;
    delete_all_api_keys(audit: AuditRecord) -> usize;
}

forward! {
    ServiceSettingStore:
    service_setting(name: &'static str) -> Option<String>;
    set_service_setting(name: &'static str, value: String, audit: AuditRecord) -> ();
}

forward! {
    ProjectStore:
    insert_project(project: ProjectRecord, asker: Option<Asker>, audit: AuditRecord) -> ProjectOutcome<ProjectRecord>;
    find_project(key: &str) -> Option<ProjectRecord>;
    list_projects(administered_by: Option<String>) -> Vec<ProjectRecord>;
    update_project(
        key: &str, change: ProjectChange, asker: Option<Asker>, audit: AuditRecord
    ) -> ProjectOutcome<ProjectRecord>;
    revoke_project_tokens(
        key: &str, place: Option<(EpochSeconds, Uuid)>, count: usize, asker: Option<Asker>, audit: AuditRecord
    ) -> ProjectOutcome<Option<(EpochSeconds, Uuid)>>;
    delete_project(key: &str, asker: Option<Asker>, audit: AuditRecord) -> ProjectOutcome<()>;
    administers_project(username: &str, key: &str) -> bool;
    list_members(key: &str, kind: MemberKind) -> Vec<Member>;
    find_member(key: &str, kind: MemberKind, name: &str) -> Option<Vec<String>>;
    set_member(
        key: &str, kind: MemberKind, member: Member, asker: Option<Asker>, audit: AuditRecord
    ) -> ProjectOutcome<Vec<String>>;
    remove_member(
        key: &str, kind: MemberKind, name: String, asker: Option<Asker>, audit: AuditRecord
    ) -> ProjectOutcome<()>;
    list_roles(key: &str) -> Vec<RoleRecord>;
    find_role(key: &str, name: &str) -> Option<RoleRecord>;
    insert_role(
        key: &str, role: RoleRecord, asker: Option<Asker>, audit: AuditRecord
    ) -> ProjectOutcome<RoleRecord>;
    update_role(
        key: &str, name: &str, change: RoleChange, asker: Option<Asker>, audit: AuditRecord
    ) -> ProjectOutcome<RoleRecord>;
    delete_role(key: &str, name: &str, asker: Option<Asker>, audit: AuditRecord) -> ProjectOutcome<()>;
}
