//! The time of day, asked for here only: whoever needs it is handed it, so that tests can choose it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the system; all else is handed it")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Now, in epoch seconds.
pub(crate) fn seconds() -> u64 {
    seconds_of(now())
}

/// A moment in epoch seconds; what lies before them is their beginning.
pub(crate) fn seconds_of(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
