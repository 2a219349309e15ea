//! The first state and the signing keys.

use super::fixture::{NOW, SERVICE_ID, admin, audit_count, first_state};
use access_core::store::Store;
use std::sync::Arc;

pub async fn first_state_is_written_once(store: Arc<dyn Store>) {
    assert_eq!(store.service_id().await.unwrap(), None);
    assert!(store.initialise(first_state()).await.unwrap());
    let mut other = first_state();
    other.service_id = "jfac@other".to_owned();
    other.signing_key.kid = "other".to_owned();
    other.admin = admin("other");
    assert!(!store.initialise(other).await.unwrap());
    assert_eq!(store.service_id().await.unwrap().as_deref(), Some(SERVICE_ID));
    assert_eq!(store.find_user("admin").await.unwrap(), Some(admin("admin")));
    assert_eq!(store.find_user("other").await.unwrap(), None);
    assert_eq!(store.signing_keys().await.unwrap().len(), 1);
    assert_eq!(audit_count(&store).await, 1);
}

pub async fn signing_keys_come_back(store: Arc<dyn Store>) {
    assert!(store.signing_keys().await.unwrap().is_empty());
    let first = first_state();
    store.initialise(first.clone()).await.unwrap();
    assert_eq!(store.signing_keys().await.unwrap(), vec![first.signing_key]);
}

pub async fn ping_writes_nothing_that_shows(store: Arc<dyn Store>) {
    store.ping().await.unwrap();
    assert_eq!(store.service_id().await.unwrap(), None);
    store.initialise(first_state()).await.unwrap();
    store.ping().await.unwrap();
    assert_eq!(audit_count(&store).await, 1);
    assert_eq!(store.clean(NOW, 10).await.unwrap(), Default::default());
}
