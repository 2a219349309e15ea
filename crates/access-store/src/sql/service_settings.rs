//! Settings that administrators change while the service runs.

use super::audit;
use super::cells::only;
use super::db::{Db, values};
use super::engine::Engine;
use super::error::Result;
use super::store::SqlStore;
use super::work::Work;
use access_core::model::AuditRecord;
use access_core::store::StoreResult;
use access_core::store::service_settings::ServiceSettingStore;
use async_trait::async_trait;

#[async_trait]
impl<E: Engine> ServiceSettingStore for SqlStore<E> {
    async fn service_setting(&self, name: &'static str) -> StoreResult<Option<String>> {
        self.engine.find(move |db| find(db, name)).await
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

fn find(db: &Db<'_>, name: &str) -> Result<Option<String>> {
    db.optional("SELECT value FROM service_settings WHERE name = ?1", &values![name], only)
}

fn set(tx: &Db<'_>, name: &str, value: &str, record: &AuditRecord) -> Work<()> {
    tx.execute("DELETE FROM service_settings WHERE name = ?1", &values![name])?;
    tx.execute("INSERT INTO service_settings (name, value) VALUES (?1, ?2)", &values![name, value])?;
    audit::write(tx, record)?;
    Ok(())
}
