//! Time, handed in as a value so that clock steps and races can be tested.

use std::sync::atomic::{AtomicU64, Ordering};

/// Seconds since 1970-01-01T00:00:00Z.
pub type EpochSeconds = u64;

/// What time it is.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> EpochSeconds;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> EpochSeconds {
        // A clock before 1970 reads as 0: everything is then in the future, nothing is valid for longer.
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// A clock that stands still until it is set, for tests.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

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

impl Clock for ManualClock {
    fn now(&self) -> EpochSeconds {
        self.0.load(Ordering::SeqCst)
    }
}
