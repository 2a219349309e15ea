//! A bounded wait for somebody else's lock, which says once whom it waits for.

use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);
/// A wait shorter than this is nobody's business.
const SILENCE: Duration = Duration::from_secs(1);

/// Who holds the lock.
#[derive(Debug)]
pub(super) struct Holder {
    /// The file by which it is held.
    pub path: PathBuf,
    /// The process, if it is known.
    pub pid: Option<u32>,
    /// What helps if the holder does not come to an end.
    pub remedy: String,
}

impl Holder {
    fn name(&self) -> String {
        self.pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    }
}

/// How long one may wait, counted from its making.
pub(super) struct Patience<'a> {
    report: &'a Report,
    start: Instant,
    limit: Duration,
    has_spoken: bool,
}

impl<'a> Patience<'a> {
    /// Patience for `limit` from now on.
    pub(super) fn new(report: &'a Report, limit: Duration) -> Self {
        Self { report, start: Instant::now(), limit, has_spoken: false }
    }

    /// Waits for a moment; after about a second it says whom for.
    ///
    /// # Errors
    /// If the time is up.
    pub(super) fn pause(&mut self, holder: &Holder) -> Outcome<()> {
        self.check(holder)?;
        std::thread::sleep(self.next_pause());
        Ok(())
    }

    /// How long to wait before the next [`Patience::check`].
    pub(super) fn next_pause(&self) -> Duration {
        PAUSE.min(self.limit.saturating_sub(self.start.elapsed()))
    }

    /// Says whom is waited for, if it is time for that.
    ///
    /// # Errors
    /// If the time is up.
    pub(super) fn check(&mut self, holder: &Holder) -> Outcome<()> {
        let waited = self.start.elapsed();
        if waited >= self.limit {
            return Err(Failure::new(
                Reason::Failed,
                format!(
                    "cannot lock the configuration: lock hasn't been acquired within {} s; {} is held by {}",
                    self.limit.as_secs_f32().ceil(),
                    holder.path.display(),
                    holder.name()
                ),
            )
            .hint(holder.remedy.clone()));
        }
        if waited >= SILENCE && !self.has_spoken {
            self.has_spoken = true;
            self.report.info(&format!(
                "Waiting for the configuration: {} is held by {}",
                holder.path.display(),
                holder.name()
            ));
        }
        Ok(())
    }
}
