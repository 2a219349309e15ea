//! What the tests of this folder have in common: stores on a database of the shared cluster.

use super::{PostgresOptions, PostgresSettings, PostgresStore};
use std::sync::Arc;
use testkit::Database;

/// Where the database is: one connection that writes, one that reads, two for lists. Patient, for a busy machine.
pub(super) fn settings(database: &Database) -> PostgresSettings {
    let options = PostgresOptions { max_connections: 4, ..PostgresOptions::default() };
    PostgresSettings::new(&(database.url_with_password() + "?connect_timeout=60"), options).unwrap()
}

/// A replica.
pub(super) async fn store(database: &Database) -> Arc<PostgresStore> {
    Arc::new(PostgresStore::open(settings(database)).await.unwrap())
}
