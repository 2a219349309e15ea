//! Tokens looked up by id or by reference token, with user and family. Every request that is to be checked asks this, and
//! the transaction around it costs more than the look-up: SQLite locks the file for each, by system calls under one lock
//! for the whole process. So those that are asked for at the same time share one.

use super::readers::Readers;
use crate::sql::error::store_error;
use crate::sql::tokens::{self, Key};
use access_core::model::TokenState;
use access_core::store::{StoreError, StoreResult};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Most look-ups in one transaction: its thread does nothing else meanwhile.
const BATCH: usize = 64;

/// A lane for each thread that is likely to look something up.
pub(super) struct LookUps {
    lanes: Vec<Arc<Lane>>,
}

/// What waits for the next transaction.
struct Lane {
    waiting: Mutex<Vec<LookUp>>,
    readers: Arc<Readers>,
}

struct LookUp {
    key: Key,
    reply: oneshot::Sender<StoreResult<Option<TokenState>>>,
}

impl LookUps {
    /// As many lanes as there are `readers`, on whose connections they read.
    pub(super) fn new(readers: &Arc<Readers>) -> Self {
        let lane = |_| Arc::new(Lane { waiting: Mutex::default(), readers: Arc::clone(readers) });
        Self { lanes: (0..readers.count()).map(lane).collect() }
    }

    /// Looks a token up, in a state of the database that is not older than this call.
    pub(super) async fn find(&self, key: Key) -> StoreResult<Option<TokenState>> {
        let lane = self.lane();
        let (reply, answer) = oneshot::channel();
        let is_first = {
            let mut waiting = lane.waiting();
            waiting.push(LookUp { key, reply });
            waiting.len() == 1
        };
        if is_first {
            // A task of its own: whoever asked may give up, and those who joined must not.
            tokio::spawn(carry_out(Arc::clone(lane)));
        }
        let stopped = || StoreError::Unavailable("the token was not looked up".to_owned());
        answer.await.map_err(|_| stopped())?
    }

    /// The lane of this thread, which it meets no other thread at while there are not more threads than lanes.
    fn lane(&self) -> &Arc<Lane> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        &self.lanes[THREAD.with(|number| number % self.lanes.len())]
    }
}

/// Answers all that wait.
async fn carry_out(lane: Arc<Lane>) {
    loop {
        // Lets the requests that have arrived on this thread ask first.
        tokio::task::yield_now().await;
        let (batch, more): (Vec<LookUp>, bool) = {
            let mut waiting = lane.waiting();
            let count = waiting.len().min(BATCH);
            (waiting.drain(..count).collect(), !waiting.is_empty())
        };
        // Who asked is told by the end of its channel; the others are still to be answered.
        if catch_unwind(AssertUnwindSafe(|| lane.answer(batch))).is_err() {
            tracing::error!("a look-up panicked");
        }
        if !more {
            return;
        }
    }
}

impl Lane {
    fn waiting(&self) -> MutexGuard<'_, Vec<LookUp>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, batch: Vec<LookUp>) {
        let found = self.readers.read(|db| {
            // A row that makes no sense spoils no other.
            let state =
                |look_up: &LookUp| tokens::state(db, look_up.key).map_err(|error| store_error(&error));
            Ok(batch.iter().map(state).collect::<Vec<_>>())
        });
        let answers = found.unwrap_or_else(|error| vec![Err(error); batch.len()]);
        for (look_up, answer) in batch.into_iter().zip(answers) {
            // Whoever asked may have gone away.
            drop(look_up.reply.send(answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::fixture::{NOW, audit, insert, new_token, token};
    use crate::sqlite::SqliteStore;
    use access_core::store::Store;
    use futures_util::FutureExt as _;
    use futures_util::future::join_all;
    use rusqlite::Connection;
    use tempfile::TempDir;
    use uuid::Uuid;

    /// More tokens than a batch has, and look-ups of their own on their database.
    async fn filled() -> (TempDir, Arc<dyn Store>, LookUps, Vec<Uuid>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).unwrap());
        let tokens: Vec<_> = (0..2 * BATCH + 3).map(|number| token(&format!("user{number}"))).collect();
        for record in &tokens {
            insert(&store, &new_token(record.clone())).await;
        }
        let look_ups = LookUps::new(&Arc::new(Readers::open(&path).unwrap()));
        (folder, store, look_ups, tokens.iter().map(|record| record.token_id).collect())
    }

    async fn ids(look_ups: &LookUps, asked: &[Uuid]) -> Vec<Option<Uuid>> {
        let found = join_all(asked.iter().map(|id| look_ups.find(Key::Id(*id)))).await;
        found.into_iter().map(|state| state.unwrap().map(|state| state.token.token_id)).collect()
    }

    #[tokio::test]
    async fn all_that_ask_at_once_are_answered_each_with_its_own() {
        let (_folder, _, look_ups, mut asked) = filled().await;
        asked[70] = Uuid::nil();
        let wanted = asked.iter().map(|id| (!id.is_nil()).then_some(*id)).collect::<Vec<_>>();
        for _ in 0..3 {
            assert_eq!(ids(&look_ups, &asked).await, wanted);
        }
    }

    #[tokio::test]
    async fn who_gives_up_takes_nobody_along() {
        let (_folder, _, look_ups, asked) = filled().await;
        let mut first = Box::pin(look_ups.find(Key::Id(asked[0])));
        assert!((&mut first).now_or_never().is_none());
        let mut second = Box::pin(look_ups.find(Key::Id(asked[1])));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        assert_eq!(second.await.unwrap().unwrap().token.token_id, asked[1]);
    }

    #[tokio::test]
    async fn a_row_that_makes_no_sense_spoils_no_other() {
        let (folder, _, look_ups, asked) = filled().await;
        let spoil = "UPDATE tokens SET issued_at = -1 WHERE token_id = ?1";
        let other = Connection::open(folder.path().join("test.db")).unwrap();
        other.execute(spoil, [asked[1].as_bytes()]).unwrap();
        let found = join_all(asked[..3].iter().map(|id| look_ups.find(Key::Id(*id)))).await;
        assert!(matches!(found[1], Err(StoreError::Corrupt(_))), "{:?}", found[1]);
        for at in [0, 2] {
            assert_eq!(found[at].as_ref().unwrap().as_ref().unwrap().token.token_id, asked[at]);
        }
    }

    /// With several threads, so that look-ups and revocations are under way at the same time.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_was_revoked_before_the_question_is_revoked_in_the_answer() {
        let (_folder, store, look_ups, asked) = filled().await;
        let look_ups = Arc::new(look_ups);
        let mut crowd = tokio::task::JoinSet::new();
        for id in asked {
            let (store, look_ups) = (Arc::clone(&store), Arc::clone(&look_ups));
            crowd.spawn(async move {
                let before = look_ups.find(Key::Id(id)).await.unwrap().unwrap();
                assert!(before.token.revocation.is_none());
                assert!(store.revoke_token(id, NOW, audit()).await.unwrap());
                let after = look_ups.find(Key::Id(id)).await.unwrap().unwrap();
                assert!(after.token.revocation.is_some());
            });
        }
        while let Some(done) = crowd.join_next().await {
            done.unwrap();
        }
    }
}
