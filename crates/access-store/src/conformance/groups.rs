//! Groups: every field, changes, members, lists.

use super::fixture::{NOW, admins, audit, audit_count, done, group, insert_group, insert_user, names, user};
use access_core::model::{GroupChange, GroupRecord, MembershipChange};
use access_core::store::{GroupQuery, Store, WriteOutcome};
use std::sync::Arc;

pub async fn every_field_comes_back(store: Arc<dyn Store>) {
    insert_user(&store, user("b")).await;
    insert_user(&store, user("a")).await;
    let mut full = GroupRecord {
        name: "Développeurs / 1".to_owned(),
        description: Some(String::new()),
        auto_join: true,
        admin_privileges: false,
        realm: "ldap".to_owned(),
        realm_attributes: Some("cn=x".to_owned()),
        external_id: Some("42".to_owned()),
        created_at: NOW,
        members: names(&["b", "a"]),
    };
    let written = done(store.insert_group(full.clone(), audit()).await.unwrap());
    full.members = names(&["a", "b"]);
    assert_eq!(written, full);
    assert_eq!(store.find_group(&full.name).await.unwrap(), Some(full));
    assert_eq!(store.find_group("absent").await.unwrap(), None);
}

pub async fn a_name_is_taken_once(store: Arc<dyn Store>) {
    insert_group(&store, group("readers"), &[]).await;
    let rows = audit_count(&store).await;
    let again = admins("readers");
    assert_eq!(store.insert_group(again, audit()).await.unwrap(), WriteOutcome::Exists);
    assert_eq!(store.find_group("readers").await.unwrap(), Some(group("readers")));
    assert_eq!(audit_count(&store).await, rows);
}

pub async fn members_must_exist(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let mut readers = group("readers");
    readers.members = names(&["alice", "nobody"]);
    let outcome = store.insert_group(readers, audit()).await.unwrap();
    assert_eq!(outcome, WriteOutcome::MissingMember("nobody".to_owned()));
    assert_eq!(store.find_group("readers").await.unwrap(), None);
    assert_eq!(store.find_user("alice").await.unwrap().unwrap().groups, names(&[]));
}

pub async fn a_change_touches_what_it_names(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let before = insert_group(&store, group("readers"), &["alice"]).await;
    let nothing = store.update_group("readers", GroupChange::default(), 5, audit()).await.unwrap();
    assert_eq!(done(nothing), before);
    let change = GroupChange {
        description: Some(Some("text".to_owned())),
        auto_join: Some(true),
        admin_privileges: Some(true),
        realm_attributes: Some(Some("attributes".to_owned())),
        external_id: Some(Some("id".to_owned())),
        members: None,
    };
    let changed = GroupRecord {
        description: Some("text".to_owned()),
        auto_join: true,
        admin_privileges: true,
        realm_attributes: Some("attributes".to_owned()),
        external_id: Some("id".to_owned()),
        ..before
    };
    assert_eq!(done(store.update_group("readers", change, 5, audit()).await.unwrap()), changed);
    assert!(store.find_user("alice").await.unwrap().unwrap().effective_admin);
    let clear = GroupChange { description: Some(None), external_id: Some(None), ..GroupChange::default() };
    let cleared = GroupRecord { description: None, external_id: None, ..changed };
    assert_eq!(done(store.update_group("readers", clear, 5, audit()).await.unwrap()), cleared);
    assert_eq!(store.find_group("readers").await.unwrap(), Some(cleared));
}

pub async fn members_are_replaced_added_and_removed(store: Arc<dyn Store>) {
    for name in ["a", "b", "c"] {
        insert_user(&store, user(name)).await;
    }
    insert_group(&store, group("readers"), &[]).await;
    let replace = |members: &[&str]| GroupChange { members: Some(names(members)), ..GroupChange::default() };
    let after = done(store.update_group("readers", replace(&["b", "a", "a"]), 5, audit()).await.unwrap());
    assert_eq!(after.members, ["a", "b"]);
    let after = done(store.update_group("readers", replace(&["c"]), 5, audit()).await.unwrap());
    assert_eq!(after.members, ["c"]);
    let change = MembershipChange { add: names(&["a", "c"]), remove: names(&["b", "c", "no such"]) };
    let after = done(store.change_group_members("readers", change, 5, audit()).await.unwrap());
    assert_eq!(after.members, ["a"]);
    assert_eq!(store.find_user("a").await.unwrap().unwrap().groups, ["readers"]);
    assert_eq!(store.find_user("c").await.unwrap().unwrap().groups, names(&[]));
}

pub async fn outcomes_of_changes_that_cannot_be(store: Arc<dyn Store>) {
    let before = insert_group(&store, group("readers"), &[]).await;
    let rows = audit_count(&store).await;
    let bad = || names(&["nobody"]);
    let change = GroupChange { members: Some(bad()), auto_join: Some(true), ..GroupChange::default() };
    let missing = WriteOutcome::MissingMember("nobody".to_owned());
    assert_eq!(store.update_group("readers", change.clone(), 5, audit()).await.unwrap(), missing);
    assert_eq!(store.update_group("absent", change, 5, audit()).await.unwrap(), WriteOutcome::NotFound);
    let change = MembershipChange { add: bad(), remove: vec![] };
    assert_eq!(store.change_group_members("readers", change.clone(), 5, audit()).await.unwrap(), missing);
    assert_eq!(
        store.change_group_members("absent", change, 5, audit()).await.unwrap(),
        WriteOutcome::NotFound
    );
    assert_eq!(store.delete_group("absent", 5, audit()).await.unwrap(), WriteOutcome::NotFound);
    assert_eq!(store.find_group("readers").await.unwrap(), Some(before));
    assert_eq!(audit_count(&store).await, rows);
}

pub async fn existing_groups_tells_who_administers(store: Arc<dyn Store>) {
    insert_group(&store, group("readers"), &[]).await;
    insert_group(&store, admins("admins"), &[]).await;
    let mut found = store.existing_groups(&names(&["readers", "absent", "admins"])).await.unwrap();
    found.sort();
    assert_eq!(found, [("admins".to_owned(), true), ("readers".to_owned(), false)]);
    assert!(store.existing_groups(&[]).await.unwrap().is_empty());
}

pub async fn deleting_takes_the_memberships(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    insert_group(&store, group("readers"), &["alice"]).await;
    assert_eq!(store.delete_group("readers", 5, audit()).await.unwrap(), WriteOutcome::Done(()));
    assert_eq!(store.find_user("alice").await.unwrap().unwrap().groups, names(&[]));
    assert_eq!(insert_group(&store, group("readers"), &[]).await.members, names(&[]));
}

pub async fn pages_follow_the_name_in_both_directions(store: Arc<dyn Store>) {
    let mut all = names(&["a", "B", "b", "a%b", "é", "a_b"]);
    insert_user(&store, user("alice")).await;
    for name in &all {
        insert_group(&store, group(name), &["alice"]).await;
    }
    all.sort();
    for descending in [false, true] {
        let mut seen = Vec::new();
        loop {
            let after = seen.last().cloned();
            let query = GroupQuery { descending, after, limit: 2, ..GroupQuery::default() };
            let page = store.list_groups(query).await.unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= 2 && page.iter().all(|group| group.members.is_empty()));
            seen.extend(page.into_iter().map(|group| group.name));
        }
        assert_eq!(seen, all, "descending: {descending}");
        all.reverse();
    }
    for (text, expected) in [("%", "a%b"), ("_", "a_b"), ("B", "B")] {
        let query = GroupQuery { name_contains: Some(text.to_owned()), limit: 9, ..GroupQuery::default() };
        let found: Vec<String> =
            store.list_groups(query).await.unwrap().into_iter().map(|g| g.name).collect();
        assert_eq!(found, [expected]);
    }
}
