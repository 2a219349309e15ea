//! The threads that read. Look-ups that wait at the same time are one statement.

use super::continuity::{Continuity, STANDING, Standing};
use super::lane::{self, Lane, LaneSettings, no_standing};
use super::lookups;
use super::queue::{Queue, answered};
use super::session::Session;
use crate::sql::db::Db;
use crate::sql::error::{Error, Result, store_error};
use crate::sql::tokens::Key;
use access_core::model::TokenState;
use access_core::store::{StoreError, StoreResult};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Most look-ups in one statement.
const BATCH: usize = 64;

/// Every request with a token begins with a look-up: whoever asks is told after so long that there is trouble.
const LOOK_UP: Duration = Duration::from_secs(1);

/// For so long, threads are waited for at the end. A read has nothing to lose.
const MOMENT: Duration = Duration::from_secs(1);

/// How long those who ask wait.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// Until a thread begins: if that takes longer, there are more requests than the database answers.
    pub(super) for_a_thread: Duration,
    /// For the answer.
    pub(super) in_all: Duration,
}

/// A question on its way to a thread that reads.
enum Question {
    LookUp {
        key: Key,
        reply: oneshot::Sender<StoreResult<Option<TokenState>>>,
        asked_at: Instant,
    },
    /// `single`: it is one statement.
    Work {
        work: Box<dyn Reading>,
        single: bool,
        asked_at: Instant,
    },
}

impl Question {
    fn asked_at(&self) -> Instant {
        match self {
            Self::LookUp { asked_at, .. } | Self::Work { asked_at, .. } => *asked_at,
        }
    }
}

/// Threads with a connection each.
pub(super) struct Readers {
    queue: Arc<Queue<Question>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    patience: Patience,
}

impl Readers {
    /// Starts them; they connect when they are asked for the first time.
    pub(super) fn start(
        name: &str,
        count: usize,
        settings: &LaneSettings,
        patience: Patience,
    ) -> io::Result<Self> {
        let readers = Self { queue: Arc::new(Queue::new()), threads: Mutex::default(), patience };
        for _ in 0..count {
            let queue = Arc::clone(&readers.queue);
            let thread = lane::start(name, settings.clone(), move |lane| {
                serve(&queue, lane, patience.for_a_thread);
            })?;
            readers.threads().push(thread);
        }
        Ok(readers)
    }

    /// Runs `work` on one state of the database. `work` may run twice.
    pub(super) async fn read<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.ask(work, false).await
    }

    /// The same for `work` of one statement, which needs no transaction for that.
    pub(super) async fn find<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        self.ask(work, true).await
    }

    async fn ask<T, W>(&self, work: W, single: bool) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Read { work, result: None, reply });
        self.queue.put(Question::Work { work, single, asked_at: Instant::now() })?;
        answered(answer, self.patience.in_all, gone, late).await
    }

    /// Looks a token up.
    pub(super) async fn look_up(&self, key: Key) -> StoreResult<Option<TokenState>> {
        let (reply, answer) = oneshot::channel();
        self.queue.put(Question::LookUp { key, reply, asked_at: Instant::now() })?;
        answered(answer, LOOK_UP, gone, late).await
    }

    /// Lets the threads finish what waits and end, and waits a moment for that. Blocks.
    pub(super) fn close(&self) {
        self.queue.close();
        let threads = std::mem::take(&mut *self.threads());
        let end = Instant::now() + MOMENT;
        for thread in threads {
            while !thread.is_finished() && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(5));
            }
            if thread.is_finished() && thread.join().is_err() {
                tracing::error!("a thread for the database panicked");
            }
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the database was closed".to_owned())
}

fn late() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".to_owned())
}

fn serve(queue: &Queue<Question>, mut lane: Lane, patience: Duration) {
    let joins =
        |a: &Question, b: &Question| matches!((a, b), (Question::LookUp { .. }, Question::LookUp { .. }));
    while let Some(batch) = queue.take(BATCH, joins) {
        // Who asked is told by the end of its channel.
        if catch_unwind(AssertUnwindSafe(|| answer(&mut lane, batch, patience))).is_err() {
            tracing::error!("a read panicked");
        }
    }
}

/// Answers those who have not been told something else meanwhile, or gone away.
fn answer(lane: &mut Lane, batch: Vec<Question>, patience: Duration) {
    let mut look_ups = Vec::with_capacity(batch.len());
    for question in batch {
        let asked_at = question.asked_at();
        let too_many = (asked_at.elapsed() > patience)
            .then(|| Error::Unavailable("more requests wait than the database answers".to_owned()));
        match (question, too_many) {
            (Question::LookUp { reply, .. }, _) if reply.is_closed() => {}
            (Question::LookUp { reply, .. }, Some(error)) => drop(reply.send(Err(store_error(&error)))),
            (Question::LookUp { key, reply, .. }, None) => look_ups.push(LookUp { key, reply }),
            (Question::Work { work, .. }, _) if !work.is_wanted() => {}
            (Question::Work { work, .. }, Some(error)) => work.answer(Some(error)),
            (Question::Work { mut work, single, .. }, None) => {
                let run = if single { find } else { snapshot };
                let done = lane.with(|session, continuity| run(session, continuity, work.as_mut()));
                work.answer(done.err());
            }
        }
    }
    if !look_ups.is_empty() {
        look_up(lane, look_ups);
    }
}

/// Runs `work`, which is one statement.
fn find(session: &Session, continuity: &Continuity, work: &mut dyn Reading) -> Result<()> {
    let before = continuity.latest();
    match session.single(|| work.run(&Db::Postgres(session)))? {
        Some(standing) => continuity.check(before, &Standing::of(&standing)?),
        None => Ok(()),
    }
}

/// Runs `work` on one state of the database, and looks whether that state goes on from what was seen before.
fn snapshot(session: &Session, continuity: &Continuity, work: &mut dyn Reading) -> Result<()> {
    let before = continuity.latest();
    session.put_before("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    let done = work.run(&Db::Postgres(session)).and_then(|()| {
        // Together, so that the end costs no more than the transaction does anyway.
        let answers = session.query_all(&[(STANDING, &[]), ("COMMIT", &[])])?;
        let standing = answers.first().and_then(|rows| rows.first()).ok_or_else(no_standing)?;
        continuity.check(before, &Standing::of(standing)?)
    });
    if done.is_err() {
        session.roll_back();
    }
    done
}

struct LookUp {
    key: Key,
    reply: oneshot::Sender<StoreResult<Option<TokenState>>>,
}

/// Answers all of them with one statement.
fn look_up(lane: &mut Lane, look_ups: Vec<LookUp>) {
    let keys: Vec<Key> = look_ups.iter().map(|look_up| look_up.key).collect();
    let found = lane.with(|session, continuity| lookups::find(session, continuity, &keys));
    match found {
        Ok(states) => {
            for (look_up, state) in look_ups.into_iter().zip(states) {
                // Whoever asked may have gone away.
                drop(look_up.reply.send(Ok(state)));
            }
        }
        // A row that makes no sense must not spoil the others.
        Err(Error::Unreadable(_)) if look_ups.len() > 1 => {
            look_ups.into_iter().for_each(|alone| look_up(lane, vec![alone]));
        }
        Err(error) => {
            for look_up in look_ups {
                drop(look_up.reply.send(Err(store_error(&error))));
            }
        }
    }
}

/// A piece of reading on its way to a thread.
trait Reading: Send {
    fn run(&mut self, db: &Db<'_>) -> Result<()>;
    /// Whether anybody still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Answers; `failure` if it came to nothing.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

struct Read<T, W> {
    work: W,
    result: Option<T>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, W> Reading for Read<T, W>
where
    T: Send,
    W: FnMut(&Db<'_>) -> Result<T> + Send,
{
    fn run(&mut self, db: &Db<'_>) -> Result<()> {
        self.result = Some((self.work)(db)?);
        Ok(())
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let answer = match (failure, self.result) {
            (Some(error), _) => Err(store_error(&error)),
            (None, result) => result.ok_or_else(gone),
        };
        drop(self.reply.send(answer));
    }
}

#[cfg(test)]
mod tests;
