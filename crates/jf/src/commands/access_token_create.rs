//! `jf access-token-create`: checks everything that can be checked, asks for one token, prints it once.

use super::refuse_surplus;
use super::token_result::TokenResult;
use crate::addresses::Address;
use crate::cli::{AccessTokenCreate, filled};
use crate::connection::{Connection, Needs, NeedsCredential};
use crate::credential::check_username;
use crate::environment::Environment;
use crate::error::Outcome;
use crate::http::Network;
use crate::output::report::Report;
use crate::session::Session;
use crate::tokens::creation;
use access_types::TokenRequest;

const USAGE: &str = "jf atc [USERNAME] [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };

/// Runs the command.
pub(super) fn run(flags: AccessTokenCreate, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let request = TokenRequest {
        refreshable: Some(flags.refreshable == Some(true)),
        include_reference_token: Some(flags.reference == Some(true)),
        ..creation::wanted(&flags.wanted)?
    };
    if let Some(name) = &flags.username {
        check_username("username", name)?;
    }
    let result = TokenResult::check(&flags.output)?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let request = with_username(request, flags.username, &session.connection)?;

    let token = creation::create(&mut session, &request, None)?;
    let wants_reference = request.include_reference_token == Some(true);
    result.write(&token, session.connection.platform.as_str(), wants_reference, report)
}

/// The name as the existing tool sends it: in lower case, and the credentials' own if none is given.
pub(super) fn with_username(
    request: TokenRequest,
    given: Option<String>,
    connection: &Connection,
) -> Outcome<TokenRequest> {
    let username = match given {
        Some(name) => Some(name),
        None => {
            connection.user.clone().map(|user| check_username("user", &user).map(|()| user)).transpose()?
        }
    };
    Ok(TokenRequest { username: filled(username.map(|name| name.to_lowercase())), ..request })
}
