//! The credentials that are accepted everywhere: bearer JWT, bearer reference token, `X-JFrog-Art-Api`, and
//! Basic with a password or a token in its place. Who is refused learns nothing about who exists.

use crate::{TOKENS, accessd};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use testkit::{Minted, Shared};

static BASIC_CREATES: Shared = Shared::new(&[("ACCESSD_SECURITY_ALLOW_BASIC_TOKEN_CREATION", "true")]);

#[test]
fn a_token_is_accepted_in_every_place_a_client_puts_one() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"include_reference_token": true}));
    let me = || accessd.http().get(&format!("{TOKENS}/me"));
    for text in [&minted.token, &minted.reference_token] {
        for call in [
            me().bearer(text),
            me().header("authorization", &format!("bearer {text}")),
            me().header("X-JFrog-Art-Api", text),
            me().basic(&frog.name, text),
            me().basic("", text),
        ] {
            let answer = call.send();
            assert_eq!(answer.status, 200, "{call:?}: {}", answer.body);
            assert_eq!(answer.json()["token_id"], minted.id.as_str());
        }
        let wrong_name = me().basic("somebody-else", text).send();
        assert_eq!(wrong_name.status, 401, "a token is its owner's: {}", wrong_name.body);
    }
}

#[test]
fn a_password_is_a_credential_for_all_but_creating() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let list = accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(200);
    assert_eq!(list.json()["tokens"].as_array().unwrap().len(), 1);
    accessd.http().get(TOKENS).basic(&frog.name.to_uppercase(), &frog.password).send().expect(200);
    let answer = accessd.http().post(TOKENS).basic(&frog.name, &frog.password).json("{}").send().expect(403);
    assert_eq!(answer.error_code(), "FORBIDDEN");
    let said = answer.body.to_lowercase();
    assert!(said.contains("basic") && said.contains("allow"), "the refusal says why: {}", answer.body);
    assert_eq!(accessd.tokens_of(&frog.name).len(), 1);
}

#[test]
fn where_the_setting_allows_it_a_password_creates() {
    let accessd = BASIC_CREATES.service();
    let frog = accessd.new_user("frog");
    let answer = accessd
        .http()
        .post(TOKENS)
        .basic(&frog.name, &frog.password)
        .json(json!({"refreshable": true}))
        .send();
    let minted = Minted::from_answer(answer);
    assert!(accessd.accepts(&minted.token));
    let answer = accessd
        .http()
        .post(TOKENS)
        .basic(&frog.name, &frog.password)
        .json(json!({"grant_type": "refresh_token", "refresh_token": minted.refresh_token}))
        .send();
    assert!(accessd.accepts(&Minted::from_answer(answer).token));
    let boss = accessd.new_admin("boss");
    let for_frog = json!({"username": frog.name});
    Minted::from_answer(accessd.http().post(TOKENS).basic(&boss.name, &boss.password).json(&for_frog).send());
    accessd
        .http()
        .post(TOKENS)
        .basic(&frog.name, &frog.password)
        .json(json!({"username": boss.name}))
        .send()
        .expect(403);
}

#[test]
fn the_first_password_is_the_first_administrators() {
    let accessd = BASIC_CREATES.service();
    let password = accessd.first_password();
    assert!(password.len() >= 20, "random and long");
    let answer = accessd
        .http()
        .post(TOKENS)
        .basic("admin", &password)
        .json(json!({"scope": "applied-permissions/admin"}));
    assert!(accessd.accepts(&Minted::from_answer(answer.send()).token));
}

#[test]
fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let (locked, disabled) = (accessd.new_user("locked"), accessd.new_user("disabled"));
    accessd.change_user(&locked.name, json!({"status": "locked"}));
    accessd.change_user(&disabled.name, json!({"status": "disabled"}));
    let closed = accessd.new_user_with("closed", json!({"internal_password_disabled": true}));
    let ask =
        |name: &str, password: &str| accessd.http().get(TOKENS).basic(name, password).send().expect(401);
    let wrong = ask(&frog.name, "wrong");
    assert_eq!(
        (wrong.error_code().as_str(), wrong.error_message().as_str()),
        ("UNAUTHORIZED", "Bad Credentials")
    );
    let long = "x".repeat(5000);
    for (name, password) in [
        ("nobody-at-all", "wrong"),
        ("nobody-at-all", ""),
        (&frog.name, ""),
        (&frog.name, &long),
        (&frog.name, &frog.password.to_lowercase()),
        (&locked.name, &locked.password),
        (&disabled.name, &disabled.password),
        (&closed.name, &closed.password),
        ("a/b", "wrong"),
        ("", "wrong"),
    ] {
        let answer = ask(name, password);
        assert_eq!(answer.body, wrong.body, "{name:?}");
        let names = |answer: &testkit::Answer| {
            answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&answer), names(&wrong), "{name:?}");
    }
}

#[test]
fn what_is_no_credential_is_401_with_json() {
    let accessd = accessd();
    let me = || accessd.http().get(&format!("{TOKENS}/me"));
    for call in [
        me(),
        me().header("Authorization", ""),
        me().header("Authorization", "Bearer"),
        me().header("Authorization", "Bearer "),
        me().header("Authorization", "Bearer a b"),
        me().header("Authorization", "Negotiate abc"),
        me().header("Authorization", "Basic"),
        me().header("Authorization", "Basic !!!"),
        me().header("Authorization", &format!("Basic {}", STANDARD.encode("no colon"))),
        me().header("Authorization", &format!("Basic {}", STANDARD.encode(b"\xff\xfe:\xff"))),
        me().header("X-JFrog-Art-Api", ""),
        me().header("X-JFrog-Art-Api", "AKCp8nonsense"),
        me().header("Authorization", "Bearer \u{fc}"),
    ] {
        let answer = call.send();
        assert_eq!(answer.status, 401, "{call:?}: {}", answer.body);
        assert_eq!(answer.error_code(), "UNAUTHORIZED");
        assert!(answer.header("content-type").is_some_and(|t| t.starts_with("application/json")));
    }
}

#[test]
fn two_credentials_that_disagree_are_not_accepted() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let answer = accessd
        .http()
        .get(&format!("{TOKENS}/me"))
        .header("Authorization", &format!("Bearer {}", frog.token))
        .header("Authorization", &format!("Bearer {}", toad.token))
        .send();
    assert!(matches!(answer.status, 400 | 401), "{} {}", answer.status, answer.body);
}

#[test]
fn a_token_for_other_services_is_not_for_this_one() {
    let accessd = accessd();
    let minted = accessd.mint(&accessd.admin_token(), json!({"audience": "jfrt@*"}));
    let answer = accessd.whoami(&minted.token);
    // From 7.68 the platform answers `me` without an audience check; everything else needs the audience.
    assert!(matches!(answer.status, 200 | 401), "{}", answer.body);
    let answer = accessd.http().get(TOKENS).bearer(&minted.token).send().expect(401);
    assert_eq!(answer.error_message(), "Invalid token, audience");
    accessd.ask_token(&minted.token, json!({})).expect(401);
}
