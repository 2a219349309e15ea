//! Freeing space, hourly, in small batches. Nothing depends on it: expiry is a fact read at use.

use access_core::Access;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(60 * 60);
const FIRST: Duration = Duration::from_secs(60);
const BETWEEN_BATCHES: Duration = Duration::from_millis(100);

/// Cleans for ever.
pub async fn run(access: Access) {
    tokio::time::sleep(FIRST).await;
    loop {
        let freed = clean(&access).await;
        if freed > 0 {
            tracing::info!(freed, "freed the space of tokens that had ended");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Cleans batch by batch until nothing is left to free, and counts. Gives up until the next hour if the
/// database does not answer.
async fn clean(access: &Access) -> usize {
    let mut freed = 0;
    loop {
        match access.clean().await {
            Ok(batch) => match batch.tokens + batch.idempotency_records {
                0 => return freed,
                more => freed += more,
            },
            Err(error) => {
                tracing::warn!(%error, "cleaning was interrupted");
                return freed;
            }
        }
        tokio::time::sleep(BETWEEN_BATCHES).await;
    }
}
