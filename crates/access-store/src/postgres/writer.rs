//! The one thread of this process that writes. It takes whatever waits into one transaction and answers after the
//! commit; new tokens are one statement, however many.

use super::inserts;
use super::lane::{self, Lane, LaneSettings};
use super::queue::{Queue, answered};
use super::session::{Session, may_pass_at_once};
use super::turn;
use crate::sql::db::Db;
use crate::sql::error::{Error, Result, store_error};
use crate::sql::work::{Command, Job, Outcome, Work};
use access_core::store::{InsertOutcome, NewToken, StoreError, StoreResult};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Most commands in one transaction.
const BATCH: usize = 256;

/// After so long no more commands are taken into a transaction: other replicas wait for the turn, with a limit.
const TURN: Duration = Duration::from_millis(300);

/// How often a transaction is tried that another one was in the way of.
const TRIES: u32 = 5;

/// Who has waited for so long is refused: the database does not keep up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be written.
enum Write {
    Token {
        new: Box<NewToken>,
        outcome: Option<InsertOutcome>,
        reply: oneshot::Sender<StoreResult<InsertOutcome>>,
    },
    Work(Box<dyn Command>),
}

struct Waiting {
    write: Write,
    asked_at: Instant,
}

/// The way to the thread that writes.
pub(super) struct Writer {
    queue: Arc<Queue<Waiting>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    patience: Duration,
}

impl Writer {
    /// Starts the thread; it connects when it is asked for the first time. Who asks for a write is told after `patience`
    /// that nobody knows what became of it.
    pub(super) fn start(settings: LaneSettings, patience: Duration) -> io::Result<Self> {
        let queue = Arc::new(Queue::new());
        let inbox = Arc::clone(&queue);
        let thread = lane::start("writer", settings, move |lane| serve(&inbox, lane))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)), patience })
    }

    /// Runs `work` in a transaction; its answer is given after the commit.
    pub(super) async fn write<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Work<T> + Send + 'static,
    {
        let (job, answer) = Job::new(work);
        self.queue.put(Waiting { write: Write::Work(Box::new(job)), asked_at: Instant::now() })?;
        answered(answer, self.patience, unknown, unknown).await
    }

    /// Writes a new token.
    pub(super) async fn insert(&self, new: NewToken) -> StoreResult<InsertOutcome> {
        let (reply, answer) = oneshot::channel();
        let write = Write::Token { new: Box::new(new), outcome: None, reply };
        self.queue.put(Waiting { write, asked_at: Instant::now() })?;
        answered(answer, self.patience, unknown, unknown).await
    }

    /// Lets the thread finish what waits and end. Blocks.
    pub(super) fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that writes panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread went away with the command, or is too long about it.
fn unknown() -> StoreError {
    StoreError::Unavailable("the database was closed, or the write went wrong".to_owned())
}

impl Write {
    fn answer(self, failure: Option<&Error>) {
        match self {
            Self::Token { outcome, reply, .. } => {
                let answer = match (failure, outcome) {
                    (None, Some(outcome)) => Ok(outcome),
                    (Some(error), _) => Err(store_error(error)),
                    (None, None) => Err(unknown()),
                };
                // Whoever asked may have gone away.
                drop(reply.send(answer));
            }
            Self::Work(command) => command.answer(failure.map(store_error)),
        }
    }
}

fn serve(queue: &Queue<Waiting>, mut lane: Lane) {
    while let Some(mut batch) = queue.take(BATCH, |_, _| true) {
        // New tokens first: they are one statement.
        batch.sort_by_key(|waiting| matches!(waiting.write, Write::Work(_)));
        // Commands are caught one by one. Who asked is told by the end of its channel.
        if catch_unwind(AssertUnwindSafe(|| carry_out(&mut lane, batch))).is_err() {
            tracing::error!("the writing of a batch panicked");
        }
    }
}

/// Carries the batch out, in as many transactions as it takes.
fn carry_out(lane: &mut Lane, mut batch: Vec<Waiting>) {
    while !batch.is_empty() {
        let (in_time, late): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|waiting| waiting.asked_at.elapsed() <= PATIENCE);
        let too_late = Error::Unavailable("more writes wait than the database keeps up with".to_owned());
        late.into_iter().for_each(|waiting| waiting.write.answer(Some(&too_late)));
        batch = in_time;
        if batch.is_empty() {
            return;
        }
        match try_to_commit(lane, &mut batch) {
            Ok(taken) => batch.drain(..taken).for_each(|waiting| waiting.write.answer(None)),
            // What one command stumbles over must not spoil the others.
            Err(Failure::Command(_)) if batch.len() > 1 => {
                batch.drain(..).for_each(|waiting| carry_out(lane, vec![waiting]));
            }
            Err(Failure::Command(error) | Failure::Transaction(error)) => {
                tracing::warn!(%error, commands = batch.len(), "a transaction failed");
                batch.drain(..).for_each(|waiting| waiting.write.answer(Some(&error)));
            }
        }
    }
}

/// Why a transaction came to nothing.
enum Failure {
    /// Because of one of its commands.
    Command(Error),
    /// For all of them.
    Transaction(Error),
}

/// How many of them, from the first on, are done.
fn try_to_commit(lane: &mut Lane, batch: &mut [Waiting]) -> Result<usize, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut sent_commit = false;
        let result = lane.once(|session, continuity| {
            let done = turn::take(session, continuity)
                .and_then(|mark| run(session, batch).map(|ran| (mark, ran)))
                .and_then(|(mark, Ran { taken, keep })| {
                    if !keep {
                        return session.run("ROLLBACK").map(|()| taken);
                    }
                    sent_commit = true;
                    // No limit of the server may end the wait for a standby: what is cut short there counts as done.
                    // In a transaction that a statement has broken, SET fails (25P02), where COMMIT alone would undo
                    // everything and call that a success.
                    session.run("SET LOCAL statement_timeout = 0; COMMIT")?;
                    continuity.note(mark);
                    Ok(taken)
                });
            if done.is_err() {
                session.roll_back();
            }
            done
        });
        match result {
            Ok(taken) => return Ok(taken),
            Err(error)
                if may_pass_at_once(&error) && nothing_happened(&error, sent_commit) && tries < TRIES =>
            {
                std::thread::sleep(pause(tries));
            }
            Err(error) if is_of_a_command(&error) => return Err(Failure::Command(error)),
            Err(error) => return Err(Failure::Transaction(error)),
        }
    }
}

/// After the commit was sent, only an answer of the server says that it did not happen.
fn nothing_happened(error: &Error, sent_commit: bool) -> bool {
    let is_answer = matches!(error, Error::Postgres(error) if error.as_db_error().is_some());
    // 57P0x may come in the place of an answer.
    !sent_commit || (is_answer && !super::session::ends_session(error))
}

/// A little longer each time, and never the same for two replicas.
fn pause(tries: u32) -> Duration {
    let mut byte = [0];
    // Without random numbers the pauses are the same, which is no harm either.
    let _ = getrandom::fill(&mut byte);
    Duration::from_millis(u64::from(tries) * 5 + u64::from(byte[0]) % (u64::from(tries) * 10))
}

/// Whether a command is what the database objects to: a value (class 22), a rule of the schema (class 23).
fn is_of_a_command(error: &Error) -> bool {
    let Error::Postgres(error) = error else { return matches!(error, Error::Unreadable(_)) };
    error.code().is_some_and(|state| state.code().starts_with("22") || state.code().starts_with("23"))
}

/// What [`run`] did.
struct Ran {
    /// How many of the commands, from the first on.
    taken: usize,
    /// Whether anything of them is to stay.
    keep: bool,
}

/// Runs the commands, new tokens in front, until it has taken long enough.
fn run(session: &Session, batch: &mut [Waiting]) -> Result<Ran> {
    let started_at = Instant::now();
    let mut keep = false;
    let alone = batch.len() == 1;
    let mut tokens = Vec::new();
    let mut outcomes = Vec::new();
    for waiting in batch.iter_mut() {
        if let Write::Token { new, outcome, .. } = &mut waiting.write {
            tokens.push(&**new);
            outcomes.push(outcome);
        }
    }
    let mut taken = tokens.len();
    if !tokens.is_empty() {
        let inserted = inserts::insert(session, &tokens)?;
        keep |= inserted.contains(&InsertOutcome::Inserted);
        outcomes.into_iter().zip(inserted).for_each(|(place, outcome)| *place = Some(outcome));
    }
    for waiting in batch {
        if let Write::Work(command) = &mut waiting.write {
            if taken > 0 && started_at.elapsed() >= TURN {
                break;
            }
            keep |= step(session, command.as_mut(), alone)?;
            taken += 1;
        }
    }
    Ok(Ran { taken, keep })
}

/// Runs one command; whether its changes stay. What it has not to leave behind is undone, unless it is `alone`:
/// then the transaction is.
fn step(session: &Session, command: &mut dyn Command, alone: bool) -> Result<bool> {
    let db = Db::Postgres(session);
    if !alone {
        session.put_before("SAVEPOINT command");
    }
    // One that panics has no answer, and its caller is told that it was not carried out.
    let outcome = catch_unwind(AssertUnwindSafe(|| command.run(&db))).unwrap_or_else(|_| {
        tracing::error!("a write panicked");
        Outcome::Undo
    });
    match outcome {
        Outcome::Keep if alone => Ok(true),
        Outcome::Keep => {
            session.put_before("RELEASE SAVEPOINT command");
            Ok(true)
        }
        Outcome::Undo if alone => Ok(false),
        Outcome::Undo => {
            session.put_before("ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command");
            Ok(false)
        }
        Outcome::Failed(error) if alone || !is_of_a_command(&error) => Err(error),
        Outcome::Failed(_) => {
            session.put_before("ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command");
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests;
