//! One token, by its id or as the one that asks.

use crate::credential::Credential;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Request;
use crate::json_field;
use crate::session::Session;
use crate::tokens::dialect::ask_accessd;
use crate::tokens::{Dialect, StoredToken};
use access_types::{jwt, opaque};
use secrecy::ExposeSecret as _;
use ureq::http::StatusCode;

const RULE: &str =
    "a token is shown to its owner and to administrators; with fewer rights only `me` can be shown";

/// The word for the token that asks.
pub(crate) const ME: &str = "me";

/// Everything that the server tells of the token `id`, or of the one that asks ([`ME`]).
///
/// # Errors
/// If there is none, or it may not be seen.
pub(crate) fn token(session: &mut Session<'_>, id: &str) -> Outcome<(Dialect, StoredToken)> {
    if let Some(answer) = ask_accessd(session, &format!("tokens/{id}"), Request::get)? {
        let body = session.expect_ok(answer, RULE)?;
        if let Some(token) = StoredToken::from_json(&body) {
            return Ok((Dialect::Accessd, token));
        }
    }
    let access = session.connection.access.clone();
    let answer = session.send(&access, Request::get(access.join(&format!("api/v1/tokens/{id}"))))?;
    if answer.status == StatusCode::NOT_FOUND {
        return Err(unknown(session.refusal(&answer, RULE), id));
    }
    let body = session.expect_ok(answer, RULE)?;
    let token = StoredToken::from_json(&body).ok_or_else(|| no_description(session))?;
    Ok((Dialect::Platform, token))
}

/// The id of the token that asks, which may stand in the place of a password; `None` if it is a password, or a token
/// that the server keeps no record of.
///
/// # Errors
/// If the server would have to tell, and does not answer.
pub(crate) fn own_id(session: &mut Session<'_>) -> Outcome<Option<String>> {
    let text = match &session.connection.credential {
        Some(Credential::Token(text) | Credential::Basic { password: text, .. }) => text.expose_secret(),
        _ => return Ok(None),
    };
    if let Ok(jwt) = jwt::decode_unverified(text) {
        return Ok(json_field::text(&jwt.claims, "jti").map(str::to_owned));
    }
    let is_password = matches!(session.connection.credential, Some(Credential::Basic { .. }))
        && opaque::parse_reference_token(text).is_none();
    if is_password {
        return Ok(None);
    }
    match token(session, ME) {
        Ok((_, token)) => Ok(Some(token.id().to_owned())),
        Err(failure) if matches!(failure.reason, Reason::NotFound | Reason::Forbidden) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Checks that `id` can be a token's id, before it stands in an address.
///
/// # Errors
/// A usage failure, which does not repeat it: it may be a token.
pub(crate) fn check_id(id: &str) -> Outcome<()> {
    if jwt::split(id).is_ok() || opaque::parse_reference_token(id).is_some() {
        return Err(Failure::usage("this is a token, not a token's id")
            .hint("a token's text is read from standard input, where nobody sees it: jf token inspect, or jf token revoke -"));
    }
    let is_legal = !id.is_empty()
        && id.len() <= 128
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_legal {
        return Ok(());
    }
    Err(Failure::usage("a token's id has only letters, digits and dashes in it")
        .hint("jf token list shows the ids of your tokens"))
}

fn unknown(failure: Failure, id: &str) -> Failure {
    let message = match id {
        ME => "the server does not know the token that asks".to_owned(),
        id => format!("there is no token with the id {id}"),
    };
    Failure { reason: Reason::NotFound, message, ..failure }
        .hint("it may have ended and been cleaned away; platforms also keep none of tokens that live for less than three hours")
}

fn no_description(session: &Session<'_>) -> Failure {
    let platform = &session.connection.platform;
    Failure::new(
        Reason::Server,
        format!(
            "the server answered 200, but not with a token's description: is {platform} a JFrog platform?"
        ),
    )
    .hint("check the address given with --url, JF_URL or `jf config`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_an_id_and_a_token_is_not_repeated() {
        for id in ["0193f3c4-aaaa-7bbb-8ccc-0123456789ab", "me", "A_1"] {
            assert_eq!(check_id(id), Ok(()));
        }
        let reference = opaque::reference_token(None, &"canary123".repeat(3));
        for bad in
            ["", "a/b", "a b", "..", "canary?", reference.expose_secret(), "eyJhIjoxfQ.eyJjYW5hcnkiOjF9.c2ln"]
        {
            let failure = check_id(bad).unwrap_err();
            assert!(
                failure.reason == Reason::Usage && !format!("{failure:?}").contains("canary"),
                "{failure:?}"
            );
        }
    }
}
