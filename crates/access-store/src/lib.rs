//! `access_core::store::Store` on SQLite and on PostgreSQL: the statements of both, the schema and its migrations, one
//! transaction that writes at a time for all that wait, readers beside it, a lock against a second service on the same
//! folder, a wrapper that injects faults, and (feature `conformance`) the test suite that both must pass.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod fault;
mod migrations;
pub mod postgres;
mod serve_lock;
mod sql;
#[cfg(test)]
mod sql_text;
mod sqlite;
pub mod transfer;

pub use fault::{Fault, FaultStore};
pub use migrations::Migrated;
pub use postgres::{PostgresOptions, PostgresSettings, PostgresStore};
pub use serve_lock::{ServeLock, ServeLockError};
pub use sqlite::{OpenError, SqliteStore};
