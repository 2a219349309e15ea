//! Revocations at a moment to come.

use super::families::rotation;
use super::fixture::{NOW, audit, audit_count, id, insert, new_token, refreshable, token};
use access_core::family::Decision;
use access_core::model::{FamilyRecord, Revocation, RevocationReason, TokenRecord};
use access_core::store::{
    Asker, InsertOutcome, ListedState, NewToken, RevocationsOutcome, RotationOutcome, ScheduleOutcome, Store,
    TokenQuery,
};
use std::sync::Arc;
use uuid::Uuid;

const DUE: u64 = NOW + 60;

/// What comes of a schedule at [`NOW`]; one audit record if it is scheduled.
async fn schedule(store: &Arc<dyn Store>, token_id: Uuid, due: u64) -> ScheduleOutcome {
    let before = audit_count(store).await;
    let outcome = store.schedule_revocation(token_id, due, NOW, audit()).await.unwrap();
    let written = usize::from(outcome == ScheduleOutcome::Scheduled);
    assert_eq!(audit_count(store).await, before + written, "{outcome:?}");
    outcome
}

async fn found(store: &Arc<dyn Store>, token_id: Uuid) -> TokenRecord {
    store.find_token(token_id).await.unwrap().unwrap().token
}

async fn listed(store: &Arc<dyn Store>, state: ListedState, now: u64) -> usize {
    let query = TokenQuery { now, state, limit: 10, ..TokenQuery::default() };
    store.list_tokens(query).await.unwrap().len()
}

async fn family(store: &Arc<dyn Store>) -> (NewToken, FamilyRecord) {
    let new = refreshable();
    insert(store, &new).await;
    let family = new.family.clone().unwrap();
    (new, family)
}

pub async fn what_is_due_sooner_is_never_postponed(store: Arc<dyn Store>) {
    let token = token("alice");
    insert(&store, &new_token(token.clone())).await;
    for (due, outcome, then) in [
        (DUE, ScheduleOutcome::Scheduled, DUE),
        (DUE, ScheduleOutcome::DueSooner, DUE),
        (DUE + 1, ScheduleOutcome::DueSooner, DUE),
        (DUE - 1, ScheduleOutcome::Scheduled, DUE - 1),
    ] {
        assert_eq!(schedule(&store, token.token_id, due).await, outcome);
        let expected = TokenRecord { revocation_due: Some(then), ..token.clone() };
        assert_eq!(found(&store, token.token_id).await, expected, "and nothing else changes");
    }
    assert_eq!(schedule(&store, id(), DUE).await, ScheduleOutcome::Gone);
}

pub async fn past_its_moment_a_token_counts_as_revoked(store: Arc<dyn Store>) {
    let token = token("alice");
    insert(&store, &new_token(token.clone())).await;
    schedule(&store, token.token_id, DUE).await;
    for (now, live, revoked) in [(DUE - 1, 1, 0), (DUE, 0, 1), (NOW + 9999, 0, 1)] {
        assert_eq!(listed(&store, ListedState::Live, now).await, live, "{now}");
        assert_eq!(listed(&store, ListedState::Revoked, now).await, revoked, "{now}");
        assert_eq!(listed(&store, ListedState::Expired, now).await, 0, "{now}");
    }
    let before = audit_count(&store).await;
    assert!(!store.revoke_token(token.token_id, DUE, audit()).await.unwrap());
    let again = store.schedule_revocation(token.token_id, DUE + 9, DUE, audit()).await.unwrap();
    assert_eq!(again, ScheduleOutcome::Gone);
    assert_eq!(audit_count(&store).await, before);
}

/// What a revocation at [`DUE`] looks like.
fn revoked_when_due() -> Option<Revocation> {
    Some(Revocation { at: DUE, reason: RevocationReason::Requested })
}

// Whoever is told that a token is gone already relies on it, whatever the clock does afterwards.
pub async fn what_was_told_to_be_gone_stays_so_when_the_clock_is_set_back(store: Arc<dyn Store>) {
    let tokens = [token("alice"), token("alice"), token("alice")];
    for token in &tokens {
        insert(&store, &new_token(token.clone())).await;
        schedule(&store, token.token_id, DUE).await;
    }
    let [one, many, again] = tokens.map(|token| token.token_id);
    assert!(!store.revoke_token(one, DUE + 9, audit()).await.unwrap());
    let outcome = store.revoke_tokens(None, vec![(many, audit())], DUE + 9).await.unwrap();
    assert_eq!(outcome, RevocationsOutcome::Done { revoked: vec![false], asker_ended: false });
    let outcome = store.schedule_revocation(again, DUE + 99, DUE + 9, audit()).await.unwrap();
    assert_eq!(outcome, ScheduleOutcome::Gone);
    for id in [one, many, again] {
        assert_eq!(found(&store, id).await.revocation, revoked_when_due());
    }
    assert_eq!(listed(&store, ListedState::Live, NOW).await, 0);
    assert_eq!(listed(&store, ListedState::Revoked, NOW).await, 3);
}

pub async fn what_is_past_its_moment_is_written_down_in_batches(store: Arc<dyn Store>) {
    let (_, family) = family(&store).await;
    let (soon, later) = (token("alice"), token("alice"));
    for (token, due) in [(&soon, DUE), (&later, DUE + 1)] {
        insert(&store, &new_token(token.clone())).await;
        schedule(&store, token.token_id, due).await;
    }
    schedule(&store, family.token_id, DUE).await;
    let before = audit_count(&store).await;
    assert_eq!(store.revoke_past_due(DUE - 1, 10).await.unwrap(), 0);
    assert_eq!(store.revoke_past_due(DUE, 1).await.unwrap(), 1);
    assert_eq!(store.revoke_past_due(DUE, 10).await.unwrap(), 1);
    assert_eq!(store.revoke_past_due(DUE, 10).await.unwrap(), 0);
    assert_eq!(audit_count(&store).await, before, "the schedule has its record");
    for id in [soon.token_id, family.token_id] {
        assert_eq!(found(&store, id).await.revocation, revoked_when_due());
    }
    assert_eq!(found(&store, later.token_id).await.revocation, None);
    let (ended, _) = store.find_family(family.family_id).await.unwrap().unwrap();
    assert_eq!(ended.revoked_at, Some(DUE));
}

pub async fn before_its_moment_a_token_can_be_revoked_at_once(store: Arc<dyn Store>) {
    let token = token("alice");
    insert(&store, &new_token(token.clone())).await;
    schedule(&store, token.token_id, DUE).await;
    assert!(store.revoke_token(token.token_id, DUE - 1, audit()).await.unwrap());
    assert_eq!(listed(&store, ListedState::Live, DUE - 1).await, 0);
    assert_eq!(schedule(&store, token.token_id, NOW + 1).await, ScheduleOutcome::Gone);
}

pub async fn a_successor_without_the_moment_as_it_is_when_it_is_written_is_not_written(
    store: Arc<dyn Store>,
) {
    let (_, family) = family(&store).await;
    // Decided before the schedule, written after it.
    let mut step = rotation(&family, family.current_hash, Decision::Rotate);
    schedule(&store, family.token_id, DUE).await;
    for other in [None, Some(DUE + 1)] {
        step.successor.revocation_due = other;
        assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Rescheduled);
    }
    assert_eq!(store.find_token(step.successor.token_id).await.unwrap(), None);
    assert_eq!(store.find_family(family.family_id).await.unwrap().unwrap().0, family);
    step.successor.revocation_due = Some(DUE);
    assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Rotated);
    let (next, token) = store.find_family(family.family_id).await.unwrap().unwrap();
    assert_eq!((token.token_id, token.revocation_due), (step.successor.token_id, Some(DUE)));
    let mut retry = rotation(&next, family.current_hash, Decision::Retry);
    retry.presented_generation = 0;
    retry.successor.revocation_due = Some(DUE);
    assert_eq!(store.rotate_refresh(retry.clone()).await.unwrap(), RotationOutcome::Rotated);
    assert_eq!(found(&store, retry.successor.token_id).await.revocation_due, Some(DUE));
}

pub async fn past_its_moment_a_family_does_not_move_and_is_gone(store: Arc<dyn Store>) {
    let (_, family) = family(&store).await;
    schedule(&store, family.token_id, DUE).await;
    let before = audit_count(&store).await;
    let mut step = rotation(&family, family.current_hash, Decision::Rotate);
    step.now = DUE;
    assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Changed);
    assert_eq!(store.find_token(step.successor.token_id).await.unwrap(), None);
    assert!(!store.revoke_token(family.token_id, DUE, audit()).await.unwrap());
    assert!(!store.revoke_family(family.family_id, DUE, audit()).await.unwrap());
    assert_eq!(audit_count(&store).await, before);
    // Nor with a clock that is set back: it was told to be gone.
    step.now = DUE - 1;
    assert_eq!(store.rotate_refresh(step).await.unwrap(), RotationOutcome::Changed);
    assert_eq!(found(&store, family.token_id).await.revocation, revoked_when_due());
    let (ended, _) = store.find_family(family.family_id).await.unwrap().unwrap();
    assert_eq!(ended.revoked_at, Some(DUE));
}

pub async fn a_spent_refresh_token_ends_a_family_past_its_moment_for_good(store: Arc<dyn Store>) {
    let (_, family) = family(&store).await;
    schedule(&store, family.token_id, DUE).await;
    assert!(!store.revoke_family(family.family_id, DUE, audit()).await.unwrap());
    assert_eq!(found(&store, family.token_id).await.revocation, revoked_when_due());
    let step = rotation(&family, family.current_hash, Decision::Rotate);
    assert_eq!(store.rotate_refresh(step).await.unwrap(), RotationOutcome::Changed);
}

pub async fn scheduling_a_replaced_token_schedules_what_came_of_it(store: Arc<dyn Store>) {
    let (new, family) = family(&store).await;
    let step = rotation(&family, family.current_hash, Decision::Rotate);
    assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Rotated);
    let (old, successor) = (new.token.token_id, step.successor.token_id);
    assert_eq!(schedule(&store, old, DUE).await, ScheduleOutcome::Scheduled);
    assert_eq!(found(&store, successor).await.revocation_due, Some(DUE));
    assert_eq!(found(&store, old).await.revocation_due, Some(DUE), "and tells it");
    assert_eq!(schedule(&store, old, DUE + 1).await, ScheduleOutcome::DueSooner);
    assert!(store.revoke_token(successor, NOW + 20, audit()).await.unwrap());
    assert_eq!(schedule(&store, old, DUE - 1).await, ScheduleOutcome::Gone);
}

pub async fn nothing_is_made_for_a_credential_past_its_moment(store: Arc<dyn Store>) {
    let parent = token("alice");
    insert(&store, &new_token(parent.clone())).await;
    schedule(&store, parent.token_id, DUE).await;
    for (at, outcome) in [(DUE - 1, InsertOutcome::Inserted), (DUE, InsertOutcome::AskerGone)] {
        let asker = Some(Asker { token_id: Some(parent.token_id), ..Asker::default() });
        let mut new = NewToken { asker, ..new_token(token("alice")) };
        new.audit.at = at;
        assert_eq!(store.insert_token(new).await.unwrap(), outcome);
    }
}

pub async fn what_is_past_its_moment_is_freed(store: Arc<dyn Store>) {
    let (new, family) = family(&store).await;
    let never = TokenRecord { expires_at: None, ..token("bob") };
    insert(&store, &new_token(never.clone())).await;
    for id in [new.token.token_id, never.token_id] {
        schedule(&store, id, DUE).await;
    }
    assert_eq!(store.clean(DUE, 10).await.unwrap().tokens, 0);
    assert_eq!(store.clean(DUE + 1, 1).await.unwrap().tokens, 1);
    assert_eq!(store.clean(DUE + 1, 10).await.unwrap().tokens, 1);
    assert_eq!(store.find_family(family.family_id).await.unwrap(), None);
    assert_eq!(store.find_token(never.token_id).await.unwrap(), None);
}
