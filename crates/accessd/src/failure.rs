//! Why a command ends without having done what was asked, in the three lines that people read:
//! `error:` what failed, `caused by:` why, `hint:` what to do next.

use std::error::Error;
use std::fmt;

/// The end of a command that failed.
#[derive(Debug)]
pub struct Failure {
    what: String,
    causes: Vec<String>,
    hint: Option<String>,
    is_usage: bool,
}

impl Failure {
    /// `what` was attempted, on what, and did not go.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), causes: Vec::new(), hint: None, is_usage: false }
    }

    /// Because of `cause`, and whatever caused that.
    #[must_use]
    pub fn caused_by(mut self, cause: &dyn Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            let words = error.to_string();
            // A transparent error repeats the words of its source.
            if self.causes.last() != Some(&words) {
                self.causes.push(words);
            }
            next = error.source();
        }
        self
    }

    /// Because of how the command was called.
    #[must_use]
    pub fn of_usage(mut self) -> Self {
        self.is_usage = true;
        self
    }

    /// What the process exits with: 2 if it was called in a wrong way, otherwise 1.
    pub fn exit_code(&self) -> u8 {
        if self.is_usage { 2 } else { 1 }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.what)?;
        for cause in &self.causes {
            writeln!(f, "caused by: {cause}")?;
        }
        match &self.hint {
            Some(hint) => writeln!(f, "hint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_as_three_kinds_of_lines() {
        let cause = std::io::Error::other("no space");
        let failure = Failure::new("cannot write a.json").caused_by(&cause).hint("free some space");
        assert_eq!(
            failure.to_string(),
            "error: cannot write a.json\ncaused by: no space\nhint: free some space\n"
        );
    }
}
