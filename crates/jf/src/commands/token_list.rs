//! `jf token list`: tokens as they come from the server, however many.

use super::token_filter::{check_password_has_user, filter, warn_of_unknown};
use super::{list_not_written, refuse_surplus_with};
use crate::addresses::Address;
use crate::cli::TokenList;
use crate::clock;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::Outcome;
use crate::http::Network;
use crate::output::progress::Progress;
use crate::output::report::Report;
use crate::output::{terminal, token_list};
use crate::session::Session;
use crate::tokens::filter::Order;
use crate::tokens::{listing, words};
use std::ops::ControlFlow;

const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };

/// Runs the command.
pub(super) fn run(mut flags: TokenList, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus_with(&flags.surplus, "No arguments should be sent.", "jf token list [flags]")?;
    let filter = filter(&flags.filter, flags.connection.user.take())?;
    check_password_has_user(&flags.connection.secrets, environment)?;
    let order = Order::by(&flags.sort, flags.reverse == Some(true));
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;

    let format = flags.format.unwrap_or_default();
    let mut list = token_list::TokenList::new(format, terminal::width(environment), clock::seconds());
    let mut written = Ok(());
    let progress = Progress::beside_result(environment, report);
    let at_work = |read: u64| progress.say(&format!("{} read …", words::tokens(read)));
    let walked = listing::walk(&mut session, &filter, order, &at_work, &mut |token| {
        written = list.push(token);
        let is_enough = written.is_err() || flags.limit.is_some_and(|limit| list.count() >= limit);
        Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    drop(progress);
    let walked = walked?;
    if written.is_err() {
        return written.or_else(list_not_written);
    }
    let count = list.count();
    list.finish().or_else(list_not_written)?;
    warn_of_unknown(walked.unknown, report);
    if count == 0 {
        report.info("no token matches");
    }
    Ok(())
}
