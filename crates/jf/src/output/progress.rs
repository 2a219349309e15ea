//! One line on standard error that tells how far a long command is, for somebody who waits at a terminal.

use crate::environment::Environment;
use crate::output::report::Report;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// What is done sooner needs no line.
const SILENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(200);

/// The line; it is gone when this is.
pub(crate) struct Progress<'a> {
    report: &'a Report,
    is_wanted: bool,
    next: Cell<Instant>,
}

impl<'a> Progress<'a> {
    /// For a command whose result goes elsewhere: where the result itself comes line by line, that is progress
    /// enough.
    pub(crate) fn beside_result(environment: &Environment, report: &'a Report) -> Self {
        Self::new(environment.stderr_is_terminal && !environment.stdout_is_terminal, report)
    }

    /// For a command that prints nothing while it works.
    pub(crate) fn alone(environment: &Environment, report: &'a Report) -> Self {
        Self::new(environment.stderr_is_terminal, report)
    }

    fn new(is_wanted: bool, report: &'a Report) -> Self {
        Self { report, is_wanted, next: Cell::new(Instant::now() + SILENCE) }
    }

    /// Says it, unless something was said a moment ago.
    pub(crate) fn say(&self, text: &str) {
        if !self.is_wanted || Instant::now() < self.next.get() {
            return;
        }
        self.report.say_in_passing(text);
        self.next.set(Instant::now() + PAUSE);
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.report.wipe();
    }
}
