//! When tokens were last used, under a clock that is moved by hand.

use crate::support::{PASSWORD, START, World, basic, bearer, refreshable, world};
use access_core::store::{ListedState, Store};
use access_core::{AccessError, TokenCriteria, TokenDetailsFilter, TokenSelector};
use access_store::Fault;
use access_types::{Secret, TokenRequest, TokenResponse};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What stands in the database.
async fn stored(world: &World, token: &TokenResponse) -> Option<u64> {
    let id = token.token_id.parse().unwrap();
    world.store.find_token(id).await.unwrap().unwrap().token.last_used
}

async fn shown(world: &World, token: &TokenResponse) -> Option<u64> {
    let id = TokenSelector::Id(token.token_id.clone());
    world.access.show_token_details(&world.admin, &id).await.unwrap().last_used
}

async fn unused_for(world: &World, seconds: u64) -> Result<Vec<String>, AccessError> {
    let criteria = TokenCriteria { unused_for: Some(seconds), ..TokenCriteria::default() };
    let filter = TokenDetailsFilter { criteria, ..TokenDetailsFilter::default() };
    let page = world.access.list_token_details(&world.admin, &filter).await?;
    Ok(page.tokens.into_iter().map(|token| token.token_id).collect())
}

/// Counts the writes of uses from now on.
fn writes(world: &World) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    world.store.set_plan(move |method| {
        counted.fetch_add(usize::from(method == "record_uses"), Ordering::SeqCst);
        None
    });
    count
}

#[tokio::test]
async fn a_use_is_written_once_a_minute_and_off_the_request() {
    let world = world().await;
    let token = world.token_for("admin", TokenRequest::default()).await;
    world.access.flush_uses().await.unwrap();
    let writes = writes(&world);
    for second in 0..60 {
        world.clock.set(START + 60 + second);
        assert!(world.is_accepted(&token.access_token).await);
        assert_eq!(
            writes.load(Ordering::SeqCst),
            usize::from(second > 30),
            "the request itself writes nothing"
        );
        if second >= 30 {
            world.access.flush_uses().await.unwrap();
        }
    }
    assert_eq!(stored(&world, &token).await, Some(START + 60 + 30));
    world.clock.set(START + 120);
    assert!(world.is_accepted(&token.access_token).await);
    world.access.flush_uses().await.unwrap();
    assert_eq!(writes.load(Ordering::SeqCst), 2);
    assert_eq!(stored(&world, &token).await, Some(START + 120));
}

#[tokio::test]
async fn what_is_shown_is_exact_before_it_is_written_by_itself() {
    let world = world().await;
    let token = world.token_for("admin", TokenRequest::default()).await;
    assert_eq!(shown(&world, &token).await, None);
    world.clock.advance(7);
    assert!(world.is_accepted(&token.access_token).await);
    let listed = world.access.list_token_details(&world.admin, &TokenDetailsFilter::default()).await.unwrap();
    let of = |id: &str| listed.tokens.iter().find(|token| token.token_id == id).unwrap().last_used;
    assert_eq!(of(&token.token_id), Some(START + 7));
    assert_eq!(stored(&world, &token).await, None, "a list writes nothing");
    assert_eq!(shown(&world, &token).await, Some(START + 7));
    assert_eq!(stored(&world, &token).await, None, "nor does the show of one");
}

#[tokio::test]
async fn what_is_written_while_it_is_read_is_shown_all_the_same() {
    let world = world().await;
    let token = world.token_for("admin", TokenRequest::default()).await;
    assert!(world.is_accepted(&token.access_token).await);
    // Written after the row was read, and so before what waits was looked at, if that came last.
    let access = world.access.clone();
    for method in ["find_token", "list_tokens"] {
        let access = access.clone();
        world.store.set_plan(move |called| {
            (called == method).then(|| {
                let access = access.clone();
                tokio::spawn(async move { access.flush_uses().await });
                Fault::LateAnswer(std::time::Duration::from_millis(300))
            })
        });
        let last_used = match method {
            "find_token" => shown(&world, &token).await,
            _ => {
                let filter = TokenDetailsFilter::default();
                let page = world.access.list_token_details(&world.admin, &filter).await.unwrap();
                page.tokens.into_iter().find(|one| one.token_id == token.token_id).unwrap().last_used
            }
        };
        assert_eq!(last_used, Some(world.now()), "{method}");
        world.store.heal();
        world.clock.advance(60);
        assert!(world.is_accepted(&token.access_token).await);
    }
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_left_is_not_written_again_and_again() {
    let world = world().await;
    let token = world.token_for("admin", TokenRequest::default()).await;
    world.clock.set(START + 600);
    assert!(world.is_accepted(&token.access_token).await);
    world.access.flush_uses().await.unwrap();
    world.clock.set(START);
    let writes = writes(&world);
    assert!(world.is_accepted(&token.access_token).await);
    world.access.flush_uses().await.unwrap();
    assert_eq!(writes.load(Ordering::SeqCst), 0);
    assert_eq!(shown(&world, &token).await, Some(START + 600));
}

#[tokio::test]
async fn every_way_to_present_a_token_is_a_use() {
    let world = world().await;
    world.user("frog").await;
    let request = TokenRequest { include_reference_token: Some(true), ..TokenRequest::default() };
    let token = world.token_for("frog", request).await;
    let reference = token.reference_token.clone().unwrap();
    let jwt = token.access_token.expose_secret().to_owned();
    for credential in [
        bearer(&reference),
        basic("frog", &jwt),
        basic("", reference.expose_secret()),
        bearer(&token.access_token),
    ] {
        world.clock.advance(60);
        world.access.authenticate(&credential).await.unwrap();
        assert_eq!(shown(&world, &token).await.unwrap() / 60, world.now() / 60, "{credential:?}");
    }
    let used = shown(&world, &token).await;
    world.clock.advance(60);
    let refused: Secret = format!("{jwt}x").into();
    assert!(world.access.authenticate(&bearer(&refused)).await.is_err());
    assert!(world.access.authenticate(&basic("toad", &jwt)).await.is_err());
    world.access.authenticate(&basic("frog", PASSWORD)).await.unwrap();
    assert_eq!(shown(&world, &token).await, used, "a refusal is no use, nor is a password");
}

#[tokio::test]
async fn the_bearer_of_a_refresh_is_used_and_its_successor_begins_unused() {
    let world = world().await;
    world.user("frog").await;
    let old = world.token_for("frog", refreshable()).await;
    assert!(world.is_accepted(&old.access_token).await);
    world.access.flush_uses().await.unwrap();
    world.clock.advance(600);
    let new = world.refresh(&old.access_token, old.refresh_token.as_ref().unwrap()).await.unwrap();
    assert_eq!(shown(&world, &old).await, Some(START + 600));
    assert_eq!(shown(&world, &new).await, None);
}

#[tokio::test]
async fn a_token_meant_for_others_is_used_where_it_asks_about_itself_only() {
    let world = world().await;
    let request = TokenRequest { audience: Some("jfrt@*".to_owned()), ..TokenRequest::default() };
    let token = world.token_for("admin", request).await;
    assert!(world.access.authenticate(&bearer(&token.access_token)).await.is_err());
    assert_eq!(shown(&world, &token).await, None);
    world.access.authenticate_for_itself(&bearer(&token.access_token)).await.unwrap();
    assert_eq!(shown(&world, &token).await, Some(START));
}

#[tokio::test]
async fn unused_for_sees_what_is_not_written_yet() {
    let world = world().await;
    let used = world.token_for("admin", TokenRequest::default()).await;
    let unused = world.token_for("admin", TokenRequest::default()).await;
    let mut since_made = unused_for(&world, 100).await.unwrap();
    assert!(since_made.is_empty(), "never used counts from the creation");
    world.clock.advance(100);
    assert!(world.is_accepted(&used.access_token).await);
    since_made = unused_for(&world, 100).await.unwrap();
    assert!(since_made.contains(&unused.token_id) && !since_made.contains(&used.token_id), "{since_made:?}");
    assert!(unused_for(&world, 101).await.unwrap().is_empty());
    assert!(unused_for(&world, u64::MAX).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_that_cannot_be_written_fails_no_request_and_loses_no_use() {
    let world = world().await;
    let token = world.token_for("admin", TokenRequest::default()).await;
    world.store.fail("record_uses", Fault::Before);
    assert!(world.is_accepted(&token.access_token).await);
    assert_eq!(shown(&world, &token).await, Some(START));
    assert!(matches!(world.access.flush_uses().await, Err(AccessError::Unavailable(_))));
    // To take unwritten uses for none would choose tokens that are in use.
    assert!(matches!(unused_for(&world, 1).await, Err(AccessError::Unavailable(_))));
    world.store.heal();
    assert_eq!(stored(&world, &token).await, None);
    world.access.flush_uses().await.unwrap();
    assert_eq!(stored(&world, &token).await, Some(START));
}

#[tokio::test]
async fn many_uses_are_all_written() {
    let world = world().await;
    let mut tokens = Vec::new();
    for _ in 0..1201 {
        tokens.push(world.token_for("admin", TokenRequest::default()).await);
    }
    for token in &tokens {
        assert!(world.is_accepted(&token.access_token).await);
    }
    let writes = writes(&world);
    world.access.flush_uses().await.unwrap();
    assert_eq!(writes.load(Ordering::SeqCst), 3, "batches of 500");
    for token in &tokens {
        assert_eq!(stored(&world, token).await, Some(START));
    }
    let filter = TokenDetailsFilter { state: ListedState::All, ..TokenDetailsFilter::default() };
    assert_eq!(world.access.list_token_details(&world.admin, &filter).await.unwrap().tokens.len(), 100);
}
