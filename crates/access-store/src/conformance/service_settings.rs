//! Settings that administrators change.

use super::fixture::{audit, audit_count};
use access_core::store::Store;
use std::sync::Arc;

pub async fn the_latest_value_counts(store: Arc<dyn Store>) {
    assert_eq!(store.service_setting("a").await.unwrap(), None);
    store.set_service_setting("a", "1".to_owned(), audit()).await.unwrap();
    store.set_service_setting("b", String::new(), audit()).await.unwrap();
    store.set_service_setting("a", "2".to_owned(), audit()).await.unwrap();
    assert_eq!(store.service_setting("a").await.unwrap().as_deref(), Some("2"));
    assert_eq!(store.service_setting("b").await.unwrap().as_deref(), Some(""));
    assert_eq!(audit_count(&store).await, 3, "each change is told");
}
