//! `jf token show`: one token, in words.

use super::{refuse_surplus, write_to, wrong_number};
use crate::addresses::Address;
use crate::cli::{ShowTokenFormat, TokenShow};
use crate::clock;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::Outcome;
use crate::http::Network;
use crate::output::destination::Destination;
use crate::output::report::Report;
use crate::session::Session;
use crate::tokens::{description, lookup};

const USAGE: &str = "jf token show ID|me [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };

/// Runs the command.
pub(super) fn run(flags: TokenShow, environment: &Environment, report: &Report) -> Outcome<()> {
    let id = flags.id.filter(|id| !id.is_empty()).ok_or_else(|| wrong_number(0, USAGE))?;
    refuse_surplus(&flags.surplus, USAGE)?;
    lookup::check_id(&id)?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let (dialect, token) = lookup::token(&mut session, &id)?;
    let text = match flags.format.unwrap_or_default() {
        ShowTokenFormat::Json => token.json() + "\n",
        ShowTokenFormat::Words => description::in_words(&token, dialect, clock::seconds()),
    };
    write_to(Destination::Stdout, text.as_bytes())
}
