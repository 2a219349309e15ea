//! Settings that administrators change while the service runs.

use super::writer::Work;
use super::{SqliteStore, audit};
use access_core::model::AuditRecord;
use access_core::store::StoreResult;
use access_core::store::service_settings::ServiceSettingStore;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Result};

#[async_trait]
impl ServiceSettingStore for SqliteStore {
    async fn service_setting(&self, name: &'static str) -> StoreResult<Option<String>> {
        self.readers.read(|db| find(db, name))
    }

    async fn set_service_setting(
        &self,
        name: &'static str,
        value: String,
        audit: AuditRecord,
    ) -> StoreResult<()> {
        self.change(audit, move |tx, audit| set(tx, name, &value, audit)).await
    }
}

fn find(connection: &Connection, name: &str) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM service_settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn set(tx: &Connection, name: &str, value: &str, record: &AuditRecord) -> Work<()> {
    tx.prepare_cached("DELETE FROM service_settings WHERE name = ?1")?.execute([name])?;
    tx.prepare_cached("INSERT INTO service_settings (name, value) VALUES (?1, ?2)")?
        .execute([name, value])?;
    audit::write(tx, record)?;
    Ok(())
}
