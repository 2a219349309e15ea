//! API keys.

use super::fixture::{NOW, audit, audit_count, epoch, hash, insert_user, new_token, token, user};
use access_core::model::{ApiKeyRecord, UserChange};
use access_core::store::api_keys::ApiKeyOutcome::{Done, Exists, UserGone};
use access_core::store::{Asker, InsertOutcome, NewToken, Store};
use access_types::user::UserStatus;
use std::sync::Arc;

async fn key(store: &Arc<dyn Store>, username: &str) -> ApiKeyRecord {
    let user_epoch = store.find_user(username).await.unwrap().unwrap().token_epoch;
    ApiKeyRecord {
        username: username.to_owned(),
        user_epoch,
        key_hash: hash(),
        seed: [3; 32],
        created_at: NOW,
    }
}

pub async fn a_key_comes_back_by_name_and_by_hash(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let made = key(&store, "alice").await;
    assert_eq!(store.insert_api_key(made.clone(), false, audit()).await.unwrap(), Done);
    let user = store.find_user("alice").await.unwrap().unwrap();
    let expected = Some((made.clone(), user));
    assert_eq!(store.find_api_key("alice").await.unwrap(), expected);
    assert_eq!(store.find_api_key_by_hash(made.key_hash).await.unwrap(), expected);
    assert_eq!(store.find_api_key("bob").await.unwrap(), None);
    assert_eq!(store.find_api_key_by_hash(hash()).await.unwrap(), None);
}

pub async fn a_user_has_one_key_until_it_is_replaced(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let (first, second) = (key(&store, "alice").await, key(&store, "alice").await);
    store.insert_api_key(first.clone(), false, audit()).await.unwrap();
    let rows = audit_count(&store).await;
    assert_eq!(store.insert_api_key(second.clone(), false, audit()).await.unwrap(), Exists);
    assert_eq!(audit_count(&store).await, rows, "nothing was written");
    assert_eq!(store.insert_api_key(second.clone(), true, audit()).await.unwrap(), Done);
    assert_eq!(store.find_api_key_by_hash(first.key_hash).await.unwrap(), None);
    assert_eq!(store.find_api_key("alice").await.unwrap().unwrap().0, second);
    assert_eq!(audit_count(&store).await, rows + 1);
}

pub async fn a_key_of_another_epoch_is_none(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let old = key(&store, "alice").await;
    store.insert_api_key(old.clone(), false, audit()).await.unwrap();
    for (status, epoch) in [(UserStatus::Disabled, 77), (UserStatus::Enabled, 78)] {
        let change = UserChange { status: Some(status), ..UserChange::default() };
        store.update_user("alice", change, epoch, audit()).await.unwrap();
    }
    assert_ne!(epoch(&store, "alice").await, old.user_epoch);
    let (found, user) = store.find_api_key("alice").await.unwrap().unwrap();
    assert_ne!(found.user_epoch, user.token_epoch, "whoever asks can see that it is dead");
    assert_eq!(store.insert_api_key(old, true, audit()).await.unwrap(), UserGone);
    let new = key(&store, "alice").await;
    assert_eq!(store.insert_api_key(new.clone(), false, audit()).await.unwrap(), Done);
    assert_eq!(store.find_api_key("alice").await.unwrap().unwrap().0, new);
}

pub async fn only_who_is_enabled_gets_a_key(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let made = key(&store, "alice").await;
    let change = UserChange { status: Some(UserStatus::Locked), ..UserChange::default() };
    store.update_user("alice", change, 5, audit()).await.unwrap();
    assert_eq!(store.insert_api_key(made, true, audit()).await.unwrap(), UserGone);
    assert_eq!(store.find_api_key("alice").await.unwrap(), None);
}

pub async fn keys_go_one_by_one_or_all_and_with_their_user(store: Arc<dyn Store>) {
    for name in ["alice", "bob", "carol", "dave"] {
        insert_user(&store, user(name)).await;
        store.insert_api_key(key(&store, name).await, false, audit()).await.unwrap();
    }
    let rows = audit_count(&store).await;
    assert!(store.delete_api_key("alice", audit()).await.unwrap());
    assert!(!store.delete_api_key("alice", audit()).await.unwrap());
    assert_eq!(audit_count(&store).await, rows + 1);
    store.delete_user("bob", audit()).await.unwrap();
    assert_eq!(store.find_api_key("bob").await.unwrap(), None);
    insert_user(&store, user("bob")).await;
    assert_eq!(store.find_api_key("bob").await.unwrap(), None, "a new user of that name has none");
    assert_eq!(store.delete_all_api_keys(audit()).await.unwrap(), 2);
    assert_eq!(store.delete_all_api_keys(audit()).await.unwrap(), 0);
    assert_eq!(store.find_api_key("carol").await.unwrap(), None);
}

pub async fn nothing_is_made_for_a_key_that_is_gone(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let made = key(&store, "alice").await;
    store.insert_api_key(made.clone(), false, audit()).await.unwrap();
    let new = || NewToken {
        asker: Some(Asker {
            api_key: Some(made.key_hash),
            user: Some((made.username.clone(), made.user_epoch)),
            ..Asker::default()
        }),
        ..new_token(token("alice"))
    };
    assert_eq!(store.insert_token(new()).await.unwrap(), InsertOutcome::Inserted);
    store.insert_api_key(key(&store, "alice").await, true, audit()).await.unwrap();
    let late = new();
    assert_eq!(store.insert_token(late.clone()).await.unwrap(), InsertOutcome::AskerGone);
    assert_eq!(store.find_token(late.token.token_id).await.unwrap(), None);
}
