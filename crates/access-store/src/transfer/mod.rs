//! A service moved from one database to another, of either kind, through a file (docs/accessd.md describes it): one
//! state of the database, written and read row by row, and taken over whole or not at all.

mod batch;
mod export;
mod import;
mod reading;
mod tables;
mod writing;

pub use export::{export_postgres, export_sqlite};
pub use import::Import;

use crate::sql::error::Error;

/// The word by which a file of ours is known.
const FORMAT: &str = "accessd-export";

/// The version of the file's form, apart from what is in it.
const VERSION: u32 = 1;

/// How many rows of which table were moved, in the order of the file.
pub type Counts = Vec<(&'static str, u64)>;

/// Why a service was not moved. An import has written nothing then, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] crate::sqlite::OpenError),
    /// The database refuses.
    #[error("the database refuses{}", .table.map(|table| format!(", at the table {table}")).unwrap_or_default())]
    Database {
        /// The table it was at.
        table: Option<&'static str>,
        /// Why.
        #[source]
        source: DatabaseError,
    },
    /// The answer to the last step got lost.
    #[error("whether the import was kept is unknown: look whether the database is still empty")]
    Unknown(#[source] DatabaseError),
    /// The database has another schema than this program.
    #[error("the database has the schema {found}, this accessd knows {known}: {}", schema_advice(*.found, *.known))]
    DatabaseSchema {
        /// The database's.
        found: i64,
        /// This program's.
        known: u32,
    },
    /// The database has lost changes that were acknowledged, and nobody has said yet that it may go on.
    #[error(
        "the database is locked: {0}; find out what is missing (docs/postgresql.md), then run `accessd unlock`, then \
         export"
    )]
    Locked(String),
    /// There is nothing to export.
    #[error("there is no service in this database yet")]
    NoService,
    /// There is something already where the service is to go.
    #[error("the database is not empty: its table {0} has rows; import into an empty one")]
    NotEmpty(&'static str),
    /// The file cannot be read or written.
    #[error("the file cannot be read or written")]
    Io(#[from] std::io::Error),
    /// It is no file of ours.
    #[error("this is no export of accessd")]
    Foreign,
    /// It is of a form that this program does not know.
    #[error(
        "this export has form {0}, this accessd knows form {VERSION}: use the release that wrote it, or a newer one"
    )]
    Form(u64),
    /// It was written from another schema.
    #[error(
        "this export was made from the schema {found}, this accessd knows {known}: import it with the release that wrote it, \
         then bring the database up to date with `accessd migrate` of a newer one"
    )]
    FileSchema {
        /// The file's.
        found: u64,
        /// This program's.
        known: u32,
    },
    /// It ends too early.
    #[error("the export ends after line {0} without its end mark: it was cut short")]
    Truncated(u64),
    /// It is not what was written.
    #[error("the export is damaged at line {line}: {problem}")]
    Damaged {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
}

/// What a database says.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseError(String);

impl From<&Error> for DatabaseError {
    fn from(error: &Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Error> for TransferError {
    fn from(error: Error) -> Self {
        Self::Database { table: None, source: DatabaseError::from(&error) }
    }
}

impl From<rusqlite::Error> for TransferError {
    fn from(error: rusqlite::Error) -> Self {
        Error::from(error).into()
    }
}

/// For `map_err`: the error of a statement on a table.
fn at(table: &'static str) -> impl Fn(Error) -> TransferError {
    move |error| TransferError::Database { table: Some(table), source: DatabaseError::from(&error) }
}

/// For `map_err`: the error of the table that was begun last.
fn at_of(counts: &Counts) -> impl Fn(Error) -> TransferError + use<> {
    let table = counts.last().map(|(table, _)| *table);
    move |error| TransferError::Database { table, source: DatabaseError::from(&error) }
}

fn schema_advice(found: i64, known: u32) -> &'static str {
    if found < i64::from(known) {
        "bring it up to date with `accessd migrate`"
    } else {
        "use the newer release"
    }
}
