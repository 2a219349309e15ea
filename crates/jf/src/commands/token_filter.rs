//! The filters of `jf token list` and `jf token revoke`, checked.

use crate::cli::{FilterFlags, filled};
use crate::credential::check_username;
use crate::error::{Failure, Outcome};
use crate::output::report::Report;
use crate::tokens::{Filter, words};

/// What the flags mean; `user` is that of `--user`.
///
/// # Errors
/// A usage failure for what no token has, and for two flags that exclude each other.
pub(super) fn filter(flags: &FilterFlags, user: Option<String>) -> Outcome<Filter> {
    let is_expired = flags.expired == Some(true);
    if is_expired && flags.expires_within.is_some() {
        return Err(Failure::usage("--expired and --expires-within exclude each other")
            .hint("leave one of them out: what has expired does not expire any more"));
    }
    let user = filled(user);
    if let Some(name) = &user {
        check_username("--user", name)?;
    }
    Ok(Filter {
        user,
        description: filled(flags.description.clone()),
        scope: filled(flags.scope.clone()),
        refreshable: flags.refreshable,
        project: filled(flags.project.clone()),
        expires_within: flags.expires_within,
        is_expired,
        unused_for: flags.unused_for,
    })
}

/// Warns of tokens that were left out because the server does not tell what a flag asks about.
pub(super) fn warn_of_unknown(unknown: Option<(u64, &'static str)>, report: &Report) {
    if let Some((count, flag)) = unknown {
        let were = if count == 1 { "was" } else { "were" };
        let tokens = words::tokens(count);
        report.warn(&format!("{tokens} {were} left out: the server does not tell what {flag} asks about"));
    }
}
