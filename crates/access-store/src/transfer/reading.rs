//! The file as it is read: every line is looked at, and counts only together with the last one.

use super::tables::{Kind, TABLES, Table, schema};
use super::writing::hexadecimal;
use super::{Counts, FORMAT, TransferError, VERSION};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::io::{BufRead, Read as _};
use uuid::Uuid;

/// The longest line in bytes: far above what the service accepts in one row.
const LONGEST: u64 = 16 << 20;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

/// A row, with a field for each column of its table.
pub(super) type Row = Vec<Field>;

/// What comes next.
#[derive(Debug)]
pub(super) enum Item {
    /// The rows behind it are this table's.
    Table(&'static Table),
    Row(Row),
    /// Everything was there.
    End,
}

/// Reads a file line by line.
pub(super) struct Reader<R> {
    input: R,
    sum: Context,
    line: Vec<u8>,
    number: u64,
    counts: Counts,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    pub(super) fn begin(input: R) -> Result<Self, TransferError> {
        let mut reader =
            Self { input, sum: Context::new(&SHA256), line: Vec::new(), number: 0, counts: Vec::new() };
        reader.next_line().map_err(|error| match error {
            TransferError::Io(error) => TransferError::Io(error),
            _ => TransferError::Foreign,
        })?;
        let first: Value = serde_json::from_slice(&reader.line).map_err(|_| TransferError::Foreign)?;
        if first["format"] != FORMAT {
            return Err(TransferError::Foreign);
        }
        match first["version"].as_u64() {
            Some(version) if version == u64::from(VERSION) => {}
            version => return Err(TransferError::Form(version.unwrap_or_default())),
        }
        match first["schema"].as_u64() {
            Some(found) if found == u64::from(schema()) => {}
            found => {
                let (found, known) = (found.unwrap_or_default(), schema());
                return Err(TransferError::FileSchema { found, known });
            }
        }
        reader.sum.update(&reader.line);
        Ok(reader)
    }

    /// What comes next; not to be called after the end.
    pub(super) fn next(&mut self) -> Result<Item, TransferError> {
        self.next_line()?;
        if self.line.first() == Some(&b'[') {
            self.sum.update(&self.line);
            return self.row().map(Item::Row);
        }
        let Ok(value) = serde_json::from_slice::<Value>(&self.line) else {
            return Err(self.damaged("it is no JSON"));
        };
        if value["end"] == true {
            return self.end(&value).map(|()| Item::End);
        }
        self.sum.update(&self.line);
        self.table(&value).map(Item::Table)
    }

    /// How many rows of which table were read.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn damaged(&self, problem: impl Into<String>) -> TransferError {
        TransferError::Damaged { line: self.number, problem: problem.into() }
    }

    fn next_line(&mut self) -> Result<(), TransferError> {
        self.line.clear();
        (&mut self.input).take(LONGEST).read_until(b'\n', &mut self.line)?;
        if self.line.last() == Some(&b'\n') {
            self.number += 1;
            return Ok(());
        }
        if self.line.len() as u64 >= LONGEST {
            self.number += 1;
            return Err(self.damaged("it is too long"));
        }
        Err(TransferError::Truncated(self.number))
    }

    fn table(&mut self, value: &Value) -> Result<&'static Table, TransferError> {
        let Some(table) = TABLES.get(self.counts.len()).filter(|table| value["table"] == table.name) else {
            return Err(self.damaged("it is not the table that comes next"));
        };
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        if value["columns"] != json!(columns) {
            return Err(self.damaged(format!("the table {} has other columns", table.name)));
        }
        self.counts.push((table.name, 0));
        Ok(table)
    }

    fn row(&mut self) -> Result<Row, TransferError> {
        let Some(table) = self.counts.len().checked_sub(1).and_then(|index| TABLES.get(index)) else {
            return Err(self.damaged("it is a row of no table"));
        };
        let Ok(values) = serde_json::from_slice::<Vec<Value>>(&self.line) else {
            return Err(self.damaged("it is no row"));
        };
        if values.len() != table.columns.len() {
            return Err(self.damaged("it has more or fewer columns than its table"));
        }
        let mut row = Row::with_capacity(values.len());
        for (value, column) in values.into_iter().zip(table.columns) {
            let Some(field) = field(value, column.kind) else {
                return Err(self.damaged(format!("the column {} holds something else", column.name)));
            };
            row.push(field);
        }
        if let Some((_, count)) = self.counts.last_mut() {
            *count += 1;
        }
        Ok(row)
    }

    fn end(&mut self, end: &Value) -> Result<(), TransferError> {
        if self.counts.len() != TABLES.len() {
            return Err(self.damaged("it is the end, but tables are missing"));
        }
        let rows: serde_json::Map<String, Value> =
            self.counts.iter().map(|(table, count)| ((*table).to_owned(), json!(count))).collect();
        if end["rows"] != Value::Object(rows) {
            return Err(self.damaged("more or fewer rows were written than are there"));
        }
        if end["sha256"] != hexadecimal(self.sum.clone()).as_str() {
            return Err(self.damaged("the checksum is not that of the lines before"));
        }
        if !self.input.fill_buf()?.is_empty() {
            return Err(self.damaged("it is the end, but more comes behind it"));
        }
        Ok(())
    }
}

/// `None` if it is something else.
fn field(value: Value, kind: Kind) -> Option<Field> {
    Some(match (kind, value) {
        (_, Value::Null) => Field::Null,
        (Kind::Integer, Value::Number(number)) => Field::Integer(number.as_i64()?),
        (Kind::Text, Value::String(text)) => Field::Text(text),
        (Kind::Bytes, Value::String(text)) => Field::Bytes(BASE64.decode(text).ok()?),
        (Kind::Id, Value::String(text)) => Field::Id(Uuid::try_parse(&text).ok()?),
        _ => return None,
    })
}
