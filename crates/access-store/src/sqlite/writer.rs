//! The one thread that writes. It takes whatever waits into one transaction and answers after the commit,
//! so that many writes share one sync to disk (group commit).

use super::checkpoint::{self, Checkpointer};
use super::failure::{Health, is_full};
use super::open::{OpenError, writing_connection};
use crate::sql::db::Db;
use crate::sql::error::{Result, store_error};
use crate::sql::work::{Command, Job, Outcome, Work};
use access_core::store::{StoreError, StoreResult};
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most commands in one transaction.
const BATCH: usize = 64;

/// Least commands in the transaction before that make it worth to wait for company.
const CROWD: usize = 8;

/// One of so many tokens that are being signed is waited for: those that are last in the row take too long.
const NEXT: usize = 4;

/// For how long to wait for company.
const PATIENCE: Duration = Duration::from_millis(2);

/// Most commands that may wait; more are refused at once.
const QUEUE: usize = 4096;

/// The way to the writer thread.
pub(super) struct Writer {
    commands: Mutex<Option<SyncSender<Box<dyn Command>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    health: Health,
    /// New tokens that are about to come, as of the last one.
    to_follow: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the thread on a `connection` whose schema is up to date.
    pub(super) fn start(
        mut connection: Connection,
        path: &Path,
        health: Health,
    ) -> std::result::Result<Self, OpenError> {
        let second = writing_connection(path).map_err(OpenError::sqlite(path))?;
        let checkpointer =
            Checkpointer::start(second, &mut connection, health.clone()).map_err(OpenError::Thread)?;
        let (sender, inbox) = sync_channel(QUEUE);
        let to_follow = Arc::new(AtomicUsize::new(0));
        let service =
            Service { connection, checkpointer, health: health.clone(), to_follow: Arc::clone(&to_follow) };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || service.serve(&inbox))
            .map_err(OpenError::Thread)?;
        Ok(Self { commands: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), health, to_follow })
    }

    /// Says how many new tokens are about to come behind the next command, until that is written.
    pub(super) fn expect(&self, to_follow: usize) {
        self.to_follow.store(to_follow, Ordering::Relaxed);
    }

    /// Runs `work` in a transaction; its answer is given after the commit. Dropping the future does not
    /// take the command back. `work` may run twice (the first time undone), so it must not consume.
    pub(super) async fn write<T, W>(&self, work: W) -> StoreResult<T>
    where
        T: Send + 'static,
        W: FnMut(&Db<'_>) -> Work<T> + Send + 'static,
    {
        let (job, answer) = Job::new(work);
        self.send(Box::new(job))?;
        // The thread went away with the command: whether it was carried out is unknown.
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }

    fn send(&self, command: Box<dyn Command>) -> StoreResult<()> {
        let sender = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        match sender.as_ref().ok_or_else(|| self.gone())?.try_send(command) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                Err(StoreError::Unavailable("too many writes are waiting".to_owned()))
            }
            Err(TrySendError::Disconnected(_)) => Err(self.gone()),
        }
    }

    fn gone(&self) -> StoreError {
        self.health.verdict().unwrap_or_else(|| StoreError::Unavailable("the database was closed".to_owned()))
    }

    /// Lets the thread finish what waits, empty the log and end.
    pub(super) fn close(&self) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            self.health.break_down("the writer thread panicked");
        }
    }
}

/// What lives in the thread.
struct Service {
    connection: Connection,
    checkpointer: Checkpointer,
    health: Health,
    to_follow: Arc<AtomicUsize>,
}

impl Service {
    fn serve(mut self, inbox: &Receiver<Box<dyn Command>>) {
        let _alarm = Alarm(self.health.clone());
        let mut company = 1;
        while let Ok(first) = inbox.recv() {
            let batch = gather(first, inbox, || {
                let of_crowd = if company < CROWD { 0 } else { company / 2 };
                of_crowd.max(self.to_follow.load(Ordering::Relaxed) / NEXT)
            });
            company = batch.len();
            // What comes later says so itself.
            self.to_follow.store(0, Ordering::Relaxed);
            self.carry_out(batch, false);
            self.checkpointer.after_commit(&self.connection, &self.health);
        }
        self.checkpointer.finish(&self.connection, &self.health);
    }

    fn carry_out(&self, mut batch: Vec<Box<dyn Command>>, last_try: bool) {
        if let broken @ Some(_) = self.health.verdict() {
            return answer(batch, broken);
        }
        match self.commit(&mut batch) {
            Ok(()) => answer(batch, None),
            Err(error) if is_full(&error) && !last_try => {
                // A log that starts anew needs no more room, and what one command was too big for may
                // have room for the others.
                checkpoint::start_log_anew(&self.connection, &self.health);
                batch.into_iter().for_each(|command| self.carry_out(vec![command], true));
            }
            Err(error) => answer(batch, Some(store_error(&error))),
        }
    }

    fn commit(&self, batch: &mut [Box<dyn Command>]) -> Result<()> {
        // Left open only if the roll-back of the one before failed.
        if !self.connection.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        let result = self.execute("BEGIN IMMEDIATE").and_then(|()| {
            batch.iter_mut().try_for_each(|command| self.step(command.as_mut()))?;
            self.execute("COMMIT")
        });
        if let Err(error) = &result {
            tracing::warn!(%error, commands = batch.len(), "a transaction failed");
            self.health.check(error);
            // After some errors SQLite has rolled back by itself.
            if !self.connection.is_autocommit() {
                self.execute("ROLLBACK")?;
            }
        }
        result
    }

    /// Runs one command inside the transaction. `Err` if the whole transaction is lost.
    fn step(&self, command: &mut dyn Command) -> Result<()> {
        self.execute("SAVEPOINT command")?;
        match command.run(&Db::Sqlite(&self.connection)) {
            Outcome::Keep => {}
            Outcome::Failed(error) if self.connection.is_autocommit() => return Err(error),
            Outcome::Failed(error) => {
                self.health.check(&error);
                self.execute("ROLLBACK TO command")?;
            }
            Outcome::Undo => self.execute("ROLLBACK TO command")?,
        }
        self.execute("RELEASE command")
    }

    fn execute(&self, sql: &str) -> Result<()> {
        Ok(self.connection.prepare_cached(sql)?.execute([]).map(drop)?)
    }
}

fn answer(batch: Vec<Box<dyn Command>>, failure: Option<StoreError>) {
    for command in batch {
        command.answer(failure.clone());
    }
}

/// Takes what waits besides `first`. A lone write is not held up; only when the transaction before was a crowd is it
/// worth to wait a moment for half of it to come back, and when tokens are being signed, for the next of them: left to
/// itself, each of them would be a transaction of its own, which costs more of the processor than all its rows.
fn gather(
    first: Box<dyn Command>,
    inbox: &Receiver<Box<dyn Command>>,
    wanted: impl Fn() -> usize,
) -> Vec<Box<dyn Command>> {
    let mut batch = vec![first];
    batch.extend(inbox.try_iter().take(BATCH - 1));
    let began = Instant::now();
    while batch.len() < wanted().min(BATCH) {
        match inbox.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
            Ok(command) => batch.push(command),
            Err(_) => break,
        }
    }
    batch
}

/// Breaks the store down when the thread unwinds, so that nobody waits for it in vain.
struct Alarm(Health);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.break_down("the writer thread panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Box<dyn Command> {
        Box::new(Job::new(|_: &Db<'_>| -> Work<()> { Ok(()) }).0)
    }

    #[test]
    fn what_is_about_to_come_is_waited_for_and_a_lone_write_is_not_held_up() {
        let (sender, inbox) = sync_channel(QUEUE);
        // Whenever it is looked whether it is enough, another one comes.
        let wanted = |count| {
            let sender = sender.clone();
            move || {
                sender.send(command()).unwrap();
                count
            }
        };
        assert_eq!(gather(command(), &inbox, wanted(5)).len(), 5);
        assert_eq!(inbox.try_iter().count(), 1);
        assert_eq!(gather(command(), &inbox, wanted(0)).len(), 1);
        assert_eq!(gather(command(), &inbox, || 0).len(), 2);
        assert_eq!(gather(command(), &inbox, wanted(usize::MAX)).len(), BATCH);
        assert_eq!(gather(command(), &inbox, || 5).len(), 2, "it is not waited for without end");
    }
}
