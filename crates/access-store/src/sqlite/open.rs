//! Opening the database: its file, its connections and their settings.

use crate::migrations::{self, Migrated, MigrationError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The oldest SQLite that does not lose write-ahead-log frames (fixed in 3.51.3).
const MINIMUM_SQLITE: i32 = 3_051_003;

/// For how long a statement waits for another process's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// For how long opening waits for another process that opens the same file.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);

/// For how long opening waits for another process that brings the schema up to date.
const MIGRATION_PATIENCE: Duration = Duration::from_secs(600);

/// Bytes that the log may keep on disk once it starts anew.
const LOG_SIZE_LIMIT: i64 = 64 << 20;

/// Page caches in KiB, as `PRAGMA cache_size` wants them: negative.
const WRITER_CACHE: i64 = -32 << 10;
const READER_CACHE: i64 = -8 << 10;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite linked is known to lose data.
    #[error("SQLite {0} is too old: 3.51.3 or newer is needed")]
    OldSqlite(&'static str),
    /// The file cannot be created or read.
    #[error("the database file {} cannot be opened", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A newer accessd made or migrated it.
    #[error(
        "the database {} was written by a newer accessd (schema {found}, this one knows {known}); run that version, \
         or restore a backup from before the upgrade",
        .path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// A migration that the database has seen was edited since.
    #[error(
        "the database {} was migrated by another content of {migration}; this is not a released build of accessd",
        .path.display()
    )]
    ChangedMigration {
        /// The file.
        path: PathBuf,
        /// The migration's file name.
        migration: String,
    },
    /// It has tables, and none of them is ours.
    #[error("{} is the database of another program", .0.display())]
    Foreign(PathBuf),
    /// SQLite refuses.
    #[error("the database {} cannot be opened", .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A thread cannot be started.
    #[error("the database's threads cannot be started")]
    Thread(#[source] io::Error),
}

impl OpenError {
    pub(super) fn sqlite(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        |source| Self::Sqlite { path: path.to_owned(), source }
    }
}

/// The writer's connection, with the schema brought up to date.
pub(super) fn first_connection(path: &Path) -> Result<Connection, OpenError> {
    migrated_connection(path).map(|(connection, _)| connection)
}

/// The same, and what was done to the schema.
pub(crate) fn migrated_connection(path: &Path) -> Result<(Connection, Migrated), OpenError> {
    if rusqlite::version_number() < MINIMUM_SQLITE {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    create_file(path).map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
    let mut connection = writing_connection(path).map_err(OpenError::sqlite(path))?;
    connection.busy_timeout(MIGRATION_PATIENCE).map_err(OpenError::sqlite(path))?;
    let migrated = migrations::run(&mut connection, migrations::SQLITE).map_err(|error| match error {
        MigrationError::Newer { found, known } => {
            OpenError::NewerSchema { path: path.to_owned(), found, known }
        }
        MigrationError::Changed(migration) => {
            OpenError::ChangedMigration { path: path.to_owned(), migration }
        }
        MigrationError::Foreign => OpenError::Foreign(path.to_owned()),
        MigrationError::Sqlite(source) => OpenError::Sqlite { path: path.to_owned(), source },
    })?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(OpenError::sqlite(path))?;
    Ok((connection, migrated))
}

/// A connection for the writer or for checkpoints.
pub(super) fn writing_connection(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    use_log(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Overwrites what is deleted where that costs no extra page write.
    connection.query_row("PRAGMA secure_delete = FAST", [], |_| Ok(()))?;
    // Checkpoints run beside the commits, see checkpoint.rs.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.query_row(&format!("PRAGMA journal_size_limit = {LOG_SIZE_LIMIT}"), [], |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// A connection that cannot write. Not memory-mapped: a disk error under a map kills the process, and
/// mapped pages count as the process's memory; a cache of its own is as fast.
pub(crate) fn reading_connection(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", READER_CACHE)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Keeps prepared statements, and keeps SQLite from preparing them again with each value bound to see
/// whether another plan would suit it better: that takes longer than running them.
pub(crate) fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Switches the file to the write-ahead log. SQLite does not wait for locks here, so we do.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    let began = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                tracing::error!(mode, "the file system does not support a write-ahead log");
                return Err(rusqlite::Error::InvalidQuery);
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && began.elapsed() < OPEN_PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Creates the file, unless it exists, so that nobody else can read it: SQLite would use the umask, and
/// gives its -wal and -shm files the mode of this one.
fn create_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created.map(drop),
    }
}
