//! One way to talk to either database: the statements of this folder are the same for both, and so is what their
//! places and columns hold. What differs is in [`Db::dialect`] and in the migrations.

use super::cells::Cells;
use super::error::{Error, Result};
use crate::postgres::Session;
use access_core::model::SecretHash;
use std::ops::ControlFlow;
use uuid::Uuid;

/// A connection, inside a transaction.
#[derive(Clone, Copy)]
pub enum Db<'c> {
    /// To SQLite.
    Sqlite(&'c rusqlite::Connection),
    /// To PostgreSQL.
    Postgres(&'c Session),
}

/// Where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The one of two texts that is for this database.
    pub(crate) fn pick(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

/// Until the end of the transaction.
pub(crate) const FOR_VALUES: &str = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)
     WHERE current_setting('plan_cache_mode', true) IS NOT NULL";
pub(crate) const FOLLOWING_ORDER: &str = "SELECT set_config('enable_sort', 'off', true)
     WHERE current_setting('enable_sort', true) IS NOT NULL";

impl Db<'_> {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Has what follows in this transaction planned for the values that it is run with; if it `follows_order`, by an
    /// index that has the order, instead of a sort of all. PostgreSQL plans a statement that it has seen often for any
    /// values, and would walk through the tokens of all for the few of one user. A database that calls itself PostgreSQL
    /// and has no such settings goes its own way.
    pub(crate) fn plan_for_values(&self, follows_order: bool) {
        if let Self::Postgres(session) = self {
            session.put_before(FOR_VALUES);
            if follows_order {
                session.put_before(FOLLOWING_ORDER);
            }
        }
    }

    /// Runs a statement; the number of rows it wrote.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                Ok(statement.execute(rusqlite::params_from_iter(values))?)
            }
            Self::Postgres(session) => session.execute(sql, values),
        }
    }

    /// Runs a statement with one place for each of these values, in the time of one round trip.
    pub(crate) fn execute_each(&self, sql: &str, values: &[Value<'_>]) -> Result<()> {
        match self {
            Self::Sqlite(_) => values.iter().try_for_each(|value| self.execute(sql, &[*value]).map(drop)),
            Self::Postgres(session) => session.execute_each(sql, values),
        }
    }

    /// Reads row after row until `each` has enough. SQLite looks for no more then, but PostgreSQL sends every row that
    /// there is: a statement that may have many has a LIMIT.
    pub(crate) fn walk(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut each: impl FnMut(&mut Cells<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                while let Some(row) = rows.next()? {
                    if each(&mut Cells::of_sqlite(row))?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Self::Postgres(session) => session.walk(sql, values, |row| each(&mut Cells::of_postgres(row))),
        }
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&mut Cells<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.walk(sql, values, |cells| {
            rows.push(read(cells)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }

    /// The first row, if there is one.
    pub(crate) fn optional<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&mut Cells<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.walk(sql, values, |cells| {
            found = Some(read(cells)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// The one row that the statement always has.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(&mut Cells<'_>) -> Result<T>,
    ) -> Result<T> {
        self.optional(sql, values, read)?.ok_or_else(|| Error::Unreadable("a row is missing".to_owned()))
    }

    /// Whether there is any row.
    pub(crate) fn exists(&self, sql: &str, values: &[Value<'_>]) -> Result<bool> {
        self.optional(sql, values, |_| Ok(())).map(|found| found.is_some())
    }
}

/// What stands in a statement's place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'v> {
    Null,
    Integer(i64),
    Truth(bool),
    Text(&'v str),
    Bytes(&'v [u8]),
    Id(Uuid),
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Truth(truth) => ValueRef::Integer(i64::from(*truth)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

/// What can stand in a statement's place.
pub(crate) trait Bind {
    /// As the statement takes it.
    fn value(&self) -> Value<'_>;
}

/// The values for a statement's places: `&values![a, b]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::sql::db::Bind::value(&$value)),*]
    };
}
pub(crate) use values;

impl<T: Bind + ?Sized> Bind for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::value)
    }
}

impl Bind for str {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for String {
    fn value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Bind for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for Vec<u8> {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl Bind for SecretHash {
    fn value(&self) -> Value<'_> {
        Value::Bytes(&self.0)
    }
}

impl Bind for i64 {
    fn value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Bind for u32 {
    fn value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Bind for bool {
    fn value(&self) -> Value<'_> {
        Value::Truth(*self)
    }
}

impl Bind for Uuid {
    fn value(&self) -> Value<'_> {
        Value::Id(*self)
    }
}
