//! When tokens were last used: noted in memory as they are presented, written in batches off the way of
//! requests. What a crash takes with it are the notes of the last seconds.

use crate::access::Access;
use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::model::TokenRecord;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Seconds within which a second use is not noted again.
pub(crate) const RESOLUTION: u64 = 60;
/// Most notes that wait to be written: some 8 MB. More are dropped, as nobody is to wait for them.
const MOST_PENDING: usize = 100_000;
/// Notes written in one transaction.
const BATCH: usize = 500;

/// The uses that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct PendingUses {
    notes: Mutex<HashMap<Uuid, EpochSeconds>>,
    /// One writes at a time; who comes second waits, and finds what is left.
    writing: tokio::sync::Mutex<()>,
    overflowed: AtomicBool,
}

impl PendingUses {
    fn note(&self, token_id: Uuid, now: EpochSeconds) {
        let mut notes = self.notes();
        if let Some(noted) = notes.get_mut(&token_id) {
            *noted = now.max(*noted);
        } else if notes.len() < MOST_PENDING {
            notes.insert(token_id, now);
        } else if !self.overflowed.swap(true, Ordering::Relaxed) {
            tracing::warn!(pending = MOST_PENDING, "uses of tokens are not noted: too many wait");
        }
    }

    /// The use of a token that is not written yet.
    pub(crate) fn of(&self, token_id: Uuid) -> Option<EpochSeconds> {
        self.notes().get(&token_id).copied()
    }

    /// All that is not written yet, as of now.
    pub(crate) fn all(&self) -> HashMap<Uuid, EpochSeconds> {
        self.notes().clone()
    }

    /// Refuses to go on as if every use were known, while some are dropped.
    pub(crate) fn refuse_if_incomplete(&self) -> Result<(), AccessError> {
        if self.overflowed.load(Ordering::Relaxed) {
            return Err(AccessError::Busy(
                "uses of tokens are not noted now, since too many wait to be written: what is unused is not \
                 known; try again"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    fn some(&self) -> Vec<(Uuid, EpochSeconds)> {
        self.notes().iter().take(BATCH).map(|(id, at)| (*id, *at)).collect()
    }

    /// Forgets what was written, unless the token was used again in a later minute.
    fn written(&self, uses: &[(Uuid, EpochSeconds)]) {
        let mut notes = self.notes();
        for (token_id, at) in uses {
            if notes.get(token_id).is_some_and(|noted| same_minute(*noted, *at)) {
                notes.remove(token_id);
            }
        }
        if notes.len() < MOST_PENDING / 2 {
            self.overflowed.store(false, Ordering::Relaxed);
        }
    }

    fn notes(&self) -> MutexGuard<'_, HashMap<Uuid, EpochSeconds>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Access {
    /// Writes the uses of tokens that were noted so far. To be called every few seconds, and at the end. What
    /// could not be written stays noted.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`].
    pub async fn flush_uses(&self) -> Result<(), AccessError> {
        let _turn = self.uses().writing.lock().await;
        // As many as wait now: what comes in meanwhile is the next call's.
        let batches = self.uses().notes().len().div_ceil(BATCH);
        for _ in 0..batches {
            let uses = self.uses().some();
            if uses.is_empty() {
                break;
            }
            self.store().record_uses(uses.clone()).await?;
            self.uses().written(&uses);
        }
        Ok(())
    }

    /// Notes that a token was presented and accepted, unless this minute or a later one is written already: what a
    /// clock that was ahead has left stays until that time has come.
    pub(crate) fn note_use(&self, token: &TokenRecord) {
        let now = self.now();
        if token.last_used.is_none_or(|last| last / RESOLUTION < now / RESOLUTION) {
            self.uses().note(token.token_id, now);
        }
    }
}

fn same_minute(one: EpochSeconds, other: EpochSeconds) -> bool {
    one / RESOLUTION == other / RESOLUTION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_again_while_it_was_written_stays_only_for_another_minute() {
        let (pending, token) = (PendingUses::default(), Uuid::nil());
        pending.note(token, 60);
        let uses = pending.some();
        pending.note(token, 119);
        pending.written(&uses);
        assert_eq!(pending.of(token), None, "the same minute");
        pending.note(token, 119);
        let uses = pending.some();
        pending.note(token, 120);
        pending.written(&uses);
        assert_eq!(pending.of(token), Some(120));
        pending.note(token, 7);
        assert_eq!(pending.of(token), Some(120), "it only moves forward");
    }

    #[test]
    fn notes_beyond_the_most_are_dropped_and_those_there_are_kept() {
        let pending = PendingUses::default();
        for number in 0..=MOST_PENDING as u128 {
            pending.note(Uuid::from_u128(number), 1);
        }
        assert_eq!(pending.notes().len(), MOST_PENDING);
        assert!(pending.overflowed.load(Ordering::Relaxed));
        pending.note(Uuid::from_u128(0), 2);
        assert_eq!(pending.of(Uuid::from_u128(0)), Some(2));
        assert_eq!(pending.of(Uuid::from_u128(MOST_PENDING as u128)), None);
        assert!(matches!(pending.refuse_if_incomplete(), Err(AccessError::Busy(_))));
        // What is dropped later is told of again, though they were never all written.
        while pending.notes().len() >= MOST_PENDING / 2 {
            let uses: Vec<_> = pending.all().into_iter().take(MOST_PENDING / 4).collect();
            pending.written(&uses);
        }
        assert!(!pending.notes().is_empty());
        assert!(pending.refuse_if_incomplete().is_ok());
    }
}
