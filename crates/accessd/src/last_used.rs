//! Writing when tokens were last used, every few seconds. No request waits for it.

use access_core::Access;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(10);
/// How long the end of the service may wait for the last of it.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

/// Writes for ever. What could not be written stays for the next time.
pub async fn run(access: Access) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        if let Err(error) = access.flush_uses().await {
            tracing::warn!(%error, "the last uses of tokens could not be written; they are kept");
        }
    }
}

/// Writes what is left, at an orderly end.
pub async fn finish(access: &Access) {
    match tokio::time::timeout(LAST_PATIENCE, access.flush_uses()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last uses of tokens could not be written"),
        Err(_) => tracing::warn!("the last uses of tokens could not be written in time"),
    }
}
