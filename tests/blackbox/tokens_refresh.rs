//! `grant_type=refresh_token`: rotation, who may, how long after the expiry, and the lost answer.

use crate::{TOKENS, accessd};
use serde_json::json;
use std::time::Duration;
use testkit::{Minted, Shared, claims};

const NOT_FOUND: &str = "Token matching the provided refresh token was not found.";

/// Expired tokens can be refreshed for an hour.
static LONG_GRACE: Shared = Shared::new(&[("ACCESSD_TOKEN_REFRESH_EXPIRY", "3600")]);
/// Expired tokens can be refreshed for a second.
static SHORT_GRACE: Shared = Shared::new(&[("ACCESSD_TOKEN_REFRESH_EXPIRY", "1")]);

/// Long enough for a token of one second to be over, and for a grace of one second as well.
const OVER: Duration = Duration::from_millis(3100);

#[test]
fn a_refresh_gives_a_new_pair_and_the_old_token_is_dead() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let old = accessd.mint(
        &frog.token,
        json!({"refreshable": true, "expires_in": 7200, "description": "ci", "audience": "jfac@* jfrt@*"}),
    );
    let new = accessd.refresh(&old);
    assert_eq!(
        new.answer.keys(),
        ["token_id", "access_token", "refresh_token", "expires_in", "scope", "token_type"]
    );
    assert_eq!(new.answer.json()["expires_in"], 7200);
    assert!(new.id != old.id && new.token != old.token && new.refresh_token != old.refresh_token);
    let (before, after) = (claims(&old.token), claims(&new.token));
    for claim in ["sub", "scp", "aud", "iss", "ext"] {
        assert_eq!(before[claim], after[claim], "{claim}");
    }
    assert_eq!(after["exp"].as_u64().unwrap() - after["iat"].as_u64().unwrap(), 7200);
    assert!(accessd.accepts(&new.token));
    assert!(!accessd.accepts(&old.token));
    assert_eq!(accessd.whoami(&new.token).json()["description"], "ci");
}

#[test]
fn a_refresh_works_again_and_again_and_in_a_form() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let mut current = accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": 3600}));
    for _ in 0..3 {
        let form: &[(&str, &str)] = &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &current.refresh_token),
            ("expires_in", "0"),
        ];
        let answer = accessd.http().post(TOKENS).bearer(&current.token).form(form).send();
        current = Minted::from_answer(answer);
        assert_eq!(current.answer.json()["expires_in"], 3600, "0 keeps the lifetime");
        assert!(accessd.accepts(&current.token));
    }
    assert_eq!(accessd.tokens_of(&frog.name).len(), 2, "the user's own token, and one of the family");
}

#[test]
fn a_reference_token_comes_again_if_the_first_had_one() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let old = accessd.mint(&frog.token, json!({"refreshable": true, "include_reference_token": true}));
    let new = Minted::from_answer(accessd.ask_token(
        &old.token,
        json!({"grant_type": "refresh_token", "refresh_token": old.refresh_token, "include_reference_token": true}),
    ));
    assert_eq!(new.reference_token.len(), 64);
    assert!(accessd.accepts(&new.reference_token) && !accessd.accepts(&old.reference_token));
}

#[test]
fn a_token_without_end_is_refreshed_to_one_without_end() {
    let accessd = accessd();
    let old = accessd.mint(&accessd.admin_token(), json!({"refreshable": true, "expires_in": 0}));
    let new = accessd.refresh(&old);
    assert!(new.answer.json().get("expires_in").is_none());
    assert!(claims(&new.token).get("exp").is_none());
}

#[test]
fn an_expired_bearer_may_refresh_within_the_grace_and_do_nothing_else() {
    let accessd = LONG_GRACE.service();
    let frog = accessd.new_user("frog");
    let old = accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": 1}));
    std::thread::sleep(OVER);
    let answer = accessd.whoami(&old.token).expect(401);
    assert_eq!(answer.error_message(), "Invalid token, expired");
    accessd.ask_token(&old.token, json!({})).expect(401);
    let new = accessd.refresh(&old);
    assert_eq!(new.answer.json()["expires_in"], 1, "the same lifetime");
}

#[test]
fn after_the_grace_it_may_not() {
    let accessd = SHORT_GRACE.service();
    let frog = accessd.new_user("frog");
    let old = accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": 1}));
    std::thread::sleep(OVER);
    let answer = accessd.ask_refresh(&old.token, &old.refresh_token).expect(401);
    assert_eq!(answer.error_message(), "Invalid token, expired");
}

#[test]
fn any_live_credential_of_the_owner_may_refresh() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let old = accessd.mint(&frog.token, json!({"refreshable": true}));
    Minted::from_answer(accessd.ask_refresh(&frog.token, &old.refresh_token));
    let reference = accessd.mint(&frog.token, json!({"include_reference_token": true})).reference_token;
    let other = accessd.mint(&frog.token, json!({"refreshable": true}));
    Minted::from_answer(accessd.ask_refresh(&reference, &other.refresh_token));
}

#[test]
fn nobody_else_may_refresh_and_the_token_is_none_the_worse() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let old = accessd.mint(&frog.token, json!({"refreshable": true}));
    let answer = accessd.ask_refresh(&toad.token, &old.refresh_token);
    assert!(matches!(answer.status, 403 | 404), "{} {}", answer.status, answer.body);
    let answer = accessd
        .http()
        .post(TOKENS)
        .json(json!({"grant_type": "refresh_token", "refresh_token": old.refresh_token}));
    answer.send().expect(401);
    assert!(accessd.accepts(&old.token));
    accessd.refresh(&old);
}

#[test]
fn a_refresh_widens_nothing() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let mut current =
        accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": 60, "audience": "jfac@*"}));
    for wider in [
        json!({"scope": "applied-permissions/admin"}),
        json!({"scope": "applied-permissions/groups:readers"}),
        json!({"username": "admin"}),
        json!({"audience": "*@*"}),
        json!({"expires_in": 999_999}),
        json!({"project_key": "web"}),
    ] {
        let mut body = json!({"grant_type": "refresh_token", "refresh_token": current.refresh_token});
        for (key, value) in wider.as_object().unwrap() {
            body[key] = value.clone();
        }
        let answer = accessd.ask_token(&current.token, body);
        assert!(matches!(answer.status, 200 | 400 | 403), "{wider}: {} {}", answer.status, answer.body);
        if answer.status == 200 {
            current = Minted::from_answer(answer);
        }
        let claims = claims(&current.token);
        assert_eq!(
            (&claims["scp"], &claims["aud"]),
            (&json!("applied-permissions/user"), &json!("jfac@*")),
            "{wider}"
        );
        assert!(claims["sub"].as_str().unwrap().ends_with(&format!("/users/{}", frog.name)), "{wider}");
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60, "{wider}");
        assert!(accessd.accepts(&current.token), "a refusal spends nothing: {wider}");
    }
    let plain = accessd.refresh(&current);
    assert!(accessd.accepts(&plain.token));
}

#[test]
fn what_is_no_refresh_token_is_not_found() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let plain = accessd.mint(&frog.token, json!({}));
    let other = accessd.mint(&frog.token, json!({"refreshable": true}));
    let mut damaged = other.refresh_token.clone();
    damaged.pop();
    for wrong in
        ["no-refresh-token", &plain.token, &other.token, &damaged, "8a9c0c28-6d0b-4b4e-a3e6-8f4c1c1f6f3a"]
    {
        let answer = accessd.ask_refresh(&frog.token, wrong).expect(404);
        assert_eq!((answer.error_code().as_str(), answer.error_message().as_str()), ("NOT_FOUND", NOT_FOUND));
    }
    assert!(accessd.accepts(&other.token), "a guess harms nobody");
    accessd.refresh(&other);
}

#[test]
fn a_token_that_was_not_asked_to_be_refreshable_has_no_refresh_token() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"refreshable": false}));
    assert!(minted.answer.json().get("refresh_token").is_none());
    assert_eq!(accessd.whoami(&minted.token).json()["refreshable"], false);
}

#[test]
fn where_refreshing_is_off_a_token_is_made_without() {
    static OFF: Shared = Shared::new(&[("ACCESSD_TOKEN_ALLOW_REFRESHABLE", "false")]);
    let accessd = OFF.service();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"refreshable": true}));
    assert!(minted.answer.json().get("refresh_token").is_none(), "{}", minted.answer.body);
    assert!(accessd.accepts(&minted.token));
}

#[test]
fn a_revoked_token_cannot_be_refreshed() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let old = accessd.mint(&frog.token, json!({"refreshable": true}));
    accessd.revoke(&frog.token, &old.id).expect(200);
    accessd.ask_refresh(&old.token, &old.refresh_token).expect(401);
    let answer = accessd.ask_refresh(&frog.token, &old.refresh_token).expect(404);
    assert_eq!(answer.error_message(), NOT_FOUND);
}
