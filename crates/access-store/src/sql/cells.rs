//! How values stand in columns.

use super::error::{Error, Result};
use access_core::clock::EpochSeconds;
use access_core::model::SecretHash;
use rusqlite::types::ValueRef;
use tokio_postgres::types::Type;
use uuid::Uuid;

/// How "never" stands in `tokens.expires_at`: later than every time.
pub(crate) const NEVER: i64 = i64::MAX;

/// A time or duration as it is stored. What lies beyond the column's range is as late as can be said.
pub(crate) fn seconds(value: EpochSeconds) -> i64 {
    i64::try_from(value).unwrap_or(NEVER).min(NEVER - 1)
}

/// A token's expiry as it is stored.
pub(crate) fn expiry(expires_at: Option<EpochSeconds>) -> i64 {
    expires_at.map_or(NEVER, seconds)
}

/// A count as `LIMIT` wants it.
pub(crate) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The columns of a row, read one after the other in the order of the statement: looking each up by its
/// name would take longer than finding the row.
pub(crate) struct Cells<'row> {
    row: Row<'row>,
    next: usize,
}

enum Row<'row> {
    Sqlite(&'row rusqlite::Row<'row>),
    Postgres(&'row tokio_postgres::Row),
}

/// A column of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Raw<'row> {
    Null,
    Integer(i64),
    Truth(bool),
    Text(&'row str),
    Bytes(&'row [u8]),
    Id(Uuid),
}

impl<'row> Cells<'row> {
    pub(crate) fn of_sqlite(row: &'row rusqlite::Row<'row>) -> Self {
        Self { row: Row::Sqlite(row), next: 0 }
    }

    pub(crate) fn of_postgres(row: &'row tokio_postgres::Row) -> Self {
        Self { row: Row::Postgres(row), next: 0 }
    }

    /// The columns behind the first `before` ones.
    pub(crate) fn behind(row: &'row tokio_postgres::Row, before: usize) -> Self {
        Self { row: Row::Postgres(row), next: before }
    }

    /// The next column as its type.
    pub(crate) fn take<T: Cell>(&mut self) -> Result<T> {
        let index = self.next;
        let raw = self.raw()?;
        T::of(raw).ok_or_else(|| unreadable(index))
    }

    /// Leaves out so many columns.
    pub(crate) fn skip(&mut self, count: usize) {
        self.next += count;
    }

    /// The next column as it is.
    pub(crate) fn raw(&mut self) -> Result<Raw<'row>> {
        let index = self.next;
        self.next += 1;
        match self.row {
            Row::Sqlite(row) => Ok(match row.get_ref(index)? {
                ValueRef::Null => Raw::Null,
                ValueRef::Integer(number) => Raw::Integer(number),
                ValueRef::Text(text) => Raw::Text(std::str::from_utf8(text).map_err(|_| unreadable(index))?),
                ValueRef::Blob(bytes) => Raw::Bytes(bytes),
                ValueRef::Real(_) => return Err(unreadable(index)),
            }),
            Row::Postgres(row) => of_postgres(row, index),
        }
    }

    /// A number that cannot be negative, or nothing.
    pub(crate) fn optional_seconds(&mut self) -> Result<Option<EpochSeconds>> {
        let index = self.next;
        let value: Option<i64> = self.take()?;
        value.map(|value| u64::try_from(value).map_err(|_| unreadable(index))).transpose()
    }

    /// A number that cannot be negative.
    pub(crate) fn seconds(&mut self) -> Result<EpochSeconds> {
        let index = self.next;
        self.optional_seconds()?.ok_or_else(|| unreadable(index))
    }

    /// A token's expiry.
    pub(crate) fn expiry(&mut self) -> Result<Option<EpochSeconds>> {
        self.seconds().map(|at| (at != NEVER.unsigned_abs()).then_some(at))
    }

    /// One of the words that `parse` knows.
    pub(crate) fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let index = self.next;
        match self.raw()? {
            Raw::Text(word) => parse(word)
                .ok_or_else(|| Error::Unreadable(format!("column {index}: a word unknown to this program"))),
            _ => Err(unreadable(index)),
        }
    }
}

fn of_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Raw<'_>> {
    let column = row.columns().get(index).ok_or_else(|| unreadable(index))?;
    // Anything but these, and NULL in any of them, would be a mistake of the statement.
    Ok(match *column.type_() {
        Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map(Raw::Integer),
        Type::INT4 => row.try_get::<_, Option<i32>>(index)?.map(|number| Raw::Integer(i64::from(number))),
        Type::BOOL => row.try_get::<_, Option<bool>>(index)?.map(Raw::Truth),
        Type::TEXT | Type::VARCHAR | Type::NAME => row.try_get::<_, Option<&str>>(index)?.map(Raw::Text),
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(index)?.map(Raw::Bytes),
        Type::UUID => row.try_get::<_, Option<Uuid>>(index)?.map(Raw::Id),
        _ => return Err(unreadable(index)),
    }
    .unwrap_or(Raw::Null))
}

fn unreadable(index: usize) -> Error {
    Error::Unreadable(format!("column {index} holds another kind of value than it should"))
}

/// Reads a row of one column.
pub(crate) fn only<T: Cell>(cells: &mut Cells<'_>) -> Result<T> {
    cells.take()
}

/// What can be read from a column.
pub(crate) trait Cell: Sized {
    /// `None` if the column holds something else.
    fn of(raw: Raw<'_>) -> Option<Self>;
}

impl<T: Cell> Cell for Option<T> {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Null => Some(None),
            _ => T::of(raw).map(Some),
        }
    }
}

impl Cell for String {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl Cell for Vec<u8> {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<const N: usize> Cell for [u8; N] {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl Cell for SecretHash {
    fn of(raw: Raw<'_>) -> Option<Self> {
        Cell::of(raw).map(Self)
    }
}

impl Cell for Uuid {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Id(id) => Some(id),
            Raw::Bytes(bytes) => Self::from_slice(bytes).ok(),
            _ => None,
        }
    }
}

impl Cell for i64 {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl Cell for u32 {
    fn of(raw: Raw<'_>) -> Option<Self> {
        i64::of(raw).and_then(|number| number.try_into().ok())
    }
}

impl Cell for bool {
    fn of(raw: Raw<'_>) -> Option<Self> {
        match raw {
            Raw::Truth(truth) => Some(truth),
            Raw::Integer(0) => Some(false),
            Raw::Integer(1) => Some(true),
            _ => None,
        }
    }
}
