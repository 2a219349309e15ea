//! Opening the store.

use super::connect::{Connector, SessionLimits};
use super::continuity::Continuity;
use super::lane::LaneSettings;
use super::readers::{Patience, Readers};
use super::refusal::ConnectError;
use super::settings::PostgresSettings;
use super::writer::Writer;
use super::{Postgres, migrate};
use crate::migrations::{self, Migrated};
use crate::sql::store::SqlStore;
use std::sync::Arc;
use std::time::Duration;

/// What the server allows a look-up. Longer means that it is in trouble, and to say so soon is better.
const LOOK_UP: Duration = Duration::from_secs(1);
/// What it allows a statement that writes, the wait for the turn included.
const WRITE: Duration = Duration::from_secs(3);
/// What it allows a list, which may walk through a whole table: no longer than clients are let wait for an answer.
const LIST: Duration = Duration::from_secs(30);
/// A replica that stands still inside a transaction holds up the others for so long at most.
const IDLE: Duration = Duration::from_secs(2);
/// Lists read at one time.
const LISTS: usize = 2;

/// One who reads what a request depends on is told soon that there is trouble, be it that a connection takes its time.
const READING: Patience = Patience { for_a_thread: LOOK_UP, in_all: Duration::from_secs(3) };
/// A write may wait for those before it, and then be several statements, each with its own time.
const WRITING: Duration = Duration::from_secs(10);
/// One who lists can wait for those before.
const LISTING: Patience = Patience { for_a_thread: Duration::from_secs(10), in_all: Duration::from_secs(40) };

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no connection, or none that can be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It was made or changed by a newer release, which does not let this one run beside it.
    #[error("its schema has version {found}, this program knows {known}: use the newer release")]
    Newer {
        /// The database's.
        found: i64,
        /// This program's.
        known: i64,
    },
    /// A migration has another content than when the database saw it.
    #[error("migration {0} has another content than the one it was made with")]
    Changed(&'static str),
    /// There are tables, but none of ours.
    #[error("it is the database of another program: make an empty one for accessd")]
    Foreign,
    /// The database refuses.
    #[error("{}", crate::sql::error::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    /// Threads cannot be started.
    #[error("cannot start threads")]
    Threads(#[from] std::io::Error),
}

/// For what may take its time.
pub(super) const UNLIMITED: SessionLimits =
    SessionLimits { statement: Duration::ZERO, lock: Duration::ZERO, idle_in_transaction: Duration::ZERO };

impl SqlStore<Postgres> {
    /// Brings the schema up to date and no more. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// As [`SqlStore::open`].
    pub async fn migrate(settings: &PostgresSettings) -> Result<Migrated, OpenError> {
        migrate::run(&Connector::new(settings.clone(), UNLIMITED)?, migrations::POSTGRES).await
    }

    /// Brings the schema up to date and starts the connections; other replicas may do so at the same time, and wait for
    /// each other. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// An [`OpenError`] that says what to check.
    pub async fn open(settings: PostgresSettings) -> Result<Self, OpenError> {
        Self::migrate(&settings).await?;
        let connector = |statement, idle_in_transaction| {
            let limits = SessionLimits { statement, lock: statement, idle_in_transaction };
            Connector::new(settings.clone(), limits)
        };
        let continuity = Arc::new(Continuity::default());
        let lane = |limit| {
            Ok::<_, OpenError>(LaneSettings {
                connector: connector(limit, IDLE)?,
                limit,
                continuity: Arc::clone(&continuity),
            })
        };
        let look_up = lane(LOOK_UP)?;
        let look_up = LaneSettings { connector: look_up.connector.by_key(), ..look_up };
        // One connection writes.
        let readers = settings.max_connections.saturating_sub(1 + LISTS).max(1);
        Ok(Self {
            engine: Postgres {
                writer: Writer::start(lane(WRITE)?, WRITING)?,
                readers: Readers::start("reader", readers, &look_up, READING)?,
                lists: Readers::start("list", LISTS, &lane(LIST)?, LISTING)?,
            },
        })
    }
}
