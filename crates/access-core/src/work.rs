//! Slow computations (signatures, password hashes) off the async threads, never more at once than the
//! machine can bear.

use crate::error::AccessError;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Runs closures on blocking threads, at most `width` at once.
#[derive(Debug, Clone)]
pub(crate) struct WorkPool(Arc<Semaphore>);

impl WorkPool {
    pub(crate) fn new(width: usize) -> Self {
        Self(Arc::new(Semaphore::new(width.max(1))))
    }

    /// One worker for each core.
    pub(crate) fn as_wide_as_the_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccessError> {
        let stopped = |_| AccessError::Unavailable("the service is stopping".to_owned());
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(|e| stopped(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            // The permit goes with the work: a caller who gives up does not make room before it is done.
            let _permit = permit;
            work()
        })
        .await
        .map_err(|e| {
            if e.is_panic() {
                AccessError::Internal("a computation failed".to_owned())
            } else {
                stopped(e.to_string())
            }
        })
    }
}
