//! What the cases are made of: records that differ, and a store with a first administrator.

use access_core::clock::EpochSeconds;
use access_core::model::{
    AuditAction, AuditRecord, FamilyRecord, FirstState, GroupRecord, IdempotencyRecord, SecretHash,
    SigningKeyRecord, TokenRecord, UserRecord,
};
use access_core::store::{InsertOutcome, NewToken, ProjectOutcome, ProjectRecord, Store, WriteOutcome};
use access_types::project::{AdminPrivileges, NO_QUOTA};
use access_types::user::UserStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// The time at which the cases play.
pub const NOW: EpochSeconds = 1_700_000_000;

/// The service id of the cases.
pub const SERVICE_ID: &str = "jfac@01hzz0123456789abcdefghjkm";

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// A number that no other call gives.
pub fn fresh() -> u64 {
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

/// An id that no other call gives, greater than those before.
pub fn id() -> Uuid {
    Uuid::from_u128(u128::from(fresh()))
}

/// A hash that no other call gives.
pub fn hash() -> SecretHash {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&fresh().to_be_bytes());
    SecretHash(bytes)
}

/// An audit record.
pub fn audit() -> AuditRecord {
    AuditRecord {
        audit_id: id(),
        at: NOW,
        action: AuditAction::TokenCreated,
        actor: format!("{SERVICE_ID}/users/admin"),
        actor_token_id: None,
        target: "target".to_owned(),
        detail: String::new(),
        asker: None,
    }
}

/// A token of the user `username`, not bound to its epoch.
pub fn token(username: &str) -> TokenRecord {
    let subject = format!("{SERVICE_ID}/users/{username}");
    TokenRecord {
        token_id: id(),
        username: Some(username.to_owned()),
        user_epoch: None,
        scope: "applied-permissions/user".to_owned(),
        audience: "*@*".to_owned(),
        description: None,
        project_key: None,
        issued_at: NOW,
        expires_at: Some(NOW + 3600),
        family_id: None,
        created_by: subject.clone(),
        parent_token_id: None,
        reference_hash: None,
        revocation: None,
        revocation_due: None,
        last_used: None,
        subject,
    }
}

/// A write of `token` alone.
pub fn new_token(token: TokenRecord) -> NewToken {
    NewToken {
        token,
        family: None,
        idempotency: None,
        idempotency_cutoff: NOW - 86_400,
        asker: None,
        audit: audit(),
        to_follow: 0,
    }
}

/// A refreshable token of the user `alice` and its family.
pub fn refreshable() -> NewToken {
    let mut token = token("alice");
    let family = family_of(&mut token);
    NewToken { family: Some(family), ..new_token(token) }
}

/// Makes a token refreshable: its family.
pub fn family_of(token: &mut TokenRecord) -> FamilyRecord {
    let family_id = id();
    token.family_id = Some(family_id);
    FamilyRecord {
        family_id,
        token_id: token.token_id,
        generation: 0,
        current_hash: hash(),
        previous_hash: None,
        rotated_at: NOW,
        retried: false,
        successor_used: false,
        lifetime: Some(3600),
        revoked_at: None,
    }
}

/// The record of a request that may be repeated, which made the token `token_id`.
pub fn idempotency(token_id: Uuid) -> IdempotencyRecord {
    IdempotencyRecord { key_hash: hash(), request_hash: hash(), seed: [3; 32], token_id, created_at: NOW }
}

/// An enabled user that is no administrator.
pub fn user(username: &str) -> UserRecord {
    UserRecord {
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        admin: false,
        effective_admin: false,
        profile_updatable: true,
        disable_ui_access: false,
        internal_password_disabled: false,
        status: UserStatus::Enabled,
        realm: "internal".to_owned(),
        last_logged_in: None,
        password_hash: None,
        password_changed_at: None,
        password_expired: false,
        token_epoch: 1000,
        created_at: NOW,
        groups: Vec::new(),
    }
}

/// An enabled administrator.
pub fn admin(username: &str) -> UserRecord {
    UserRecord { admin: true, effective_admin: true, ..user(username) }
}

/// A group without members.
pub fn group(name: &str) -> GroupRecord {
    GroupRecord {
        name: name.to_owned(),
        description: None,
        auto_join: false,
        admin_privileges: false,
        realm: "internal".to_owned(),
        realm_attributes: None,
        external_id: None,
        created_at: NOW,
        members: Vec::new(),
    }
}

/// A group whose members are administrators.
pub fn admins(name: &str) -> GroupRecord {
    GroupRecord { admin_privileges: true, ..group(name) }
}

/// A project.
pub fn project(key: &str) -> ProjectRecord {
    ProjectRecord {
        key: key.to_owned(),
        display_name: key.to_uppercase(),
        description: String::new(),
        privileges: AdminPrivileges::default(),
        storage_quota_bytes: NO_QUOTA,
        soft_limit: false,
        storage_quota_email_notification: false,
        created_at: NOW,
    }
}

/// The first state, with the administrator `admin`.
pub fn first_state() -> FirstState {
    FirstState {
        service_id: SERVICE_ID.to_owned(),
        signing_key: SigningKeyRecord {
            kid: "first".to_owned(),
            algorithm: "RS256".to_owned(),
            sealed_private_key: vec![1, 2, 3],
            certificate: vec![4, 5],
            created_at: NOW,
        },
        admin: admin("admin"),
        audit: AuditRecord { action: AuditAction::ServiceInitialised, ..audit() },
    }
}

/// Writes the first state.
pub async fn initialised(store: &Arc<dyn Store>) {
    assert!(store.initialise(first_state()).await.unwrap());
}

/// Writes a token, and its project first if there is none.
pub async fn insert(store: &Arc<dyn Store>, new: &NewToken) {
    if let Some(key) = &new.token.project_key {
        let outcome = store.insert_project(project(key), None, audit()).await.unwrap();
        assert!(matches!(outcome, ProjectOutcome::Done(_) | ProjectOutcome::Exists), "{outcome:?}");
    }
    assert_eq!(store.insert_token(new.clone()).await.unwrap(), InsertOutcome::Inserted);
}

/// Writes a user.
pub async fn insert_user(store: &Arc<dyn Store>, user: UserRecord) -> UserRecord {
    done(store.insert_user(user, audit()).await.unwrap())
}

/// Writes a group with these members.
pub async fn insert_group(store: &Arc<dyn Store>, mut group: GroupRecord, members: &[&str]) -> GroupRecord {
    group.members = names(members);
    done(store.insert_group(group, audit()).await.unwrap())
}

/// What a write came to, which must be done.
pub fn done<T: std::fmt::Debug>(outcome: WriteOutcome<T>) -> T {
    match outcome {
        WriteOutcome::Done(state) => state,
        other => panic!("not done: {other:?}"),
    }
}

/// A user's token epoch now.
pub async fn epoch(store: &Arc<dyn Store>, username: &str) -> i64 {
    store.find_user(username).await.unwrap().unwrap().token_epoch
}

/// Owned names.
pub fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// How many audit records there are.
pub async fn audit_count(store: &Arc<dyn Store>) -> usize {
    store.audit_trail(usize::MAX).await.unwrap().len()
}
