//! What a check has found, and what to do about it.

use crate::error::{Failure, Reason};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing to do.
    Ok,
    /// It works, but somebody should know.
    Warn,
    /// It does not work.
    Fail(Reason),
    /// It could not be checked, because an earlier check failed.
    Skipped,
}

impl Status {
    /// The word for programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail(_) => "fail",
            Status::Skipped => "skipped",
        }
    }
}

/// What a check has found: one line, and a next step for all that is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How it ended.
    pub status: Status,
    found: Vec<String>,
    next: Vec<String>,
}

impl Finding {
    /// All is well.
    pub(super) fn ok(found: impl Into<String>) -> Self {
        Self { status: Status::Ok, found: vec![found.into()], next: Vec::new() }
    }

    /// It does not work.
    pub(super) fn fail(failure: Failure) -> Self {
        let next = failure.hint.unwrap_or_else(|| match failure.reason {
            Reason::Usage => "correct what is named here".to_owned(),
            _ => "JFROG_CLI_LOG_LEVEL=DEBUG shows what is sent and answered".to_owned(),
        });
        Self { status: Status::Fail(failure.reason), found: vec![failure.message], next: vec![next] }
    }

    /// Whether it does not work.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.status, Status::Fail(_))
    }

    /// It does not work, and need not.
    pub(super) fn unneeded(failure: Failure) -> Self {
        Self { status: Status::Warn, ..Self::fail(failure) }
    }

    /// The check `blocking` failed.
    pub(super) fn skipped(blocking: &str) -> Self {
        Self { status: Status::Skipped, found: vec![format!("because of {blocking}")], next: Vec::new() }
    }

    /// This was found as well.
    #[must_use]
    pub(super) fn and(mut self, found: impl Into<String>) -> Self {
        self.found.push(found.into());
        self
    }

    /// This was found as well, and somebody should do something about it.
    #[must_use]
    pub(super) fn but(mut self, found: impl Into<String>, next: impl Into<String>) -> Self {
        if self.status == Status::Ok {
            self.status = Status::Warn;
        }
        self.next.push(next.into());
        self.and(found)
    }

    /// What was found, on one line.
    pub(crate) fn found(&self) -> String {
        lines(&self.found).collect::<Vec<_>>().join("; ")
    }

    /// The next steps, one a line.
    pub(crate) fn next(&self) -> Vec<String> {
        lines(&self.next).map(str::to_owned).collect()
    }
}

fn lines(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty())
}

/// A check by its name.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    /// Its name, which does not change between versions.
    pub name: &'static str,
    /// What it found.
    pub finding: Finding,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_one_line() {
        let failure =
            Failure::new(Reason::Server, "server response: 503\n  busy\n\n  very").hint("wait\nOr do not");
        let finding = Finding::fail(failure).and("more");
        assert_eq!(finding.found(), "server response: 503; busy; very; more");
        assert_eq!(finding.next(), ["wait", "Or do not"]);
    }

    #[test]
    fn a_warning_does_not_hide_a_failure() {
        let finding = Finding::ok("a").but("b", "c");
        assert_eq!((finding.status, finding.found().as_str()), (Status::Warn, "a; b"));
        let failed = Finding::fail(Failure::new(Reason::Network, "a")).but("b", "c");
        assert_eq!(failed.status, Status::Fail(Reason::Network));
    }
}
