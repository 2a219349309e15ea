//! A connection that is always there as far as it can be: opened when it is needed, looked at before it is used,
//! given up when it broke, and not asked for again and again while the database is away.

use super::connect::Connector;
use super::continuity::{Continuity, LOST, STANDING, Standing, TAG};
use super::session::{Session, ends_session, may_pass_at_once};
use crate::sql::db::values;
use crate::sql::error::{Error, Result};
use std::io;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// For how long nobody tries again after a connection could not be opened: they are told so at once instead.
const PAUSE: Duration = Duration::from_millis(100);

/// For how long a connection to a locked database is kept: then the address may lead to another one.
const LOCKED: Duration = Duration::from_secs(5);

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
    opened_at: Instant,
    /// Whether the server that the session leads to knows what was seen before.
    is_known: bool,
    pause: Option<(Instant, String)>,
}

/// Starts a thread with a lane of its own, which lasts for as long as `serve` does.
pub(super) fn start(
    name: &str,
    settings: LaneSettings,
    serve: impl FnOnce(Lane) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    thread_with(name, move || Lane::new(settings), serve)
}

/// Starts a thread with what it makes itself, and waits until that is made: nobody would answer those who ask otherwise.
fn thread_with<L>(
    name: &str,
    make: impl FnOnce() -> io::Result<L> + Send + 'static,
    serve: impl FnOnce(L) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let (report, made) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || match make() {
        Ok(lane) => {
            // Who started it waits.
            let _ = report.send(Ok(()));
            serve(lane);
        }
        Err(error) => drop(report.send(Err(error))),
    })?;
    made.recv().unwrap_or_else(|_| Err(io::Error::other("a thread ended at once"))).map(|()| thread)
}

impl Lane {
    /// Connects to nothing yet.
    fn new(settings: LaneSettings) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let runtime = Rc::new(runtime);
        Ok(Self { settings, runtime, session: None, opened_at: Instant::now(), is_known: false, pause: None })
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
        session.forget_old_plans();
        let result = self.look_at(&session).and_then(|()| work(&session, &self.settings.continuity));
        self.lock_if_lost(&session);
        let is_over = match &result {
            Ok(_) => false,
            Err(Error::Locked(_)) => self.opened_at.elapsed() >= LOCKED,
            Err(error) => ends_session(error),
        };
        if !is_over && !session.is_spoilt() {
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
        let opened = Session::open(&self.runtime, &self.settings.connector, self.settings.limit);
        (self.opened_at, self.is_known) = (Instant::now(), false);
        self.pause = opened.as_ref().err().map(|error| (self.opened_at + PAUSE, error.to_string()));
        opened
    }

    /// Makes sure that the server that a new connection leads to knows what was seen on those before.
    fn look_at(&mut self, session: &Session) -> Result<()> {
        if self.is_known {
            return Ok(());
        }
        let before = self.settings.continuity.latest();
        let answers = session.query_all(&[(STANDING, &[]), (TAG, &[&before.epoch])])?;
        let [standing, tag] = &answers[..] else { return Err(no_standing()) };
        let standing = standing.first().map(Standing::of).ok_or_else(no_standing)??;
        let tag = tag.first().map(|row| row.try_get(0)).transpose()?;
        self.settings.continuity.check_first(before, &standing, tag)?;
        self.is_known = true;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::thread_with;
    use crate::conformance::fixture::{new_token, token};
    use crate::postgres::tests::store;
    use access_core::store::Store as _;
    use std::collections::BTreeSet;
    use testkit::Postgres;

    #[test]
    fn a_thread_that_cannot_begin_is_an_error_for_who_starts_it() {
        let make = || Err::<(), _>(std::io::Error::other("of a test"));
        let error = thread_with("test", make, |()| ()).unwrap_err();
        assert_eq!(error.to_string(), "of a test");
        thread_with("test", || Ok(()), |()| ()).unwrap().join().unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_locked_database_is_not_logged_in_to_for_each_question() {
        const ASKED: usize = 8;
        let database = Postgres::shared().database();
        let new = new_token(token("alice"));
        let id = new.token.token_id;
        store(&database).await.insert_token(new).await.unwrap();
        let last_session = "SELECT pid FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'accessd' ORDER BY backend_start DESC LIMIT 1";
        database.execute("UPDATE write_turn SET locked = 'by a test'");
        let store = store(&database).await;
        let mut sessions = BTreeSet::new();
        for _ in 0..ASKED {
            let refusal = store.find_token(id).await.unwrap_err().to_string();
            assert!(refusal.contains("by a test"), "{refusal}");
            sessions.insert(database.execute(last_session));
        }
        // A slow machine may take so long that one is old.
        assert!(sessions.len() < ASKED, "{sessions:?}");
        database.execute("UPDATE write_turn SET locked = NULL");
        assert!(store.find_token(id).await.unwrap().is_some());
    }
}
