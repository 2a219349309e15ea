//! The steps of a rotation: a token like the old one, never a wider one; whether it works; the end of the old one.

use crate::credential::Credential;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Request;
use crate::json_field;
use crate::output::format::CreatedToken;
use crate::session::Session;
use crate::tokens::lookup::ME;
use crate::tokens::{Dialect, StoredToken, creation, inspection, revocation};
use access_types::{TokenRequest, jwt};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use ureq::http::StatusCode;

/// What is known besides what the server tells of the old token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Additions {
    /// The audience, where nobody tells it.
    pub audience: Option<String>,
    /// Whether a reference token shall come with it; absent: as with the old one.
    pub reference: Option<bool>,
    /// Whether the old one can be refreshed, where the server does not tell.
    pub refreshable: bool,
    /// The old token's own claims, if it is the one that asks, and a JWT.
    pub claims: Option<Map<String, Value>>,
    /// Whether the old token is the one that asks.
    pub is_own: bool,
}

/// The request for a token like `old`.
///
/// # Errors
/// If the old token is dead but for its expiry, or something is not known that the new one must not have more of.
pub(crate) fn request(old: &StoredToken, additions: Additions) -> Outcome<TokenRequest> {
    refuse_dead(old)?;
    let claims = additions.claims.as_ref();
    let by_itself = if additions.is_own { "" } else { ", or rotate the token with itself: --self" };
    let scope = old
        .scope()
        .map(str::to_owned)
        .or_else(|| json_field::text(claims?, "scp").map(str::to_owned))
        .ok_or_else(|| {
            Failure::new(
                Reason::Failed,
                format!("the server does not tell the scope of the token {}", old.id()),
            )
            .hint(format!("create its successor with jf atc, and revoke it{by_itself}"))
        })?;
    let audience = old
        .audience()
        .map(str::to_owned)
        .or_else(|| claims.map(inspection::audience).filter(|audience| !audience.is_empty()))
        .or(additions.audience)
        .ok_or_else(|| {
            Failure::usage(format!("the server does not tell the audience of the token {}", old.id()))
                .hint(format!("give it with --audience ('*@*' is every service, the usual one){by_itself}"))
        })?;
    let issued_at = old.issued_at().or_else(|| json_field::seconds(claims?, "iat"));
    let lifetime = match (old.expiry().or_else(|| json_field::seconds(claims?, "exp")), issued_at) {
        (None, _) if old.has_readable_expiry() => 0,
        (Some(expiry), Some(issued_at)) if expiry > issued_at => expiry - issued_at,
        _ => {
            return Err(Failure::new(
                Reason::Failed,
                format!("the server does not tell how long the token {} was made for", old.id()),
            )
            .hint("create its successor with jf atc, and revoke it"));
        }
    };
    Ok(TokenRequest {
        scope: Some(scope),
        expires_in: Some(lifetime),
        refreshable: Some(old.refreshable().unwrap_or(additions.refreshable)),
        audience: Some(audience),
        include_reference_token: Some(additions.reference.or(old.has_reference()).unwrap_or(false)),
        username: Some(username(old)?),
        project_key: old.project().map(str::to_owned),
        description: old.description().map(str::to_owned),
        // Who rotates wants to revoke, and a platform does not do that to short-lived tokens otherwise.
        force_revocable: Some(true),
        ..TokenRequest::default()
    })
}

fn refuse_dead(old: &StoredToken) -> Outcome<()> {
    let why = match old.state() {
        Some("revoked") => "was revoked",
        Some("user_unavailable") => "is dead, since its user is gone or was disabled",
        _ => return Ok(()),
    };
    Err(Failure::new(
        Reason::NotFound,
        format!("the token {} {why}, so there is nothing to rotate", old.id()),
    )
    .hint("if an earlier rotation replaced it, jf token list shows the successor"))
}

fn username(old: &StoredToken) -> Outcome<String> {
    let (user, subject) = (old.user(), old.subject());
    if user != subject && !user.is_empty() {
        return Ok(user.to_owned());
    }
    Err(Failure::new(
        Reason::Failed,
        format!("the subject of the token {} is no user: {subject:?}", old.id()),
    )
    .hint("no token can be asked for in the name of another subject"))
}

/// The claims of the token that asks, if it is a JWT.
pub(crate) fn own_claims(session: &Session<'_>) -> Option<Map<String, Value>> {
    let token = session.connection.token()?;
    jwt::decode_unverified(token.expose_secret()).ok().map(|jwt| jwt.claims)
}

/// Makes the new token, and checks that the server accepts it, while the old one still works.
///
/// # Errors
/// As of [`creation::create`]. If it is not accepted: the hint says what became of it.
pub(crate) fn accepted_successor(
    session: &mut Session<'_>,
    request: &TokenRequest,
    old_id: &str,
    dialect: Dialect,
) -> Outcome<CreatedToken> {
    let created = successor(session, request, old_id)?;
    match check_accepted(session, request, &created) {
        Ok(()) => Ok(created),
        Err(failure) => Err(not_handed_over(session, dialect, &created, failure)),
    }
}

/// Makes the new token. All tries to rotate one token carry the same `Idempotency-Key`, so that accessd gives the
/// same new token to who did not get it the first time; if that has ended since, another one is made.
fn successor(session: &mut Session<'_>, request: &TokenRequest, old_id: &str) -> Outcome<CreatedToken> {
    let is_spent = |failure: &Failure| {
        failure.refusal.as_ref().is_some_and(|refusal| matches!(refusal.status, 409 | 422))
    };
    match creation::create(session, request, Some(&format!("jf-token-rotate-{old_id}"))) {
        Err(failure) if is_spent(&failure) => creation::create(session, request, None),
        other => other,
    }
}

/// Fails if the server does not accept the new token, or cannot tell. One that is for other services only cannot be
/// asked about here.
fn check_accepted(session: &mut Session<'_>, request: &TokenRequest, created: &CreatedToken) -> Outcome<()> {
    let is_for_access = |audience: &str| {
        audience.split_ascii_whitespace().any(|service| service.starts_with("*@") || service == "jfac@*")
    };
    if !request.audience.as_deref().is_none_or(is_for_access) {
        return Ok(());
    }
    let access = session.connection.access.clone();
    let me = Request::get(access.join(&format!("api/v1/tokens/{ME}")));
    let answer = session.send_as(&Credential::from_token(created.token(false), None)?, &access, me)?;
    // Who may not ask, or asks for what there is not, has been recognised.
    let is_accepted = answer.status.is_success()
        || matches!(
            answer.status,
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        );
    if is_accepted {
        return Ok(());
    }
    Err(session.refusal(&answer, "").context("the new token was not accepted: "))
}

/// The failure of a rotation whose new token nobody got. accessd gives the same one to who runs it again, and may
/// have given it to somebody else already, so there it stays; elsewhere nobody can have it, and it is revoked.
pub(crate) fn not_handed_over(
    session: &mut Session<'_>,
    dialect: Dialect,
    created: &CreatedToken,
    failure: Failure,
) -> Failure {
    let id = created.id().unwrap_or("not known").to_owned();
    if dialect == Dialect::Accessd {
        return failure.hint(format!(
            "the old token works as before; run the command again, which gives the same new token ({id}) once more"
        ));
    }
    match revocation::of_created(session, created) {
        Ok(()) => failure.hint("the old token works as before, the new one was revoked; run the command again"),
        Err(error) => failure.hint(format!(
            "the old token works as before; the new one, which nobody has, could not be revoked ({error}): jf token \
             revoke {id}"
        )),
    }
}

/// What becomes of the old token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldToken {
    /// It dies when the new one is in place.
    DiesNow,
    /// It dies so many seconds later.
    DiesAfter(u64),
    /// It stays, because this server cannot revoke later.
    Stays,
}

impl OldToken {
    /// What a grace of so many seconds means to this server.
    pub(crate) fn after(grace: u64, dialect: Dialect) -> Self {
        match (grace, dialect) {
            (0, _) => Self::DiesNow,
            (_, Dialect::Accessd) => Self::DiesAfter(grace),
            (_, Dialect::Platform) => Self::Stays,
        }
    }
}

/// Ends the old token, with the credential that asks or, if that has ended by now, with the new one. Tells when it
/// will be revoked, epoch seconds, if it still works until then.
///
/// # Errors
/// If it could not be ended: it still works, beside the new one.
pub(crate) fn end(
    session: &mut Session<'_>,
    old_id: &str,
    fate: OldToken,
    created: &CreatedToken,
) -> Outcome<Option<u64>> {
    let ended = match end_as_we_are(session, old_id, fate) {
        Err(failure) if failure.reason == Reason::Credentials => {
            session.connection.credential = Some(Credential::from_token(created.token(false), None)?);
            end_as_we_are(session, old_id, fate)
        }
        other => other,
    };
    ended.map_err(|failure| {
        let works = match failure.reason {
            Reason::Network | Reason::Server => "may still work",
            _ => "still works",
        };
        failure
            .context(&format!("the new token is in place, but the old one, {old_id}, {works}: "))
            .hint(format!("revoke it: jf token revoke {old_id}"))
    })
}

fn end_as_we_are(session: &mut Session<'_>, old_id: &str, fate: OldToken) -> Outcome<Option<u64>> {
    match fate {
        OldToken::Stays => Ok(None),
        OldToken::DiesNow => revocation::by_id(session, old_id).map(|_| None),
        OldToken::DiesAfter(seconds) => revocation::later(session, old_id, seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn on_accessd() -> Value {
        json!({"token_id": "1", "subject": "jfac@x/users/frog", "scope": "applied-permissions/groups:g", "audience": "jfrt@*",
            "issued_at": 1000, "expiry": 4600, "description": "ci", "project": "web", "refreshable": true,
            "has_reference_token": true, "state": "live"})
    }

    fn request_json(old: Value, claims: Option<Value>, additions: Additions) -> Outcome<String> {
        let additions = Additions { claims: claims.map(fields), ..additions };
        request(&StoredToken::from(fields(old)), additions)
            .map(|request| request.to_json().expose_secret().to_owned())
    }

    #[test]
    fn the_new_token_is_like_the_old_one() {
        assert_eq!(
            request_json(on_accessd(), None, Additions::default()).unwrap(),
            r#"{"scope":"applied-permissions/groups:g","expires_in":3600,"refreshable":true,"audience":"jfrt@*","include_reference_token":true,"username":"frog","project_key":"web","description":"ci","force_revocable":true}"#
        );
        let mut endless = on_accessd();
        endless.as_object_mut().unwrap().remove("expiry");
        assert!(request_json(endless, None, Additions::default()).unwrap().contains(r#""expires_in":0"#));
        let none = Additions { reference: Some(false), ..Additions::default() };
        assert!(
            request_json(on_accessd(), None, none).unwrap().contains(r#""include_reference_token":false"#)
        );
    }

    #[test]
    fn what_a_platform_does_not_tell_comes_from_the_token_or_the_caller_and_is_never_guessed() {
        let old = json!({"token_id": "1", "subject": "jfac@x/users/frog", "issued_at": 1000, "expiry": 4600});
        let claims = json!({"scp": "applied-permissions/user", "aud": ["jfrt@*", "jfxr@*"]});
        let made = request_json(old.clone(), Some(claims), Additions::default()).unwrap();
        assert!(
            made.contains(r#""scope":"applied-permissions/user""#)
                && made.contains(r#""audience":"jfrt@* jfxr@*""#)
        );
        let failure = request_json(old.clone(), None, Additions::default()).unwrap_err();
        assert!(failure.message.contains("scope"), "{failure}");
        let mut scoped = old;
        scoped["scope"] = json!("applied-permissions/user");
        let failure = request_json(scoped.clone(), None, Additions::default()).unwrap_err();
        assert!(failure.message.contains("audience"), "{failure}");
        let given = Additions { audience: Some("*@*".into()), ..Additions::default() };
        assert!(request_json(scoped, None, given.clone()).unwrap().contains(r#""audience":"*@*""#));
        // What is known is not overruled: the new token would be wider.
        assert!(request_json(on_accessd(), None, given).unwrap().contains(r#""audience":"jfrt@*""#));
    }

    #[test]
    fn a_lifetime_that_cannot_be_read_is_not_for_ever() {
        for expiry in [json!("1795600000"), json!(-1), json!(1.5e300), json!([1])] {
            let mut old = on_accessd();
            old["expiry"] = expiry;
            let failure = request_json(old, None, Additions::default()).unwrap_err();
            assert!(failure.message.contains("how long"), "{failure}");
        }
        for expiry in [json!(null), json!(0)] {
            let mut old = on_accessd();
            old["expiry"] = expiry;
            assert!(request_json(old, None, Additions::default()).unwrap().contains(r#""expires_in":0"#));
        }
    }

    #[test]
    fn a_token_with_a_refresh_token_keeps_one_where_the_server_does_not_tell() {
        let mut old = on_accessd();
        old.as_object_mut().unwrap().remove("refreshable");
        let known = Additions { refreshable: true, ..Additions::default() };
        assert!(request_json(old.clone(), None, known).unwrap().contains(r#""refreshable":true"#));
        assert!(request_json(old, None, Additions::default()).unwrap().contains(r#""refreshable":false"#));
    }

    #[test]
    fn the_dead_are_not_raised() {
        for state in ["revoked", "user_unavailable"] {
            let mut old = on_accessd();
            old["state"] = json!(state);
            assert_eq!(request_json(old, None, Additions::default()).unwrap_err().reason, Reason::NotFound);
        }
        let mut expired = on_accessd();
        expired["state"] = json!("expired");
        assert!(request_json(expired, None, Additions::default()).is_ok());
        let mut nobodys = on_accessd();
        nobodys["subject"] = json!("jfrt@01");
        assert!(request_json(nobodys, None, Additions::default()).is_err());
    }
}
