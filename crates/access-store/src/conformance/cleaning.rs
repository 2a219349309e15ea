//! The cleaner.

use super::fixture::{NOW, audit, audit_count, idempotency, insert, new_token, refreshable, token};
use access_core::model::TokenRecord;
use access_core::store::{Cleaned, NewToken, Store};
use std::sync::Arc;

pub async fn what_ended_before_the_cutoff_goes(store: Arc<dyn Store>) {
    let kept = [
        TokenRecord { expires_at: None, ..token("alice") },
        TokenRecord { expires_at: Some(NOW), ..token("alice") },
        TokenRecord { expires_at: Some(NOW + 1), ..token("alice") },
        token("alice"),
    ];
    let freed = [
        TokenRecord { expires_at: Some(NOW - 1), ..token("alice") },
        TokenRecord { expires_at: Some(1), ..token("alice") },
        token("alice"),
    ];
    for token in kept.iter().chain(&freed) {
        insert(&store, &new_token(token.clone())).await;
    }
    store.revoke_token(kept[3].token_id, NOW, audit()).await.unwrap();
    store.revoke_token(freed[2].token_id, NOW - 1, audit()).await.unwrap();
    let rows = audit_count(&store).await;
    let cleaned = store.clean(NOW, 100).await.unwrap();
    assert_eq!(cleaned, Cleaned { tokens: 3, idempotency_records: 0 });
    for token in &kept {
        assert!(store.find_token(token.token_id).await.unwrap().is_some());
    }
    for token in &freed {
        assert_eq!(store.find_token(token.token_id).await.unwrap(), None);
    }
    assert_eq!(store.clean(NOW, 100).await.unwrap(), Cleaned::default());
    assert_eq!(audit_count(&store).await, rows);
}

pub async fn families_and_subjects_go_with_their_last_token(store: Arc<dyn Store>) {
    let new = refreshable();
    let family_id = new.token.family_id;
    insert(&store, &new).await;
    let old = TokenRecord { family_id, expires_at: Some(NOW - 5), ..token("alice") };
    insert(&store, &new_token(old)).await;
    assert_eq!(store.clean(NOW, 100).await.unwrap().tokens, 1);
    assert!(store.find_family(family_id.unwrap()).await.unwrap().is_some());
    assert_eq!(store.clean(NOW + 10_000, 100).await.unwrap().tokens, 1);
    assert_eq!(store.find_family(family_id.unwrap()).await.unwrap(), None);
    insert(&store, &new).await;
    assert!(store.find_family(family_id.unwrap()).await.unwrap().is_some());
    // Many at once.
    let others: Vec<NewToken> = (0..5).map(|_| refreshable()).collect();
    for other in &others {
        insert(&store, other).await;
    }
    assert_eq!(store.clean(NOW + 10_000, 100).await.unwrap().tokens, 6);
    for new in others.iter().chain([&new]) {
        assert_eq!(store.find_family(new.token.family_id.unwrap()).await.unwrap(), None);
    }
}

pub async fn the_limit_is_kept(store: Arc<dyn Store>) {
    for number in 0..10 {
        let expired = TokenRecord { expires_at: Some(NOW - 5), ..token("alice") };
        let record = idempotency(expired.token_id);
        let mut new = NewToken { idempotency: Some(record), ..new_token(expired.clone()) };
        if let Some(record) = &mut new.idempotency {
            record.created_at = NOW - 7;
        }
        insert(&store, &new).await;
        if number % 2 == 0 {
            store.revoke_token(expired.token_id, NOW - 6, audit()).await.unwrap();
        }
    }
    assert_eq!(store.clean(NOW - 7, 4).await.unwrap(), Cleaned::default());
    let mut total = 0;
    for expected in [4, 4, 2, 0] {
        let cleaned = store.clean(NOW, 4).await.unwrap();
        assert_eq!(cleaned, Cleaned { tokens: expected, idempotency_records: expected });
        total += cleaned.tokens;
    }
    assert_eq!(total, 10);
}
