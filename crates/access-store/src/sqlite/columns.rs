//! How values stand in columns.

use access_core::clock::EpochSeconds;
use access_core::model::SecretHash;
use rusqlite::types::FromSql;
use rusqlite::{Error, Result, Row};
use uuid::Uuid;

/// How "never" stands in `tokens.expires_at`: later than every time.
pub(super) const NEVER: i64 = i64::MAX;

/// A time or duration as it is stored. What lies beyond the column's range is as late as can be said.
pub(super) fn seconds(value: EpochSeconds) -> i64 {
    i64::try_from(value).unwrap_or(NEVER).min(NEVER - 1)
}

/// A token's expiry as it is stored.
pub(super) fn expiry(expires_at: Option<EpochSeconds>) -> i64 {
    expires_at.map_or(NEVER, seconds)
}

/// A count as `LIMIT` wants it.
pub(super) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The columns of a row, read one after the other in the order of the statement: looking each up by its
/// name would take longer than finding the row.
pub(super) struct Cells<'row, 'statement> {
    row: &'row Row<'statement>,
    next: usize,
}

impl<'row, 'statement> Cells<'row, 'statement> {
    pub(super) fn of(row: &'row Row<'statement>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column as its type.
    pub(super) fn take<T: FromSql>(&mut self) -> Result<T> {
        let index = self.next;
        self.next += 1;
        self.row.get(index)
    }

    /// A number that cannot be negative, or nothing.
    pub(super) fn optional_seconds(&mut self) -> Result<Option<EpochSeconds>> {
        let index = self.next;
        let value: Option<i64> = self.take()?;
        value
            .map(|value| u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(index, value)))
            .transpose()
    }

    /// A number that cannot be negative.
    pub(super) fn seconds(&mut self) -> Result<EpochSeconds> {
        let index = self.next;
        let value: i64 = self.take()?;
        u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(index, value))
    }

    /// A token's expiry.
    pub(super) fn expiry(&mut self) -> Result<Option<EpochSeconds>> {
        self.seconds().map(|at| (at != NEVER.unsigned_abs()).then_some(at))
    }

    /// An id.
    pub(super) fn uuid(&mut self) -> Result<Uuid> {
        self.take().map(Uuid::from_bytes)
    }

    /// An id, or nothing.
    pub(super) fn optional_uuid(&mut self) -> Result<Option<Uuid>> {
        self.take::<Option<_>>().map(|bytes| bytes.map(Uuid::from_bytes))
    }

    /// A hash.
    pub(super) fn hash(&mut self) -> Result<SecretHash> {
        self.take().map(SecretHash)
    }

    /// A hash, or nothing.
    pub(super) fn optional_hash(&mut self) -> Result<Option<SecretHash>> {
        self.take::<Option<_>>().map(|bytes| bytes.map(SecretHash))
    }

    /// One of the words that `parse` knows.
    pub(super) fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let index = self.next;
        let word = self.row.get_ref(index)?.as_str()?;
        self.next += 1;
        parse(word).ok_or_else(|| {
            Error::FromSqlConversionFailure(
                index,
                rusqlite::types::Type::Text,
                "a word unknown to this program".into(),
            )
        })
    }
}
