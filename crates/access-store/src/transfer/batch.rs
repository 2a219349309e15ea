//! Rows on their way into a database, many at a time.

use super::reading::{Field, Row};
use super::tables::{Kind, Table};
use super::{TransferError, at};
use crate::postgres::Session;
use crate::sql::db::{Db, Value};
use crate::sql::error::Result;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Most rows in one statement.
const ROWS: usize = 2000;

/// Most bytes in one statement, but for the last row.
const BYTES: usize = 4 << 20;

/// What waits to be written.
pub(super) struct Batch<'d> {
    db: Db<'d>,
    table: Option<&'static Table>,
    rows: Vec<Row>,
    bytes: usize,
}

impl<'d> Batch<'d> {
    pub(super) fn new(db: Db<'d>) -> Self {
        Self { db, table: None, rows: Vec::new(), bytes: 0 }
    }

    /// The rows from here on are this table's.
    pub(super) fn begin(&mut self, table: &'static Table) -> std::result::Result<(), TransferError> {
        self.flush()?;
        self.table = Some(table);
        Ok(())
    }

    /// Takes a row.
    pub(super) fn put(&mut self, row: Row) -> std::result::Result<(), TransferError> {
        self.bytes += row.iter().map(size).sum::<usize>();
        self.rows.push(row);
        if self.rows.len() >= ROWS || self.bytes >= BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> std::result::Result<(), TransferError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        let Some(table) = self.table.filter(|_| !rows.is_empty()) else { return Ok(()) };
        match self.db {
            Db::Postgres(session) => insert_many(session, table, rows),
            Db::Sqlite(_) => rows.iter().try_for_each(|row| {
                let values: Vec<Value<'_>> = row.iter().map(value).collect();
                self.db.execute(table.insert, &values).map(drop)
            }),
        }
        .map_err(at(table.name))
    }
}

fn size(field: &Field) -> usize {
    match field {
        Field::Null | Field::Integer(_) => 8,
        Field::Text(text) => text.len(),
        Field::Bytes(bytes) => bytes.len(),
        Field::Id(_) => 16,
    }
}

fn value(field: &Field) -> Value<'_> {
    match field {
        Field::Null => Value::Null,
        Field::Integer(number) => Value::Integer(*number),
        Field::Text(text) => Value::Text(text),
        Field::Bytes(bytes) => Value::Bytes(bytes),
        Field::Id(id) => Value::Id(*id),
    }
}

/// One statement for all of them, with an array for each column.
fn insert_many(session: &Session, table: &'static Table, mut rows: Vec<Row>) -> Result<()> {
    let columns: Vec<Box<dyn ToSql + Sync>> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let fields = rows.iter_mut().map(|row| std::mem::replace(&mut row[index], Field::Null));
            array(column.kind, fields)
        })
        .collect();
    let columns: Vec<&(dyn ToSql + Sync)> = columns.iter().map(Box::as_ref).collect();
    session.query_all(&[(table.insert_many, &columns)]).map(drop)
}

/// The reader has looked at the kinds.
fn array(kind: Kind, fields: impl Iterator<Item = Field>) -> Box<dyn ToSql + Sync> {
    match kind {
        Kind::Integer => Box::new(
            fields
                .map(|field| if let Field::Integer(number) = field { Some(number) } else { None })
                .collect::<Vec<Option<i64>>>(),
        ),
        Kind::Text => Box::new(
            fields
                .map(|field| if let Field::Text(text) = field { Some(text) } else { None })
                .collect::<Vec<Option<String>>>(),
        ),
        Kind::Bytes => Box::new(
            fields
                .map(|field| if let Field::Bytes(bytes) = field { Some(bytes) } else { None })
                .collect::<Vec<Option<Vec<u8>>>>(),
        ),
        Kind::Id => Box::new(
            fields
                .map(|field| if let Field::Id(id) = field { Some(id) } else { None })
                .collect::<Vec<Option<Uuid>>>(),
        ),
    }
}
