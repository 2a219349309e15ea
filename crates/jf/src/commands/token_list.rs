//! `jf token list`: tokens as they come from the server, however many.

use super::token_filter::{check_password_has_user, filter, up_to, warn_of_unknown};
use super::{list_not_written, refuse_surplus_with};
use crate::addresses::Address;
use crate::cli;
use crate::clock;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::Outcome;
use crate::http::Network;
use crate::output::progress::Progress;
use crate::output::report::Report;
use crate::output::terminal;
use crate::output::token_list::TokenList;
use crate::session::Session;
use crate::tokens::filter::Order;
use crate::tokens::{Filter, listing, words};
use std::ops::ControlFlow;

const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };

/// Runs the command.
pub(super) fn run(mut flags: cli::TokenList, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus_with(&flags.surplus, "No arguments should be sent.", "jf token list [flags]")?;
    let filter = filter(&flags.filter, flags.connection.user.take())?;
    check_password_has_user(&flags.connection.secrets, environment)?;
    let order = Order::by(&flags.sort, flags.reverse == Some(true));
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;

    let list =
        TokenList::new(flags.format.unwrap_or_default(), terminal::width(environment), clock::seconds());
    let progress = Progress::beside_result(environment, report);
    let at_work = |read: u64| progress.say(&format!("{} read …", words::tokens(read)));
    if write_list(&mut session, &filter, order, flags.limit, list, &at_work)? == Some(0) {
        report.info("no token matches");
    }
    Ok(())
}

/// Writes the tokens that are meant, no more than `limit`, and warns of those that were left out because the server
/// does not tell what a flag asks about. Gives back how many were written; `None` if their reader had seen enough.
///
/// # Errors
/// As of [`listing::walk`], and if the list cannot be written.
pub(super) fn write_list(
    session: &mut Session<'_>,
    filter: &Filter,
    order: Order,
    limit: Option<u64>,
    mut list: TokenList,
    at_work: &dyn Fn(u64),
) -> Outcome<Option<u64>> {
    let mut written = Ok(());
    let walked = listing::walk(session, filter, order, at_work, &mut |token| {
        written = list.push(token);
        Ok(if written.is_err() { ControlFlow::Break(()) } else { up_to(limit, list.count()) })
    });
    session.report().wipe();
    let walked = walked?;
    if written.is_err() {
        return written.or_else(list_not_written).map(|()| None);
    }
    let count = list.count();
    list.finish().or_else(list_not_written)?;
    warn_of_unknown(walked.unknown, session.report());
    Ok(Some(count))
}
