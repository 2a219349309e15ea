//! The hourly cleaning, in hours that pass at once.

use crate::support::{NOW, World};
use access_core::Credential;
use access_core::store::Store as _;
use access_store::Fault;
use access_types::TokenRequest;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

const DAY: u64 = 24 * 3600;

/// More than one batch of them, all with the same lifetime.
async fn make(world: &World, count: usize, expires_in: u64) -> Vec<Uuid> {
    let caller = world.access.authenticate(&Credential::Bearer(world.admin.as_str().into())).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..count {
        let request = TokenRequest { expires_in: Some(expires_in), ..TokenRequest::default() };
        let created = world.access.create_token(&caller, request, None).await.unwrap();
        ids.push(created.response.token_id.to_string().parse().unwrap());
    }
    ids
}

async fn left(world: &World, ids: &[Uuid]) -> usize {
    let mut left = 0;
    for id in ids {
        left += usize::from(world.store.find_token(*id).await.unwrap().is_some());
    }
    left
}

/// How long it takes until nothing is left; gives up after some hours.
async fn time_until_gone(world: &World, ids: &[Uuid]) -> Duration {
    let began = Instant::now();
    while left(world, ids).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(3 * 3600), "{} left", left(world, ids).await);
        sleep(Duration::from_secs(10)).await;
        // The writer lives in real time.
        std::thread::sleep(Duration::from_millis(1));
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn what_ended_long_ago_goes_in_batches_and_what_lives_stays() {
    let world = World::new().await;
    let ended = make(&world, 300, 60).await;
    let living = make(&world, 3, 30 * DAY).await;
    world.clock.set(NOW + 10 * DAY);
    let cleaning = tokio::spawn(accessd::cleaning::run(world.access.clone()));
    let time = time_until_gone(&world, &ended).await;
    assert!(time < Duration::from_secs(3600), "{time:?}");
    assert_eq!(left(&world, &living).await, 3);
    cleaning.abort();
}

#[tokio::test(start_paused = true)]
async fn a_database_that_does_not_answer_is_asked_again_in_an_hour() {
    let world = World::new().await;
    let ended = make(&world, 3, 60).await;
    world.clock.set(NOW + 10 * DAY);
    world.store.fail("clean", Fault::Before);
    let cleaning = tokio::spawn(accessd::cleaning::run(world.access.clone()));
    sleep(Duration::from_secs(600)).await;
    assert_eq!(left(&world, &ended).await, 3);
    world.store.heal();
    let time = time_until_gone(&world, &ended).await;
    assert!(time > Duration::from_secs(2400), "{time:?}");
    cleaning.abort();
}
