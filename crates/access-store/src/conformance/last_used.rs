//! When tokens were last used.

use super::fixture::{NOW, audit_count, id, insert, new_token, token};
use access_core::store::Store;
use std::sync::Arc;
use uuid::Uuid;

async fn last_used(store: &Arc<dyn Store>, token_id: Uuid) -> Option<u64> {
    store.find_token(token_id).await.unwrap().unwrap().token.last_used
}

pub async fn uses_are_noted_in_batches_and_only_move_forward(store: Arc<dyn Store>) {
    let tokens = [token("alice"), token("alice"), token("bob")];
    for token in &tokens {
        insert(&store, &new_token(token.clone())).await;
    }
    let [a, b, c] = tokens.map(|token| token.token_id);
    let rows = audit_count(&store).await;
    store.record_uses(vec![(a, NOW + 5), (b, NOW + 6), (id(), NOW + 7)]).await.unwrap();
    store.record_uses(Vec::new()).await.unwrap();
    store.record_uses(vec![(a, NOW + 4), (b, NOW + 9)]).await.unwrap();
    assert_eq!(last_used(&store, a).await, Some(NOW + 5));
    assert_eq!(last_used(&store, b).await, Some(NOW + 9));
    assert_eq!(last_used(&store, c).await, None);
    assert_eq!(audit_count(&store).await, rows, "a use changes nothing");
}
