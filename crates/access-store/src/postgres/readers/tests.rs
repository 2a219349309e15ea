//! For how long who waits for what.

use super::super::tests::{silence, store};
use super::*;
use crate::sql::engine::Engine as _;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::Postgres;
use tokio::sync::Notify;

#[tokio::test]
async fn nobody_who_asks_waits_for_as_long_as_a_connection_may_take() {
    let (_silent, lane) = silence();
    let patience = Patience { for_a_thread: LOOK_UP, in_all: LOOK_UP };
    let readers = Readers::start("reader", 2, &lane, patience).unwrap();
    let (looked_up, found, read) = tokio::join!(
        readers.look_up(Key::Id(uuid::Uuid::nil())),
        readers.find(|_: &Db<'_>| Ok(())),
        readers.read(|_: &Db<'_>| Ok(())),
    );
    // Otherwise it is told that nobody let it in.
    for refusal in [looked_up.unwrap_err(), found.unwrap_err(), read.unwrap_err()] {
        assert!(refusal.to_string().contains("did not answer in time"), "{refusal}");
    }
}

/// Work that takes so long; tells when it has begun, and when it is done.
fn long(
    duration: Duration,
) -> (impl FnMut(&Db<'_>) -> Result<()> + Send + 'static, Arc<Notify>, Arc<AtomicBool>) {
    let (begun, done) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (tell, note) = (Arc::clone(&begun), Arc::clone(&done));
    let work = move |_: &Db<'_>| {
        tell.notify_one();
        std::thread::sleep(duration);
        note.store(true, Ordering::SeqCst);
        Ok(())
    };
    (work, begun, done)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_waits_for_those_before_it() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    // Longer than a look-up would put up with, in all threads there are.
    let [(first, ..), (second, ..)] = [long(LOOK_UP * 2), long(LOOK_UP * 2)];
    let (first, second, third) =
        tokio::join!(store.engine.list(first), store.engine.list(second), store.engine.list(|_| Ok(3)));
    (first.unwrap(), second.unwrap());
    assert_eq!(third.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_for_who_has_gone() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let (busy, begun, _) = long(LOOK_UP / 2);
    let (unwanted, _, was_read) = long(Duration::ZERO);
    let busy = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.engine.read(busy).await }
    });
    begun.notified().await;
    // Asked, and dropped.
    assert!(tokio::time::timeout(Duration::ZERO, store.engine.read(unwanted)).await.is_err());
    // There is one thread, which answers in the order of asking.
    store.engine.read(|_| Ok(())).await.unwrap();
    busy.await.unwrap().unwrap();
    assert!(!was_read.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_does_not_hold_up_the_end() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let (work, begun, done) = long(MOMENT * 4);
    let listing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.engine.list(work).await }
    });
    begun.notified().await;
    store.close();
    assert!(!done.load(Ordering::SeqCst));
    drop(listing);
}
