//! Token epochs: who loses the rights its tokens rest on gets a new one, and nobody else.

use super::families::rotation;
use super::fixture::{
    admin, admins, audit, done, epoch, family_of, group, insert, insert_group, insert_user, names, new_token,
    token, user,
};
use access_core::family::Decision;
use access_core::model::{FamilyRecord, GroupChange, MembershipChange, TokenRecord, UserChange};
use access_core::store::{NewToken, RotationOutcome, Store, WriteOutcome};
use access_types::user::UserStatus;
use std::sync::Arc;

const OLD: i64 = 1000;
const NEW: i64 = 2000;

async fn change(store: &Arc<dyn Store>, username: &str, change: UserChange) {
    let answered = done(store.update_user(username, change, NEW, audit()).await.unwrap());
    assert_eq!(Some(answered), store.find_user(username).await.unwrap());
}

fn status(status: UserStatus) -> UserChange {
    UserChange { status: Some(status), ..UserChange::default() }
}

/// `root`, an administrator by itself, and `alice`, one by the group `admins`.
async fn alice_by_group(store: &Arc<dyn Store>) {
    insert_user(store, admin("root")).await;
    insert_user(store, user("alice")).await;
    insert_group(store, admins("admins"), &["alice"]).await;
}

pub async fn disabling_a_user_changes_its_epoch(store: Arc<dyn Store>) {
    for (name, to) in [("a", UserStatus::Disabled), ("b", UserStatus::Invited)] {
        insert_user(&store, user(name)).await;
        change(&store, name, status(to)).await;
        assert_eq!(epoch(&store, name).await, NEW, "{name}");
        let back = store.update_user(name, status(UserStatus::Enabled), 3000, audit()).await.unwrap();
        assert_eq!(done(back).token_epoch, NEW);
    }
}

pub async fn locking_a_user_does_not(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    change(&store, "alice", status(UserStatus::Locked)).await;
    assert_eq!(epoch(&store, "alice").await, OLD);
    change(&store, "alice", status(UserStatus::Disabled)).await;
    assert_eq!(epoch(&store, "alice").await, NEW);
}

pub async fn losing_the_admin_flag_changes_the_epoch(store: Arc<dyn Store>) {
    insert_user(&store, admin("root")).await;
    insert_user(&store, user("alice")).await;
    change(&store, "alice", UserChange { admin: Some(true), ..UserChange::default() }).await;
    assert_eq!(epoch(&store, "alice").await, OLD);
    change(&store, "alice", UserChange { admin: Some(false), ..UserChange::default() }).await;
    assert_eq!(epoch(&store, "alice").await, NEW);
}

pub async fn an_admin_through_a_group_keeps_it_without_the_flag(store: Arc<dyn Store>) {
    alice_by_group(&store).await;
    change(&store, "alice", UserChange { admin: Some(true), ..UserChange::default() }).await;
    change(&store, "alice", UserChange { admin: Some(false), ..UserChange::default() }).await;
    assert_eq!(epoch(&store, "alice").await, OLD);
}

pub async fn leaving_an_admin_group_changes_the_epoch(store: Arc<dyn Store>) {
    alice_by_group(&store).await;
    insert_user(&store, user("bob")).await;
    insert_group(&store, admins("more"), &["alice", "bob"]).await;
    let leave = |group: &str| MembershipChange { add: vec![], remove: names(&[group]) };
    done(store.change_user_groups("alice", leave("admins"), NEW, audit()).await.unwrap());
    assert_eq!(epoch(&store, "alice").await, OLD);
    let after = done(store.change_user_groups("alice", leave("more"), NEW, audit()).await.unwrap());
    assert_eq!((after.token_epoch, after.effective_admin), (NEW, false));
    change(&store, "bob", UserChange { groups: Some(vec![]), ..UserChange::default() }).await;
    assert_eq!(epoch(&store, "bob").await, NEW);
}

pub async fn other_changes_leave_the_epoch(store: Arc<dyn Store>) {
    alice_by_group(&store).await;
    insert_group(&store, group("readers"), &["alice"]).await;
    change(&store, "alice", UserChange { email: Some("x".to_owned()), ..UserChange::default() }).await;
    change(&store, "alice", UserChange { groups: Some(names(&["admins"])), ..UserChange::default() }).await;
    insert_group(&store, group("writers"), &["alice"]).await;
    done(store.delete_group("writers", NEW, audit()).await.unwrap());
    store.record_login("alice", 5).await.unwrap();
    assert_eq!(epoch(&store, "alice").await, OLD);
}

pub async fn changes_of_a_group_reach_all_who_lose(store: Arc<dyn Store>) {
    alice_by_group(&store).await;
    insert_user(&store, user("bob")).await;
    insert_user(&store, admin("carol")).await;
    insert_user(&store, user("dave")).await;
    let members = Some(names(&["alice", "bob", "carol", "dave"]));
    let joined = GroupChange { members, ..GroupChange::default() };
    done(store.update_group("admins", joined, NEW, audit()).await.unwrap());
    insert_group(&store, admins("others"), &["dave"]).await;
    let replaced = GroupChange { members: Some(names(&["alice"])), ..GroupChange::default() };
    done(store.update_group("admins", replaced, NEW, audit()).await.unwrap());
    let epochs = [epoch(&store, "alice").await, epoch(&store, "bob").await];
    assert_eq!(epochs, [OLD, NEW]);
    // carol is one by herself, dave by another group.
    assert_eq!([epoch(&store, "carol").await, epoch(&store, "dave").await], [OLD, OLD]);
    let plain = GroupChange { admin_privileges: Some(false), ..GroupChange::default() };
    done(store.update_group("admins", plain, NEW, audit()).await.unwrap());
    assert_eq!(epoch(&store, "alice").await, NEW);
}

pub async fn deleting_a_group_reaches_all_who_lose(store: Arc<dyn Store>) {
    alice_by_group(&store).await;
    insert_user(&store, user("bob")).await;
    insert_group(&store, group("readers"), &["bob"]).await;
    done(store.delete_group("readers", NEW, audit()).await.unwrap());
    assert_eq!(store.delete_group("admins", NEW, audit()).await.unwrap(), WriteOutcome::Done(()));
    assert_eq!([epoch(&store, "alice").await, epoch(&store, "bob").await], [NEW, OLD]);
}

pub async fn removing_members_reaches_only_them(store: Arc<dyn Store>) {
    alice_by_group(&store).await;
    insert_user(&store, user("bob")).await;
    let join = MembershipChange { add: names(&["bob"]), remove: vec![] };
    done(store.change_group_members("admins", join, NEW, audit()).await.unwrap());
    let leave = MembershipChange { add: vec![], remove: names(&["alice"]) };
    done(store.change_group_members("admins", leave, NEW, audit()).await.unwrap());
    assert_eq!([epoch(&store, "alice").await, epoch(&store, "bob").await], [NEW, OLD]);
}

pub async fn tokens_made_for_a_name_before_its_user_end_with_it(store: Arc<dyn Store>) {
    insert_user(&store, admin("root")).await;
    for name in ["disabled", "deleted"] {
        let early = for_name(&store, name).await;
        let others = for_name(&store, "somebody").await;
        insert_user(&store, user(name)).await;
        let mut bound = TokenRecord { user_epoch: Some(OLD), ..token(name) };
        let bound = NewToken { family: Some(family_of(&mut bound)), ..new_token(bound) };
        insert(&store, &bound).await;
        if name == "disabled" {
            change(&store, name, status(UserStatus::Disabled)).await;
            change(&store, name, status(UserStatus::Enabled)).await;
        } else {
            store.delete_user(name, audit()).await.unwrap();
            insert_user(&store, user(name)).await;
        }
        let lost_at = Some(audit().at);
        let (family, token) = store.find_family(early.family_id).await.unwrap().unwrap();
        let ends = (family.revoked_at, token.revocation.map(|revocation| revocation.at));
        assert_eq!(ends, (lost_at, lost_at), "{name}");
        let step = rotation(&early, early.current_hash, Decision::Rotate);
        assert_eq!(store.rotate_refresh(step).await.unwrap(), RotationOutcome::Changed, "{name}");
        // Neither somebody else's nor what the user's epoch ends by itself.
        for family in [others, bound.family.unwrap()] {
            let (after, token) = store.find_family(family.family_id).await.unwrap().unwrap();
            assert_eq!((after, token.revocation), (family, None), "{name}");
        }
    }
}

/// The family of a new refreshable token for a name that nobody has.
async fn for_name(store: &Arc<dyn Store>, name: &str) -> FamilyRecord {
    let mut token = token(name);
    let family = family_of(&mut token);
    insert(store, &NewToken { family: Some(family.clone()), ..new_token(token) }).await;
    family
}
