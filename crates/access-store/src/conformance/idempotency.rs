//! Create requests that are repeated.

use super::fixture::{NOW, audit_count, idempotency, insert, new_token, token};
use access_core::store::{InsertOutcome, NewToken, Store};
use std::sync::Arc;

/// A create request with an idempotency key.
fn request() -> NewToken {
    let mut new = new_token(token("alice"));
    new.idempotency = Some(idempotency(new.token.token_id));
    new
}

/// The same request sent again, which has made another token in the meantime.
fn again(first: &NewToken) -> NewToken {
    let mut second = request();
    let (Some(one), Some(two)) = (&first.idempotency, &mut second.idempotency) else { return second };
    two.key_hash = one.key_hash;
    second
}

pub async fn a_repeated_request_writes_nothing(store: Arc<dyn Store>) {
    let first = request();
    let mut second = again(&first);
    let family = super::fixture::refreshable().family;
    second.token.family_id = family.as_ref().map(|family| family.family_id);
    second.family = family;
    insert(&store, &first).await;
    let outcome = store.insert_token(second.clone()).await.unwrap();
    assert_eq!(outcome, InsertOutcome::Repeated(first.idempotency.unwrap()));
    assert_eq!(store.find_token(second.token.token_id).await.unwrap(), None);
    assert_eq!(store.find_family(second.token.family_id.unwrap()).await.unwrap(), None);
    assert_eq!(audit_count(&store).await, 1);
}

pub async fn a_record_older_than_the_cutoff_is_replaced(store: Arc<dyn Store>) {
    let first = request();
    insert(&store, &first).await;
    let mut second = again(&first);
    second.idempotency_cutoff = NOW;
    assert!(matches!(store.insert_token(second.clone()).await.unwrap(), InsertOutcome::Repeated(_)));
    second.idempotency_cutoff = NOW + 1;
    if let Some(record) = &mut second.idempotency {
        record.created_at = NOW + 5;
    }
    insert(&store, &second).await;
    let third = NewToken { idempotency_cutoff: NOW + 5, ..again(&first) };
    let outcome = store.insert_token(third).await.unwrap();
    assert_eq!(outcome, InsertOutcome::Repeated(second.idempotency.unwrap()));
    assert!(store.find_token(first.token.token_id).await.unwrap().is_some());
}

pub async fn a_repeated_request_is_found_with_its_token(store: Arc<dyn Store>) {
    let first = request();
    let record = first.idempotency.clone().unwrap();
    assert_eq!(store.find_repeated(record.key_hash, 0).await.unwrap(), None);
    insert(&store, &first).await;
    assert_eq!(store.find_repeated(record.key_hash, NOW).await.unwrap(), Some(record.clone()));
    let token = store.find_token(record.token_id).await.unwrap().unwrap().token;
    assert_eq!(token, first.token);
    assert_eq!(store.find_repeated(record.key_hash, NOW + 1).await.unwrap(), None);
    assert_eq!(store.find_repeated(record.request_hash, 0).await.unwrap(), None);
}
