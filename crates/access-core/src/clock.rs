//! Time, handed in as a value so that clock steps and races can be tested.

use std::sync::atomic::{AtomicU64, Ordering};

/// Seconds since 1970-01-01T00:00:00Z.
pub type EpochSeconds = u64;

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// The time now in milliseconds since 1970, for ids that grow with time.
    fn now_millis(&self) -> u64;

    /// The time now.
    fn now(&self) -> EpochSeconds {
        self.now_millis() / 1000
    }
}

/// The machine's clock, except that it never runs backwards: a token that was expired once stays so, as
/// long as the process lives, whatever happens to the machine's time.
#[derive(Debug, Default)]
pub struct SystemClock(AtomicU64);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now_millis(&self) -> u64 {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = since_1970.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        self.0.fetch_max(now, Ordering::SeqCst).max(now)
    }
}

/// A clock that stands still until it is set, for tests.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

#[cfg(any(test, feature = "test-util"))]
impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: EpochSeconds) -> Self {
        Self(AtomicU64::new(now))
    }

    /// Moves the clock to `now`, forwards or back.
    pub fn set(&self, now: EpochSeconds) {
        self.0.store(now, Ordering::SeqCst);
    }

    /// Moves the clock `seconds` forwards.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Clock for ManualClock {
    fn now_millis(&self) -> u64 {
        self.0.load(Ordering::SeqCst).saturating_mul(1000)
    }
}
