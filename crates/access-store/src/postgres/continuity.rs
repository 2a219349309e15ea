//! Whether the database still knows what this process has seen in it. A standby that was promoted without the last
//! commits of its primary does not: what was revoked in them would be accepted again.

use crate::sql::error::{Error, Result};
use std::sync::{Mutex, PoisonError};
use tokio_postgres::Row;
use uuid::Uuid;

/// How many epochs back the database remembers their tags.
pub(super) const HISTORY: i64 = 65_536;

/// Where the database stands: how often an operator has accepted a loss, how many transactions have written since it
/// was made, and the random name of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub(super) fork: i64,
    pub(super) epoch: i64,
    pub(super) tag: Uuid,
}

/// What a read of the table `write_turn` says.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) mark: Mark,
    /// Why an operator has to decide first.
    pub(super) locked: Option<String>,
}

/// The statement that [`Standing::of`] reads.
pub(super) const STANDING: &str = "SELECT fork, epoch, tag, locked FROM write_turn";

/// How the tag of an epoch is found.
pub(super) const TAG: &str = "SELECT tag FROM write_history WHERE epoch = $1";

impl Standing {
    /// Reads it from the first four columns of a row.
    pub(super) fn of(row: &Row) -> Result<Self> {
        let mark = Mark { fork: row.try_get(0)?, epoch: row.try_get(1)?, tag: row.try_get(2)? };
        Ok(Self { mark, locked: row.try_get(3)? })
    }
}

/// The latest mark that this process has seen, shared by its connections.
#[derive(Debug, Default)]
pub(super) struct Continuity(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    latest: Mark,
    lost: bool,
}

impl Continuity {
    /// The latest mark. To be asked before a statement is sent: what the statement sees is no older.
    pub(super) fn latest(&self) -> Mark {
        self.state().latest
    }

    /// Looks at where the database stands, as a statement saw it that was sent when `before` was the latest mark.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it is locked, or does not know `before`; then [`Continuity::is_lost`].
    pub(super) fn check(&self, before: Mark, seen: &Standing) -> Result<()> {
        let mut state = self.state();
        if seen.mark.fork > state.latest.fork {
            // An operator has decided, or this is the first look.
            *state = State { latest: seen.mark, lost: false };
        } else if state.lost || !follows(before, seen.mark) {
            state.lost = true;
            return Err(lost());
        } else if seen.mark.fork == state.latest.fork && seen.mark.epoch > state.latest.epoch {
            state.latest = seen.mark;
        }
        match &seen.locked {
            Some(why) => Err(Error::Unavailable(format!("the database is locked: {why}"))),
            None => Ok(()),
        }
    }

    /// The same for a transaction that has waited for its turn, until `epoch` was written. It does not see by whom, so there
    /// is nothing to remember: a name that is made up would be missed in the database by the next look.
    pub(super) fn check_waited(&self, before: Mark, fork: i64, epoch: i64) -> Result<()> {
        let mut state = self.state();
        if fork > state.latest.fork {
            return Ok(());
        }
        if state.lost || fork < before.fork || epoch < before.epoch {
            state.lost = true;
            return Err(lost());
        }
        Ok(())
    }

    /// The same at the beginning of a connection, which may lead to another server than the one before: `tag` is what
    /// the database has for the epoch of `before`, if it has it.
    pub(super) fn check_first(&self, before: Mark, seen: &Standing, tag: Option<Uuid>) -> Result<()> {
        let same_fork = seen.mark.fork == before.fork && before.epoch > 0;
        let is_remembered = seen.mark.epoch - before.epoch < HISTORY / 2;
        if same_fork
            && seen.mark.epoch > before.epoch
            && (tag.is_some() || is_remembered)
            && tag != Some(before.tag)
        {
            self.state().lost = true;
            return Err(lost());
        }
        self.check(before, seen)
    }

    /// Notes what this process has written itself, once it is durable.
    pub(super) fn note(&self, mark: Mark) {
        let mut state = self.state();
        if mark.fork == state.latest.fork && mark.epoch > state.latest.epoch {
            state.latest = mark;
        }
    }

    /// Whether the database has lost what this process has seen.
    pub(super) fn is_lost(&self) -> bool {
        self.state().lost
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a database that stood at `before` can stand at `seen` later.
fn follows(before: Mark, seen: Mark) -> bool {
    if seen.fork != before.fork {
        return seen.fork > before.fork;
    }
    seen.epoch > before.epoch || (seen.epoch == before.epoch && seen.tag == before.tag)
}

fn lost() -> Error {
    Error::Unavailable(LOST.to_owned())
}

/// What is written into the database that has lost something.
pub(super) const LOST: &str = "changes that were acknowledged are missing, revocations perhaps among them: a standby that \
     was behind has taken over, or an older state was restored. Find out what is missing; then `accessd unlock`";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(fork: i64, epoch: i64, tag: u128) -> Mark {
        Mark { fork, epoch, tag: Uuid::from_u128(tag) }
    }

    fn standing(mark: Mark) -> Standing {
        Standing { mark, locked: None }
    }

    fn seen(mark: Mark) -> Continuity {
        let continuity = Continuity::default();
        continuity.check(continuity.latest(), &standing(mark)).unwrap();
        assert_eq!(continuity.latest(), mark);
        continuity
    }

    #[test]
    fn a_database_that_goes_on_is_followed() {
        let continuity = seen(at(0, 5, 1));
        for mark in [at(0, 5, 1), at(0, 6, 2), at(0, 900, 3)] {
            continuity.check(continuity.latest(), &standing(mark)).unwrap();
            assert_eq!(continuity.latest(), mark);
        }
    }

    // Two connections read at the same time, and the older answer is looked at last.
    #[test]
    fn an_answer_that_was_overtaken_is_no_loss() {
        let continuity = seen(at(0, 5, 1));
        let before = continuity.latest();
        continuity.note(at(0, 7, 3));
        continuity.check(before, &standing(at(0, 6, 2))).unwrap();
        assert_eq!(continuity.latest(), at(0, 7, 3));
    }

    #[test]
    fn a_database_that_is_behind_or_went_another_way_is_noticed_until_an_operator_decides() {
        for other in [at(0, 4, 9), at(0, 5, 9)] {
            let continuity = seen(at(0, 5, 1));
            continuity.check(continuity.latest(), &standing(other)).unwrap_err();
            assert!(continuity.is_lost());
            // Whatever is written there meanwhile.
            continuity.check(continuity.latest(), &standing(at(0, 50, 9))).unwrap_err();
            continuity.check(continuity.latest(), &standing(at(1, 50, 9))).unwrap();
            assert!(!continuity.is_lost());
        }
    }

    // Two replicas write in turns, and a third connection reads between the turn and its end.
    #[test]
    fn who_has_waited_for_the_turn_makes_up_no_mark() {
        let continuity = seen(at(0, 5, 1));
        continuity.check_waited(continuity.latest(), 0, 7).unwrap();
        continuity.check(continuity.latest(), &standing(at(0, 7, 9))).unwrap();
        assert_eq!(continuity.latest(), at(0, 7, 9));
        // An operator has decided meanwhile.
        continuity.check_waited(continuity.latest(), 1, 3).unwrap();
        continuity.check_waited(continuity.latest(), 0, 6).unwrap_err();
        assert!(continuity.is_lost());
        continuity.check_waited(continuity.latest(), 0, 8).unwrap_err();
    }

    #[test]
    fn a_new_connection_must_know_the_way_here() {
        let ahead = standing(at(0, 9, 8));
        let check = |tag: Option<u128>| {
            let continuity = seen(at(0, 5, 1));
            continuity.check_first(continuity.latest(), &ahead, tag.map(Uuid::from_u128))
        };
        check(Some(1)).unwrap();
        check(Some(2)).unwrap_err();
        check(None).unwrap_err();
        // So far back that nobody knows any more.
        let continuity = seen(at(0, 5, 1));
        continuity.check_first(continuity.latest(), &standing(at(0, 5 + HISTORY, 8)), None).unwrap();
    }

    #[test]
    fn a_lock_of_another_replica_counts() {
        let continuity = seen(at(0, 5, 1));
        let locked = Standing { mark: at(0, 5, 1), locked: Some("lost".to_owned()) };
        continuity.check(continuity.latest(), &locked).unwrap_err();
        assert!(!continuity.is_lost());
        continuity.check(continuity.latest(), &standing(at(0, 5, 1))).unwrap();
    }
}
