//! jfrog-client-go and the existing `jf`, call by call as they make them (access-api.md 7.1).

use crate::{TOKENS, accessd};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Value, json};
use testkit::{Accessd, Answer, Call, Shared};

static WITH_API_KEYS: Shared = Shared::new(&[("ACCESSD_SECURITY_DISABLE_API_KEY_CREATION", "false")]);

const VERSION: &str = "/artifactory/api/system/version";
const PING: &str = "/artifactory/api/system/ping";

/// What Go's HTTP client and the library send with every request.
fn go(call: Call) -> Call {
    call.header("User-Agent", "jfrog-client-go/1.55.0").header("Accept-Encoding", "gzip")
}

/// The body is marshalled with what is set, and nothing else.
#[track_caller]
fn create(accessd: &Accessd, token: &str, body: &Value) -> Answer {
    go(accessd.http().post(TOKENS)).bearer(token).json(body).send()
}

/// What the library's struct takes: another type is a failure of the whole command.
#[track_caller]
fn is_read(answer: &Answer) {
    let body = answer.json();
    for (field, value) in body.as_object().unwrap() {
        match field.as_str() {
            "expires_in" => assert!(value.is_u64(), "{body}"),
            _ => assert!(value.is_string(), "{field} of {body}"),
        }
    }
    for field in ["token_id", "access_token", "scope", "token_type"] {
        assert!(body[field].is_string(), "{field} of {body}");
    }
}

/// As the CLI takes a token apart: three parts, the alphabet with `+` and `/`, padding put on by itself.
#[track_caller]
fn payload(token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    serde_json::from_slice(&STANDARD_NO_PAD.decode(parts[1]).expect("the standard alphabet")).unwrap()
}

#[test]
fn access_token_create_gives_what_the_clis_own_tests_want() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    for (body, scope, is_refreshable, is_reference) in [
        (json!({}), "applied-permissions/user", false, false),
        (json!({"scope": "applied-permissions/admin"}), "applied-permissions/admin", false, false),
        (
            json!({"username": frog.name, "scope": "applied-permissions/groups:b,a"}),
            "applied-permissions/groups:b,a",
            false,
            false,
        ),
        (json!({"expires_in": 1000, "refreshable": true}), "applied-permissions/user", true, false),
        (
            json!({"include_reference_token": true, "audience": "jfrt@* jfac@*", "description": "d"}),
            "applied-permissions/user",
            false,
            true,
        ),
        // Without credentials of its own it takes those of the request, and leaves them there.
        (json!({"access_token": admin, "username": frog.name}), "applied-permissions/user", false, false),
    ] {
        let answer = create(&accessd, &admin, &body).expect(200);
        is_read(&answer);
        let made = answer.json();
        assert_eq!((&made["scope"], &made["token_type"]), (&json!(scope), &json!("Bearer")), "{body}");
        assert_eq!(made.get("refresh_token").is_some(), is_refreshable, "{body}");
        assert_eq!(made.get("reference_token").is_some(), is_reference, "{body}");
        let token = made["access_token"].as_str().unwrap();
        let claims = payload(token);
        assert_eq!((&claims["scp"], &claims["jti"]), (&json!(scope), &made["token_id"]));
        assert!(claims["iat"].is_u64() && claims["iss"].as_str().unwrap().starts_with("jfac@"));
        assert!(claims["aud"].is_string() || claims["aud"].is_array(), "{claims}");
        go(accessd.http().get(PING)).bearer(token).send().expect(200);
        go(accessd.http().get(VERSION)).bearer(token).send().expect(200);
        // And how its tests clean up.
        let path = format!("{TOKENS}/{}", made["token_id"].as_str().unwrap());
        go(accessd.http().delete(&path)).bearer(&admin).send().expect(200);
    }
    let eternal = create(&accessd, &admin, &json!({"expires_in": 0})).expect(200).json();
    assert!(eternal.get("expires_in").is_none(), "nil is what it wants");
}

/// With a name that the service did not understand it asks again, by the subject of the token it has.
#[test]
fn a_name_may_be_the_whole_subject_in_both_of_its_forms() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let claims = payload(&frog.token);
    let (subject, issuer) = (claims["sub"].as_str().unwrap(), claims["iss"].as_str().unwrap());
    for username in [subject.to_owned(), format!("{issuer}/users/{}", frog.name)] {
        let made = create(&accessd, &frog.token, &json!({"username": username})).expect(200).json();
        assert_eq!(payload(made["access_token"].as_str().unwrap())["sub"], subject);
    }
}

/// The test of the library: a token of one second, slept over its end, twice.
#[test]
fn a_pair_is_renewed_by_an_expired_bearer_and_rotates() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let mut current =
        create(&accessd, &frog.token, &json!({"expires_in": 1, "refreshable": true})).expect(200).json();
    for _ in 0..2 {
        std::thread::sleep(std::time::Duration::from_millis(2100));
        let token = current["access_token"].as_str().unwrap().to_owned();
        let body = json!({
            "access_token": token, "refresh_token": current["refresh_token"], "grant_type": "refresh_token",
            "refreshable": true,
        });
        let answer = create(&accessd, &token, &body).expect(200);
        is_read(&answer);
        let next = answer.json();
        assert_eq!(next["expires_in"], 1);
        for field in ["token_id", "access_token", "refresh_token"] {
            assert_ne!(next[field], current[field], "{field}");
        }
        for claim in ["sub", "scp", "aud"] {
            let old = payload(&token)[claim].clone();
            assert_eq!(payload(next["access_token"].as_str().unwrap())[claim], old);
        }
        current = next;
    }
    // What users see of a refusal is its status and its body.
    let body = json!({"refresh_token": "acrt_nonsense", "grant_type": "refresh_token", "refreshable": true});
    let refusal = create(&accessd, &frog.token, &body).expect(404);
    assert_eq!(refusal.error_message(), "Token matching the provided refresh token was not found.");
}

/// An API key goes as password where a user is known, and alone in its header; one that was given as access token goes as
/// password, too.
#[test]
fn an_api_key_is_made_and_used_in_every_way() {
    let accessd = WITH_API_KEYS.service();
    const KEY: &str = "/artifactory/api/security/apiKey";
    const LEGACY: &str = "/artifactory/api/security/token";
    let frog = accessd.new_user("frog");
    let by_password = |call: Call| go(call).basic(&frog.name, &frog.password).send();
    assert_eq!(by_password(accessd.http().get(KEY)).expect(200).json(), json!({}));
    let key = by_password(accessd.http().post(KEY)).expect(201).json()["apiKey"].as_str().unwrap().to_owned();
    assert!(key.starts_with("AKCp8") && key.len() >= 73, "how the library tells keys from tokens");
    for call in [
        go(accessd.http().get(VERSION)).basic(&frog.name, &key),
        go(accessd.http().get(VERSION)).basic("", &key),
        go(accessd.http().get(VERSION)).header("X-JFrog-Art-Api", &key),
    ] {
        call.send().expect(200);
    }
    let form = [("scope", "member-of-groups:*"), ("expires_in", "3600"), ("refreshable", "true")];
    let made = go(accessd.http().post(LEGACY)).basic(&frog.name, &key).form(&form).send().expect(200).json();
    let claims = payload(made["access_token"].as_str().unwrap());
    assert!(claims["sub"].as_str().unwrap().ends_with(&format!("/users/{}", frog.name)));
    let again = by_password(accessd.http().put(KEY)).expect(200).json();
    assert_ne!(again["apiKey"], key.as_str());
    by_password(accessd.http().delete(KEY)).expect(200);
    assert_eq!(by_password(accessd.http().get(KEY)).expect(200).json(), json!({}));
}
