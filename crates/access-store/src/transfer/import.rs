//! A file, taken over into an empty database in one transaction.

use super::batch::Batch;
use super::export::schema_of;
use super::reading::{Field, Item, Reader, Row};
use super::tables::{TABLES, Table, schema};
use super::{Counts, DatabaseError, TransferError, at};
use crate::postgres::{PostgresSettings, alone, begin_writing};
use crate::sql::db::Db;
use crate::sqlite::open;
use access_core::model::SigningKeyRecord;
use std::io::BufRead;
use std::path::Path;

/// Most rows that are held before the database is opened: the service and its signing keys.
const MOST_HELD: usize = 10_000;

/// A file whose beginning was read: that it is one for this program, and which keys the service signs with.
pub struct Import<R> {
    reader: Reader<R>,
    held: Vec<(&'static Table, Vec<Row>)>,
    /// The table behind those that are held.
    next: &'static Table,
    keys: Vec<SigningKeyRecord>,
}

impl<R: BufRead> Import<R> {
    /// Reads the beginning.
    ///
    /// # Errors
    /// A [`TransferError`] if it is no file for this program.
    pub fn begin(input: R) -> Result<Self, TransferError> {
        let mut reader = Reader::begin(input)?;
        let mut held: Vec<(&'static Table, Vec<Row>)> = Vec::new();
        let mut room = MOST_HELD;
        let next = loop {
            match reader.next()? {
                Item::Table(table) if held.len() == 2 => break table,
                Item::Table(table) => held.push((table, Vec::new())),
                Item::Row(row) => {
                    room = room.checked_sub(1).ok_or_else(|| reader.damaged("there are too many keys"))?;
                    held.last_mut().map(|(_, rows)| rows).into_iter().for_each(|rows| rows.push(row.clone()));
                }
                Item::End => return Err(reader.damaged("tables are missing")),
            }
        };
        let [(_, services), (_, keys)] = &held[..] else { return Err(reader.damaged("tables are missing")) };
        let keys: Option<Vec<SigningKeyRecord>> = keys.iter().map(|row| key(row)).collect();
        let Some(mut keys) = keys.filter(|keys| !keys.is_empty() && services.len() == 1) else {
            return Err(reader.damaged("there is no service with signing keys in it"));
        };
        keys.sort_by(|a, b| (b.created_at, &b.kid).cmp(&(a.created_at, &a.kid)));
        Ok(Self { reader, held, next, keys })
    }

    /// The service's signing keys, newest first, sealed with its master key.
    pub fn signing_keys(&self) -> &[SigningKeyRecord] {
        &self.keys
    }

    /// Takes everything over into the SQLite database in the file `path`, which is made if it is not there. Blocks.
    ///
    /// # Errors
    /// A [`TransferError`]; the database is as empty as before then.
    pub fn into_sqlite(self, path: &Path) -> Result<Counts, TransferError> {
        let (connection, _) = open::migrated_connection(path)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Dropping the connection undoes what was not committed.
        let counts = self.copy(Db::Sqlite(&connection))?;
        connection.execute_batch("COMMIT")?;
        Ok(counts)
    }

    /// Takes everything over into a PostgreSQL database. Blocks, so not to be called inside a tokio runtime. No service
    /// on this database writes meanwhile.
    ///
    /// # Errors
    /// A [`TransferError`]; the database is as empty as before then.
    pub fn into_postgres(self, settings: &PostgresSettings) -> Result<Counts, TransferError> {
        let session = alone::connect_migrated(settings)?;
        begin_writing(&session)?;
        // Dropping the session undoes what was not committed.
        let counts = self.copy(Db::Postgres(&session))?;
        session.run("COMMIT").map_err(|error| TransferError::Unknown(DatabaseError::from(&error)))?;
        // Otherwise the first lists are planned as if the tables were empty. The import is done, whatever comes of it.
        let _ = session.run("ANALYZE");
        Ok(counts)
    }

    fn copy(mut self, db: Db<'_>) -> Result<Counts, TransferError> {
        let found = schema_of(&db)?;
        if found != i64::from(schema()) {
            return Err(TransferError::DatabaseSchema { found, known: schema() });
        }
        for table in &TABLES {
            if db.exists(table.any, &[]).map_err(at(table.name))? {
                return Err(TransferError::NotEmpty(table.name));
            }
        }
        let mut batch = Batch::new(db);
        for (table, rows) in self.held {
            batch.begin(table)?;
            rows.into_iter().try_for_each(|row| batch.put(row))?;
        }
        batch.begin(self.next)?;
        loop {
            match self.reader.next()? {
                Item::Table(table) => batch.begin(table)?,
                Item::Row(row) => batch.put(row)?,
                Item::End => break,
            }
        }
        batch.flush()?;
        Ok(self.reader.counts().clone())
    }
}

/// The record in a row of `signing_keys`.
fn key(row: &[Field]) -> Option<SigningKeyRecord> {
    let [
        Field::Text(kid),
        Field::Text(algorithm),
        Field::Bytes(sealed_private_key),
        Field::Bytes(certificate),
        Field::Integer(created_at),
    ] = row
    else {
        return None;
    };
    Some(SigningKeyRecord {
        kid: kid.clone(),
        algorithm: algorithm.clone(),
        sealed_private_key: sealed_private_key.clone(),
        certificate: certificate.clone(),
        created_at: u64::try_from(*created_at).ok()?,
    })
}
