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

/// What is told of a piece of work.
#[derive(Clone, Default)]
struct Told {
    begun: Arc<Notify>,
    done: Arc<AtomicBool>,
}

impl Told {
    /// Work that takes so long.
    fn work(&self, duration: Duration) -> impl FnMut(&Db<'_>) -> Result<()> + Send + use<> {
        let told = self.clone();
        move |_| {
            told.begun.notify_one();
            std::thread::sleep(duration);
            told.done.store(true, Ordering::SeqCst);
            Ok(())
        }
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_waits_for_those_before_it() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    // Longer than a look-up would put up with, in all threads there are.
    let busy = || store.engine.list(Told::default().work(LOOK_UP * 2));
    let (first, second, third) = tokio::join!(busy(), busy(), store.engine.list(|_| Ok(3)));
    first.and(second).unwrap();
    assert_eq!(third.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_for_who_has_gone() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let (first, unwanted) = (Told::default(), Told::default());
    let busy = tokio::spawn({
        let (store, work) = (Arc::clone(&store), first.work(LOOK_UP / 2));
        async move { store.engine.read(work).await }
    });
    first.begun.notified().await;
    // Asked, and dropped.
    let dropped = store.engine.read(unwanted.work(Duration::ZERO));
    assert!(tokio::time::timeout(Duration::ZERO, dropped).await.is_err());
    // There is one thread, which answers in the order of asking.
    store.engine.read(|_| Ok(())).await.unwrap();
    busy.await.unwrap().unwrap();
    assert!(!unwanted.is_done());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_does_not_hold_up_the_end() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let told = Told::default();
    let listing = tokio::spawn({
        let (store, work) = (Arc::clone(&store), told.work(MOMENT * 4));
        async move { store.engine.list(work).await }
    });
    told.begun.notified().await;
    store.close();
    assert!(!told.is_done());
    drop(listing);
}
