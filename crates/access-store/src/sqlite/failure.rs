//! What an error of SQLite means to a caller, and the one kind after which nothing may be written again.

use crate::sql::error::Error;
use access_core::store::StoreError;
use rusqlite::{ErrorCode, ffi};
use tokio::sync::watch;

/// Whether the disk, or the size allowed, is used up.
pub(super) fn is_full(error: &Error) -> bool {
    matches!(error, Error::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
}

/// Whether the error says that a sync to disk failed. The kernel may have dropped the pages and reports
/// success the next time, so there must be no next time in this process.
pub(super) fn is_failed_sync(error: &Error) -> bool {
    let Error::Sqlite(error) = error else { return false };
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

/// Whether the store can write at all, shared by its threads. Once broken it stays so.
#[derive(Debug, Clone)]
pub(super) struct Health(watch::Sender<Option<String>>);

impl Health {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Notes that nothing may be written any more.
    pub(super) fn break_down(&self, why: &str) {
        self.0.send_if_modified(|state| {
            let first = state.is_none();
            if first {
                tracing::error!(why, "the database can no longer be written by this process");
                *state = Some(why.to_owned());
            }
            first
        });
    }

    /// [`Health::break_down`] if `error` is a failed sync.
    pub(super) fn check(&self, error: &Error) {
        if is_failed_sync(error) {
            self.break_down(&error.to_string());
        }
    }

    /// The error that all writes get once the store is broken.
    pub(super) fn verdict(&self) -> Option<StoreError> {
        self.0.borrow().clone().map(StoreError::Unavailable)
    }

    /// Waits for the store to break down; its reason.
    pub(super) async fn broken(&self) -> String {
        let mut changes = self.0.subscribe();
        match changes.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_default(),
            // Cannot be: `self` holds the sender.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::error::store_error;

    fn sqlite(code: i32) -> Error {
        Error::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn trouble_that_may_pass_is_unavailable_and_nonsense_is_corrupt() {
        for code in
            [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_READONLY, ffi::SQLITE_IOERR, ffi::SQLITE_NOMEM]
        {
            assert!(matches!(store_error(&sqlite(code)), StoreError::Unavailable(_)), "{code}");
        }
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert!(matches!(store_error(&sqlite(code)), StoreError::Corrupt(_)), "{code}");
        }
        let undecodable = Error::Sqlite(rusqlite::Error::IntegralValueOutOfRange(0, -1));
        assert!(matches!(store_error(&undecodable), StoreError::Corrupt(_)));
    }

    #[tokio::test]
    async fn a_failed_sync_breaks_the_store_for_good_and_a_full_disk_does_not() {
        let health = Health::new();
        health.check(&sqlite(ffi::SQLITE_FULL));
        health.check(&sqlite(ffi::SQLITE_IOERR_WRITE));
        assert!(health.verdict().is_none());
        health.check(&sqlite(ffi::SQLITE_IOERR_FSYNC));
        let first = health.broken().await;
        health.break_down("something later");
        assert_eq!(health.broken().await, first);
        assert!(matches!(health.verdict(), Some(StoreError::Unavailable(_))));
    }
}
