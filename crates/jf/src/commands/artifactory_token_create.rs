//! `jf rt access-token-create`: a token by Artifactory's old API, as servers with user and password have it.

use super::refuse_surplus;
use super::token_result::TokenResult;
use crate::addresses::Address;
use crate::cli::{ArtifactoryTokenCreate, filled};
use crate::connection::{Needs, NeedsCredential};
use crate::credential::check_username;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::expiry;
use crate::http::{Content, Network, Repeat, Request};
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::session::{Session, no_token};

const USAGE: &str = "jf rt atc [USERNAME] [flags]";
const NEEDS: Needs = Needs { address: Address::Artifactory, credential: NeedsCredential::Required };
const RULE: &str = "only administrators create tokens for others, with --grant-admin or for other groups";
/// Seconds that a token lives if nobody says otherwise.
const DEFAULT_EXPIRY: u64 = 3600;

/// Runs the command.
pub(super) fn run(flags: ArtifactoryTokenCreate, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let expires_in = flags.expiry.as_deref().map_or(Ok(DEFAULT_EXPIRY), expiry::parse)?;
    if let Some(name) = &flags.username {
        check_username("username", name)?;
    }
    let result = TokenResult::check(&flags.output)?;
    if environment.text("JFROG_CLI_AVOID_DEPRECATION_WARNINGS").is_none_or(|value| value != "true") {
        report.warn(
            "You are using a deprecated syntax of the command.\nInstead of:\n$ jf rt atc ...\nUse:\n$ jf atc ...",
        );
    }
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let artifactory = session.connection.artifactory.clone();
    let groups = filled(flags.groups);
    let scope = scope(groups.as_deref(), flags.grant_admin == Some(true), &artifactory, &mut session)?;
    let username = filled(flags.username).or_else(|| session.connection.user.clone());
    let form = form(filled(flags.audience), expires_in, flags.refreshable == Some(true), scope, username);
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = artifactory.join("api/security/token");
    let answer = session
        .send(&artifactory, Request::post(url, Content::form(&pairs), Repeat::WithKey))
        .map_err(|failure| failure.context("error occurred while attempting to create token: "))?;
    let body = session.expect_ok(answer, RULE).map_err(|failure| {
        failure.context("got unexpected server response while attempting to create token: ")
    })?;
    let token = CreatedToken::from_json(&body).ok_or_else(|| no_token(&body, &session.connection))?;
    result.write(&token, session.connection.platform.as_str(), false, report)
}

/// The groups as they were given, or all of the user's; and administrator rights on this service.
fn scope(
    groups: Option<&str>,
    grant_admin: bool,
    artifactory: &PlatformUrl,
    session: &mut Session<'_>,
) -> Outcome<String> {
    let groups = match groups {
        Some(groups) => Some(format!("member-of-groups:{groups}")),
        None if grant_admin => None,
        None => Some("member-of-groups:*".to_owned()),
    };
    let admin = if grant_admin { Some(format!("{}:admin", service_id(artifactory, session)?)) } else { None };
    Ok(groups.into_iter().chain(admin).collect::<Vec<_>>().join(" "))
}

fn service_id(artifactory: &PlatformUrl, session: &mut Session<'_>) -> Outcome<String> {
    let answer = session.send(artifactory, Request::get(artifactory.join("api/system/service_id")))?;
    let body = session.expect_ok(answer, RULE).map_err(|failure| {
        failure.context("the service id, which --grant-admin needs, could not be had: ")
    })?;
    let id = String::from_utf8_lossy(&body).trim().to_owned();
    if id.is_empty() || id.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let problem = "the server answered 200, but not with a service id";
        return Err(
            Failure::new(Reason::Server, problem).hint(format!("check that {artifactory} is Artifactory"))
        );
    }
    Ok(id)
}

/// The fields in the order of the existing tool, which sorts them.
fn form(
    audience: Option<String>,
    expires_in: u64,
    refreshable: bool,
    scope: String,
    username: Option<String>,
) -> Vec<(&'static str, String)> {
    [
        ("audience", audience),
        ("expires_in", Some(expires_in.to_string())),
        ("refreshable", refreshable.then(|| "true".to_owned())),
        ("scope", Some(scope)),
        ("username", username.map(|name| name.to_lowercase())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}
