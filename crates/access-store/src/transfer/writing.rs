//! The file as it is written.

use super::tables::{Kind, TABLES, Table, schema};
use super::{Counts, FORMAT, TransferError, VERSION};
use crate::sql::cells::{Cells, Raw};
use crate::sql::error::Error;
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::io::Write;
use uuid::Uuid;

/// Writes lines and adds them up.
pub(super) struct Writer<W> {
    out: W,
    sum: Context,
    line: Vec<u8>,
    counts: Counts,
}

impl<W: Write> Writer<W> {
    /// Writes the first line.
    pub(super) fn begin(out: W) -> Result<Self, TransferError> {
        let mut writer =
            Self { out, sum: Context::new(&SHA256), line: Vec::with_capacity(4096), counts: Vec::new() };
        writer.say(&json!({ "format": FORMAT, "version": VERSION, "schema": schema() }))?;
        Ok(writer)
    }

    /// Begins a table.
    pub(super) fn table(&mut self, table: &'static Table) -> Result<(), TransferError> {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        self.counts.push((table.name, 0));
        self.say(&json!({ "table": table.name, "columns": columns }))
    }

    /// Writes a row of the table begun last.
    pub(super) fn row(&mut self, table: &Table, cells: &mut Cells<'_>) -> Result<(), TransferError> {
        self.line.clear();
        for (index, column) in table.columns.iter().enumerate() {
            self.line.push(if index == 0 { b'[' } else { b',' });
            let raw = cells.raw().map_err(super::at_of(&self.counts))?;
            write_value(&mut self.line, column.kind, raw)
                .map_err(|()| unreadable(&self.counts, column.name))?;
        }
        self.line.push(b']');
        if let Some((_, count)) = self.counts.last_mut() {
            *count += 1;
        }
        self.put()
    }

    /// Writes the last line, which says what there has to be before it.
    pub(super) fn finish(mut self) -> Result<Counts, TransferError> {
        debug_assert_eq!(self.counts.len(), TABLES.len());
        let rows: serde_json::Map<String, Value> =
            self.counts.iter().map(|(table, count)| ((*table).to_owned(), json!(count))).collect();
        let end = json!({ "end": true, "rows": rows, "sha256": hexadecimal(self.sum.clone()) });
        self.say(&end)?;
        self.out.flush()?;
        Ok(self.counts)
    }

    fn say(&mut self, value: &Value) -> Result<(), TransferError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value).map_err(std::io::Error::other)?;
        self.put()
    }

    fn put(&mut self) -> Result<(), TransferError> {
        self.line.push(b'\n');
        self.sum.update(&self.line);
        Ok(self.out.write_all(&self.line)?)
    }
}

/// What was added up, as the last line has it.
pub(super) fn hexadecimal(sum: Context) -> String {
    sum.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `Err` if the column holds something else.
fn write_value(line: &mut Vec<u8>, kind: Kind, raw: Raw<'_>) -> Result<(), ()> {
    match (kind, raw) {
        (_, Raw::Null) => line.extend_from_slice(b"null"),
        (Kind::Integer, Raw::Integer(number)) => write!(line, "{number}").map_err(drop)?,
        (Kind::Text, Raw::Text(text)) => serde_json::to_writer(line, text).map_err(drop)?,
        (Kind::Bytes, Raw::Bytes(bytes)) => quoted(line, &BASE64.encode(bytes)),
        (Kind::Id, Raw::Id(id)) => quoted(line, &id.to_string()),
        (Kind::Id, Raw::Bytes(bytes)) => quoted(line, &Uuid::from_slice(bytes).map_err(drop)?.to_string()),
        _ => return Err(()),
    }
    Ok(())
}

fn quoted(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    line.extend_from_slice(text.as_bytes());
    line.push(b'"');
}

fn unreadable(counts: &Counts, column: &str) -> TransferError {
    let error = Error::Unreadable(format!("the column {column} holds another kind of value than it should"));
    super::at_of(counts)(error)
}
