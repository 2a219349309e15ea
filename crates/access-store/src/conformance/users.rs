//! Users: every field, changes, groups, lists.

use super::fixture::{
    NOW, admin, admins, audit, audit_count, done, group, insert_group, insert_user, names, user,
};
use access_core::UserListEntry;
use access_core::model::{MembershipChange, PasswordHash, UserChange, UserRecord};
use access_core::store::{Store, UserQuery, WriteOutcome};
use access_types::user::UserStatus;
use std::sync::Arc;

pub async fn every_field_comes_back(store: Arc<dyn Store>) {
    insert_group(&store, group("b"), &[]).await;
    insert_group(&store, group("a"), &[]).await;
    let mut zoe = UserRecord {
        username: "zoë@example.org".to_owned(),
        email: String::new(),
        admin: true,
        effective_admin: true,
        profile_updatable: false,
        disable_ui_access: true,
        internal_password_disabled: true,
        status: UserStatus::Invited,
        realm: "ldap".to_owned(),
        last_logged_in: Some(NOW + 3),
        password_hash: Some(PasswordHash("$argon2id$v=19$…".to_owned())),
        password_changed_at: Some(NOW + 2),
        password_expired: true,
        token_epoch: i64::MIN,
        created_at: NOW,
        groups: names(&["b", "a"]),
    };
    let written = insert_user(&store, zoe.clone()).await;
    zoe.groups = names(&["a", "b"]);
    assert_eq!(written, zoe);
    assert_eq!(store.find_user("zoë@example.org").await.unwrap(), Some(zoe));
    assert_eq!(store.find_user("zoe@example.org").await.unwrap(), None);
}

pub async fn a_name_is_taken_once(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let before = audit_count(&store).await;
    let again = UserRecord { email: "new".to_owned(), ..user("alice") };
    assert_eq!(store.insert_user(again, audit()).await.unwrap(), WriteOutcome::Exists);
    assert_eq!(store.find_user("alice").await.unwrap(), Some(user("alice")));
    assert_eq!(audit_count(&store).await, before);
}

pub async fn named_groups_must_exist(store: Arc<dyn Store>) {
    insert_group(&store, group("here"), &[]).await;
    let mut alice = user("alice");
    alice.groups = names(&["here", "absent"]);
    let outcome = store.insert_user(alice, audit()).await.unwrap();
    assert_eq!(outcome, WriteOutcome::MissingMember("absent".to_owned()));
    assert_eq!(store.find_user("alice").await.unwrap(), None);
    assert_eq!(audit_count(&store).await, 1);
}

pub async fn new_users_join_automatic_groups(store: Arc<dyn Store>) {
    for name in ["auto", "both"] {
        let mut automatic = group(name);
        automatic.auto_join = true;
        insert_group(&store, automatic, &[]).await;
    }
    insert_group(&store, group("named"), &[]).await;
    let mut alice = user("alice");
    alice.groups = names(&["named", "both"]);
    assert_eq!(insert_user(&store, alice).await.groups, ["auto", "both", "named"]);
}

pub async fn a_change_touches_what_it_names(store: Arc<dyn Store>) {
    insert_user(&store, admin("root")).await;
    let before = insert_user(&store, user("alice")).await;
    let nothing = store.update_user("alice", UserChange::default(), 5, audit()).await.unwrap();
    assert_eq!(done(nothing), before);
    let change = UserChange {
        email: Some("new@example.org".to_owned()),
        admin: Some(true),
        profile_updatable: Some(false),
        disable_ui_access: Some(true),
        internal_password_disabled: Some(true),
        status: Some(UserStatus::Locked),
        password_hash: Some(PasswordHash("hash".to_owned())),
        password_expired: Some(true),
        groups: None,
    };
    let expected = UserRecord {
        email: "new@example.org".to_owned(),
        admin: true,
        effective_admin: true,
        profile_updatable: false,
        disable_ui_access: true,
        internal_password_disabled: true,
        status: UserStatus::Locked,
        password_hash: Some(PasswordHash("hash".to_owned())),
        password_changed_at: Some(NOW),
        ..before
    };
    assert_eq!(done(store.update_user("alice", change, 5, audit()).await.unwrap()), expected);
    assert_eq!(store.find_user("alice").await.unwrap(), Some(expected));
    assert_eq!(store.find_user("root").await.unwrap(), Some(admin("root")));
}

pub async fn groups_are_replaced_added_and_removed(store: Arc<dyn Store>) {
    for name in ["a", "b", "c"] {
        insert_group(&store, group(name), &[]).await;
    }
    insert_user(&store, user("alice")).await;
    let replace = |groups: &[&str]| UserChange { groups: Some(names(groups)), ..UserChange::default() };
    let after = done(store.update_user("alice", replace(&["b", "a", "a"]), 5, audit()).await.unwrap());
    assert_eq!(after.groups, ["a", "b"]);
    let after = done(store.update_user("alice", replace(&["c"]), 5, audit()).await.unwrap());
    assert_eq!(after.groups, ["c"]);
    let change = MembershipChange { add: names(&["a", "c"]), remove: names(&["b", "c", "no such"]) };
    let after = done(store.change_user_groups("alice", change, 5, audit()).await.unwrap());
    assert_eq!(after.groups, ["a"]);
    assert_eq!(store.find_group("a").await.unwrap().unwrap().members, ["alice"]);
    assert_eq!(store.find_group("c").await.unwrap().unwrap().members, names(&[]));
    let after = done(store.update_user("alice", replace(&[]), 5, audit()).await.unwrap());
    assert_eq!(after.groups, names(&[]));
}

pub async fn outcomes_of_changes_that_cannot_be(store: Arc<dyn Store>) {
    let before = insert_user(&store, user("alice")).await;
    let rows = audit_count(&store).await;
    let bad = || names(&["absent"]);
    let change = UserChange { groups: Some(bad()), email: Some("x".to_owned()), ..UserChange::default() };
    let missing = WriteOutcome::MissingMember("absent".to_owned());
    assert_eq!(store.update_user("alice", change.clone(), 5, audit()).await.unwrap(), missing);
    assert_eq!(store.update_user("nobody", change, 5, audit()).await.unwrap(), WriteOutcome::NotFound);
    let change = MembershipChange { add: bad(), remove: vec![] };
    assert_eq!(store.change_user_groups("alice", change.clone(), 5, audit()).await.unwrap(), missing);
    assert_eq!(store.change_user_groups("nobody", change, 5, audit()).await.unwrap(), WriteOutcome::NotFound);
    assert_eq!(store.delete_user("nobody", audit()).await.unwrap(), WriteOutcome::NotFound);
    assert_eq!(store.find_user("alice").await.unwrap(), Some(before));
    assert_eq!(audit_count(&store).await, rows);
}

pub async fn a_log_in_is_noted_forwards(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    for (at, expected) in [(NOW, NOW), (NOW + 60, NOW + 60), (NOW + 30, NOW + 60)] {
        store.record_login("alice", at).await.unwrap();
        assert_eq!(store.find_user("alice").await.unwrap().unwrap().last_logged_in, Some(expected));
    }
    store.record_login("nobody", NOW).await.unwrap();
}

pub async fn deleting_takes_the_memberships(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    insert_group(&store, group("readers"), &["alice"]).await;
    assert_eq!(store.delete_user("alice", audit()).await.unwrap(), WriteOutcome::Done(()));
    assert_eq!(store.find_group("readers").await.unwrap().unwrap().members, names(&[]));
    assert_eq!(store.delete_user("alice", audit()).await.unwrap(), WriteOutcome::NotFound);
    assert_eq!(insert_user(&store, user("alice")).await.groups, names(&[]));
}

async fn listed(store: &Arc<dyn Store>, query: UserQuery) -> Vec<String> {
    store.list_users(query).await.unwrap().into_iter().map(|user| user.username).collect()
}

pub async fn pages_follow_the_name_in_both_directions(store: Arc<dyn Store>) {
    let mut all = names(&["a", "B", "b", "ab", "é", "z", "user%", "user_"]);
    for name in &all {
        insert_user(&store, user(name)).await;
    }
    all.sort();
    for descending in [false, true] {
        let mut seen = Vec::new();
        loop {
            let after = seen.last().cloned();
            let page =
                listed(&store, UserQuery { descending, after, limit: 3, ..UserQuery::default() }).await;
            assert!(page.len() <= 3);
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen, all, "descending: {descending}");
        all.reverse();
    }
    assert!(listed(&store, UserQuery { limit: 0, ..UserQuery::default() }).await.is_empty());
}

pub async fn filters_of_the_list(store: Arc<dyn Store>) {
    insert_user(&store, admin("root")).await;
    insert_user(&store, UserRecord { status: UserStatus::Locked, ..user("al%ce") }).await;
    insert_user(&store, user("alice")).await;
    insert_user(&store, user("bob_")).await;
    insert_group(&store, admins("admins"), &["bob_"]).await;
    let all = || UserQuery { limit: 10, ..UserQuery::default() };
    let containing = |text: &str| UserQuery { username_contains: Some(text.to_owned()), ..all() };
    assert_eq!(listed(&store, containing("l")).await, ["al%ce", "alice"]);
    assert_eq!(listed(&store, containing("%")).await, ["al%ce"]);
    assert_eq!(listed(&store, containing("_")).await, ["bob_"]);
    assert_eq!(listed(&store, containing("A")).await, names(&[]));
    assert_eq!(listed(&store, containing("'")).await, names(&[]));
    let locked = UserQuery { status: Some(UserStatus::Locked), ..all() };
    assert_eq!(listed(&store, locked).await, ["al%ce"]);
    assert_eq!(listed(&store, UserQuery { only_admins: true, ..all() }).await, ["bob_", "root"]);
    let both =
        UserQuery { only_admins: true, username_contains: Some("o".to_owned()), descending: true, ..all() };
    assert_eq!(listed(&store, both).await, ["root", "bob_"]);
    let UserRecord { username, realm, status, .. } =
        UserRecord { status: UserStatus::Locked, ..user("al%ce") };
    let entry = UserListEntry { username, realm, status };
    assert_eq!(store.list_users(containing("%")).await.unwrap(), [entry]);
}
