//! Moves what was committed from the write-ahead log into the database file, beside the commits, and
//! keeps the log from growing without bound.
//!
//! A passive checkpoint, in a thread of its own, copies what is there and disturbs nobody; but while
//! commits go on it never reaches the end, and only a log copied to its end can start anew. So when the
//! log has become long, the writer copies the short rest itself, between two commits.

use super::failure::Health;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, MAIN_DB};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Pages written since the last checkpoint that call for the next: 40 MiB, some thousand creates. Commits meanwhile wait
/// for the disk, too.
const STEP: i32 = 10_000;

/// Pages in the log from which it is to start anew: 60 MiB.
const LONG: i32 = 15_000;

/// For how long the writer waits for readers of an older state when the log is to start anew. Nobody, of
/// whatever process, can write meanwhile.
const READERS_PATIENCE: Duration = Duration::from_millis(50);

/// The checkpointing thread, as the writer sees it.
pub(super) struct Checkpointer {
    requests: SyncSender<()>,
    thread: JoinHandle<()>,
    busy: Arc<AtomicBool>,
    /// Length of the log in pages, as of the last commit.
    log_pages: Arc<AtomicI32>,
    pages_before: i32,
    next_at: i32,
    start_anew: bool,
}

impl Checkpointer {
    /// Starts the thread on its own connection, and watches the log through the `writer`'s.
    pub(super) fn start(connection: Connection, writer: &mut Connection, health: Health) -> io::Result<Self> {
        let log_pages = Arc::new(AtomicI32::new(0));
        let seen = Arc::clone(&log_pages);
        writer
            .wal_hook(Some(move |_: &mut Wal, pages| {
                seen.store(pages, Ordering::Relaxed);
                Ok(())
            }))
            .map_err(io::Error::other)?;
        let (requests, inbox) = sync_channel(1);
        let busy = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&busy);
        let thread = std::thread::Builder::new()
            .name("checkpointer".to_owned())
            .spawn(move || serve(&connection, &inbox, &flag, &health))?;
        Ok(Self { requests, thread, busy, log_pages, pages_before: 0, next_at: STEP, start_anew: false })
    }

    /// What is to be done about the log after a commit: usually nothing.
    pub(super) fn after_commit(&mut self, writer: &Connection, health: &Health) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        if pages < self.pages_before {
            self.next_at = STEP;
            self.start_anew = false;
        }
        self.pages_before = pages;
        if self.busy.load(Ordering::Acquire) {
            return;
        }
        if self.start_anew {
            self.start_anew = false;
            start_log_anew(writer, health);
        } else if pages >= self.next_at {
            self.busy.store(true, Ordering::Release);
            self.next_at = pages.saturating_add(STEP);
            self.start_anew = pages >= LONG;
            if self.requests.try_send(()).is_err() {
                self.busy.store(false, Ordering::Release);
            }
        }
    }

    /// Ends the thread, then empties the log if no other process uses it.
    pub(super) fn finish(self, writer: &Connection, health: &Health) {
        drop(self.requests);
        if self.thread.join().is_err() {
            tracing::error!("the checkpointing thread panicked");
        }
        run_soon(writer, CheckpointMode::TRUNCATE, health);
    }
}

fn serve(connection: &Connection, inbox: &Receiver<()>, busy: &AtomicBool, health: &Health) {
    while inbox.recv().is_ok() {
        run(connection, CheckpointMode::PASSIVE, health);
        busy.store(false, Ordering::Release);
    }
}

/// Copies the rest of the log, so that the next commit begins a new one in its place. By the writer only.
pub(super) fn start_log_anew(writer: &Connection, health: &Health) {
    run_soon(writer, CheckpointMode::RESTART, health);
    if let Err(error) = writer.busy_timeout(super::open::BUSY_TIMEOUT) {
        tracing::warn!(%error, "the busy time-out cannot be set back");
    }
}

/// A checkpoint that keeps other writers out, and so must not wait long for readers.
fn run_soon(writer: &Connection, mode: CheckpointMode, health: &Health) {
    if writer.busy_timeout(READERS_PATIENCE).is_ok() {
        run(writer, mode, health);
    }
}

fn run(connection: &Connection, mode: CheckpointMode, health: &Health) {
    // A sync that failed once must not be tried again: it would look as if the data were safe.
    if health.verdict().is_some() {
        return;
    }
    match connection.wal_checkpoint_v2(Some(MAIN_DB), mode) {
        Ok((pages, copied)) => tracing::debug!(pages, copied, "checkpoint"),
        // Somebody reads an older state; the next checkpoint finds it gone.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
        Err(error) => {
            tracing::warn!(%error, "checkpoint failed");
            health.check(&error.into());
        }
    }
}
