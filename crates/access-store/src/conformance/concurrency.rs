//! Many at once: one wins, and the others learn it.

use super::families::rotation;
use super::fixture::{
    NOW, admin, audit, audit_count, idempotency, insert, insert_user, new_token, refreshable, token, user,
};
use access_core::family::Decision;
use access_core::model::UserChange;
use access_core::store::{
    InsertOutcome, NewToken, RotationOutcome, Store, StoreResult, TokenQuery, WriteOutcome,
};
use std::sync::Arc;
use tokio::task::JoinSet;

const MANY: usize = 64;

/// Runs `MANY` tasks at once; their answers.
async fn at_once<T, F>(task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = StoreResult<T>> + Send + 'static,
{
    let mut tasks: JoinSet<StoreResult<T>> = (0..MANY).map(task).collect();
    let mut answers = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        answers.push(answer.unwrap().unwrap());
    }
    answers
}

fn count<T: PartialEq>(answers: &[T], expected: &T) -> usize {
    answers.iter().filter(|answer| *answer == expected).count()
}

pub async fn one_rotation_of_many_wins(store: Arc<dyn Store>) {
    let new = refreshable();
    insert(&store, &new).await;
    let family_id = new.token.family_id.unwrap();
    for generation in 0..4 {
        let (family, _) = store.find_family(family_id).await.unwrap().unwrap();
        assert_eq!(family.generation, generation);
        let answers = at_once(|_| {
            let (store, step) =
                (Arc::clone(&store), rotation(&family, family.current_hash, Decision::Rotate));
            async move { store.rotate_refresh(step).await }
        })
        .await;
        assert_eq!(count(&answers, &RotationOutcome::Rotated), 1);
        assert_eq!(count(&answers, &RotationOutcome::Changed), MANY - 1);
    }
    let live = TokenQuery { now: NOW, limit: 100, ..TokenQuery::default() };
    let (family, current) = store.find_family(family_id).await.unwrap().unwrap();
    assert_eq!(family.generation, 4);
    let listed = store.list_tokens(live).await.unwrap();
    assert_eq!(listed.into_iter().map(|listed| listed.token).collect::<Vec<_>>(), [current]);
    assert_eq!(audit_count(&store).await, 5);
}

pub async fn one_request_of_many_repeated_ones_wins(store: Arc<dyn Store>) {
    let first = idempotency(token("alice").token_id);
    let answers = at_once(|_| {
        let (store, token) = (Arc::clone(&store), token("alice"));
        let mut record = first.clone();
        record.token_id = token.token_id;
        let new = NewToken { idempotency: Some(record), ..new_token(token) };
        async move { store.insert_token(new).await }
    })
    .await;
    assert_eq!(count(&answers, &InsertOutcome::Inserted), 1);
    let record = store.find_repeated(first.key_hash, 0).await.unwrap().unwrap();
    assert_eq!(count(&answers, &InsertOutcome::Repeated(record)), MANY - 1);
    assert_eq!(audit_count(&store).await, 1);
}

pub async fn one_user_of_many_with_a_name_wins(store: Arc<dyn Store>) {
    let answers = at_once(|_| {
        let store = Arc::clone(&store);
        async move { store.insert_user(user("alice"), audit()).await }
    })
    .await;
    assert_eq!(count(&answers, &WriteOutcome::Done(user("alice"))), 1);
    assert_eq!(count(&answers, &WriteOutcome::Exists), MANY - 1);
    assert_eq!(audit_count(&store).await, 1);
}

pub async fn one_of_two_last_admins_stays(store: Arc<dyn Store>) {
    for name in ["a", "b"] {
        insert_user(&store, admin(name)).await;
    }
    let answers = at_once(|number| {
        let store = Arc::clone(&store);
        let change = UserChange { admin: Some(false), ..UserChange::default() };
        let name = if number % 2 == 0 { "a" } else { "b" };
        async move { store.update_user(name, change, 5, audit()).await }
    })
    .await;
    assert_eq!(count(&answers, &WriteOutcome::LastAdmin), MANY / 2);
    let mut admins = 0;
    for name in ["a", "b"] {
        admins += usize::from(store.find_user(name).await.unwrap().unwrap().admin);
    }
    assert_eq!(admins, 1);
}

pub async fn one_revocation_of_many_counts(store: Arc<dyn Store>) {
    let token = token("alice");
    insert(&store, &new_token(token.clone())).await;
    let answers = at_once(|_| {
        let (store, id) = (Arc::clone(&store), token.token_id);
        async move { store.revoke_token(id, NOW, audit()).await }
    })
    .await;
    assert_eq!(count(&answers, &true), 1);
    assert_eq!(audit_count(&store).await, 2);
}
