//! What a write comes to.

use super::db::Db;
use super::error::{Error, store_error};
use access_core::store::{StoreError, StoreResult};
use tokio::sync::oneshot;

/// Why a command's own changes are undone.
#[derive(Debug)]
pub enum Stop<T> {
    /// It came to an answer that goes with no change.
    Answer(Box<T>),
    /// Who asked for it may no longer ask.
    AskerGone,
    /// It failed.
    Failed(Error),
}

impl<T> Stop<T> {
    /// Stops with an answer that goes with no change.
    pub(crate) fn answer(answer: T) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl<T> From<Error> for Stop<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What a command comes to; on `Err` nothing of it stays.
pub(crate) type Work<T> = Result<T, Stop<T>>;

/// A piece of work on its way to who writes. It may run twice (the first time undone).
pub(crate) trait Command: Send {
    /// Does the work; whether its changes are to stay.
    fn run(&mut self, db: &Db<'_>) -> Outcome;
    /// Answers; `failure` if there was no commit.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

/// What a command wants to become of its changes.
pub(crate) enum Outcome {
    Keep,
    Undo,
    /// Undo, because of this.
    Failed(Error),
}

/// A command that runs `work` and sends what it comes to.
pub(crate) struct Job<T, W> {
    work: W,
    result: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, W> Job<T, W> {
    /// With the place where the answer will be.
    pub(crate) fn new(work: W) -> (Self, oneshot::Receiver<StoreResult<T>>) {
        let (reply, answer) = oneshot::channel();
        (Self { work, result: None, reply }, answer)
    }
}

impl<T, W> Command for Job<T, W>
where
    T: Send,
    W: FnMut(&Db<'_>) -> Work<T> + Send,
{
    fn run(&mut self, db: &Db<'_>) -> Outcome {
        // What an earlier try came to counts no more, whatever becomes of this one.
        self.result = None;
        let (result, outcome) = match (self.work)(db) {
            Ok(answer) => (Ok(answer), Outcome::Keep),
            Err(Stop::Answer(answer)) => (Ok(*answer), Outcome::Undo),
            Err(Stop::AskerGone) => (Err(StoreError::AskerGone), Outcome::Undo),
            Err(Stop::Failed(error)) => (Err(store_error(&error)), Outcome::Failed(error)),
        };
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => result,
            // Even an answer without a change may rest on what was undone with it.
            (Some(failure), _) => Err(failure),
            (None, None) => Err(StoreError::Unavailable("the write was not carried out".to_owned())),
        };
        // Whoever asked may have gone away.
        drop(self.reply.send(result));
    }
}
