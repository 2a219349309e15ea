//! What the tests of this folder have in common: stores on a database of the shared cluster.

use super::connect::{Connector, SessionLimits};
use super::continuity::Continuity;
use super::lane::LaneSettings;
use super::{PostgresOptions, PostgresSettings, PostgresStore};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
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

/// A server that says nothing, for as long as the listener is there: the system accepts for it. To be connected to for
/// 3 s.
pub(super) fn silence() -> (TcpListener, LaneSettings) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://frog@127.0.0.1:{port}/pond?connect_timeout=3");
    let settings = PostgresSettings::new(&url, PostgresOptions::default()).unwrap();
    let limit = Duration::from_secs(1);
    let limits = SessionLimits { statement: limit, lock: limit, idle_in_transaction: Duration::ZERO };
    let connector = Connector::new(settings, limits).unwrap();
    (silent, LaneSettings { connector, limit, continuity: Arc::new(Continuity::default()) })
}

/// Waits until somebody waits for a lock.
pub(super) async fn somebody_waits(database: &Database) {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.execute(waiting) == "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
