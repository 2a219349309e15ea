//! What is asked before tokens are revoked, and what is told afterwards.

use super::write_to;
use crate::cli::{SummaryFormat, TokenRevoke};
use crate::clock;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::interrupt;
use crate::output::destination::Destination;
use crate::output::report::Report;
use crate::output::terminal;
use crate::output::token_list::TokenList;
use crate::prompt::Prompt;
use crate::session::Session;
use crate::tokens::StoredToken;
use crate::tokens::bulk_revocation::Account;
use crate::tokens::revocation::Revoked;

/// Shows what would go, and has its number typed.
///
/// # Errors
/// If another number is typed, or none.
pub(super) fn confirm(
    prompt: &Prompt<'_>,
    shown: &[StoredToken],
    count: usize,
    environment: &Environment,
) -> Outcome<()> {
    let table = TokenList::table(shown, terminal::width(environment), clock::seconds());
    table.lines().for_each(|line| prompt.say(line));
    if count > shown.len() {
        prompt.say(&format!("… and {} more; --dry-run lists them all", count - shown.len()));
    }
    let tokens = if count == 1 { "this token" } else { "these tokens" };
    let answer = prompt.text(&format!("Type {count} to revoke {tokens}: "), "--yes")?;
    if answer == count.to_string() {
        return Ok(());
    }
    Err(Failure::new(Reason::Failed, "nothing was revoked: the number that was typed is another one"))
}

/// Says that a configured server is left without a token.
pub(super) fn say_what_is_dead(session: &Session<'_>) {
    if let Some(id) = &session.connection.server_id {
        session.report().warn(&format!(
            "server '{id}' of the configuration has no working token now; give it another: jf login --server-id {word}, \
             or jf config edit {word} --access-token-stdin < token.txt",
            word = terminal::shell_word(id)
        ));
    }
}

/// Tells what became of one token.
///
/// # Errors
/// If it cannot be written.
pub(super) fn say(flags: &TokenRevoke, token: &str, revoked: Revoked) -> Outcome<()> {
    let text = match (flags.format.unwrap_or_default(), revoked) {
        (SummaryFormat::Text, Revoked::Now) => format!("revoked {token}\n"),
        (SummaryFormat::Text, Revoked::AlreadyGone) => format!("{token} was gone already\n"),
        (SummaryFormat::Text, Revoked::NotKnown) => format!(
            "{token} was gone already: the server knows no such token (a platform keeps no record of those that live \
             for less than three hours)\n"
        ),
        (SummaryFormat::Json, Revoked::Now) => json(&Account { revoked: 1, ..Account::default() }),
        (SummaryFormat::Json, _) => json(&Account { already_gone: 1, ..Account::default() }),
    };
    write_to(Destination::Stdout, text.as_bytes())
}

/// Tells what was revoked and what was not; what was not is a failure, or the end by a signal.
///
/// # Errors
/// If a token may live.
pub(super) fn finish(account: &Account, flags: &TokenRevoke, report: &Report) -> Outcome<()> {
    for (id, failure) in &account.failures {
        report.warn(&format!("{id}: {failure}"));
    }
    let untold = account.failed - account.failures.len() as u64;
    if untold > 0 {
        report.warn(&format!("and {untold} more"));
    }
    let format = flags.format.unwrap_or_default();
    if let Some(signal) = account.signal {
        report.show(&format!("interrupted: {}; {}", account.words(), next(account, flags)));
        if format == SummaryFormat::Json {
            write_to(Destination::Stdout, json(account).as_bytes())?;
        }
        interrupt::end_as(signal);
    }
    if account.is_clean() {
        let text = match format {
            SummaryFormat::Text => account.words() + "\n",
            SummaryFormat::Json => json(account),
        };
        return write_to(Destination::Stdout, text.as_bytes());
    }
    let first = account.stopped_by.as_ref().or(account.failures.first().map(|(_, failure)| failure));
    let reason = first.map_or(Reason::Failed, |failure| failure.reason);
    let why = account.stopped_by.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default();
    let failure = Failure::new(reason, format!("{}{why}", account.words()));
    let hint = first.and_then(|failure| failure.hint.clone()).unwrap_or_else(|| next(account, flags));
    Err(Failure { details: Some(Box::new(account.json())), ..failure }.hint(hint))
}

/// With a limit, the same command would begin to count anew.
fn next(account: &Account, flags: &TokenRevoke) -> String {
    match flags.limit {
        Some(_) => {
            format!("the same filters with --limit {} go on where this ended", account.left + account.failed)
        }
        None => "the same command goes on where this one ended".to_owned(),
    }
}

fn json(account: &Account) -> String {
    terminal::pretty_json(&account.json()) + "\n"
}
