//! OIDC providers, identity mappings, and ID tokens that are used once.

use super::fixture::{
    NOW, audit, audit_count, done, hash, id, idempotency, insert_user, new_token, project, token, user,
};
use access_core::model::UserChange;
use access_core::store::oidc::{
    ExchangeOutcome, ExchangedToken, OidcMappingRecord, OidcProviderRecord, ReplaceOutcome, UsedProof,
};
use access_core::store::{Asker, Store, WriteOutcome};
use access_types::oidc::{OidcMappingInput, OidcProviderInput};
use access_types::user::UserStatus;
use std::sync::Arc;

fn provider(name: &str) -> OidcProviderRecord {
    let body = format!(
        r#"{{"name":"{name}","description":"d","issuer_url":"https://a.example","provider_type":"Azure",
            "audience":"aud","organization":"o","project_key":"web","token_issuer":"https://b.example",
            "azure_app_id":"app","enable_permissive_configuration":true}}"#
    );
    let provider = OidcProviderInput::from_json(body.as_bytes()).unwrap().create().unwrap();
    OidcProviderRecord { provider, revision: id(), created_at: NOW }
}

fn mapping(provider: &str, name: &str, priority: u32) -> OidcMappingRecord {
    let body = format!(
        r#"{{"name":"{name}","description":"d","priority":{priority},"claims":{{"z":"1","a":{{"b":[1,true]}}}},
            "token_spec":{{"username":"frog","scope":"applied-permissions/user","expires_in":7}},"project_key":"web"}}"#
    );
    let mapping = OidcMappingInput::from_json(body.as_bytes()).unwrap().create(provider).unwrap();
    OidcMappingRecord { mapping, revision: id(), created_at: NOW }
}

async fn written(store: &Arc<dyn Store>) -> (OidcProviderRecord, OidcMappingRecord) {
    let (provider, mapping) = (provider("github"), mapping("github", "m", 1));
    done(store.insert_oidc_provider(provider.clone(), audit()).await.unwrap());
    done(store.insert_oidc_mapping(mapping.clone(), audit()).await.unwrap());
    (provider, mapping)
}

fn exchanged(provider: &OidcProviderRecord, mapping: &OidcMappingRecord) -> ExchangedToken {
    ExchangedToken {
        new: new_token(token("frog")),
        proof: UsedProof { kind: "id_token", hash: hash().0, expires_at: NOW + 60 },
        provider: (provider.provider.name.clone(), provider.revision),
        mapping: (mapping.mapping.name.clone(), mapping.revision),
    }
}

async fn comes_to(store: &Arc<dyn Store>, exchanged: &ExchangedToken) -> ExchangeOutcome {
    let outcome = store.insert_exchanged_token(exchanged.clone()).await.unwrap();
    let there = store.find_token(exchanged.new.token.token_id).await.unwrap().is_some();
    assert_eq!(there, outcome == ExchangeOutcome::Inserted);
    outcome
}

pub async fn every_field_comes_back(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    assert_eq!(store.find_oidc_provider("github").await.unwrap(), Some(provider.clone()));
    assert_eq!(store.find_oidc_mapping("github", "m").await.unwrap(), Some(mapping.clone()));
    assert_eq!(store.list_oidc_providers().await.unwrap(), [provider]);
    assert_eq!(store.list_oidc_mappings("github").await.unwrap(), [mapping]);
    assert_eq!(store.find_oidc_provider("gitlab").await.unwrap(), None);
    assert_eq!(store.find_oidc_mapping("gitlab", "m").await.unwrap(), None);
    assert_eq!(audit_count(&store).await, 2);
}

pub async fn names_are_taken_once(store: Arc<dyn Store>) {
    let (other, same) = (provider("github"), mapping("github", "m", 2));
    let absent = store.insert_oidc_mapping(same.clone(), audit()).await.unwrap();
    assert_eq!(absent, WriteOutcome::NotFound);
    written(&store).await;
    assert_eq!(store.insert_oidc_provider(other, audit()).await.unwrap(), WriteOutcome::Exists);
    assert_eq!(store.insert_oidc_mapping(same, audit()).await.unwrap(), WriteOutcome::Exists);
    done(store.insert_oidc_provider(provider("gitlab"), audit()).await.unwrap());
    done(store.insert_oidc_mapping(mapping("gitlab", "m", 1), audit()).await.unwrap());
    assert_eq!(audit_count(&store).await, 4);
}

pub async fn mappings_stand_by_priority_and_name(store: Arc<dyn Store>) {
    done(store.insert_oidc_provider(provider("github"), audit()).await.unwrap());
    for (name, priority) in [("c", 2), ("d", 10), ("b", 2), ("a", 3)] {
        done(store.insert_oidc_mapping(mapping("github", name, priority), audit()).await.unwrap());
    }
    let listed = store.list_oidc_mappings("github").await.unwrap();
    let names: Vec<&str> = listed.iter().map(|record| record.mapping.name.as_str()).collect();
    assert_eq!(names, ["b", "c", "a", "d"]);
}

pub async fn only_the_state_that_was_read_is_replaced(store: Arc<dyn Store>) {
    let (old_provider, old_mapping) = written(&store).await;
    let mut new_provider = OidcProviderRecord { revision: id(), ..old_provider.clone() };
    new_provider.provider.audience = None;
    new_provider.provider.organization = None;
    let mut new_mapping = mapping("github", "m", 9);
    new_mapping.mapping.token_spec.username = None;
    new_mapping.mapping.token_spec.groups_pattern = Some("{{g}}".to_owned());
    let (first, second) = (old_provider.revision, old_mapping.revision);
    for wanted in [ReplaceOutcome::Replaced, ReplaceOutcome::Changed] {
        let provider = store.replace_oidc_provider(new_provider.clone(), first, audit()).await.unwrap();
        let mapping = store.replace_oidc_mapping(new_mapping.clone(), second, audit()).await.unwrap();
        assert_eq!((provider, mapping), (wanted, wanted));
    }
    assert_eq!(store.find_oidc_provider("github").await.unwrap(), Some(new_provider));
    assert_eq!(store.find_oidc_mapping("github", "m").await.unwrap(), Some(new_mapping.clone()));
    let absent = store.replace_oidc_provider(provider("gitlab"), first, audit()).await.unwrap();
    assert_eq!(absent, ReplaceOutcome::NotFound);
    new_mapping.mapping.name = "other".to_owned();
    let absent = store.replace_oidc_mapping(new_mapping, second, audit()).await.unwrap();
    assert_eq!(absent, ReplaceOutcome::NotFound);
    assert_eq!(audit_count(&store).await, 4);
}

pub async fn deleting_a_provider_takes_its_mappings(store: Arc<dyn Store>) {
    written(&store).await;
    assert!(!store.delete_oidc_mapping("github", "other", audit()).await.unwrap());
    assert!(store.delete_oidc_provider("github", audit()).await.unwrap());
    assert!(!store.delete_oidc_provider("github", audit()).await.unwrap());
    assert_eq!(store.list_oidc_mappings("github").await.unwrap(), []);
    assert_eq!(audit_count(&store).await, 3);
    written(&store).await;
    assert!(store.delete_oidc_mapping("github", "m", audit()).await.unwrap());
    assert_eq!(store.find_oidc_mapping("github", "m").await.unwrap(), None);
}

pub async fn deleting_a_project_takes_its_providers_and_mappings(store: Arc<dyn Store>) {
    for key in ["web", "app"] {
        store.insert_project(project(key), None, audit()).await.unwrap();
    }
    written(&store).await;
    let in_app = |mut record: OidcMappingRecord| {
        record.mapping.project_key = Some("app".to_owned());
        record
    };
    let mut platform = provider("gitlab");
    platform.provider.project_key = None;
    done(store.insert_oidc_provider(platform.clone(), audit()).await.unwrap());
    let (of_app, of_web) = (in_app(mapping("gitlab", "app", 1)), mapping("gitlab", "web", 2));
    // Of another project, and of the provider that goes.
    for mapping in [of_app.clone(), of_web, in_app(mapping("github", "app", 3))] {
        done(store.insert_oidc_mapping(mapping, audit()).await.unwrap());
    }
    store.delete_project("web", None, audit()).await.unwrap();
    assert_eq!(store.list_oidc_providers().await.unwrap(), [platform]);
    assert_eq!(store.list_oidc_mappings("gitlab").await.unwrap(), [of_app]);
    assert_eq!(store.list_oidc_mappings("github").await.unwrap(), []);
}

pub async fn a_proof_counts_once(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    let first = exchanged(&provider, &mapping);
    let second = ExchangedToken { proof: first.proof.clone(), ..exchanged(&provider, &mapping) };
    assert_eq!(comes_to(&store, &first).await, ExchangeOutcome::Inserted);
    assert_eq!(comes_to(&store, &second).await, ExchangeOutcome::Replayed);
    assert_eq!(audit_count(&store).await, 3);
}

pub async fn reg_51_proofs_of_different_kinds_never_meet(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    let first = exchanged(&provider, &mapping);
    let mut second = exchanged(&provider, &mapping);
    second.proof = UsedProof { kind: "other", ..first.proof.clone() };
    assert_eq!(comes_to(&store, &first).await, ExchangeOutcome::Inserted);
    assert_eq!(comes_to(&store, &second).await, ExchangeOutcome::Inserted);
}

pub async fn a_repeated_exchange_is_told_from_a_replayed_proof(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    let mut first = exchanged(&provider, &mapping);
    let record = idempotency(first.new.token.token_id);
    first.new.idempotency = Some(record.clone());
    let mut again = exchanged(&provider, &mapping);
    again.proof = first.proof.clone();
    again.new.idempotency = Some(idempotency(again.new.token.token_id));
    let mut repeated = again.clone();
    if let Some(idempotency) = &mut repeated.new.idempotency {
        idempotency.key_hash = record.key_hash;
    }
    assert_eq!(comes_to(&store, &first).await, ExchangeOutcome::Inserted);
    assert_eq!(comes_to(&store, &repeated).await, ExchangeOutcome::Repeated(record));
    assert_eq!(comes_to(&store, &again).await, ExchangeOutcome::Replayed);
    // Nothing of a replay stays, its idempotency record neither.
    let key = again.new.idempotency.unwrap().key_hash;
    assert_eq!(store.find_repeated(key, 0).await.unwrap(), None);
}

pub async fn what_was_decided_on_another_state_is_not_done(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    let mut stale = exchanged(&provider, &mapping);
    stale.provider.1 = id();
    assert_eq!(comes_to(&store, &stale).await, ExchangeOutcome::Changed);
    let mut stale = exchanged(&provider, &mapping);
    stale.mapping.1 = id();
    assert_eq!(comes_to(&store, &stale).await, ExchangeOutcome::Changed);
    let decided = exchanged(&provider, &mapping);
    assert!(store.delete_oidc_provider("github", audit()).await.unwrap());
    assert_eq!(comes_to(&store, &decided).await, ExchangeOutcome::Changed);
    // The proof was not used up.
    let (provider, mapping) = written(&store).await;
    let anew = ExchangedToken { proof: decided.proof, ..exchanged(&provider, &mapping) };
    assert_eq!(comes_to(&store, &anew).await, ExchangeOutcome::Inserted);
}

pub async fn a_user_who_is_gone_gets_nothing(store: Arc<dyn Store>) {
    super::fixture::initialised(&store).await;
    let (provider, mapping) = written(&store).await;
    let frog = insert_user(&store, user("frog")).await;
    let mut decided = exchanged(&provider, &mapping);
    decided.new.asker = Some(Asker { user: Some(("frog".to_owned(), frog.token_epoch)), ..Asker::default() });
    let change = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
    done(store.update_user("frog", change, 5, audit()).await.unwrap());
    assert_eq!(comes_to(&store, &decided).await, ExchangeOutcome::Changed);
}

pub async fn old_proofs_are_freed_and_others_kept(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    let mut old = exchanged(&provider, &mapping);
    old.proof.expires_at = NOW - 1;
    let mut kept = exchanged(&provider, &mapping);
    kept.proof.expires_at = NOW;
    for first in [&old, &kept] {
        assert_eq!(comes_to(&store, first).await, ExchangeOutcome::Inserted);
    }
    // By its age the first one is refused elsewhere; here it is forgotten.
    let again = ExchangedToken { proof: old.proof, ..exchanged(&provider, &mapping) };
    assert_eq!(comes_to(&store, &again).await, ExchangeOutcome::Inserted);
    let again = ExchangedToken { proof: kept.proof, ..exchanged(&provider, &mapping) };
    assert_eq!(comes_to(&store, &again).await, ExchangeOutcome::Replayed);
}

pub async fn one_exchange_of_many_wins(store: Arc<dyn Store>) {
    let (provider, mapping) = written(&store).await;
    let first = exchanged(&provider, &mapping);
    let attempts: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            let attempt = ExchangedToken { proof: first.proof.clone(), ..exchanged(&provider, &mapping) };
            tokio::spawn(async move { comes_to(&store, &attempt).await })
        })
        .collect();
    let mut inserted = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            ExchangeOutcome::Inserted => inserted += 1,
            outcome => assert_eq!(outcome, ExchangeOutcome::Replayed),
        }
    }
    assert_eq!(inserted, 1);
}
