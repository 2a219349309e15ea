//! One state of a database, written to a file while the service goes on.

use super::tables::{TABLES, schema};
use super::writing::Writer;
use super::{Counts, TransferError, at};
use crate::postgres::{PostgresSettings, Session, alone, locked};
use crate::sql::db::Db;
use crate::sql::error::Result as SqlResult;
use crate::sql::service;
use crate::sqlite::open;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

/// Writes what the SQLite database in the file `path` holds. Blocks. Meanwhile the service's log of writes grows, since
/// the state that is read is kept.
///
/// # Errors
/// A [`TransferError`]; what was written then is of no use.
pub fn export_sqlite(path: &Path, out: impl Write) -> Result<Counts, TransferError> {
    let connection = open::reading_connection(path)?;
    connection.execute_batch("BEGIN DEFERRED")?;
    write_all(&Db::Sqlite(&connection), out)
}

/// Writes what a PostgreSQL database holds, unless it is locked: the one that takes over would know nothing of the lock,
/// and would go on without what is missing. Blocks, so not to be called inside a tokio runtime.
///
/// # Errors
/// A [`TransferError`]; what was written then is of no use.
pub fn export_postgres(settings: &PostgresSettings, out: impl Write) -> Result<Counts, TransferError> {
    let session = alone::connect(settings)?;
    session.put_before("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    let counts = write_all(&Db::Postgres(&session), out)?;
    session.run("COMMIT")?;
    // What was lost before this began may have been noticed meanwhile.
    refuse_locked(&session)?;
    Ok(counts)
}

fn refuse_locked(session: &Session) -> Result<(), TransferError> {
    locked(session)?.map_or(Ok(()), |reason| Err(TransferError::Locked(reason)))
}

fn write_all(db: &Db<'_>, out: impl Write) -> Result<Counts, TransferError> {
    let found = schema_of(db)?;
    if found != i64::from(schema()) {
        return Err(TransferError::DatabaseSchema { found, known: schema() });
    }
    if let Db::Postgres(session) = db {
        refuse_locked(session)?;
    }
    if service::id(db)?.is_none() {
        return Err(TransferError::NoService);
    }
    let mut writer = Writer::begin(out)?;
    for table in &TABLES {
        writer.table(table)?;
        let mut failed = None;
        db.walk(table.read, &[], |cells| match writer.row(table, cells) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(error) => {
                failed = Some(error);
                Ok(ControlFlow::Break(()))
            }
        })
        .map_err(at(table.name))?;
        if let Some(error) = failed {
            return Err(error);
        }
    }
    writer.finish()
}

/// The version of the schema that the database has.
pub(super) fn schema_of(db: &Db<'_>) -> SqlResult<i64> {
    db.one("SELECT COALESCE(MAX(version), 0) FROM schema_migrations", &[], |cells| cells.take())
}
