//! Revoking: by id, by value, and oneself. Durable, repeatable, and only by those who may.

use crate::{TOKENS, accessd};
use serde_json::json;

#[test]
fn by_id_it_is_dead_at_once_and_a_second_time_is_no_fault() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"include_reference_token": true}));
    assert!(accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token));
    let answer = accessd.revoke(&frog.token, &minted.id).expect(200);
    assert_eq!(answer.body, "");
    for dead in [&minted.token, &minted.reference_token] {
        let answer = accessd.whoami(dead).expect(401);
        assert_eq!(answer.error_code(), "UNAUTHORIZED");
    }
    let again = accessd.revoke(&frog.token, &minted.id).expect(204);
    assert_eq!(again.body, "");
    accessd.revoke(&frog.token, "00000000-0000-7000-8000-000000000000").expect(204);
}

#[test]
fn a_token_may_revoke_itself() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"include_reference_token": true}));
    accessd.http().delete(&format!("{TOKENS}/me")).bearer(&minted.reference_token).send().expect(200);
    assert!(!accessd.accepts(&minted.token));
    accessd.http().delete(&format!("{TOKENS}/me")).bearer(&minted.token).send().expect(401);
    let other = accessd.mint(&frog.token, json!({}));
    accessd.revoke(&other.token, &other.id).expect(200);
    assert!(!accessd.accepts(&other.token));
}

#[test]
fn somebody_elses_only_administrators() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let minted = accessd.mint(&frog.token, json!({}));
    let answer = accessd.revoke(&toad.token, &minted.id).expect(403);
    assert_eq!(answer.error_code(), "FORBIDDEN");
    accessd.http().delete(&format!("{TOKENS}/{}", minted.id)).send().expect(401);
    assert!(accessd.accepts(&minted.token));
    accessd.revoke(&accessd.admin_token(), &minted.id).expect(200);
    assert!(!accessd.accepts(&minted.token));
}

#[test]
fn by_value_as_json_or_form_as_jwt_or_reference_token() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let call = || accessd.http().delete(&format!("{TOKENS}/revoke")).bearer(&accessd.admin_token());
    for (by_reference, as_form) in [(false, false), (false, true), (true, false), (true, true)] {
        let minted = accessd.mint(&frog.token, json!({"include_reference_token": true}));
        let value = if by_reference { &minted.reference_token } else { &minted.token };
        let call =
            if as_form { call().form(&[("token", value)]) } else { call().json(json!({"token": value})) };
        let answer = call.send().expect(200);
        assert_eq!(answer.keys(), ["revoked_token_id"]);
        assert_eq!(answer.json()["revoked_token_id"], minted.id.as_str());
        assert!(!accessd.accepts(&minted.token) && !accessd.accepts(&minted.reference_token));
        assert_eq!(call.send().expect(404).error_code(), "NOT_FOUND");
    }
}

#[test]
fn by_value_nonsense_is_not_found_and_nothing_is_bad_input() {
    let accessd = accessd();
    let path = format!("{TOKENS}/revoke");
    let admin = accessd.admin_token();
    for nonsense in ["nonsense", "a.b.c", &"A".repeat(64), "e30.e30.eA"] {
        let answer = accessd.http().delete(&path).bearer(&admin).json(json!({"token": nonsense})).send();
        assert_eq!(answer.status, 404, "{nonsense}: {}", answer.body);
    }
    for body in [r#"{}"#, r#"{"token":""}"#, r#"{"token":7}"#, r#"{"token":null}"#] {
        let answer = accessd.http().delete(&path).bearer(&admin).json(body).send();
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.error_message().contains("token"), "{}", answer.body);
    }
    let nothing = accessd.http().delete(&path).bearer(&admin).send();
    assert!(matches!(nothing.status, 400 | 415), "{} {}", nothing.status, nothing.body);
}

#[test]
fn by_value_a_user_may_revoke_the_own_at_most() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let minted = accessd.mint(&frog.token, json!({}));
    let path = format!("{TOKENS}/revoke");
    accessd.http().delete(&path).bearer(&toad.token).json(json!({"token": minted.token})).send().expect(403);
    accessd.http().delete(&path).json(json!({"token": minted.token})).send().expect(401);
    assert!(accessd.accepts(&minted.token));
}
