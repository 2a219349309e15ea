//! A connection that is always there as far as it can be: opened when it is needed, looked at before it is used,
//! given up when it broke, and not asked for again and again while the database is away.

use super::connect::Connector;
use super::continuity::{Continuity, LOST, STANDING, Standing, TAG};
use super::session::{Session, ends_session, may_pass_at_once};
use crate::sql::db::values;
use crate::sql::error::{Error, Result};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// For how long nobody tries again after a connection could not be opened: they are told so at once instead.
const PAUSE: Duration = Duration::from_millis(100);

/// What a lane is made of; each thread builds its own.
#[derive(Clone)]
pub(super) struct LaneSettings {
    pub(super) connector: Connector,
    /// What the server allows a statement.
    pub(super) limit: Duration,
    pub(super) continuity: Arc<Continuity>,
}

/// The connection of one thread.
pub(super) struct Lane {
    settings: LaneSettings,
    runtime: Rc<Runtime>,
    session: Option<Session>,
    pause: Option<(Instant, String)>,
}

impl Lane {
    /// Connects to nothing yet.
    pub(super) fn new(settings: LaneSettings) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { settings, runtime: Rc::new(runtime), session: None, pause: None })
    }

    /// Runs `work`, a second time if nothing of it has happened and another try may go through at once.
    pub(super) fn with<T>(&mut self, mut work: impl FnMut(&Session, &Continuity) -> Result<T>) -> Result<T> {
        match self.once(&mut work) {
            Err(error) if may_pass_at_once(&error) => self.once(&mut work),
            result => result,
        }
    }

    /// Runs `work` once.
    pub(super) fn once<T>(&mut self, work: impl FnOnce(&Session, &Continuity) -> Result<T>) -> Result<T> {
        let session = match self.session.take().filter(|session| !session.is_spoilt()) {
            Some(session) => session,
            None => self.open()?,
        };
        let result = work(&session, &self.settings.continuity);
        self.lock_if_lost(&session);
        if result.as_ref().err().is_none_or(|error| !ends_session(error)) && !session.is_spoilt() {
            self.session = Some(session);
        }
        result
    }

    fn open(&mut self) -> Result<Session> {
        if let Some((until, why)) = &self.pause
            && Instant::now() < *until
        {
            return Err(Error::Unavailable(why.clone()));
        }
        let opened = Session::open(&self.runtime, &self.settings.connector, self.settings.limit)
            .and_then(|session| self.look_at(&session).map(|()| session));
        self.pause = opened.as_ref().err().map(|error| (Instant::now() + PAUSE, error.to_string()));
        opened
    }

    /// Whether the server that the connection leads to knows what was seen on those before.
    fn look_at(&self, session: &Session) -> Result<()> {
        let before = self.settings.continuity.latest();
        let answers = session.query_all(&[(STANDING, &[]), (TAG, &[&before.epoch])])?;
        let [standing, tag] = &answers[..] else { return Err(no_standing()) };
        let standing = standing.first().map(Standing::of).ok_or_else(no_standing)??;
        let tag = tag.first().map(|row| row.try_get(0)).transpose()?;
        let checked = self.settings.continuity.check_first(before, &standing, tag);
        self.lock_if_lost(session);
        checked
    }

    /// Keeps every replica from going on: another one would, with what is missing. A failure leaves that to the next
    /// statement.
    fn lock_if_lost(&self, session: &Session) {
        if let Some(fork) = self.settings.continuity.lost_in() {
            let _ = session.execute(LOCK, &values![LOST, fork]);
        }
    }
}

/// Not after an operator has decided, of which this process may not have heard yet.
const LOCK: &str = "UPDATE write_turn SET locked = ?1 WHERE locked IS NULL AND fork <= ?2";

/// The row is made with the schema and never deleted.
pub(super) fn no_standing() -> Error {
    Error::Unreadable("the row of the table write_turn is missing".to_owned())
}
