//! Writing down, every few seconds, that tokens are revoked whose moment has passed. They count as revoked
//! without it; with it they stay so when the clock is set back.

use access_core::Access;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(10);
const BETWEEN_BATCHES: Duration = Duration::from_millis(100);

/// Writes for ever. What could not be written stays for the next time.
pub async fn run(access: Access) {
    loop {
        match access.revoke_past_due().await {
            Ok(0) => tokio::time::sleep(INTERVAL).await,
            Ok(_) => tokio::time::sleep(BETWEEN_BATCHES).await,
            Err(error) => {
                tracing::warn!(%error, "tokens past their moment could not be written down as revoked");
                tokio::time::sleep(INTERVAL).await;
            }
        }
    }
}
