//! Why a configuration cannot be read, and what the person in front of it is told.

use crate::error::{Failure, Reason};
use std::path::Path;

/// Why a configuration cannot be read. No value of it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// It is broken, in words to follow the file's name.
    Content(String),
    /// It is encrypted and the key is missing or does not fit, in words to follow the file's name.
    Encrypted(String),
    /// Looking for the key failed.
    Key(Failure),
}

impl ReadError {
    /// What the person who has the file at `path` is told.
    pub(crate) fn at(self, path: &Path) -> Failure {
        let (words, hint) = match self {
            ReadError::Content(words) => (
                words,
                "repair the file or move it away; or give the address and credentials by flags or JF_URL and \
                JF_ACCESS_TOKEN",
            ),
            ReadError::Encrypted(words) => (
                words,
                "set JFROG_CLI_ENCRYPTION_KEY, or masterKey in security/security.yaml of the home folder, to the \
                key it was encrypted with, or move the file away; or give the address and credentials by flags or \
                JF_URL and JF_ACCESS_TOKEN",
            ),
            ReadError::Key(failure) => return failure,
        };
        Failure::new(Reason::Failed, format!("the configuration {} {words}", path.display())).hint(hint)
    }
}
