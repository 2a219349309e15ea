//! Refresh-token families: rotation, retry, reuse, revocation.

use super::fixture::{NOW, audit, audit_count, hash, id, insert, refreshable, token};
use access_core::family::{Decision, LOST_ANSWER_WINDOW, advance};
use access_core::model::{FamilyRecord, Revocation, RevocationReason, SecretHash, TokenRecord};
use access_core::store::{NewToken, Rotation, RotationOutcome, Store};
use std::sync::Arc;
use uuid::Uuid;

/// A refresh with the refresh token whose hash is `presented`.
pub(crate) fn rotation(family: &FamilyRecord, presented: SecretHash, decision: Decision) -> Rotation {
    let successor = TokenRecord { family_id: Some(family.family_id), ..token("alice") };
    Rotation {
        family_id: family.family_id,
        presented_generation: family.generation,
        presented_hash: presented,
        decision,
        expected_generation: family.generation,
        successor,
        successor_hash: hash(),
        now: NOW + 10,
        audit: audit(),
    }
}

async fn start(store: &Arc<dyn Store>) -> (NewToken, FamilyRecord) {
    let new = refreshable();
    insert(store, &new).await;
    let family = new.family.clone().unwrap();
    (new, family)
}

async fn family_now(store: &Arc<dyn Store>, family_id: Uuid) -> FamilyRecord {
    store.find_family(family_id).await.unwrap().unwrap().0
}

async fn reason(store: &Arc<dyn Store>, token_id: Uuid) -> Option<RevocationReason> {
    let state = store.find_token(token_id).await.unwrap().unwrap();
    state.token.revocation.map(|revocation| revocation.reason)
}

/// Tries `rotation`, which must change nothing.
async fn assert_changed(store: &Arc<dyn Store>, rotation: Rotation) {
    let before = (store.find_family(rotation.family_id).await.unwrap(), audit_count(store).await);
    let successor = rotation.successor.token_id;
    let family_id = rotation.family_id;
    assert_eq!(store.rotate_refresh(rotation).await.unwrap(), RotationOutcome::Changed);
    assert_eq!(store.find_token(successor).await.unwrap(), None);
    assert_eq!((store.find_family(family_id).await.unwrap(), audit_count(store).await), before);
}

async fn rotated(store: &Arc<dyn Store>, rotation: &Rotation) -> FamilyRecord {
    assert_eq!(store.rotate_refresh(rotation.clone()).await.unwrap(), RotationOutcome::Rotated);
    family_now(store, rotation.family_id).await
}

pub async fn rotation_moves_the_family_and_revokes_the_old_token(store: Arc<dyn Store>) {
    let (new, family) = start(&store).await;
    store.mark_successor_used(family.family_id, family.token_id).await.unwrap();
    let step = rotation(&family, family.current_hash, Decision::Rotate);
    let after = rotated(&store, &step).await;
    let expected =
        advance(&family, Decision::Rotate, (step.successor.token_id, step.successor_hash), step.now);
    assert_eq!(after, expected);
    assert_eq!((after.generation, after.successor_used), (1, false));
    let old = store.find_token(new.token.token_id).await.unwrap().unwrap().token.revocation.unwrap();
    assert_eq!((old.at, old.reason), (step.now, RevocationReason::Refreshed));
    let (_, current) = store.find_family(family.family_id).await.unwrap().unwrap();
    assert_eq!(current, step.successor);
    assert_eq!(audit_count(&store).await, 2);
}

pub async fn a_wrong_generation_changes_nothing(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    let mut step = rotation(&family, family.current_hash, Decision::Rotate);
    step.expected_generation = 1;
    assert_changed(&store, step).await;
}

pub async fn a_decision_that_no_longer_holds_changes_nothing(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    assert_changed(&store, rotation(&family, family.current_hash, Decision::Retry)).await;
    let first = rotation(&family, family.current_hash, Decision::Rotate);
    rotated(&store, &first).await;
    // The same refresh once more: decided before the first, it comes too late.
    assert_changed(&store, rotation(&family, family.current_hash, Decision::Rotate)).await;
}

pub async fn retry_replaces_the_lost_successor_once(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    let first = rotation(&family, family.current_hash, Decision::Rotate);
    let moved = rotated(&store, &first).await;
    let mut retry = rotation(&moved, family.current_hash, Decision::Retry);
    retry.presented_generation = 0;
    let after = rotated(&store, &retry).await;
    assert_eq!((after.generation, after.retried, after.token_id), (1, true, retry.successor.token_id));
    assert_eq!(after.previous_hash, Some(family.current_hash));
    assert_eq!(reason(&store, first.successor.token_id).await, Some(RevocationReason::Refreshed));
    assert_eq!(reason(&store, retry.successor.token_id).await, None);
    let mut third = rotation(&after, family.current_hash, Decision::Retry);
    third.presented_generation = 0;
    assert_changed(&store, third).await;
    // The replaced successor's refresh token is dead; the new one goes on.
    assert_changed(&store, rotation(&after, first.successor_hash, Decision::Rotate)).await;
    let next = rotated(&store, &rotation(&after, retry.successor_hash, Decision::Rotate)).await;
    assert_eq!((next.generation, next.retried), (2, false));
}

pub async fn retry_after_use_changes_nothing(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    let moved = rotated(&store, &rotation(&family, family.current_hash, Decision::Rotate)).await;
    store.mark_successor_used(family.family_id, moved.token_id).await.unwrap();
    let mut retry = rotation(&moved, family.current_hash, Decision::Retry);
    retry.presented_generation = 0;
    assert_changed(&store, retry).await;
}

pub async fn retry_after_the_window_changes_nothing(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    let moved = rotated(&store, &rotation(&family, family.current_hash, Decision::Rotate)).await;
    for now in [moved.rotated_at + LOST_ANSWER_WINDOW + 1, moved.rotated_at - 1] {
        let mut retry = rotation(&moved, family.current_hash, Decision::Retry);
        retry.presented_generation = 0;
        retry.now = now;
        assert_changed(&store, retry).await;
    }
}

pub async fn a_family_revoked_meanwhile_does_not_move(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    assert!(store.revoke_family(family.family_id, NOW + 1, audit()).await.unwrap());
    assert_changed(&store, rotation(&family, family.current_hash, Decision::Rotate)).await;
}

pub async fn a_family_whose_token_is_revoked_does_not_move(store: Arc<dyn Store>) {
    let new = refreshable();
    let revocation = Some(Revocation { at: NOW, reason: RevocationReason::Requested });
    let token = TokenRecord { revocation, ..new.token };
    let family = new.family.clone().unwrap();
    insert(&store, &NewToken { token, ..new }).await;
    assert_changed(&store, rotation(&family, family.current_hash, Decision::Rotate)).await;
}

pub async fn an_unknown_family_does_not_move(store: Arc<dyn Store>) {
    let stranger = refreshable().family.unwrap();
    assert_changed(&store, rotation(&stranger, stranger.current_hash, Decision::Rotate)).await;
}

pub async fn refusals_are_no_moves(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    // An unknown hash in the window is refused, and refused is what the caller claims to have decided.
    let mut step = rotation(&family, hash(), Decision::Refuse);
    step.now = NOW;
    assert_changed(&store, step.clone()).await;
    step.decision = Decision::RevokeFamily;
    step.now = NOW + 1000;
    assert_changed(&store, step).await;
}

pub async fn a_token_revoked_by_request_keeps_its_reason(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    let first = rotation(&family, family.current_hash, Decision::Rotate);
    rotated(&store, &first).await;
    assert!(store.revoke_family(family.family_id, NOW + 20, audit()).await.unwrap());
    assert_eq!(reason(&store, family.token_id).await, Some(RevocationReason::Refreshed));
    assert_eq!(reason(&store, first.successor.token_id).await, Some(RevocationReason::Family));
}

pub async fn revoking_a_family_revokes_its_tokens_once(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    let (_, other) = start(&store).await;
    let before = audit_count(&store).await;
    assert!(store.revoke_family(family.family_id, NOW + 20, audit()).await.unwrap());
    assert!(!store.revoke_family(family.family_id, NOW + 30, audit()).await.unwrap());
    assert_eq!(family_now(&store, family.family_id).await.revoked_at, Some(NOW + 20));
    assert_eq!(reason(&store, family.token_id).await, Some(RevocationReason::Family));
    assert_eq!(family_now(&store, other.family_id).await, other);
    assert_eq!(reason(&store, other.token_id).await, None);
    assert_eq!(audit_count(&store).await, before + 1);
}

pub async fn revoking_the_current_token_revokes_the_family(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    assert!(store.revoke_token(family.token_id, NOW + 20, audit()).await.unwrap());
    assert_eq!(family_now(&store, family.family_id).await.revoked_at, Some(NOW + 20));
    assert_eq!(reason(&store, family.token_id).await, Some(RevocationReason::Requested));
    assert_changed(&store, rotation(&family, family.current_hash, Decision::Rotate)).await;
    assert!(!store.revoke_family(family.family_id, NOW + 30, audit()).await.unwrap());
}

pub async fn revoking_a_replaced_token_ends_what_came_of_it(store: Arc<dyn Store>) {
    let (new, family) = start(&store).await;
    let old = new.token;
    let moved = rotated(&store, &rotation(&family, family.current_hash, Decision::Rotate)).await;
    let before = audit_count(&store).await;
    assert!(store.revoke_token(old.token_id, NOW + 20, audit()).await.unwrap());
    assert_eq!(family_now(&store, family.family_id).await.revoked_at, Some(NOW + 20));
    assert_eq!(reason(&store, moved.token_id).await, Some(RevocationReason::Family));
    assert_eq!(reason(&store, old.token_id).await, Some(RevocationReason::Refreshed));
    assert!(!store.revoke_token(old.token_id, NOW + 30, audit()).await.unwrap());
    assert_eq!(audit_count(&store).await, before + 1);
}

pub async fn only_the_current_token_marks_its_use(store: Arc<dyn Store>) {
    let (_, family) = start(&store).await;
    store.mark_successor_used(family.family_id, id()).await.unwrap();
    store.mark_successor_used(id(), family.token_id).await.unwrap();
    assert!(!family_now(&store, family.family_id).await.successor_used);
    for _ in 0..2 {
        store.mark_successor_used(family.family_id, family.token_id).await.unwrap();
        assert!(family_now(&store, family.family_id).await.successor_used);
    }
    let moved = rotated(&store, &rotation(&family, family.current_hash, Decision::Rotate)).await;
    store.mark_successor_used(family.family_id, family.token_id).await.unwrap();
    assert_eq!(family_now(&store, family.family_id).await, moved);
}
