//! The wrapper that injects faults.

use access_core::store::{Store, StoreError};
use access_store::conformance::fixture::{NOW, audit, new_token, token};
use access_store::{Fault, FaultStore, SqliteStore};
use std::sync::Arc;

#[tokio::test]
async fn faults_come_before_or_after_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let inner: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("test.db")).unwrap());
    let store = FaultStore::new(Arc::clone(&inner));
    let record = token("alice");
    store.fail("insert_token", Fault::Before);
    let error = store.insert_token(new_token(record.clone())).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)));
    assert_eq!(store.find_token(record.token_id).await.unwrap(), None);
    store.fail("insert_token", Fault::After);
    store.insert_token(new_token(record.clone())).await.unwrap_err();
    assert!(store.find_token(record.token_id).await.unwrap().is_some());
    store.fail_all(Fault::Before);
    store.find_token(record.token_id).await.unwrap_err();
    store.find_user("alice").await.unwrap_err();
    store.heal();
    assert!(store.revoke_token(record.token_id, NOW, audit()).await.unwrap());
}
