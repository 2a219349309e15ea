//! Brings a PostgreSQL to the schema this program knows, with one replica at work while the others wait.

use super::connect::{Connection, Connector};
use super::open::OpenError;
use crate::migrations::{Migrated, Migration, checksum};
use tokio_postgres::{Client, GenericClient, Row};

/// The table that says which migrations ran, and who may run beside them: a program that knows a version from
/// `runs_with` on. Two replicas may make it at the same moment; then one of them has to look again.
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
         version   BIGINT NOT NULL PRIMARY KEY,
         name      TEXT   NOT NULL,
         checksum  TEXT   NOT NULL,
         runs_with BIGINT NOT NULL
     );
     CREATE TABLE IF NOT EXISTS schema_lock (one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1));
     INSERT INTO schema_lock (one) VALUES (1) ON CONFLICT (one) DO NOTHING";

/// Tables, and those of them that are ours. `information_schema` would not tell of those that we may not read.
const TABLES: &str = "SELECT COUNT(*), COUNT(CASE WHEN tablename = 'schema_migrations' THEN 1 END)
     FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";

/// Runs those of `migrations` that the database has not seen yet. Long statements are allowed: an index over many
/// tokens takes its time.
///
/// # Errors
/// An [`OpenError`] if the database is another program's, of a newer release that this one cannot run beside, or made
/// by an edited migration.
pub(super) async fn run(connector: &Connector, migrations: &[Migration]) -> Result<Migrated, OpenError> {
    let mut client = connect(connector).await?;
    let tables = client.query_one(TABLES, &[]).await?;
    let (tables, ledgers): (i64, i64) = (tables.try_get(0)?, tables.try_get(1)?);
    if ledgers == 0 {
        if tables > 0 {
            return Err(OpenError::Foreign);
        }
        make_ledger(&client).await?;
    }
    refuse_newer(&client, migrations).await?;
    let mut ran = Vec::new();
    for migration in migrations {
        if apply(&mut client, *migration, migrations).await? {
            ran.push(migration.name);
        }
    }
    let version = client.query_one("SELECT MAX(version) FROM schema_migrations", &[]).await?;
    Ok(Migrated { ran, version: u32::try_from(version.try_get::<_, i64>(0)?).unwrap_or(u32::MAX) })
}

/// A connection that lives for as long as the client does.
pub(super) async fn connect(connector: &Connector) -> Result<Client, OpenError> {
    let (client, connection): (Client, Connection) = connector.connect().await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn make_ledger(client: &Client) -> Result<(), OpenError> {
    match client.batch_execute(LEDGER).await {
        Ok(()) => Ok(()),
        // PostgreSQL looks whether the table exists, and stumbles if it is made just then.
        Err(error) if error.as_db_error().is_some() => Ok(client.batch_execute(LEDGER).await?),
        Err(error) => Err(error.into()),
    }
}

async fn refuse_newer(client: &impl GenericClient, migrations: &[Migration]) -> Result<(), OpenError> {
    let known = migrations.last().map_or(0, |last| last.version);
    let newest = client
        .query_opt("SELECT version, runs_with FROM schema_migrations ORDER BY version DESC LIMIT 1", &[]);
    let Some(row) = newest.await? else { return Ok(()) };
    let (found, runs_with): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if found > i64::from(known) && runs_with > i64::from(known) {
        return Err(OpenError::Newer { found, known: i64::from(known) });
    }
    Ok(())
}

/// Runs one of `migrations` unless it ran before; then its checksum must still be the same. Whether it ran now.
async fn apply(
    client: &mut Client,
    migration: Migration,
    migrations: &[Migration],
) -> Result<bool, OpenError> {
    let version = i64::from(migration.version);
    let checksum = checksum(migration.sql);
    let transaction = client.transaction().await?;
    // One replica at a time; those that waited find the work done.
    transaction.query_one("SELECT one FROM schema_lock FOR UPDATE", &[]).await?;
    // Whoever had the lock before may have been of a newer release.
    refuse_newer(&transaction, migrations).await?;
    let recorded: Option<Row> = transaction
        .query_opt("SELECT checksum FROM schema_migrations WHERE version = $1", &[&version])
        .await?;
    match recorded.map(|row| row.try_get::<_, String>(0)).transpose()? {
        Some(recorded) if recorded == checksum => return Ok(false),
        Some(_) => return Err(OpenError::Changed(migration.name)),
        None => {}
    }
    // Before the work: it may take its time, and nothing else tells what is going on.
    tracing::info!(migration = migration.name, "migrating the database schema");
    transaction.batch_execute(migration.sql).await?;
    transaction
        .execute(
            "INSERT INTO schema_migrations (version, name, checksum, runs_with) VALUES ($1, $2, $3, $4)",
            &[&version, &migration.name, &checksum, &i64::from(migration.runs_with)],
        )
        .await?;
    transaction.commit().await?;
    tracing::info!(migration = migration.name, "database schema migrated");
    Ok(true)
}

#[cfg(test)]
mod tests;
