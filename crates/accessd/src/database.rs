//! The database that the settings name, opened.

use crate::failure::Failure;
use crate::settings::DatabasePlace;
use access_core::store::Store;
use access_store::{Migrated, PostgresStore, SqliteStore};
use std::sync::Arc;

/// One of the two.
#[derive(Clone)]
pub enum Database {
    /// A file of this machine.
    Sqlite(Arc<SqliteStore>),
    /// Shared with other replicas.
    Postgres(Arc<PostgresStore>),
}

impl Database {
    /// Opens it, makes it if it is a file that is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// A [`Failure`] that names the database and what to check.
    pub async fn open(place: &DatabasePlace) -> Result<Self, Failure> {
        match place {
            DatabasePlace::Sqlite(path) => match SqliteStore::open(path) {
                Ok(store) => Ok(Self::Sqlite(Arc::new(store))),
                Err(error) => Err(cannot_open(place, &error)),
            },
            DatabasePlace::Postgres(settings) => match PostgresStore::open((**settings).clone()).await {
                Ok(store) => Ok(Self::Postgres(Arc::new(store))),
                Err(error) => Err(cannot_open(place, &error)),
            },
        }
    }

    /// Brings the schema up to date and no more; a file is made if it is not there.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn migrate(place: &DatabasePlace) -> Result<Migrated, Failure> {
        match place {
            DatabasePlace::Sqlite(path) => {
                SqliteStore::migrate(path).map_err(|error| cannot_open(place, &error))
            }
            DatabasePlace::Postgres(settings) => {
                PostgresStore::migrate(settings).await.map_err(|error| cannot_open(place, &error))
            }
        }
    }

    /// What core asks it.
    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    /// Waits until this process must end, since it can no longer write what it acknowledges; returns why.
    pub async fn broken(&self) -> String {
        match self {
            Self::Sqlite(store) => store.broken().await,
            // A connection that broke is opened again; durability is the server's.
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// Lets what waits finish and refuses more. Blocks.
    pub fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close(),
            Self::Postgres(store) => store.close(),
        }
    }
}

/// The words for a database that cannot be opened, as every command says them.
pub(crate) fn cannot_open(place: &DatabasePlace, error: &dyn std::error::Error) -> Failure {
    Failure::new(format!("cannot open the database {place}")).caused_by(error)
}
