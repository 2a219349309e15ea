//! What can go wrong with a statement, and what that means to a caller.

use access_core::store::StoreError;
use rusqlite::ErrorCode;

/// Why a statement has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite says so.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL, or the connection to it, says so.
    #[error("{}", describe(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// There is no connection, or no answer in time.
    #[error("{0}")]
    Unavailable(String),
    /// The database answers, and is not to be used until an operator has decided.
    #[error("{0}")]
    Locked(String),
    /// What was read makes no sense.
    #[error("{0}")]
    Unreadable(String),
}

/// What a statement answers.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of tokio-postgres says "db error"; what happened is in its source.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(cause) => format!("{} ({})", cause.message(), cause.code().code()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// The error as callers see it. What cannot be decoded is corrupt; everything else may pass.
pub(crate) fn store_error(error: &Error) -> StoreError {
    let is_corrupt = match error {
        Error::Unreadable(_) => true,
        Error::Sqlite(
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..),
        ) => true,
        Error::Sqlite(error) => {
            matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        }
        // Class XX: data_corrupted, index_corrupted.
        Error::Postgres(error) => error.code().is_some_and(|state| {
            [
                tokio_postgres::error::SqlState::DATA_CORRUPTED,
                tokio_postgres::error::SqlState::INDEX_CORRUPTED,
            ]
            .contains(state)
        }),
        Error::Unavailable(_) | Error::Locked(_) => false,
    };
    if is_corrupt {
        StoreError::Corrupt(error.to_string())
    } else {
        StoreError::Unavailable(error.to_string())
    }
}
