//! Tokens looked up by id or by reference token, with user and family. Every request that is to be checked asks this, and
//! the transaction around it costs more than the look-up: SQLite locks the file for each, by system calls under one lock
//! for the whole process. So those that are asked for at the same time share one.

use super::open::reading_connection;
use super::readers::snapshot;
use crate::sql::error::store_error;
use crate::sql::tokens::{self, Key};
use access_core::model::TokenState;
use access_core::store::{StoreError, StoreResult};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Most look-ups in one transaction: its thread does nothing else meanwhile.
const BATCH: usize = 64;

/// A lane for each thread that is likely to look something up.
pub(super) struct LookUps {
    lanes: Vec<Arc<Lane>>,
}

/// A connection, and what waits for it.
struct Lane {
    connection: Mutex<Connection>,
    waiting: Mutex<Vec<LookUp>>,
}

struct LookUp {
    key: Key,
    reply: oneshot::Sender<StoreResult<Option<TokenState>>>,
}

impl LookUps {
    /// As many lanes as the machine has processors, 2 to 16.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let count = std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 16));
        let lane = |_| {
            let connection = Mutex::new(reading_connection(path)?);
            Ok(Arc::new(Lane { connection, waiting: Mutex::default() }))
        };
        Ok(Self { lanes: (0..count).map(lane).collect::<rusqlite::Result<_>>()? })
    }

    /// Looks a token up, in a state of the database that is not older than this call.
    pub(super) async fn find(&self, key: Key) -> StoreResult<Option<TokenState>> {
        let lane = self.lane();
        let (reply, answer) = oneshot::channel();
        let is_first = {
            let mut waiting = lock(&lane.waiting);
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
            let mut waiting = lock(&lane.waiting);
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
    fn answer(&self, batch: Vec<LookUp>) {
        let connection = lock(&self.connection);
        let found = snapshot(&connection, |db| {
            // A row that makes no sense spoils no other.
            Ok(batch.iter().map(|look_up| tokens::state(db, look_up.key)).collect::<Vec<_>>())
        });
        drop(connection);
        let answers: Vec<_> = match found {
            Ok(found) => found.into_iter().map(|state| state.map_err(|error| store_error(&error))).collect(),
            Err(error) => batch.iter().map(|_| Err(store_error(&error))).collect(),
        };
        for (look_up, answer) in batch.into_iter().zip(answers) {
            // Whoever asked may have gone away.
            drop(look_up.reply.send(answer));
        }
    }
}

/// A look-up that panicked has left nothing that the next one would not put right.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
