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
    /// The fork of the database that does not know what was seen, if one was met.
    lost_in: Option<i64>,
}

impl State {
    /// Whether an operator has decided between the question and its answer: it tells of the time before.
    fn has_overtaken(&self, before: Mark, fork: i64) -> bool {
        before.fork < self.latest.fork && fork < self.latest.fork
    }

    fn lose(&mut self, fork: i64) -> Error {
        self.lost_in = Some(fork);
        Error::Locked(LOST.to_owned())
    }
}

impl Continuity {
    /// The latest mark. To be asked before a statement is sent: what the statement sees is no older.
    pub(super) fn latest(&self) -> Mark {
        self.state().latest
    }

    /// Looks at where the database stands, as a statement saw it that was sent when `before` was the latest mark.
    ///
    /// # Errors
    /// [`Error::Locked`] if it is locked, or does not know `before`; then there is [`Continuity::lost_in`].
    pub(super) fn check(&self, before: Mark, seen: &Standing) -> Result<()> {
        let mut state = self.state();
        if seen.mark.fork > state.latest.fork {
            // An operator has decided, or this is the first look.
            *state = State { latest: seen.mark, lost_in: None };
        } else if state.has_overtaken(before, seen.mark.fork) {
            return Err(overtaken());
        } else if state.lost_in.is_some() || !follows(before, seen.mark) {
            return Err(state.lose(seen.mark.fork));
        } else if seen.mark.fork == state.latest.fork && seen.mark.epoch > state.latest.epoch {
            state.latest = seen.mark;
        }
        match &seen.locked {
            Some(why) => Err(Error::Locked(format!("the database is locked: {why}"))),
            None => Ok(()),
        }
    }

    /// The same for an epoch whose tag the statement did not see, because it was written while the statement waited for
    /// its turn. Nothing of it is remembered: readers compare tags.
    pub(super) fn check_unnamed(&self, before: Mark, fork: i64, epoch: i64) -> Result<()> {
        let mut state = self.state();
        if state.has_overtaken(before, fork) {
            return Err(overtaken());
        }
        // The epoch before the first one has no tag in the history.
        let is_first = before.epoch == 0 && epoch == 0;
        let goes_on = fork > before.fork || (fork == before.fork && (epoch > before.epoch || is_first));
        if goes_on && (state.lost_in.is_none() || fork > state.latest.fork) {
            return Ok(());
        }
        Err(state.lose(fork))
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
            let mut state = self.state();
            if state.has_overtaken(before, seen.mark.fork) {
                return Err(overtaken());
            }
            return Err(state.lose(seen.mark.fork));
        }
        self.check(before, seen)
    }

    /// Notes what this process has written itself, once it is durable.
    pub(super) fn note(&self, mark: Mark) {
        let mut state = self.state();
        if mark.fork > state.latest.fork {
            *state = State { latest: mark, lost_in: None };
        } else if mark.fork == state.latest.fork && mark.epoch > state.latest.epoch {
            state.latest = mark;
        }
    }

    /// The fork in which the database has lost what this process has seen, if it has. What has a later one, an
    /// operator has decided about.
    pub(super) fn lost_in(&self) -> Option<i64> {
        self.state().lost_in
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

fn overtaken() -> Error {
    Error::Locked("the database was unlocked a moment ago".to_owned())
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

    // Another replica wrote 6 to 8 while this one waited for its turn; a reader sees 8 before this one's 9 is there.
    #[test]
    fn an_epoch_without_its_tag_is_not_taken_for_another_one() {
        let continuity = seen(at(0, 5, 1));
        continuity.check_unnamed(continuity.latest(), 0, 8).unwrap();
        continuity.check(continuity.latest(), &standing(at(0, 8, 4))).unwrap();
        continuity.note(at(0, 9, 5));
        assert_eq!(continuity.latest(), at(0, 9, 5));
        continuity.check_unnamed(continuity.latest(), 0, 8).unwrap_err();
        continuity.check_unnamed(continuity.latest(), 0, 20).unwrap_err();
        continuity.check_unnamed(continuity.latest(), 1, 8).unwrap();
        continuity.note(at(1, 9, 6));
        assert_eq!(continuity.lost_in(), None);
        let new = Continuity::default();
        new.check_unnamed(new.latest(), 0, 0).unwrap();
        // A database that is empty again.
        let continuity = seen(at(0, 5, 1));
        continuity.check_unnamed(continuity.latest(), 0, 0).unwrap_err();
    }

    // Lane B asks, the operator unlocks, lane C asks and has its answer first.
    #[test]
    fn an_answer_of_the_time_before_an_operator_decided_is_no_loss() {
        let old = standing(at(100, 98, 9));
        for way in 0..3 {
            for before in [at(100, 100, 1), at(100, 90, 1)] {
                let continuity = seen(before);
                continuity.check(continuity.latest(), &standing(at(200, 99, 2))).unwrap();
                let late = match way {
                    0 => continuity.check(before, &old),
                    1 => continuity.check_first(before, &old, None),
                    _ => continuity.check_unnamed(before, old.mark.fork, old.mark.epoch),
                };
                late.unwrap_err();
                assert_eq!(continuity.lost_in(), None, "{way}");
                continuity.check(continuity.latest(), &standing(at(200, 100, 3))).unwrap();
            }
        }
        // A server that was left behind by then is another matter.
        let continuity = seen(at(200, 99, 2));
        continuity.check(continuity.latest(), &old).unwrap_err();
        assert_eq!(continuity.lost_in(), Some(100));
    }

    #[test]
    fn a_database_that_is_behind_or_went_another_way_is_noticed_until_an_operator_decides() {
        for other in [at(0, 4, 9), at(0, 5, 9)] {
            let continuity = seen(at(0, 5, 1));
            continuity.check(continuity.latest(), &standing(other)).unwrap_err();
            assert_eq!(continuity.lost_in(), Some(0));
            // Whatever is written there meanwhile.
            continuity.check(continuity.latest(), &standing(at(0, 50, 9))).unwrap_err();
            continuity.check(continuity.latest(), &standing(at(1, 50, 9))).unwrap();
            assert_eq!(continuity.lost_in(), None);
        }
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
        assert_eq!(continuity.lost_in(), None);
        continuity.check(continuity.latest(), &standing(at(0, 5, 1))).unwrap();
    }
}
