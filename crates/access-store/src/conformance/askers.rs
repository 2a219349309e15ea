//! Who asks for a change is looked at once more in its transaction.

use super::fixture::{
    NOW, audit, audit_count, group, id, initialised, insert, insert_user, new_token, token, user,
};
use access_core::model::{ApiKeyRecord, AuditRecord, GroupChange, MembershipChange, SecretHash, UserChange};
use access_core::store::oidc::{OidcMappingRecord, OidcProviderRecord};
use access_core::store::{Asker, Store, StoreError};
use access_types::oidc::{OidcMappingInput, OidcProviderInput};
use std::sync::Arc;

/// Makes each kind of change for somebody, each to something that the others do not touch; what came of it.
async fn each_change(store: &Arc<dyn Store>, asker: &Asker) -> Vec<(&'static str, Result<(), StoreError>)> {
    let by = || AuditRecord { asker: Some(asker.clone()), ..audit() };
    let key = ApiKeyRecord {
        username: "alice".to_owned(),
        user_epoch: store.find_user("alice").await.unwrap().unwrap().token_epoch,
        key_hash: SecretHash([9; 32]),
        seed: [1; 32],
        created_at: NOW,
    };
    let (user_change, group_change) = (UserChange::default(), GroupChange::default());
    let members = MembershipChange::default;
    vec![
        ("insert_user", store.insert_user(user("new"), by()).await.map(drop)),
        ("update_user", store.update_user("alice", user_change, 7, by()).await.map(drop)),
        ("change_user_groups", store.change_user_groups("alice", members(), 7, by()).await.map(drop)),
        ("insert_group", store.insert_group(group("new"), by()).await.map(drop)),
        ("update_group", store.update_group("g", group_change, 7, by()).await.map(drop)),
        ("change_group_members", store.change_group_members("g", members(), 7, by()).await.map(drop)),
        ("delete_group", store.delete_group("g", 7, by()).await.map(drop)),
        ("insert_api_key", store.insert_api_key(key, true, by()).await.map(drop)),
        ("delete_api_key", store.delete_api_key("alice", by()).await.map(drop)),
        ("delete_all_api_keys", store.delete_all_api_keys(by()).await.map(drop)),
        ("set_service_setting", store.set_service_setting("name", "1".to_owned(), by()).await),
        ("insert_oidc_provider", store.insert_oidc_provider(provider(), by()).await.map(drop)),
        ("insert_oidc_mapping", store.insert_oidc_mapping(mapping(), by()).await.map(drop)),
        ("replace_oidc_provider", store.replace_oidc_provider(provider(), id(), by()).await.map(drop)),
        ("replace_oidc_mapping", store.replace_oidc_mapping(mapping(), id(), by()).await.map(drop)),
        ("delete_oidc_mapping", store.delete_oidc_mapping("github", "m", by()).await.map(drop)),
        ("delete_oidc_provider", store.delete_oidc_provider("github", by()).await.map(drop)),
        ("delete_user", store.delete_user("alice", by()).await.map(drop)),
    ]
}

fn provider() -> OidcProviderRecord {
    let body =
        br#"{"name":"github","issuer_url":"https://a.example","provider_type":"Azure","audience":"aud"}"#;
    let provider = OidcProviderInput::from_json(body).unwrap().create().unwrap();
    OidcProviderRecord { provider, revision: id(), created_at: NOW }
}

fn mapping() -> OidcMappingRecord {
    let body = br#"{"name":"m","priority":1,"claims":{"a":"b"},"token_spec":{"username":"frog"}}"#;
    let mapping = OidcMappingInput::from_json(body).unwrap().create("github").unwrap();
    OidcMappingRecord { mapping, revision: id(), created_at: NOW }
}

pub async fn no_change_is_made_for_a_credential_that_is_gone(store: Arc<dyn Store>) {
    initialised(&store).await;
    insert_user(&store, user("alice")).await;
    store.insert_group(group("g"), audit()).await.unwrap();
    let asking = new_token(token("admin"));
    let asker = Asker { token_id: Some(asking.token.token_id), ..Asker::default() };
    insert(&store, &asking).await;
    store.revoke_token(asking.token.token_id, NOW, audit()).await.unwrap();
    let rows = audit_count(&store).await;
    for (change, outcome) in each_change(&store, &asker).await {
        assert!(matches!(outcome, Err(StoreError::AskerGone)), "{change}: {outcome:?}");
    }
    assert_eq!(audit_count(&store).await, rows);
    assert!(
        store.find_user("new").await.unwrap().is_none() && store.find_user("alice").await.unwrap().is_some()
    );
    assert!(
        store.find_group("new").await.unwrap().is_none() && store.find_group("g").await.unwrap().is_some()
    );
    assert!(store.find_oidc_provider("github").await.unwrap().is_none());
    assert_eq!(store.service_setting("name").await.unwrap(), None);
}

pub async fn every_change_is_made_for_a_credential_that_is_there(store: Arc<dyn Store>) {
    initialised(&store).await;
    insert_user(&store, user("alice")).await;
    store.insert_group(group("g"), audit()).await.unwrap();
    let asking = new_token(token("admin"));
    let asker = Asker { token_id: Some(asking.token.token_id), ..Asker::default() };
    insert(&store, &asking).await;
    for (change, outcome) in each_change(&store, &asker).await {
        assert!(outcome.is_ok(), "{change}: {outcome:?}");
    }
    assert!(
        store.find_user("new").await.unwrap().is_some() && store.find_user("alice").await.unwrap().is_none()
    );
    assert!(
        store.find_group("new").await.unwrap().is_some() && store.find_group("g").await.unwrap().is_none()
    );
    assert_eq!(store.service_setting("name").await.unwrap().as_deref(), Some("1"));
}
