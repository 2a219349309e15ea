//! Tokens: every field, look-ups, revocation.

use super::fixture::{
    NOW, admin, audit, audit_count, group, hash, id, initialised, insert, insert_group, insert_user,
    new_token, refreshable, token, user,
};
use access_core::model::{Revocation, RevocationReason, SecretHash, TokenRecord, UserChange};
use access_core::store::{Asker, InsertOutcome, NewToken, Store};
use access_types::user::UserStatus;
use std::sync::Arc;

pub async fn every_field_comes_back(store: Arc<dyn Store>) {
    insert_user(&store, user("zoë")).await;
    let mut new = refreshable();
    new.token = TokenRecord {
        token_id: new.token.token_id,
        subject: format!("{}/users/zoë", super::fixture::SERVICE_ID),
        username: Some("zoë".to_owned()),
        user_epoch: Some(-42),
        scope: "applied-permissions/groups:\"a b\",ü".to_owned(),
        audience: "jfrt@* jfxr@*".to_owned(),
        description: Some("für 'CI' — \u{1F680} %_*\n".to_owned()),
        project_key: Some("prøj".to_owned()),
        issued_at: NOW,
        expires_at: None,
        family_id: new.token.family_id,
        created_by: "someone else".to_owned(),
        parent_token_id: Some(id()),
        reference_hash: Some(hash()),
        revocation: Some(Revocation { at: NOW + 1, reason: RevocationReason::Refreshed }),
        revocation_due: Some(NOW + 3),
        last_used: Some(NOW + 4),
    };
    if let Some(family) = &mut new.family {
        family.generation = 7;
        family.previous_hash = Some(hash());
        family.retried = true;
        family.successor_used = true;
        family.lifetime = None;
        family.revoked_at = Some(NOW + 2);
    }
    insert(&store, &new).await;
    let state = store.find_token(new.token.token_id).await.unwrap().unwrap();
    assert_eq!(state.token, new.token);
    assert_eq!(state.family, new.family);
    assert_eq!(state.user, Some(user("zoë")));
    let (family, token) = store.find_family(new.token.family_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((Some(family), token), (new.family, new.token));
}

pub async fn a_token_with_nothing_optional_comes_back(store: Arc<dyn Store>) {
    let mut bare = token("x");
    bare.username = None;
    bare.subject = String::new();
    bare.created_by = String::new();
    bare.scope = String::new();
    insert(&store, &new_token(bare.clone())).await;
    let state = store.find_token(bare.token_id).await.unwrap().unwrap();
    assert_eq!((state.token, state.user, state.family), (bare, None, None));
}

pub async fn unknown_ids_are_absent(store: Arc<dyn Store>) {
    insert(&store, &refreshable()).await;
    assert_eq!(store.find_token(id()).await.unwrap(), None);
    assert_eq!(store.find_token_by_reference(hash()).await.unwrap(), None);
    assert_eq!(store.find_family(id()).await.unwrap(), None);
    assert!(!store.revoke_token(id(), NOW, audit()).await.unwrap());
    assert!(!store.revoke_family(id(), NOW, audit()).await.unwrap());
}

pub async fn a_reference_is_found_by_its_whole_hash(store: Arc<dyn Store>) {
    let mut record = token("alice");
    let secret = hash();
    record.reference_hash = Some(secret);
    insert(&store, &new_token(record.clone())).await;
    insert(&store, &new_token(token("alice"))).await;
    let found = store.find_token_by_reference(secret).await.unwrap().unwrap();
    assert_eq!(found.token, record);
    for byte in 0..32 {
        let mut near = secret.0;
        near[byte] ^= 1;
        assert_eq!(store.find_token_by_reference(SecretHash(near)).await.unwrap(), None, "byte {byte}");
    }
}

pub async fn state_shows_the_user_as_of_now(store: Arc<dyn Store>) {
    let record = token("alice");
    insert(&store, &new_token(record.clone())).await;
    let state = || async { store.find_token(record.token_id).await.unwrap().unwrap() };
    assert_eq!(state().await.user, None);
    insert_user(&store, user("alice")).await;
    assert_eq!(state().await.user.unwrap().status, UserStatus::Enabled);
    let change = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
    store.update_user("alice", change, 5, audit()).await.unwrap();
    let now = state().await.user.unwrap();
    assert_eq!((now.status, now.token_epoch), (UserStatus::Disabled, 5));
    store.delete_user("alice", audit()).await.unwrap();
    assert_eq!(state().await.user, None);
}

pub async fn a_user_with_groups_is_shown_whole(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    insert_group(&store, group("readers"), &["alice"]).await;
    let mut admins = group("admins");
    admins.admin_privileges = true;
    insert_group(&store, admins, &["alice"]).await;
    let record = token("alice");
    insert(&store, &new_token(record.clone())).await;
    let shown = store.find_token(record.token_id).await.unwrap().unwrap().user.unwrap();
    assert_eq!(shown.groups, ["admins", "readers"]);
    assert!(shown.effective_admin && !shown.admin);
    assert_eq!(store.find_user("alice").await.unwrap(), Some(shown));
}

pub async fn revocation_is_once_and_keeps_the_first_reason(store: Arc<dyn Store>) {
    let record = token("alice");
    insert(&store, &new_token(record.clone())).await;
    let before = audit_count(&store).await;
    assert!(store.revoke_token(record.token_id, NOW + 5, audit()).await.unwrap());
    assert!(!store.revoke_token(record.token_id, NOW + 9, audit()).await.unwrap());
    let state = store.find_token(record.token_id).await.unwrap().unwrap();
    let expected = Revocation { at: NOW + 5, reason: RevocationReason::Requested };
    assert_eq!(state.token.revocation, Some(expected));
    assert_eq!(audit_count(&store).await, before + 1);
}

pub async fn tokens_of_other_subjects_have_no_user(store: Arc<dyn Store>) {
    initialised(&store).await;
    let mut foreign = token("admin");
    foreign.subject = "jfrt@elsewhere/users/admin".to_owned();
    foreign.username = None;
    insert(&store, &new_token(foreign.clone())).await;
    let own = token("admin");
    insert(&store, &new_token(own.clone())).await;
    let state = store.find_token(foreign.token_id).await.unwrap().unwrap();
    assert_eq!((state.token, state.user), (foreign, None));
    let state = store.find_token(own.token_id).await.unwrap().unwrap();
    assert_eq!((state.token, state.user), (own, Some(admin("admin"))));
}

pub async fn extreme_times_come_back(store: Arc<dyn Store>) {
    let mut record = token("alice");
    record.issued_at = 0;
    record.expires_at = Some(0);
    record.user_epoch = Some(i64::MIN);
    insert(&store, &new_token(record.clone())).await;
    assert_eq!(store.find_token(record.token_id).await.unwrap().unwrap().token, record);
    // A time beyond all reason may be cut, but never to "never".
    let mut late = token("alice");
    late.expires_at = Some(u64::MAX);
    insert(&store, &new_token(late.clone())).await;
    let expires_at = store.find_token(late.token_id).await.unwrap().unwrap().token.expires_at;
    assert!(expires_at.is_some_and(|at| at > NOW * 1000), "{expires_at:?}");
}

pub async fn nothing_is_made_for_a_credential_that_is_gone(store: Arc<dyn Store>) {
    insert_user(&store, admin("root")).await;
    insert_user(&store, user("alice")).await;
    let parent = token("alice");
    insert(&store, &new_token(parent.clone())).await;
    let asked = |token_id, user: Option<(&str, i64)>| NewToken {
        asker: Some(Asker {
            token_id,
            user: user.map(|(name, epoch)| (name.to_owned(), epoch)),
            ..Asker::default()
        }),
        ..new_token(token("robot"))
    };
    let outcome = async |new: NewToken| {
        let (id, before) = (new.token.token_id, audit_count(&store).await);
        let outcome = store.insert_token(new).await.unwrap();
        let written = outcome == InsertOutcome::Inserted;
        assert_eq!(store.find_token(id).await.unwrap().is_some(), written);
        assert_eq!(audit_count(&store).await, before + usize::from(written));
        outcome
    };
    let id_of_parent = Some(parent.token_id);
    assert_eq!(outcome(asked(id_of_parent, Some(("alice", 1000)))).await, InsertOutcome::Inserted);
    assert_eq!(outcome(asked(None, Some(("alice", 1000)))).await, InsertOutcome::Inserted);
    assert_eq!(outcome(asked(id_of_parent, None)).await, InsertOutcome::Inserted);
    assert_eq!(outcome(asked(id_of_parent, Some(("alice", 999)))).await, InsertOutcome::AskerGone);
    assert_eq!(outcome(asked(None, Some(("nobody", 1000)))).await, InsertOutcome::AskerGone);
    assert_eq!(outcome(asked(Some(id()), None)).await, InsertOutcome::AskerGone);
    let status = |status| UserChange { status: Some(status), ..UserChange::default() };
    store.update_user("alice", status(UserStatus::Locked), 1000, audit()).await.unwrap();
    assert_eq!(outcome(asked(id_of_parent, Some(("alice", 1000)))).await, InsertOutcome::AskerGone, "locked");
    assert_eq!(outcome(asked(None, Some(("alice", 1000)))).await, InsertOutcome::AskerGone, "locked");
    store.update_user("alice", status(UserStatus::Enabled), 1000, audit()).await.unwrap();
    assert_eq!(outcome(asked(id_of_parent, Some(("alice", 1000)))).await, InsertOutcome::Inserted);
    assert!(store.revoke_token(parent.token_id, NOW, audit()).await.unwrap());
    assert_eq!(outcome(asked(id_of_parent, None)).await, InsertOutcome::AskerGone);
    let disabled = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
    store.update_user("alice", disabled, 1000, audit()).await.unwrap();
    assert_eq!(outcome(asked(None, Some(("alice", 1000)))).await, InsertOutcome::AskerGone);
}
