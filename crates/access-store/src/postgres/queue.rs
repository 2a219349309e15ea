//! What waits for a connection, in the order of asking.

use access_core::store::{StoreError, StoreResult};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Most that may wait; more are refused at once.
const LONGEST: usize = 4096;

/// A queue between those who ask and the threads that answer.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    news: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), closed: false }), news: Condvar::new() }
    }

    /// Puts one at the end.
    pub(super) fn put(&self, item: T) -> StoreResult<()> {
        let mut state = self.state();
        if state.closed {
            return Err(StoreError::Unavailable("the database was closed".to_owned()));
        }
        if state.waiting.len() >= LONGEST {
            return Err(StoreError::Unavailable("too many requests wait for the database".to_owned()));
        }
        state.waiting.push_back(item);
        drop(state);
        self.news.notify_one();
        Ok(())
    }

    /// Waits for the first one, and takes those behind it, too, for as long as `joins` says so of them; `None` once
    /// the queue is closed and empty.
    pub(super) fn take(&self, most: usize, joins: impl Fn(&T, &T) -> bool) -> Option<Vec<T>> {
        let mut state = self.state();
        let first = loop {
            if let Some(first) = state.waiting.pop_front() {
                break first;
            }
            if state.closed {
                return None;
            }
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        let mut taken = vec![first];
        while taken.len() < most
            && state.waiting.front().is_some_and(|next| joins(&taken[0], next))
            && let Some(next) = state.waiting.pop_front()
        {
            taken.push(next);
        }
        Some(taken)
    }

    /// Lets those who take finish what waits, and refuses more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.news.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for an answer, whatever the thread waits for: it is `gone` if that went away with the question, and `late` if
/// there is none within `limit`.
pub(super) async fn answered<T>(
    answer: oneshot::Receiver<StoreResult<T>>,
    limit: Duration,
    gone: fn() -> StoreError,
    late: fn() -> StoreError,
) -> StoreResult<T> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer.unwrap_or_else(|_| Err(gone())),
        Err(_) => Err(late()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_is_taken_together_and_in_order() {
        let queue = Queue::new();
        for number in [1, 3, 5, 2, 7] {
            queue.put(number).unwrap();
        }
        let same = |a: &i32, b: &i32| a % 2 == b % 2;
        assert_eq!(queue.take(2, same), Some(vec![1, 3]));
        assert_eq!(queue.take(9, same), Some(vec![5]));
        queue.close();
        assert!(queue.put(9).is_err());
        assert_eq!(queue.take(9, same), Some(vec![2]));
        assert_eq!(queue.take(9, same), Some(vec![7]));
        assert_eq!(queue.take(9, same), None);
    }

    #[test]
    fn a_queue_has_an_end() {
        let queue = Queue::new();
        for _ in 0..LONGEST {
            queue.put(()).unwrap();
        }
        assert!(queue.put(()).is_err());
    }
}
