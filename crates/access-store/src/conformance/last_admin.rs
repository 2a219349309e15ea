//! No change may leave the service without an enabled administrator.

use super::fixture::{
    admin, admins, audit, audit_count, done, initialised, insert_group, insert_user, names, user,
};
use access_core::model::{GroupChange, MembershipChange, UserChange};
use access_core::store::{Store, WriteOutcome};
use access_types::user::UserStatus;
use std::sync::Arc;

pub async fn the_last_one_cannot_be_deleted(store: Arc<dyn Store>) {
    initialised(&store).await;
    let rows = audit_count(&store).await;
    assert_eq!(store.delete_user("admin", audit()).await.unwrap(), WriteOutcome::LastAdmin);
    assert_eq!(store.find_user("admin").await.unwrap(), Some(admin("admin")));
    assert_eq!(audit_count(&store).await, rows);
    insert_user(&store, admin("second")).await;
    assert_eq!(store.delete_user("admin", audit()).await.unwrap(), WriteOutcome::Done(()));
    assert_eq!(store.delete_user("second", audit()).await.unwrap(), WriteOutcome::LastAdmin);
}

pub async fn the_last_one_cannot_be_changed(store: Arc<dyn Store>) {
    initialised(&store).await;
    let rows = audit_count(&store).await;
    let changes = [
        UserChange { admin: Some(false), email: Some("x".to_owned()), ..UserChange::default() },
        UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() },
        UserChange { status: Some(UserStatus::Locked), ..UserChange::default() },
    ];
    for change in changes {
        assert_eq!(store.update_user("admin", change, 5, audit()).await.unwrap(), WriteOutcome::LastAdmin);
    }
    assert_eq!(store.find_user("admin").await.unwrap(), Some(admin("admin")));
    assert_eq!(audit_count(&store).await, rows);
    let harmless = UserChange { email: Some("x".to_owned()), ..UserChange::default() };
    done(store.update_user("admin", harmless, 5, audit()).await.unwrap());
}

pub async fn the_last_admin_group_cannot_go(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let group = insert_group(&store, admins("admins"), &["alice"]).await;
    let rows = audit_count(&store).await;
    let last = WriteOutcome::LastAdmin;
    let plain = GroupChange { admin_privileges: Some(false), ..GroupChange::default() };
    assert_eq!(store.update_group("admins", plain, 5, audit()).await.unwrap(), last);
    let empty = GroupChange { members: Some(vec![]), ..GroupChange::default() };
    assert_eq!(store.update_group("admins", empty, 5, audit()).await.unwrap(), last);
    let leave = |name: &str| MembershipChange { add: vec![], remove: names(&[name]) };
    assert_eq!(store.change_group_members("admins", leave("alice"), 5, audit()).await.unwrap(), last);
    let alone = store.change_user_groups("alice", leave("admins"), 5, audit()).await.unwrap();
    assert_eq!(alone, WriteOutcome::LastAdmin);
    let none = UserChange { groups: Some(vec![]), ..UserChange::default() };
    assert_eq!(store.update_user("alice", none, 5, audit()).await.unwrap(), WriteOutcome::LastAdmin);
    assert_eq!(store.delete_group("admins", 5, audit()).await.unwrap(), WriteOutcome::LastAdmin);
    assert_eq!(store.delete_user("alice", audit()).await.unwrap(), WriteOutcome::LastAdmin);
    assert_eq!(store.find_group("admins").await.unwrap(), Some(group));
    assert_eq!(store.find_user("alice").await.unwrap().unwrap().token_epoch, 1000);
    assert_eq!(audit_count(&store).await, rows);
}

pub async fn a_locked_admin_does_not_count(store: Arc<dyn Store>) {
    initialised(&store).await;
    let mut locked = admin("locked");
    locked.status = UserStatus::Locked;
    insert_user(&store, locked).await;
    assert_eq!(store.delete_user("admin", audit()).await.unwrap(), WriteOutcome::LastAdmin);
    assert_eq!(store.delete_user("locked", audit()).await.unwrap(), WriteOutcome::Done(()));
}

pub async fn a_store_without_admins_can_be_changed(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let change = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
    done(store.update_user("alice", change, 5, audit()).await.unwrap());
    done(store.delete_user("alice", audit()).await.unwrap());
}
