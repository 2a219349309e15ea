//! The threads that read. Look-ups that wait at the same time are one statement.

use super::continuity::{Continuity, STANDING, Standing};
use super::lane::{Lane, LaneSettings, no_standing};
use super::lookups;
use super::queue::Queue;
use super::session::Session;
use crate::sql::db::Db;
use crate::sql::error::{Error, Result, store_error};
use crate::sql::tokens::Key;
use access_core::model::TokenState;
use access_core::store::{StoreError, StoreResult};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Most look-ups in one statement.
const BATCH: usize = 64;

/// Who has waited for so long for a connection is refused: there are more requests than the database answers.
const PATIENCE: Duration = Duration::from_secs(1);

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

/// Threads with a connection each.
pub(super) struct Readers {
    queue: Arc<Queue<Question>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    /// Starts them; they connect when they are asked for the first time.
    pub(super) fn start(name: &str, count: usize, settings: &LaneSettings) -> io::Result<Self> {
        let queue = Arc::new(Queue::new());
        let threads = (0..count)
            .map(|_| {
                let (queue, settings) = (Arc::clone(&queue), settings.clone());
                let lane = move || match Lane::new(settings) {
                    Ok(lane) => serve(&queue, lane),
                    Err(error) => tracing::error!(%error, "a thread for the database cannot start"),
                };
                std::thread::Builder::new().name(name.to_owned()).spawn(lane)
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { queue, threads: Mutex::new(threads) })
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
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Looks a token up. Every request begins so: whoever asks is told soon that there is trouble, whatever the thread
    /// waits for.
    pub(super) async fn look_up(&self, key: Key) -> StoreResult<Option<TokenState>> {
        let (reply, answer) = oneshot::channel();
        self.queue.put(Question::LookUp { key, reply, asked_at: Instant::now() })?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(gone())),
            Err(_) => Err(StoreError::Unavailable("the database did not answer in time".to_owned())),
        }
    }

    /// Lets the threads finish what waits and end. Blocks.
    pub(super) fn close(&self) {
        self.queue.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread for the database panicked");
            }
        }
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the database was closed".to_owned())
}

fn serve(queue: &Queue<Question>, mut lane: Lane) {
    let joins =
        |a: &Question, b: &Question| matches!((a, b), (Question::LookUp { .. }, Question::LookUp { .. }));
    while let Some(batch) = queue.take(BATCH, joins) {
        // Who asked is told by the end of its channel.
        if catch_unwind(AssertUnwindSafe(|| answer(&mut lane, batch))).is_err() {
            tracing::error!("a read panicked");
        }
    }
}

fn answer(lane: &mut Lane, batch: Vec<Question>) {
    let mut look_ups = Vec::with_capacity(batch.len());
    for question in batch {
        match question {
            Question::LookUp { key, reply, asked_at } => look_ups.push(LookUp { key, reply, asked_at }),
            Question::Work { mut work, single, asked_at } => {
                let run = if single { find } else { snapshot };
                let done = in_time(asked_at)
                    .and_then(|()| lane.with(|session, continuity| run(session, continuity, work.as_mut())));
                work.answer(done.err());
            }
        }
    }
    if !look_ups.is_empty() {
        look_up(lane, look_ups);
    }
}

fn in_time(asked_at: Instant) -> Result<()> {
    if asked_at.elapsed() <= PATIENCE {
        return Ok(());
    }
    Err(too_many())
}

fn too_many() -> Error {
    Error::Unavailable("more requests wait than the database answers".to_owned())
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
    if done.is_err() && !session.is_spoilt() {
        session.forget_before();
        // Fails if the session is no more; then it is given up for that.
        let _ = session.run("ROLLBACK");
    }
    done
}

struct LookUp {
    key: Key,
    reply: oneshot::Sender<StoreResult<Option<TokenState>>>,
    asked_at: Instant,
}

/// Answers all of them with one statement.
fn look_up(lane: &mut Lane, look_ups: Vec<LookUp>) {
    let (in_time, late): (Vec<_>, Vec<_>) =
        look_ups.into_iter().partition(|look_up| look_up.asked_at.elapsed() <= PATIENCE);
    for look_up in late {
        drop(look_up.reply.send(Err(store_error(&too_many()))));
    }
    if in_time.is_empty() {
        return;
    }
    let keys: Vec<Key> = in_time.iter().map(|look_up| look_up.key).collect();
    let found = lane.with(|session, continuity| lookups::find(session, continuity, &keys));
    match found {
        Ok(states) => {
            for (look_up, state) in in_time.into_iter().zip(states) {
                // Whoever asked may have gone away.
                drop(look_up.reply.send(Ok(state)));
            }
        }
        // A row that makes no sense must not spoil the others.
        Err(Error::Unreadable(_)) if in_time.len() > 1 => {
            in_time.into_iter().for_each(|alone| look_up(lane, vec![alone]));
        }
        Err(error) => {
            for look_up in in_time {
                drop(look_up.reply.send(Err(store_error(&error))));
            }
        }
    }
}

/// A piece of reading on its way to a thread.
trait Reading: Send {
    fn run(&mut self, db: &Db<'_>) -> Result<()>;
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

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let answer = match (failure, self.result) {
            (Some(error), _) => Err(store_error(&error)),
            (None, result) => result.ok_or_else(gone),
        };
        drop(self.reply.send(answer));
    }
}

#[cfg(test)]
mod tests {
    use super::super::connect::{Connector, SessionLimits};
    use super::super::settings::{PostgresOptions, PostgresSettings};
    use super::*;
    use std::net::TcpListener;

    #[tokio::test]
    async fn a_look_up_does_not_wait_for_as_long_as_a_connection_may_take() {
        // The system accepts for it, and nobody says anything.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let url = format!("postgres://frog@127.0.0.1:{port}/pond?connect_timeout=3");
        let settings = PostgresSettings::new(&url, PostgresOptions::default()).unwrap();
        let limits =
            SessionLimits { statement: PATIENCE, lock: PATIENCE, idle_in_transaction: Duration::ZERO };
        let connector = Connector::new(settings, limits).unwrap();
        let continuity = Arc::new(Continuity::default());
        let lane = LaneSettings { connector, limit: PATIENCE, continuity };
        let readers = Readers::start("reader", 1, &lane).unwrap();
        let refusal = readers.look_up(Key::Id(uuid::Uuid::nil())).await.unwrap_err().to_string();
        // Otherwise it is told that nobody let it in within 3 s.
        assert!(refusal.contains("did not answer in time"), "{refusal}");
        readers.close();
    }
}
