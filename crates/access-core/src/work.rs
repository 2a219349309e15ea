//! Slow computations (signatures, password hashes) off the async threads: never more at once than the
//! machine can bear, and never more waiting than can be done in a few seconds.
//!
//! The threads take the next piece of work by themselves. With a runtime's blocking threads, each would have to be
//! handed out by an async thread, and a core would stand idle until one of those has time.

use crate::error::AccessError;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, oneshot};

type Job = Box<dyn FnOnce() + Send>;

/// Runs closures on threads of its own, as many as the machine has cores. They end with the last clone.
#[derive(Clone)]
pub(crate) struct WorkPool {
    jobs: Sender<Job>,
    /// Room to wait or to run.
    room: Arc<Semaphore>,
    places: usize,
}

impl WorkPool {
    /// A thread for each core, all called `name`, and room for `waiting` more computations for each of them.
    pub(crate) fn with_room_for(waiting: usize, name: &str) -> io::Result<Self> {
        let width = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (jobs, inbox) = channel();
        let inbox = Arc::new(Mutex::new(inbox));
        for _ in 0..width {
            let inbox = Arc::clone(&inbox);
            std::thread::Builder::new().name(name.to_owned()).spawn(move || work_through(&inbox))?;
        }
        let places = width * (1 + waiting);
        Ok(Self { jobs, room: Arc::new(Semaphore::new(places)), places })
    }

    /// Computations that wait or run.
    pub(crate) fn under_way(&self) -> usize {
        self.places.saturating_sub(self.room.available_permits())
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccessError> {
        let place = Arc::clone(&self.room).try_acquire_owned().map_err(|_| {
            AccessError::Busy("too many requests of this kind are waiting; try again".to_owned())
        })?;
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move || {
            // A panic drops the reply, which tells who waits, and leaves the thread to the next.
            if let Ok(done) = catch_unwind(AssertUnwindSafe(work)) {
                // The place goes with the work: a caller who gives up does not make room before it is done.
                drop(place);
                let _ = reply.send(done);
            }
        });
        // The threads live as long as this sender.
        self.jobs.send(job).map_err(|_| failed())?;
        answer.await.map_err(|_| failed())
    }
}

impl fmt::Debug for WorkPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkPool").field("room", &self.room.available_permits()).finish_non_exhaustive()
    }
}

fn failed() -> AccessError {
    AccessError::Internal("a computation failed".to_owned())
}

fn work_through(inbox: &Mutex<Receiver<Job>>) {
    step_back();
    loop {
        // One thread waits for work, the others for their turn to wait.
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

/// Lets the async threads and the one that writes go first, on a machine that has more to do than cores: checks of tokens
/// and revocations wait neither for signatures of new ones nor for hashes of passwords.
fn step_back() {
    // Elsewhere this would be the whole process. Where it is refused, all are alike.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(10);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn who_finds_no_room_is_told_at_once() {
        let pool = WorkPool::with_room_for(0, "test").unwrap();
        let width = pool.room.available_permits();
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
        assert_eq!(pool.under_way(), width);
        drop(go);
        for task in busy {
            task.await.unwrap().unwrap();
        }
        pool.run(|| ()).await.unwrap();
        assert_eq!(pool.under_way(), 0);
    }

    #[tokio::test]
    async fn a_panic_is_told_and_harms_nobody_else() {
        let pool = WorkPool::with_room_for(0, "test").unwrap();
        for _ in 0..2 * pool.room.available_permits() {
            let panicked = pool.run(|| panic!("on purpose")).await;
            assert!(matches!(panicked, Err::<(), _>(AccessError::Internal(_))));
        }
        assert_eq!(pool.run(|| 7).await.unwrap(), 7);
    }
}
