//! Making a token: what flags ask for, checked before anything is sent, and the one request.

use crate::cli::{WantedToken, filled};
use crate::error::{Failure, Outcome};
use crate::http::{Content, Repeat, Request};
use crate::output::format::CreatedToken;
use crate::session::{Session, no_token};
use crate::{expiry, scope};
use access_types::TokenRequest;
use access_types::limits::{self, FieldError};
use ureq::http::{HeaderName, HeaderValue};

const RULE: &str = "only administrators create tokens for others, or with --scope, --groups, --grant-admin or a \
    longer lifetime than the platform allows";

/// What the flags ask for.
///
/// # Errors
/// A usage failure that names the flag whose value no server takes.
pub(crate) fn wanted(flags: &WantedToken) -> Outcome<TokenRequest> {
    let scope = scope::requested(flags.scope.as_deref(), flags.groups.as_deref(), flags.grant_admin)?;
    let expires_in = flags.expiry.as_deref().map(expiry::parse).transpose()?;
    let description = filled(flags.description.clone());
    if let Some(text) = &description {
        limits::check_text("description", text, limits::DESCRIPTION)
            .map_err(|error| named("--description", &error))?;
    }
    let project_key = filled(flags.project.clone());
    if let Some(key) = &project_key {
        limits::check_project_key(key).map_err(|error| named("--project", &error))?;
    }
    Ok(TokenRequest {
        scope,
        expires_in,
        audience: audience(flags.audience.clone())?,
        project_key,
        description,
        ..TokenRequest::default()
    })
}

/// The audience of a flag.
///
/// # Errors
/// A usage failure for one that is too long or names no service.
pub(crate) fn audience(text: Option<String>) -> Outcome<Option<String>> {
    let audience = filled(text);
    if let Some(text) = &audience {
        limits::check_text("audience", text, limits::AUDIENCE)
            .map_err(|error| named("--audience", &error))?;
        if text.trim().is_empty() {
            return Err(
                Failure::usage("--audience: names no service").hint("for example --audience \"jfrt@*\"")
            );
        }
    }
    Ok(audience)
}

fn named(flag: &str, error: &FieldError) -> Failure {
    Failure::usage(format!("{flag}: {}", error.problem))
}

/// Asks for the token. `key` is an `Idempotency-Key` that stands for more than this one request.
///
/// # Errors
/// What the server or the way to it says.
pub(crate) fn create(
    session: &mut Session<'_>,
    request: &TokenRequest,
    key: Option<&str>,
) -> Outcome<CreatedToken> {
    let access = session.connection.access.clone();
    let content = Content::json(&request.to_json());
    let mut post = Request::post(access.join("api/v1/tokens"), content, Repeat::WithKey);
    if let Some(Ok(key)) = key.map(HeaderValue::from_str) {
        post.headers.push((HeaderName::from_static("idempotency-key"), key));
    }
    let answer = session.send(&access, post)?;
    let body = session.expect_ok(answer, RULE)?;
    let token = CreatedToken::from_json(&body).ok_or_else(|| no_token(&body, &session.connection))?;
    token.secrets().for_each(|secret| session.report().guard(&secret));
    if request.include_reference_token == Some(true) && !token.has_reference() {
        session.report().warn(
            "no reference token came with the token: the platform is older than 7.38.10 or has them off",
        );
    }
    Ok(token)
}
