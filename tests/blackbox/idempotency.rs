//! `Idempotency-Key` on a create request: the same key and body give the same token and no second row.

use crate::{TOKENS, accessd};
use serde_json::{Value, json};
use testkit::{Accessd, Answer, Minted};

const KEY: &str = "Idempotency-Key";

#[track_caller]
fn ask(accessd: &Accessd, token: &str, key: &str, body: &Value) -> Answer {
    accessd.http().post(TOKENS).bearer(token).header(KEY, key).json(body).send()
}

#[test]
fn a_repeated_request_gets_the_same_token_back() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let body = json!({"refreshable": true, "include_reference_token": true, "expires_in": 3600, "description": "ci"});
    let before = accessd.tokens_of(&frog.name).len();
    let first = Minted::from_answer(ask(&accessd, &frog.token, "key-of-the-first-request", &body));
    let again = Minted::from_answer(ask(&accessd, &frog.token, "key-of-the-first-request", &body));
    assert_eq!(first.answer.body, again.answer.body, "byte for byte");
    assert_eq!(accessd.tokens_of(&frog.name).len(), before + 1);
    assert!(accessd.accepts(&again.token) && accessd.accepts(&again.reference_token));
    accessd.refresh(&again);
}

#[test]
fn another_body_under_the_same_key_is_refused() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    Minted::from_answer(ask(&accessd, &frog.token, "key-of-two-bodies", &json!({"expires_in": 60})));
    let answer = ask(&accessd, &frog.token, "key-of-two-bodies", &json!({"expires_in": 61})).expect(422);
    assert_eq!(answer.error_code(), "UNPROCESSABLE_ENTITY");
    assert!(answer.error_message().contains("Idempotency-Key"), "{}", answer.body);
    assert_eq!(accessd.tokens_of(&frog.name).len(), 2);
}

#[test]
fn a_key_is_its_owners() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let first = Minted::from_answer(ask(&accessd, &frog.token, "key-of-everybody", &json!({})));
    let other = Minted::from_answer(ask(&accessd, &toad.token, "key-of-everybody", &json!({})));
    assert_ne!(first.id, other.id);
    assert_ne!(first.token, other.token);
}

#[test]
fn without_a_key_every_request_makes_a_token() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    assert_ne!(accessd.mint(&frog.token, json!({})).id, accessd.mint(&frog.token, json!({})).id);
    let (a, b) = ("key-number-a", "key-number-b");
    let one = Minted::from_answer(ask(&accessd, &frog.token, a, &json!({})));
    let two = Minted::from_answer(ask(&accessd, &frog.token, b, &json!({})));
    assert_ne!(one.id, two.id);
}

#[test]
fn a_refused_request_uses_up_no_key() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    ask(&accessd, &frog.token, "key-of-a-refusal", &json!({"scope": "applied-permissions/admin"}))
        .expect(403);
    ask(&accessd, &frog.token, "key-of-a-refusal", &json!({})).expect(200);
}

#[test]
fn a_repetition_gives_nothing_to_who_lost_the_right() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let body = json!({"scope": "applied-permissions/admin"});
    Minted::from_answer(ask(&accessd, &boss.token, "key-of-the-boss", &body));
    accessd.change_user(&boss.name, json!({"admin": false}));
    ask(&accessd, &boss.token, "key-of-the-boss", &body).expect(401);
    let fresh = accessd.mint(&accessd.admin_token(), json!({"username": boss.name})).token;
    let answer = ask(&accessd, &fresh, "key-of-the-boss", &body);
    assert!(matches!(answer.status, 403 | 422), "{} {}", answer.status, answer.body);
}

#[test]
fn a_narrow_credential_repeats_nothing_wider_than_itself() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    accessd.project("web");
    let body = json!({"scope": "applied-permissions/admin"});
    let wide = Minted::from_answer(ask(&accessd, &boss.token, "key-of-a-wide-token", &body));
    for narrow in [json!({"scope": "applied-permissions/groups:readers"}), json!({"project_key": "web"})] {
        let narrow = accessd.mint(&boss.token, narrow).token;
        let answer = ask(&accessd, &narrow, "key-of-a-wide-token", &body);
        assert!(matches!(answer.status, 403 | 422), "{} {}", answer.status, answer.body);
    }
    let narrow = accessd.mint(&boss.token, json!({"audience": "jfac@*"})).token;
    let other = Minted::from_answer(ask(&accessd, &narrow, "key-of-a-wide-token", &body));
    assert_ne!(other.id, wide.id);
    assert_eq!(testkit::claims(&other.token)["aud"], "jfac@*", "no wider than what it was asked for with");
}

#[test]
fn many_at_once_under_one_key_make_one_token() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let ids: Vec<String> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..16)
            .map(|_| {
                scope
                    .spawn(|| Minted::from_answer(ask(&accessd, &frog.token, "key-of-a-race", &json!({}))).id)
            })
            .collect();
        asking.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(accessd.tokens_of(&frog.name).len(), 2);
}

#[test]
fn a_key_that_is_none_is_refused_by_name() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for key in ["", &"k".repeat(300)] {
        let answer = ask(&accessd, &frog.token, key, &json!({}));
        assert_eq!(answer.status, 400, "{key:?}: {}", answer.body);
        assert!(answer.error_message().contains("Idempotency-Key"), "{}", answer.body);
    }
}
