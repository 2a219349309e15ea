//! Slow computations (signatures, password hashes) off the async threads: never more at once than the
//! machine can bear, and never more waiting than can be done in a few seconds.

use crate::error::AccessError;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Runs closures on blocking threads, as many at once as the machine has cores.
#[derive(Debug, Clone)]
pub(crate) struct WorkPool {
    /// Room to wait or to run.
    room: Arc<Semaphore>,
    /// Room to run.
    workers: Arc<Semaphore>,
}

impl WorkPool {
    /// One worker for each core, and room for `waiting` more for each of them.
    pub(crate) fn with_room_for(waiting: usize) -> Self {
        let width = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            room: Arc::new(Semaphore::new(width * (1 + waiting))),
            workers: Arc::new(Semaphore::new(width)),
        }
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccessError> {
        let stopped = |_| AccessError::Unavailable("the service is stopping".to_owned());
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| {
            AccessError::Busy("too many requests of this kind are waiting; try again".to_owned())
        })?;
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|e| stopped(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            // The permits go with the work: a caller who gives up does not make room before it is done.
            let _permits = (place, worker);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn who_finds_no_room_is_told_at_once() {
        let pool = WorkPool::with_room_for(0);
        let width = pool.workers.available_permits();
        let (go, gate) = mpsc::channel::<()>();
        let gate = Arc::new(std::sync::Mutex::new(gate));
        let busy: Vec<_> = (0..width)
            .map(|_| {
                let (pool, gate) = (pool.clone(), Arc::clone(&gate));
                tokio::spawn(async move { pool.run(move || gate.lock().unwrap().recv().is_ok()).await })
            })
            .collect();
        while pool.room.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(pool.run(|| ()).await, Err(AccessError::Busy(_))));
        drop(go);
        for task in busy {
            task.await.unwrap().unwrap();
        }
        pool.run(|| ()).await.unwrap();
    }
}
