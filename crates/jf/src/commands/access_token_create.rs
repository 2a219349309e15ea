//! `jf access-token-create`: checks everything that can be checked, asks for one token, prints it once.

use super::refuse_surplus;
use super::token_result::TokenResult;
use crate::addresses::Address;
use crate::cli::{AccessTokenCreate, filled};
use crate::connection::{Connection, Needs, NeedsCredential};
use crate::credential::check_username;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::{Content, Network, Repeat, Request};
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::session::{Session, no_token};
use crate::{expiry, scope};
use access_types::TokenRequest;
use access_types::limits::{self, FieldError};

const USAGE: &str = "jf atc [USERNAME] [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };
const RULE: &str = "only administrators create tokens for others, or with --scope, --groups, --grant-admin or a \
    longer lifetime than the platform allows";

/// What was asked for, checked; only who asks where is still open.
struct Asked {
    request: TokenRequest,
    /// The name given as an argument: empty for none, absent for the user of the credentials.
    username: Option<String>,
}

/// Runs the command.
pub(super) fn run(flags: AccessTokenCreate, environment: &Environment, report: &Report) -> Outcome<()> {
    let asked = check(&flags)?;
    let result = TokenResult::check(&flags.output)?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let request = with_username(asked.request, asked.username, &session.connection)?;

    let access = session.connection.access.clone();
    let content = Content::json(&request.to_json());
    let answer =
        session.send(&access, Request::post(access.join("api/v1/tokens"), content, Repeat::WithKey))?;
    let body = session.expect_ok(answer, RULE)?;
    let token = CreatedToken::from_json(&body).ok_or_else(|| no_token(&body, &session.connection))?;
    let wants_reference = request.include_reference_token == Some(true);
    if wants_reference && !token.has_reference() {
        report.warn(
            "no reference token came with the token: the platform is older than 7.38.10 or has them off",
        );
    }
    result.write(&token, session.connection.platform.as_str(), wants_reference, report)
}

/// Everything that needs neither a server nor the configuration.
fn check(flags: &AccessTokenCreate) -> Outcome<Asked> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let scope = scope::requested(flags.scope.as_deref(), flags.groups.as_deref(), flags.grant_admin)?;
    let expires_in = flags.expiry.as_deref().map(expiry::parse).transpose()?;
    let description = filled(flags.description.clone());
    if let Some(text) = &description {
        limits::check_text("description", text, limits::DESCRIPTION)
            .map_err(|error| named("--description", &error))?;
    }
    let audience = filled(flags.audience.clone());
    if let Some(text) = &audience {
        limits::check_text("audience", text, limits::AUDIENCE)
            .map_err(|error| named("--audience", &error))?;
        if text.trim().is_empty() {
            return Err(
                Failure::usage("--audience: names no service").hint("for example --audience \"jfrt@*\"")
            );
        }
    }
    let project_key = filled(flags.project.clone());
    if let Some(key) = &project_key {
        limits::check_project_key(key).map_err(|error| named("--project", &error))?;
    }
    if let Some(name) = &flags.username {
        check_username("username", name)?;
    }
    Ok(Asked {
        request: TokenRequest {
            scope,
            expires_in,
            refreshable: Some(flags.refreshable == Some(true)),
            include_reference_token: Some(flags.reference == Some(true)),
            audience,
            project_key,
            description,
            ..TokenRequest::default()
        },
        username: flags.username.clone(),
    })
}

fn named(flag: &str, error: &FieldError) -> Failure {
    Failure::usage(format!("{flag}: {}", error.problem))
}

/// The name as the existing tool sends it: in lower case, and the credentials' own if none is given.
fn with_username(
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
