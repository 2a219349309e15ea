//! Ending tokens: one by its id, by its text, or as the one that asks; many by their ids.

use crate::credential::Credential;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Answer, Content, Repeat, Request};
use crate::session::Session;
use crate::tokens::dialect::ask_accessd;
use crate::tokens::lookup::ME;
use access_types::{Secret, jwt, opaque};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use ureq::http::StatusCode;

const RULE: &str = "a token is revoked by its owner, by an administrator, or with itself";

/// What a revocation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// The token was live and is now revoked.
    Now,
    /// It was revoked before, has ended, or never was.
    AlreadyGone,
}

/// Revokes the token with this id, or the one that asks ([`ME`]).
///
/// # Errors
/// If it may not be revoked by who asks, or cannot be revoked at all.
pub(crate) fn by_id(session: &mut Session<'_>, id: &str) -> Outcome<Revoked> {
    let access = session.connection.access.clone();
    let request =
        Request { keeps_connection: true, ..Request::delete(access.join(&format!("api/v1/tokens/{id}"))) };
    let answer = session.send(&access, request)?;
    outcome(&answer).ok_or_else(|| refusal(session, &answer))
}

/// Has accessd revoke the token with this id in so many seconds.
///
/// # Errors
/// As of [`by_id`].
pub(crate) fn later(session: &mut Session<'_>, id: &str, seconds: u64) -> Outcome<()> {
    let body: Secret = json!({ "after": seconds }).to_string().into();
    let request = |url| Request::post(url, Content::json(&body), Repeat::Safely);
    let path = format!("tokens/{id}/revocation");
    match ask_accessd(session, &path, request)? {
        Some(answer) => session.expect_ok(answer, RULE).map(drop),
        // Gone, or not ours: the public path says which.
        None => by_id(session, id).map(drop),
    }
}

/// Revokes a token with itself: no other right is needed. `Err` within is the server's refusal of the token, which
/// has perhaps ended.
///
/// # Errors
/// Any other refusal, and what kept the answer away.
pub(crate) fn with_itself(session: &mut Session<'_>, token: &Credential) -> Outcome<Result<Revoked, Answer>> {
    let access = session.connection.access.clone();
    let request = Request::delete(access.join(&format!("api/v1/tokens/{ME}")));
    let answer = session.send_as(token, &access, request)?;
    match outcome(&answer) {
        Some(revoked) => Ok(Ok(revoked)),
        None if answer.status == StatusCode::UNAUTHORIZED => Ok(Err(answer)),
        None => Err(refusal(session, &answer)),
    }
}

/// Revokes the token whose text this is. Who has it may end it, so it is tried with itself first; that fails where
/// it has ended already, and for one that other services are meant to accept.
///
/// # Errors
/// If the server does not know it: it may be another server's, so this is no success.
pub(crate) fn by_value(session: &mut Session<'_>, value: &Secret) -> Outcome<Revoked> {
    let token = match Credential::from_token(value.clone(), None)? {
        token @ Credential::Token(_) => token,
        _ => {
            return Err(Failure::usage("this is an API key, not a token").hint(
                "API keys are revoked by their user or an administrator, in the platform's own pages",
            ));
        }
    };
    let refused = match with_itself(session, &token)? {
        Ok(revoked) => return Ok(revoked),
        Err(refused) => refused,
    };
    if says_it_has_ended(&refused) || claims_to_have_ended(value) {
        return Ok(Revoked::AlreadyGone);
    }
    if session.connection.credential.is_some() {
        let access = session.connection.access.clone();
        let body: Secret = json!({"token": value.expose_secret()}).to_string().into();
        let request = Request {
            content: Some(Content::json(&body)),
            ..Request::delete(access.join("api/v1/tokens/revoke"))
        };
        if session.send(&access, request)?.status.is_success() {
            return Ok(Revoked::Now);
        }
    }
    let platform = session.connection.platform.clone();
    Err(Failure {
        reason: Reason::NotFound,
        message: format!("{platform} knows no such live token"),
        ..session.refusal(&refused, RULE)
    }
    .hint("if it is not another server's (--url, --server-id), it was revoked before and is dead"))
}

/// accessd, and as far as is known a platform, say why they refuse a token.
fn says_it_has_ended(refused: &Answer) -> bool {
    let body = String::from_utf8_lossy(&refused.body);
    ["Invalid token, expired", "Invalid token, revoked"].iter().any(|words| body.contains(words))
}

fn claims_to_have_ended(value: &Secret) -> bool {
    let text = value.expose_secret();
    let expiry = match jwt::decode_unverified(text) {
        Ok(jwt) => jwt.claims.get("exp").and_then(Value::as_u64),
        Err(_) => opaque::parse_reference_token(text).flatten(),
    };
    expiry.is_some_and(|expiry| expiry <= crate::clock::seconds())
}

/// `None` for a refusal. A 404 counts as gone only if it is the Access service that says so: another server's, at a
/// mistyped address, would be taken for a token that is dead.
fn outcome(answer: &Answer) -> Option<Revoked> {
    match answer.status {
        StatusCode::NO_CONTENT => Some(Revoked::AlreadyGone),
        status if status.is_success() => Some(Revoked::Now),
        StatusCode::NOT_FOUND if is_from_access(&answer.body) => Some(Revoked::AlreadyGone),
        _ => None,
    }
}

fn is_from_access(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = body.get("errors").and_then(|errors| errors.get(0));
    first.and_then(|error| error.get("code")).and_then(Value::as_str) == Some("NOT_FOUND")
}

fn refusal(session: &Session<'_>, answer: &Answer) -> Failure {
    let failure = session.refusal(answer, RULE);
    // access-api.md 1.6: what is too short-lived.
    if answer.status == StatusCode::BAD_REQUEST
        && String::from_utf8_lossy(&answer.body).contains("not revocable")
    {
        return failure.hint(
            "platforms do not revoke tokens that live for less than six hours, unless they were made to be; it ends by \
             itself: jf token show tells when",
        );
    }
    failure
}

/// What became of one of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OneOfMany {
    /// It was revoked, or was gone.
    Done(Revoked),
    /// It was not, and why.
    Failed(Failure),
}

/// Revokes these on accessd, which does it in one request; `each` hears of every one that was answered for.
///
/// # Errors
/// If there was no whole answer: those that `each` did not hear of may live.
pub(crate) fn many_on_accessd(
    session: &mut Session<'_>,
    ids: &[String],
    each: &mut dyn FnMut(&str, OneOfMany),
) -> Outcome<()> {
    let body: Secret = json!({ "token_ids": ids }).to_string().into();
    // Revoking twice is revoking once.
    let request =
        |url| Request { keeps_connection: true, ..Request::post(url, Content::json(&body), Repeat::Safely) };
    let Some(answer) = ask_accessd(session, "tokens/revoke", request)? else {
        return Err(Failure::new(Reason::Server, "the server does not revoke many tokens at once any more")
            .hint("run the command again"));
    };
    let body = session.expect_ok(answer, RULE)?;
    let mut is_complete = false;
    let mut why = None;
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line).unwrap_or_default();
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        if let (Some(id), Some(word)) = (text("token_id"), text("outcome")) {
            each(id, one_of_many(id, word));
        } else {
            is_complete = line.get("complete") == Some(&Value::Bool(true));
            why = text("error").map(str::to_owned);
        }
    }
    if is_complete {
        return Ok(());
    }
    let why = why.unwrap_or_else(|| "its answer broke off".to_owned());
    Err(Failure::new(Reason::Server, format!("the server did not revoke all of them: {why}"))
        .hint("run the command again: it goes on where it ended"))
}

fn one_of_many(id: &str, word: &str) -> OneOfMany {
    match word {
        "revoked" => OneOfMany::Done(Revoked::Now),
        "already_gone" => OneOfMany::Done(Revoked::AlreadyGone),
        "forbidden" => OneOfMany::Failed(
            Failure::new(Reason::Forbidden, format!("the token {id} is not yours")).hint(RULE),
        ),
        other => OneOfMany::Failed(Failure::new(
            Reason::Server,
            format!("the server said of the token {id}: {other}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderMap;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.as_bytes().to_vec(),
            headers: HeaderMap::new(),
            stream: None,
        }
    }

    #[test]
    fn gone_is_gone_only_where_the_access_service_says_so() {
        let gone = r#"{"errors":[{"code":"NOT_FOUND","message":"x"}]}"#;
        for (status, body, wanted) in [
            (200, "", Some(Revoked::Now)),
            (204, "", Some(Revoked::AlreadyGone)),
            (404, gone, Some(Revoked::AlreadyGone)),
            (404, "<html>", None),
            (404, r#"{"errors":[{"status":404,"message":"NOT_FOUND"}]}"#, None),
            (400, gone, None),
            (302, "", None),
            (503, "", None),
        ] {
            assert_eq!(outcome(&answer(status, body)), wanted, "{status} {body}");
        }
    }

    #[test]
    fn each_word_has_its_meaning() {
        assert_eq!(one_of_many("1", "revoked"), OneOfMany::Done(Revoked::Now));
        assert_eq!(one_of_many("1", "already_gone"), OneOfMany::Done(Revoked::AlreadyGone));
        let OneOfMany::Failed(failure) = one_of_many("1", "forbidden") else { panic!() };
        assert_eq!(failure.reason, Reason::Forbidden);
        assert!(matches!(one_of_many("1", "odd"), OneOfMany::Failed(_)));
    }
}
