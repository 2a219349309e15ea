//! `jf exchange-oidc-token`: an access token for a CI job's ID token.

use super::token_result::TokenResult;
use super::wrong_number;
use crate::addresses::Address;
use crate::cli::{ExchangeOidcToken, filled};
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::Network;
use crate::oidc::Exchange;
use crate::output::report::Report;
use crate::session::Session;

const USAGE: &str = "jf eot PROVIDER-NAME [ID-TOKEN] [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::None };

/// Runs the command.
pub(super) fn run(flags: ExchangeOidcToken, environment: &Environment, report: &Report) -> Outcome<()> {
    if !flags.surplus.is_empty() {
        return Err(wrong_number(2 + flags.surplus.len(), USAGE));
    }
    let result = TokenResult::check(&flags.output)?;
    let by_flag = filled(flags.oidc.oidc_provider_name.clone());
    let is_unclear = flags.token_id.is_none() && flags.provider_name != by_flag;
    if by_flag.is_some() && flags.provider_name.is_some() && is_unclear {
        // The argument may be meant for the ID token, which must not be sent as a name.
        return Err(Failure::usage(
            "the provider is given twice, as an argument and by --oidc-provider-name",
        )
        .hint("leave one of them out; --oidc-token-id-stdin reads the ID token"));
    }
    let provider_name = filled(flags.provider_name).or(by_flag).ok_or_else(|| {
        Failure::usage("Wrong number of arguments (0).")
            .hint(format!("name the provider: {USAGE}, or give --oidc-provider-name"))
    })?;
    let exchange = Exchange::of(provider_name, flags.token_id, &flags.oidc, environment, report)?;
    let exchange = Exchange {
        project: filled(flags.project).or(exchange.project),
        repository: filled(flags.repository).or(exchange.repository),
        ..exchange
    };
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let token = exchange.run(&mut session, environment)?;
    result.write(&token, session.connection.platform.as_str(), false, report)
}
