//! Revocations at a moment to come, under a clock that is moved by hand.

use crate::support::{PASSWORD, START, World, basic, bearer, refreshable, world, world_with};
use access_core::model::AuditAction;
use access_core::store::Store;
use access_core::{AccessError, AccessSettings, AuthenticationError, Revoked, TokenSelector};
use access_types::{TokenDetails, TokenLiveness, TokenRequest, TokenResponse};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn id(token: &TokenResponse) -> TokenSelector {
    TokenSelector::Id(token.token_id.clone())
}

async fn schedule(world: &World, token: &TokenResponse, after: u64) -> Result<TokenDetails, AccessError> {
    world.access.schedule_revocation(&world.admin, &id(token), after).await
}

async fn refusal(world: &World, token: &TokenResponse) -> AuthenticationError {
    match world.access.authenticate(&bearer(&token.access_token)).await {
        Err(AccessError::Authentication(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn is_gone<T: std::fmt::Debug>(result: Result<T, AccessError>) {
    assert!(matches!(result, Err(AccessError::NotFound(_))), "{result:?}");
}

#[tokio::test]
async fn a_token_dies_on_time_and_nobody_has_to_do_anything_for_it() {
    let world = world().await;
    let request = TokenRequest { include_reference_token: Some(true), ..TokenRequest::default() };
    let token = world.token_for("admin", request).await;
    let details = schedule(&world, &token, 60).await.unwrap();
    assert_eq!((details.state, details.revocation_due), (TokenLiveness::Live, Some(START + 60)));
    let newest = &world.store.audit_trail(1).await.unwrap()[0];
    assert_eq!((newest.action, &newest.target), (AuditAction::TokenRevocationScheduled, &token.token_id));
    world.clock.set(START + 59);
    assert!(world.is_accepted(&token.access_token).await);
    assert!(world.is_accepted(token.reference_token.as_ref().unwrap()).await);
    world.clock.set(START + 60);
    assert_eq!(refusal(&world, &token).await, AuthenticationError::Revoked);
    assert!(!world.is_accepted(token.reference_token.as_ref().unwrap()).await);
    is_gone(world.access.show_token(&world.admin, &id(&token)).await);
    let details = world.access.show_token_details(&world.admin, &id(&token)).await.unwrap();
    assert_eq!((details.state, details.revoked_at), (TokenLiveness::Revoked, Some(START + 60)));
    assert_eq!(world.access.revoke_token(&world.admin, &id(&token)).await.unwrap(), Revoked::AlreadyGone);
    is_gone(world.access.revoke_token_by_value(&world.admin, &token.access_token).await);
    is_gone(schedule(&world, &token, 0).await);
    is_gone(schedule(&world, &token, 60).await);
}

#[tokio::test]
async fn a_clock_that_is_set_back_revives_nothing_that_was_told_to_be_gone() {
    let world = world().await;
    let make = || world.token_for("admin", TokenRequest::default());
    let (by_id, by_value, written) = (make().await, make().await, make().await);
    for token in [&by_id, &by_value, &written] {
        schedule(&world, token, 60).await.unwrap();
    }
    world.clock.set(START + 60);
    assert_eq!(world.access.revoke_token(&world.admin, &id(&by_id)).await.unwrap(), Revoked::AlreadyGone);
    is_gone(world.access.revoke_token_by_value(&world.admin, &by_value.access_token).await);
    assert_eq!(world.access.revoke_past_due().await.unwrap(), 1);
    world.clock.set(START);
    for token in [&by_id, &by_value, &written] {
        assert_eq!(refusal(&world, token).await, AuthenticationError::Revoked);
    }
}

#[tokio::test]
async fn sooner_counts_and_later_does_not() {
    let world = world().await;
    let token = world.token_for("admin", TokenRequest::default()).await;
    for (after, due) in [(600, 600), (900, 600), (300, 300), (2_592_000, 300)] {
        let details = schedule(&world, &token, after).await.unwrap();
        assert_eq!(details.revocation_due, Some(START + due), "{after}");
    }
    let details = schedule(&world, &token, 0).await.unwrap();
    assert_eq!((details.state, details.revoked_at), (TokenLiveness::Revoked, Some(START)));
    assert_eq!(refusal(&world, &token).await, AuthenticationError::Revoked);
    is_gone(schedule(&world, &token, 0).await);
    let result = schedule(&world, &token, 2_592_001).await;
    assert!(matches!(result, Err(AccessError::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn a_refresh_in_the_grace_gives_a_successor_that_dies_on_the_same_moment() {
    let world = world().await;
    world.user("frog").await;
    let first = world.token_for("frog", refreshable()).await;
    schedule(&world, &first, 600).await.unwrap();
    world.clock.advance(100);
    let second = world.refresh(&first.access_token, first.refresh_token.as_ref().unwrap()).await.unwrap();
    assert_eq!(second.expires_in, Some(500), "nor is its JWT accepted for longer where nobody asks here");
    world.clock.advance(100);
    let third = world.refresh(&second.access_token, second.refresh_token.as_ref().unwrap()).await.unwrap();
    let details = world.access.show_token_details(&world.admin, &id(&third)).await.unwrap();
    assert_eq!((details.revocation_due, details.expiry), (Some(START + 600), Some(START + 600)));
    world.clock.set(START + 599);
    assert!(world.is_accepted(&third.access_token).await);
    world.clock.set(START + 600);
    assert_eq!(refusal(&world, &third).await, AuthenticationError::Revoked);
    for bearer in [&third, &second, &first] {
        let result = world.refresh(&bearer.access_token, third.refresh_token.as_ref().unwrap()).await;
        assert!(result.is_err(), "{result:?}");
    }
}

#[tokio::test]
async fn a_schedule_that_overtakes_a_refresh_bounds_its_jwt_too() {
    let world = world().await;
    world.user("frog").await;
    let first = world.token_for("frog", refreshable()).await;
    let due = START + 60;
    let schedule =
        world.tampering(&format!("UPDATE tokens SET revocation_due = {due} WHERE family_id IS NOT NULL"));
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    world.store.set_plan(move |called| {
        // After the decision, before the transaction.
        if called == "rotate_refresh" && counted.fetch_add(1, Ordering::SeqCst) == 0 {
            schedule();
        }
        None
    });
    let second = world.refresh(&first.access_token, first.refresh_token.as_ref().unwrap()).await.unwrap();
    assert_eq!((second.expires_in, tries.load(Ordering::SeqCst)), (Some(60), 2));
    let details = world.access.show_token_details(&world.admin, &id(&second)).await.unwrap();
    assert_eq!((details.revocation_due, details.expiry), (Some(due), Some(due)));
    assert!(world.is_accepted(&second.access_token).await);
}

#[tokio::test]
async fn past_its_moment_the_refresh_token_is_dead_for_every_bearer() {
    let world =
        world_with(AccessSettings { allow_basic_token_creation: true, ..AccessSettings::default() }).await;
    world.user("frog").await;
    let token = world.token_for("frog", refreshable()).await;
    let other = world.token_for("frog", TokenRequest::default()).await;
    schedule(&world, &token, 60).await.unwrap();
    world.clock.advance(60);
    let refresh_token = token.refresh_token.clone();
    is_gone(world.refresh(&other.access_token, refresh_token.as_ref().unwrap()).await);
    let request = TokenRequest { refresh_token, ..TokenRequest::default() };
    is_gone(world.access.refresh_token(&basic("frog", PASSWORD), request).await);
}

#[tokio::test]
async fn scheduling_a_replaced_token_schedules_its_successor() {
    let world = world().await;
    world.user("frog").await;
    let old = world.token_for("frog", refreshable()).await;
    let new = world.refresh(&old.access_token, old.refresh_token.as_ref().unwrap()).await.unwrap();
    let details = schedule(&world, &old, 60).await.unwrap();
    assert_eq!((details.token_id, details.revocation_due), (old.token_id.clone(), Some(START + 60)));
    let newest = &world.store.audit_trail(1).await.unwrap()[0];
    assert_eq!(newest.target, old.token_id);
    assert!(newest.detail.ends_with(&format!("in its place {}", new.token_id)), "{}", newest.detail);
    assert!(world.is_accepted(&new.access_token).await);
    world.clock.advance(60);
    assert_eq!(refusal(&world, &new).await, AuthenticationError::Revoked);
    is_gone(schedule(&world, &old, 60).await);
}

#[tokio::test]
async fn who_may_revoke_may_schedule() {
    let world = world().await;
    world.user("frog").await;
    world.user("toad").await;
    let token = world.token_for("frog", TokenRequest::default()).await;
    let (frog, toad) = (
        world.principal(&token.access_token).await,
        world.principal(&world.token_for("toad", TokenRequest::default()).await.access_token).await,
    );
    let result = world.access.schedule_revocation(&toad, &id(&token), 60).await;
    assert!(matches!(result, Err(AccessError::Forbidden(_))), "{result:?}");
    is_gone(world.access.schedule_revocation(&toad, &TokenSelector::Id("no-such".to_owned()), 60).await);
    world.access.schedule_revocation(&frog, &TokenSelector::Me, 60).await.unwrap();
    let password = world.access.authenticate(&basic("frog", PASSWORD)).await.unwrap();
    let result = world.access.schedule_revocation(&password, &TokenSelector::Me, 60).await;
    assert!(matches!(result, Err(AccessError::BadRequest(_))), "{result:?}");
    world.access.schedule_revocation(&password, &id(&token), 30).await.unwrap();
}

#[tokio::test]
async fn a_credential_past_its_moment_makes_nothing() {
    let world = world().await;
    world.user("frog").await;
    let token = world.token_for("frog", TokenRequest::default()).await;
    let frog = world.principal(&token.access_token).await;
    schedule(&world, &token, 60).await.unwrap();
    assert!(world.access.create_token(&frog, TokenRequest::default(), None).await.is_ok());
    // Authenticated before, written after.
    world.clock.advance(60);
    let result = world.access.create_token(&frog, TokenRequest::default(), None).await;
    assert!(matches!(result, Err(AccessError::Authentication(AuthenticationError::Revoked))), "{result:?}");
}
