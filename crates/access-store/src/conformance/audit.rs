//! The audit trail.

use super::fixture::{
    NOW, admin, audit, done, first_state, group, hash, id, insert, insert_group, insert_user, new_token,
    refreshable, token, user,
};
use access_core::family::Decision;
use access_core::model::{AuditAction, AuditRecord, GroupChange, MembershipChange, UserChange};
use access_core::store::{RotationOutcome, Store};
use std::sync::Arc;

/// Checks that the trail has `expected` rows and that the newest is `newest`.
async fn assert_newest(store: &Arc<dyn Store>, expected: usize, newest: &AuditRecord) {
    let trail = store.audit_trail(100).await.unwrap();
    assert_eq!((trail.len(), trail.first()), (expected, Some(newest)));
}

pub async fn each_change_leaves_one_row_and_no_other(store: Arc<dyn Store>) {
    let first = first_state();
    store.initialise(first.clone()).await.unwrap();
    assert_newest(&store, 1, &first.audit).await;
    let new = refreshable();
    insert(&store, &new).await;
    assert_newest(&store, 2, &new.audit).await;
    let family = new.family.clone().unwrap();
    let step = super::families::rotation(&family, family.current_hash, Decision::Rotate);
    assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Rotated);
    assert_newest(&store, 3, &step.audit).await;
    store.mark_successor_used(family.family_id, step.successor.token_id).await.unwrap();
    let row = audit();
    store.revoke_family(family.family_id, NOW, row.clone()).await.unwrap();
    assert_newest(&store, 4, &row).await;
    insert_user(&store, user("alice")).await;
    store.record_login("alice", NOW).await.unwrap();
    let row = audit();
    done(store.update_user("alice", UserChange::default(), 1, row.clone()).await.unwrap());
    assert_newest(&store, 6, &row).await;
    insert_group(&store, group("readers"), &[]).await;
    let row = audit();
    done(store.change_user_groups("alice", MembershipChange::default(), 1, row.clone()).await.unwrap());
    assert_newest(&store, 8, &row).await;
    let row = audit();
    done(store.update_group("readers", GroupChange::default(), 1, row.clone()).await.unwrap());
    assert_newest(&store, 9, &row).await;
    let row = audit();
    done(store.change_group_members("readers", MembershipChange::default(), 1, row.clone()).await.unwrap());
    assert_newest(&store, 10, &row).await;
    let row = audit();
    done(store.delete_group("readers", 1, row.clone()).await.unwrap());
    assert_newest(&store, 11, &row).await;
    let row = audit();
    done(store.delete_user("alice", row.clone()).await.unwrap());
    assert_newest(&store, 12, &row).await;
    // What does not happen leaves none.
    store.initialise(first_state()).await.unwrap();
    store.insert_user(admin("admin"), audit()).await.unwrap();
    store.delete_user("alice", audit()).await.unwrap();
    store.revoke_token(new.token.token_id, NOW, audit()).await.unwrap();
    store.rotate_refresh(super::families::rotation(&family, hash(), Decision::Rotate)).await.unwrap();
    store.ping().await.unwrap();
    store.clean(0, 10).await.unwrap();
    assert_newest(&store, 12, &row).await;
}

pub async fn the_trail_is_newest_first_by_writing(store: Arc<dyn Store>) {
    let mut written = Vec::new();
    // Neither the clock nor the ids grow.
    for (at, number) in [(NOW, 3), (NOW + 10, 2), (NOW - 10, 5), (NOW, 1)] {
        let mut new = new_token(token("alice"));
        new.audit = AuditRecord {
            audit_id: uuid::Uuid::from_u128(number),
            at,
            action: AuditAction::RefreshTokenReused,
            actor: "accessd".to_owned(),
            actor_token_id: Some(id()),
            target: "zoë".to_owned(),
            detail: "{\"a\":1}".to_owned(),
            asker: None,
        };
        insert(&store, &new).await;
        written.insert(0, new.audit);
    }
    assert_eq!(store.audit_trail(100).await.unwrap(), written);
    assert_eq!(store.audit_trail(2).await.unwrap(), written[..2]);
    assert!(store.audit_trail(0).await.unwrap().is_empty());
}
