//! The filters of `jf token list` and `jf token revoke`, checked.

use crate::cli::{FilterFlags, SecretFlags};
use crate::credential::check_username;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::report::Report;
use crate::tokens::{Filter, words};
use std::ops::ControlFlow;

/// What the flags mean; `user` is that of `--user`.
///
/// # Errors
/// A usage failure for what no token has, for an empty text, and for two flags that exclude each other.
pub(super) fn filter(flags: &FilterFlags, user: Option<String>) -> Outcome<Filter> {
    let is_expired = flags.expired == Some(true);
    if is_expired && flags.expires_within.is_some() {
        return Err(Failure::usage("--expired and --expires-within exclude each other")
            .hint("leave one of them out: what has expired does not expire any more"));
    }
    let user = not_empty("--user", user)?;
    if let Some(name) = &user {
        check_username("--user", name)?;
    }
    Ok(Filter {
        user,
        description: not_empty("--description", flags.description.clone())?,
        scope: not_empty("--scope", flags.scope.clone())?,
        refreshable: flags.refreshable,
        project: not_empty("--project", flags.project.clone())?,
        expires_within: flags.expires_within,
        is_expired,
        unused_for: flags.unused_for,
    })
}

/// Checks that a password that is given has a user: `--user` is none, where it chooses tokens.
///
/// # Errors
/// A usage failure that says how to name who logs in.
pub(super) fn check_password_has_user(secrets: &SecretFlags, environment: &Environment) -> Outcome<()> {
    let has_password = secrets.password.is_some() || secrets.password_stdin == Some(true);
    if has_password && environment.text("JF_USER").is_none() {
        return Err(Failure::usage(
            "a password is given, but nothing says whose: --user chooses tokens here",
        )
        .hint("set JF_USER to the name that logs in"));
    }
    Ok(())
}

/// Elsewhere an empty flag is no flag. Here that would choose more than was meant: a variable that is not set must
/// not revoke everybody's tokens.
fn not_empty(flag: &str, text: Option<String>) -> Outcome<Option<String>> {
    if text.as_deref() == Some("") {
        return Err(Failure::usage(format!("{flag}: it is empty"))
            .hint("leave it out to choose all; is the variable set that it comes from?"));
    }
    Ok(text)
}

/// Whether more are wanted than `count`, with `--limit`.
pub(super) fn up_to(limit: Option<u64>, count: u64) -> ControlFlow<()> {
    if limit.is_some_and(|limit| count >= limit) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Warns of tokens that were left out because the server does not tell what a flag asks about.
pub(super) fn warn_of_unknown(unknown: Option<(u64, &'static str)>, report: &Report) {
    if let Some((count, flag)) = unknown {
        let were = if count == 1 { "was" } else { "were" };
        let tokens = words::tokens(count);
        report.warn(&format!("{tokens} {were} left out: the server does not tell what {flag} asks about"));
    }
}
