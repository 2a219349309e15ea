//! Guessing slowed down. After some wrong passwords in a row for a name, the next try has to wait, twice as long
//! each time up to a limit; meanwhile no password is looked at, not even the right one. The count is in the database,
//! so it outlives a restart and replicas count together. It is by name, whether there is such a user or not, and
//! concerns passwords only: tokens are never affected. Time alone ends a wait.

use crate::access::Access;
use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::model::{AuditAction, SecretHash};
use crate::principal::Principal;
use crate::store::StoreError;
use crate::store::logins::LoginFailures;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// After so many seconds without a wrong password the ones before are forgotten.
pub(crate) const FORGOTTEN_AFTER: u64 = 24 * 3600;
/// Counts freed by one call of [`Access::clean_logins`].
const CLEANING_BATCH: usize = 10_000;
/// A last wrong password that is at most so many seconds ahead of this clock counts as of now: clocks differ a little.
const CLOCK_SKEW: u64 = 60;
/// Groups of names that take turns.
const LANES: usize = 256;
/// How long to wait for a turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets at most as many tries for one name run at once as there are cores, which costs nothing, as no more hashes
/// are computed at once: without it, hundreds of guesses sent together would all be looked at before the first
/// wrong one is counted.
#[derive(Debug)]
pub(crate) struct LoginGate(Vec<Semaphore>);

impl LoginGate {
    pub(crate) fn new() -> Self {
        let width = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self((0..LANES).map(|_| Semaphore::new(width)).collect())
    }

    /// A turn for a name.
    ///
    /// # Errors
    /// [`AccessError::Busy`] if none comes in time.
    async fn enter(&self, name: SecretHash) -> Result<SemaphorePermit<'_>, AccessError> {
        let busy = || AccessError::Busy("too many log-ins are waiting; try again".to_owned());
        let lane = self.0.get(usize::from(name.0[0]) % LANES).ok_or_else(busy)?;
        tokio::time::timeout(PATIENCE, lane.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())
    }
}

/// Permission to look at one password.
pub(crate) struct Attempt<'a> {
    name: SecretHash,
    failures: Option<LoginFailures>,
    _turn: SemaphorePermit<'a>,
}

impl Access {
    /// Asks whether a password for `username` may be looked at now.
    ///
    /// # Errors
    /// [`AccessError::TooManyAttempts`], [`AccessError::Busy`], [`AccessError::Unavailable`].
    pub(crate) async fn attempt(&self, username: &str) -> Result<Attempt<'_>, AccessError> {
        let name = self.login_name(username);
        // Who has to wait does not stand in the way of others.
        self.refuse_too_early(self.store().login_failures(name).await?)?;
        let turn = self.logins().enter(name).await?;
        let failures = self.store().login_failures(name).await?;
        self.refuse_too_early(failures)?;
        Ok(Attempt { name, failures, _turn: turn })
    }

    /// Notes that the password was wrong. What cannot be counted is an error, for all names alike: guessing must not
    /// be free while the disk is full.
    pub(crate) async fn attempt_failed(
        &self,
        attempt: &Attempt<'_>,
        known: Option<&str>,
    ) -> Result<(), AccessError> {
        let now = self.now();
        let count =
            self.store().count_login_failure(attempt.name, now, now.saturating_sub(FORGOTTEN_AFTER)).await?;
        // A name that is no user's may be a password typed in the wrong place.
        if count == self.settings().lockout_after {
            let username = known.unwrap_or("(no user)");
            tracing::warn!(username, count, "wrong passwords in a row: the next tries have to wait");
        }
        Ok(())
    }

    /// Notes that the password was right.
    pub(crate) async fn attempt_succeeded(&self, attempt: &Attempt<'_>) {
        if attempt.failures.is_some() {
            self.forget_failures(attempt.name).await;
        }
    }

    /// Forgets the wrong passwords for a user who got a new password.
    pub(crate) async fn forget_failures_of(&self, username: &str) {
        self.forget_failures(self.login_name(username)).await;
    }

    /// The same on behalf of an administrator, who is told if it did not work.
    pub(crate) async fn unlock_name(&self, principal: &Principal, username: &str) -> Result<(), AccessError> {
        let detail = "wrong passwords forgotten";
        let audit = self.audit(principal, AuditAction::UserChanged, username, detail)?;
        self.store().clear_login_failures(self.login_name(username), Some(audit)).await?;
        Ok(())
    }

    /// Frees the space of what is forgotten.
    pub(crate) async fn clean_logins(&self) -> Result<(), StoreError> {
        let cutoff = self.now().saturating_sub(FORGOTTEN_AFTER);
        self.store().clean_logins(cutoff, CLEANING_BATCH).await.map(drop)
    }

    async fn forget_failures(&self, name: SecretHash) {
        // A disk that cannot be written keeps nobody out who has the right password.
        if let Err(error) = self.store().clear_login_failures(name, None).await {
            tracing::warn!(%error, "wrong passwords could not be forgotten");
        }
    }

    fn refuse_too_early(&self, failures: Option<LoginFailures>) -> Result<(), AccessError> {
        let settings = self.settings();
        let rest = failures
            .map_or(0, |f| rest(f, self.now(), settings.lockout_after, settings.lockout_longest_wait));
        if rest == 0 { Ok(()) } else { Err(AccessError::TooManyAttempts(rest)) }
    }

    /// Every spelling of a name counts as the same one; user names have no spaces.
    fn login_name(&self, username: &str) -> SecretHash {
        let folded: String = username.to_lowercase().split_whitespace().collect();
        self.keyring().hash_login_name(&folded)
    }
}

/// For how many more seconds no password is looked at.
fn rest(failures: LoginFailures, now: EpochSeconds, free: u32, longest: u64) -> u64 {
    // A clock that was set back by much would make the wait as long as it was wrong.
    let last_at = failures.last_at.min(now);
    if failures.last_at - last_at > CLOCK_SKEW || now - last_at >= FORGOTTEN_AFTER {
        return 0;
    }
    let Some(doublings) = failures.count.checked_sub(free) else { return 0 };
    let wait = 1u64.checked_shl(doublings).unwrap_or(longest).min(longest);
    (last_at + wait).saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: u64 = 1_800_000_000;

    fn after(count: u32, seconds: u64) -> u64 {
        rest(LoginFailures { count, last_at: AT }, AT + seconds, 5, 300)
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = (3..16).map(|count| after(count, 0)).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!((after(69, 0), after(u32::MAX, 0)), (300, 300));
    }

    #[test]
    fn a_clock_a_little_behind_gives_no_free_guess() {
        let at = |now| rest(LoginFailures { count: 8, last_at: AT }, now, 5, 300);
        assert_eq!([at(AT - 1), at(AT - 60), at(AT - 61), at(AT - 100_000)], [8, 8, 0, 0]);
    }

    proptest! {
        // reg 56: a limiter that never let go.
        #[test]
        fn reg_56_every_wait_ends_by_itself(
            count in 0u32.., later in 0u64..100_000, back in 0u64..10_000_000, free in 1u32..100, longest in 1u64..86_400,
        ) {
            let failures = LoginFailures { count, last_at: AT };
            prop_assert!(rest(failures, AT + later, free, longest) <= longest);
            prop_assert_eq!(rest(failures, AT + longest, free, longest), 0);
            prop_assert!(rest(failures, AT - back, free, longest) <= longest, "a clock set back");
        }
    }
}
