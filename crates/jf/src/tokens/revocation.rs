//! Ending tokens: one by its id, by its text, or as the one that asks; many by their ids.

use crate::clock;
use crate::credential::Credential;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Answer, Content, Repeat, Request};
use crate::json_field;
use crate::output::format::CreatedToken;
use crate::session::Session;
use crate::tokens::StoredToken;
use crate::tokens::dialect::own_path;
use crate::tokens::lookup::{self, ME};
use crate::validity::Validity;
use access_types::{Secret, jwt};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use ureq::http::StatusCode;

const RULE: &str = "a token is revoked by its owner, by an administrator, or with itself";

/// What a revocation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// The token was live and is now revoked.
    Now,
    /// It was revoked before, or has ended.
    AlreadyGone,
    /// The server knows none of that id: it is gone, never was, or lives so shortly that a platform keeps no record.
    NotKnown,
}

/// Revokes the token with this id.
///
/// # Errors
/// If it may not be revoked by who asks, or cannot be revoked at all.
pub(crate) fn by_id(session: &mut Session<'_>, id: &str) -> Outcome<Revoked> {
    let answer = delete(session, id, None)?;
    match answer.status {
        StatusCode::NO_CONTENT => Ok(Revoked::AlreadyGone),
        status if status.is_success() => Ok(Revoked::Now),
        StatusCode::NOT_FOUND if is_from_access(&answer.body) => Ok(Revoked::NotKnown),
        _ => Err(refusal(session, &answer)),
    }
}

/// Asks for the end of a token, as somebody else than who asks if `token` is given.
fn delete(session: &mut Session<'_>, id: &str, token: Option<&Credential>) -> Outcome<Answer> {
    if id != ME {
        // An id may come from a server, and stands in an address here.
        lookup::check_id(id)?;
    }
    let access = session.connection.access.clone();
    let url = access.join(&format!("api/v1/tokens/{id}"));
    let request = Request { keeps_connection: true, ..Request::delete(url) };
    match token {
        Some(token) => session.send_as(token, &access, request),
        None => session.send(&access, request),
    }
}

/// Has accessd revoke the token with this id in so many seconds. Tells when it will, epoch seconds: sooner if that
/// was settled before; `None` if the token is gone already.
///
/// # Errors
/// If it may not be, or could not be made sure of: then it will not be.
pub(crate) fn later(session: &mut Session<'_>, id: &str, seconds: u64) -> Outcome<Option<u64>> {
    lookup::check_id(id)?;
    let access = session.connection.access.clone();
    let body: Secret = json!({ "after": seconds }).to_string().into();
    let url = own_path(session, &format!("tokens/{id}/revocation"));
    let answer = session.send(&access, Request::post(url, Content::json(&body), Repeat::Safely))?;
    match answer.status {
        StatusCode::NOT_FOUND if is_from_access(&answer.body) => Ok(None),
        _ => {
            let body = session.expect_ok(answer, RULE)?;
            let due = StoredToken::from_json(&body).and_then(|token| token.revocation_due());
            Ok(due.or_else(|| Some(clock::seconds() + seconds)))
        }
    }
}

/// What a token's try to end itself came to.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was live and is revoked.
    Now,
    /// The server says that it had ended.
    Before,
    /// The server does not accept it, and does not say why: it may have ended, be meant for other services, or be
    /// another server's.
    Refused(Answer),
}

/// Ends a token with itself: no other right is needed. `id` is its id, if it is known: old platforms know no token
/// by the word for the one that asks.
///
/// # Errors
/// If the server accepts it but does not end it, and what kept an answer away.
pub(crate) fn with_itself(session: &mut Session<'_>, token: &Credential, id: Option<&str>) -> Outcome<Ended> {
    let answer = delete(session, ME, Some(token))?;
    match answer.status {
        StatusCode::NO_CONTENT => {}
        status if status.is_success() => return Ok(Ended::Now),
        StatusCode::UNAUTHORIZED if has_ended(&answer, token) => return Ok(Ended::Before),
        StatusCode::UNAUTHORIZED => return Ok(Ended::Refused(answer)),
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {}
        _ => return Err(refusal(session, &answer)),
    }
    if let Some(id) = id {
        let answer = delete(session, id, Some(token))?;
        match answer.status {
            StatusCode::NO_CONTENT => {}
            status if status.is_success() => return Ok(Ended::Now),
            StatusCode::UNAUTHORIZED => return Ok(Ended::Before),
            StatusCode::BAD_REQUEST => return Err(refusal(session, &answer)),
            _ => {}
        }
    }
    // It was accepted a moment ago. If it is no more, somebody else was faster.
    let access = session.connection.access.clone();
    let probe = session.send_as(token, &access, Request::get(access.join(&format!("api/v1/tokens/{ME}"))))?;
    if probe.status == StatusCode::UNAUTHORIZED {
        return Ok(Ended::Before);
    }
    Err(Failure::new(Reason::Failed, "the server accepts this token, and keeps no record of it to revoke").hint(
        "it works until it expires; platforms keep no record of tokens that live for less than three hours, unless \
         they were made to be revocable",
    ))
}

/// Ends a token that was made here a while ago: with itself or, where the server has it otherwise, with the
/// credential that made it.
///
/// # Errors
/// If neither helps, so that it may live.
pub(crate) fn of_created(session: &mut Session<'_>, created: &CreatedToken) -> Outcome<()> {
    let tried = with_itself(session, &Credential::from_token(created.token(false), None)?, created.id());
    if matches!(tried, Ok(Ended::Now | Ended::Before)) {
        return Ok(());
    }
    let by_id = created.id().map(|id| delete(session, id, None));
    if matches!(by_id, Some(Ok(answer)) if answer.status.is_success()) {
        return Ok(());
    }
    match tried? {
        Ended::Refused(answer) => Err(session.refusal(&answer, RULE)),
        Ended::Now | Ended::Before => Ok(()),
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
    let id = jwt::decode_unverified(value.expose_secret()).ok();
    let id = id.as_ref().and_then(|jwt| json_field::text(&jwt.claims, "jti"));
    let refused = match with_itself(session, &token, id.filter(|id| lookup::check_id(id).is_ok())) {
        Ok(Ended::Now) => return Ok(Revoked::Now),
        Ok(Ended::Before) => return Ok(Revoked::AlreadyGone),
        Ok(Ended::Refused(answer)) => Ok(answer),
        Err(failure) => Err(failure),
    };
    if session.connection.credential.is_some() && by_text(session, value)? {
        return Ok(Revoked::Now);
    }
    let failure = session.refusal(&refused?, RULE);
    let message = format!("{} knows no such live token", session.connection.platform);
    Err(Failure { reason: Reason::NotFound, message, ..failure }
        .hint("if it is not another server's (--url, --server-id), it was revoked before and is dead"))
}

/// Whether the server revokes a token by its text for who asks.
fn by_text(session: &mut Session<'_>, value: &Secret) -> Outcome<bool> {
    let access = session.connection.access.clone();
    let body: Secret = json!({"token": value.expose_secret()}).to_string().into();
    let request = Request {
        content: Some(Content::json(&body)),
        ..Request::delete(access.join("api/v1/tokens/revoke"))
    };
    Ok(session.send(&access, request)?.status.is_success())
}

/// Whether a token that was refused has ended: accessd, and as far as is known a platform, say so, and the token
/// itself says until when it was good.
fn has_ended(refused: &Answer, token: &Credential) -> bool {
    let body = String::from_utf8_lossy(&refused.body);
    if ["Invalid token, expired", "Invalid token, revoked"].iter().any(|words| body.contains(words)) {
        return true;
    }
    let Credential::Token(text) = token else { return false };
    Validity::of(text).is_some_and(|validity| validity.has_ended(refused.time()))
}

/// Whether it is the Access service that says that something is not there: at a mistyped address nothing is, and
/// every token would be taken for dead.
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
    let access = session.connection.access.clone();
    // Revoking twice is revoking once.
    let post = Request::post(own_path(session, "tokens/revoke"), Content::json(&body), Repeat::Safely);
    let answer = session.send(&access, Request { keeps_connection: true, ..post })?;
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

    #[test]
    fn gone_is_gone_only_where_the_access_service_says_so() {
        assert!(is_from_access(br#"{"errors":[{"code":"NOT_FOUND","message":"x"}]}"#));
        for other in [
            "",
            "<html>",
            r#"{"errors":[{"status":404,"message":"NOT_FOUND"}]}"#,
            r#"{"errors":[{"code":"X"}]}"#,
        ] {
            assert!(!is_from_access(other.as_bytes()), "{other}");
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
