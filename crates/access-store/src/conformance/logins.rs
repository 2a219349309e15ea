//! Log-ins: wrong passwords by name, passwords that end, log-ins in the browser.

use super::fixture::{NOW, audit, audit_count, done, hash, insert_user, new_token, token, user};
use access_core::clock::EpochSeconds;
use access_core::model::{AuditRecord, PasswordHash, SecretHash, UserChange};
use access_core::store::logins::{LoginFailures, WebLogin, WebLoginApproval, WebLoginOutcome};
use access_core::store::{Asker, NewToken, Store};
use access_types::user::UserStatus;
use std::sync::Arc;

fn at(now: EpochSeconds) -> AuditRecord {
    AuditRecord { at: now, ..audit() }
}

fn by_alice() -> WebLoginApproval {
    WebLoginApproval { username: "alice".to_owned(), user_epoch: 1000, client: "cli".to_owned() }
}

fn password(text: &str) -> PasswordHash {
    PasswordHash(text.to_owned())
}

async fn open(store: &Arc<dyn Store>) -> SecretHash {
    let session = hash();
    store.open_web_login(session, NOW, NOW + 300, 10).await.unwrap();
    session
}

async fn approved(store: &Arc<dyn Store>) -> SecretHash {
    let session = open(store).await;
    assert!(store.approve_web_login(session, by_alice(), NOW + 60, audit()).await.unwrap());
    session
}

fn of_alice() -> NewToken {
    let mut alices = token("alice");
    alices.user_epoch = Some(1000);
    let asker = Some(Asker { user: Some(("alice".to_owned(), 1000)), ..Asker::default() });
    NewToken { asker, ..new_token(alices) }
}

pub async fn wrong_passwords_are_counted_by_name(store: Arc<dyn Store>) {
    let (one, other) = (hash(), hash());
    assert_eq!(store.login_failures(one).await.unwrap(), None);
    for count in 1..=3 {
        let now = NOW + u64::from(count);
        assert_eq!(store.count_login_failure(one, now, 0).await.unwrap(), count);
        assert_eq!(store.login_failures(one).await.unwrap(), Some(LoginFailures { count, last_at: now }));
    }
    assert_eq!(store.login_failures(other).await.unwrap(), None);
    assert_eq!(store.count_login_failure(one, NOW, 0).await.unwrap(), 4, "a clock set back");
    assert_eq!(store.login_failures(one).await.unwrap(), Some(LoginFailures { count: 4, last_at: NOW }));

    let before = audit_count(&store).await;
    assert!(store.clear_login_failures(one, Some(audit())).await.unwrap());
    assert!(!store.clear_login_failures(one, Some(audit())).await.unwrap());
    assert_eq!(store.login_failures(one).await.unwrap(), None);
    assert_eq!(audit_count(&store).await, before + 1);
}

pub async fn old_wrong_passwords_are_forgotten(store: Arc<dyn Store>) {
    let name = hash();
    for _ in 0..3 {
        store.count_login_failure(name, NOW, NOW - 10).await.unwrap();
    }
    assert_eq!(store.count_login_failure(name, NOW + 10, NOW).await.unwrap(), 4);
    assert_eq!(store.count_login_failure(name, NOW + 20, NOW + 11).await.unwrap(), 1);
}

pub async fn a_password_expires_until_a_new_one_is_set(store: Arc<dyn Store>) {
    let mut alice = user("alice");
    alice.password_hash = Some(password("old"));
    insert_user(&store, alice).await;
    let change = |change: UserChange| store.update_user("alice", change, 5, at(NOW + 7));
    let expired = UserChange { password_expired: Some(true), ..UserChange::default() };
    let after = done(change(expired).await.unwrap());
    assert!(after.password_expired);
    assert_eq!((after.password_changed_at, after.password_hash), (None, Some(password("old"))));
    let other = UserChange { email: Some("new".to_owned()), ..UserChange::default() };
    assert!(done(change(other).await.unwrap()).password_expired, "nothing else touches it");
    let new = UserChange { password_hash: Some(password("new")), ..UserChange::default() };
    let after = done(change(new).await.unwrap());
    assert_eq!((after.password_expired, after.password_changed_at), (false, Some(NOW + 7)));
}

pub async fn a_password_is_replaced_by_who_knows_it(store: Arc<dyn Store>) {
    let mut alice = user("alice");
    (alice.password_hash, alice.password_expired) = (Some(password("old")), true);
    insert_user(&store, alice).await;
    for (name, change) in [
        ("fixed", UserChange { profile_updatable: Some(false), ..UserChange::default() }),
        ("locked", UserChange { status: Some(UserStatus::Locked), ..UserChange::default() }),
        ("none", UserChange { internal_password_disabled: Some(true), ..UserChange::default() }),
    ] {
        let mut other = user(name);
        other.password_hash = Some(password("old"));
        insert_user(&store, other).await;
        done(store.update_user(name, change, 5, audit()).await.unwrap());
    }
    let before = audit_count(&store).await;
    for (name, old) in
        [("alice", "wrong"), ("bob", "old"), ("fixed", "old"), ("locked", "old"), ("none", "old")]
    {
        let replaced = store.replace_password(name, password(old), password("new"), audit()).await;
        assert!(!replaced.unwrap(), "{name}");
    }
    assert_eq!(audit_count(&store).await, before);
    assert!(store.replace_password("alice", password("old"), password("new"), at(NOW + 9)).await.unwrap());
    assert!(!store.replace_password("alice", password("old"), password("third"), audit()).await.unwrap());
    let alice = store.find_user("alice").await.unwrap().unwrap();
    assert_eq!(alice.password_hash, Some(password("new")));
    assert_eq!((alice.password_changed_at, alice.password_expired), (Some(NOW + 9), false));
    assert_eq!(audit_count(&store).await, before + 1);
}

pub async fn a_web_login_waits_and_ends(store: Arc<dyn Store>) {
    let session = open(&store).await;
    let waiting = Some(WebLogin { ends_at: NOW + 300, approval: None });
    assert_eq!(store.find_web_login(session, NOW + 299).await.unwrap(), waiting);
    assert_eq!(store.find_web_login(session, NOW + 300).await.unwrap(), None);
    assert_eq!(store.find_web_login(hash(), NOW).await.unwrap(), None);
    store.open_web_login(session, NOW + 5, NOW + 305, 10).await.unwrap();
    assert_eq!(store.find_web_login(session, NOW + 5).await.unwrap(), waiting, "asked again");
    store.end_web_login(session).await.unwrap();
    assert_eq!(store.find_web_login(session, NOW).await.unwrap(), None);
}

pub async fn web_logins_are_bounded(store: Arc<dyn Store>) {
    let sessions: Vec<SecretHash> = (0..5).map(|_| hash()).collect();
    for (later, session) in (0..).zip(&sessions) {
        store.open_web_login(*session, NOW + later, NOW + later + 300, 3).await.unwrap();
    }
    let mut there = Vec::new();
    for session in &sessions {
        there.push(store.find_web_login(*session, NOW + 5).await.unwrap().is_some());
    }
    assert_eq!(there, [false, false, true, true, true], "the oldest go");
    let late = hash();
    store.open_web_login(late, NOW + 1000, NOW + 1300, 3).await.unwrap();
    assert_eq!(store.find_web_login(sessions[4], NOW).await.unwrap(), None, "ended ones go first");
}

pub async fn nobody_pushes_out_an_approved_web_login(store: Arc<dyn Store>) {
    let first = approved(&store).await;
    let others: Vec<SecretHash> = (0..5).map(|_| hash()).collect();
    for (later, session) in (1..).zip(&others) {
        store.open_web_login(*session, NOW + later, NOW + later + 300, 3).await.unwrap();
    }
    assert!(
        store.find_web_login(first, NOW + 5).await.unwrap().is_some_and(|login| login.approval.is_some())
    );
    let mut there = Vec::new();
    for session in &others {
        there.push(store.find_web_login(*session, NOW + 5).await.unwrap().is_some());
    }
    assert_eq!(there, [false, false, false, true, true]);
}

pub async fn a_web_login_of_who_was_locked_gives_none(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let session = approved(&store).await;
    let locked = UserChange { status: Some(UserStatus::Locked), ..UserChange::default() };
    done(store.update_user("alice", locked, 5, audit()).await.unwrap());
    let new = of_alice();
    let id = new.token.token_id;
    assert_eq!(store.finish_web_login(session, new).await.unwrap(), WebLoginOutcome::AskerGone);
    assert_eq!(store.find_token(id).await.unwrap(), None);
}

pub async fn wrong_codes_end_a_web_login(store: Arc<dyn Store>) {
    let session = open(&store).await;
    assert_eq!(store.count_wrong_code(session, 3).await.unwrap(), 2);
    assert_eq!(store.count_wrong_code(session, 3).await.unwrap(), 1);
    assert!(store.find_web_login(session, NOW).await.unwrap().is_some());
    assert_eq!(store.count_wrong_code(session, 3).await.unwrap(), 0);
    assert_eq!(store.find_web_login(session, NOW).await.unwrap(), None);
    assert_eq!(store.count_wrong_code(session, 3).await.unwrap(), 0);
    let other = approved(&store).await;
    assert_eq!(store.count_wrong_code(other, 1).await.unwrap(), 0);
    assert!(store.find_web_login(other, NOW).await.unwrap().is_some(), "approved ones are past that");
}

pub async fn a_web_login_is_approved_once(store: Arc<dyn Store>) {
    let session = open(&store).await;
    let before = audit_count(&store).await;
    assert!(!store.approve_web_login(hash(), by_alice(), NOW + 60, audit()).await.unwrap());
    assert!(
        !store.approve_web_login(session, by_alice(), NOW + 360, at(NOW + 300)).await.unwrap(),
        "too late"
    );
    assert!(store.approve_web_login(session, by_alice(), NOW + 60, audit()).await.unwrap());
    let bobs = WebLoginApproval { username: "bob".to_owned(), ..by_alice() };
    assert!(!store.approve_web_login(session, bobs, NOW + 60, audit()).await.unwrap());
    let found = store.find_web_login(session, NOW + 59).await.unwrap();
    assert_eq!(found, Some(WebLogin { ends_at: NOW + 60, approval: Some(by_alice()) }));
    assert_eq!(store.find_web_login(session, NOW + 60).await.unwrap(), None);
    assert_eq!(audit_count(&store).await, before + 1);
}

pub async fn an_approved_web_login_gives_one_token(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let waiting = open(&store).await;
    let finish = |session, new| store.finish_web_login(session, new);
    assert_eq!(finish(waiting, of_alice()).await.unwrap(), WebLoginOutcome::Gone);
    assert!(store.find_web_login(waiting, NOW).await.unwrap().is_some(), "it still waits");
    let session = approved(&store).await;
    let late = NewToken { audit: at(NOW + 60), ..of_alice() };
    assert_eq!(finish(session, late).await.unwrap(), WebLoginOutcome::Gone);
    let (first, second) = (of_alice(), of_alice());
    let ids = [first.token.token_id, second.token.token_id];
    let (one, two) = tokio::join!(finish(session, first), finish(session, second));
    let mut outcomes = [one.unwrap(), two.unwrap()];
    let stored = [
        store.find_token(ids[0]).await.unwrap().is_some(),
        store.find_token(ids[1]).await.unwrap().is_some(),
    ];
    assert_ne!(stored[0], stored[1], "one token, whoever came first");
    outcomes.sort_by_key(|outcome| *outcome != WebLoginOutcome::Inserted);
    assert_eq!(outcomes, [WebLoginOutcome::Inserted, WebLoginOutcome::Gone]);
}

pub async fn a_web_login_whose_user_is_gone_gives_none(store: Arc<dyn Store>) {
    insert_user(&store, user("alice")).await;
    let session = approved(&store).await;
    let mut gone = of_alice();
    gone.asker = Some(Asker { user: Some(("alice".to_owned(), 999)), ..Asker::default() });
    let id = gone.token.token_id;
    assert_eq!(store.finish_web_login(session, gone).await.unwrap(), WebLoginOutcome::AskerGone);
    assert_eq!(store.find_token(id).await.unwrap(), None);
}

pub async fn what_is_over_is_freed(store: Arc<dyn Store>) {
    let (old, new) = (hash(), hash());
    store.count_login_failure(old, NOW, 0).await.unwrap();
    store.count_login_failure(new, NOW + 10, 0).await.unwrap();
    let session = open(&store).await;
    assert_eq!(store.clean_logins(NOW + 5, 100).await.unwrap(), 1);
    assert_eq!(store.login_failures(old).await.unwrap(), None);
    assert!(store.login_failures(new).await.unwrap().is_some());
    assert!(store.find_web_login(session, NOW).await.unwrap().is_some());
    assert_eq!(store.clean_logins(NOW + 301, 1).await.unwrap(), 2);
    assert_eq!(store.clean_logins(NOW + 301, 1).await.unwrap(), 0);
}
