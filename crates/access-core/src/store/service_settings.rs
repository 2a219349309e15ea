//! Settings that administrators change while the service runs, in the store.

use super::StoreResult;
use crate::model::AuditRecord;
use async_trait::async_trait;

/// The part of a database that keeps settings. Each method is one transaction.
#[async_trait]
pub trait ServiceSettingStore: Send + Sync + 'static {
    /// The value of a setting; `None` if it was never set.
    async fn service_setting(&self, name: &'static str) -> StoreResult<Option<String>>;

    /// Sets a setting.
    async fn set_service_setting(
        &self,
        name: &'static str,
        value: String,
        audit: AuditRecord,
    ) -> StoreResult<()>;
}
