//! vault-plugin-secrets-artifactory, call by call as it makes them (access-api.md 7.2).

use crate::{TOKENS, accessd};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Accessd, Answer, Call, claims};
use x509_parser::prelude::{FromDer as _, X509Certificate};

const VERSION: &str = "/artifactory/api/system/version";
const FORM: &str = "application/x-www-form-urlencoded";

/// Its own name, and a form's type also where nothing is sent.
fn get(accessd: &Accessd, token: &str, path: &str) -> Answer {
    plugin(accessd.http().get(path), token).header("Content-Type", FORM).send()
}

fn plugin(call: Call, token: &str) -> Call {
    call.header("User-Agent", "vault-plugin-secrets-artifactory/1.8.6")
        .header("Accept-Encoding", "gzip")
        .bearer(token)
}

fn post(accessd: &Accessd, token: &str, body: &Value) -> Answer {
    plugin(accessd.http().post(TOKENS), token).json(body).send()
}

/// The struct into which an answer has to fit.
#[track_caller]
fn is_read(answer: &Answer) {
    let body = answer.json();
    for field in ["token_id", "access_token", "scope", "token_type"] {
        assert!(body[field].is_string(), "{field} of {body}");
    }
    assert!(body.get("expires_in").is_none_or(Value::is_u64), "{body}");
}

#[test]
fn the_plugin_is_configured_and_leases_tokens() {
    let accessd = accessd();
    let admin = accessd.mint(&accessd.admin_token(), json!({"scope": "applied-permissions/admin"})).token;
    let told = get(&accessd, &admin, VERSION).expect(200).json();
    let version: Vec<u32> =
        told["version"].as_str().unwrap().split('.').map(|part| part.parse().unwrap()).collect();
    assert!(version >= vec![7, 50, 3], "certificate, Access API and force_revocable are used: {version:?}");
    get(&accessd, &admin, &format!("{TOKENS}/me")).expect(200);
    // The certificate: strictly base64 of the DER, with the key that its tokens' RS256 is checked by.
    let body = get(&accessd, &admin, "/access/api/v1/cert/root").expect(200).body;
    let der = STANDARD.decode(&body).expect("standard base64");
    let (rest, certificate) = X509Certificate::from_der(&der).unwrap();
    assert!(rest.is_empty() && certificate.public_key().parsed().is_ok());
    assert_eq!(testkit::header(&admin)["alg"], "RS256");
    for claim in ["jti", "scp", "sub"] {
        assert!(claims(&admin)[claim].is_string());
    }
    // A lease: every field, also those that say nothing.
    let body = json!({
        "grant_type": "client_credentials", "username": "v-token-ci-readers-a1b2c3", "audience": "*@*",
        "scope": "applied-permissions/groups:readers", "expires_in": 3600, "refreshable": false,
        "description": "made by vault", "include_reference_token": false, "force_revocable": true,
    });
    let answer = post(&accessd, &admin, &body).expect(200);
    is_read(&answer);
    let lease = answer.json();
    assert_eq!((&lease["expires_in"], &lease["scope"]), (&json!(3600), &body["scope"]));
    assert!(claims(lease["access_token"].as_str().unwrap())["exp"].is_u64());
    let path = format!("{TOKENS}/{}", lease["token_id"].as_str().unwrap());
    for wanted in [200, 204] {
        // A lease that is revoked twice must not stay in Vault for ever.
        let answer = plugin(accessd.http().delete(&path), &admin).header("Content-Type", FORM).send();
        assert_eq!(answer.status, wanted, "{}", answer.body);
    }
    assert!(!accessd.accepts(lease["access_token"].as_str().unwrap()));
}

/// A user's token has ended: it sees that by words, refreshes with the ended token, and goes on.
#[test]
fn a_users_ended_token_is_known_by_its_words_and_refreshed() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let own = post(&accessd, &frog.token, &json!({"expires_in": 1, "refreshable": true})).expect(200).json();
    let (token, refresh) = (own["access_token"].as_str().unwrap(), &own["refresh_token"]);
    std::thread::sleep(Duration::from_millis(2100));
    let create = json!({"grant_type": "client_credentials", "expires_in": 0, "force_revocable": true});
    for answer in [
        get(&accessd, token, &format!("{TOKENS}/me")),
        get(&accessd, token, "/access/api/v1/cert/root"),
        post(&accessd, token, &create),
    ] {
        assert_eq!(answer.expect(401).error_message(), "Invalid token, expired");
    }
    let refusal = get(&accessd, token, VERSION).expect(401).json();
    assert_eq!(refusal["errors"][0]["message"], "Token failed verification: expired");
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh, "expires_in": 0});
    let answer = post(&accessd, token, &body).expect(200);
    is_read(&answer);
    assert_eq!(answer.json()["expires_in"], 1, "0 says nothing here");
    let next = answer.json()["access_token"].as_str().unwrap().to_owned();
    let lease = json!({"grant_type": "client_credentials", "expires_in": 60, "force_revocable": true});
    let lease = post(&accessd, &next, &lease).expect(200).json();
    assert!(accessd.accepts(lease["access_token"].as_str().unwrap()));
}

/// What is not 200 has to be JSON, or it tells of broken JSON instead of the cause.
#[test]
fn every_refusal_is_json() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for (status, answer) in [
        (401, get(&accessd, "a.b.c", &format!("{TOKENS}/me"))),
        (401, get(&accessd, "a.b.c", VERSION)),
        (403, get(&accessd, &frog.token, "/access/api/v1/cert/root")),
        (404, get(&accessd, &frog.token, "/access/api/v1/cert/none")),
        (404, get(&accessd, &frog.token, "/artifactory/api/security/none")),
        (400, post(&accessd, &frog.token, &json!({"scope": "applied-permissions/everything"}))),
        (403, post(&accessd, &frog.token, &json!({"scope": "applied-permissions/admin"}))),
        (404, post(&accessd, &frog.token, &json!({"grant_type": "refresh_token", "refresh_token": "x"}))),
        (405, plugin(accessd.http().put(TOKENS), &frog.token).json("{}").send()),
    ] {
        let body = answer.expect(status).json();
        assert!(body["errors"][0]["message"].is_string(), "{body}");
    }
}
