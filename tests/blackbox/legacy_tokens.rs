//! The older token endpoint as clients of the wire use it: the existing CLI with a user and a password, this CLI, and
//! the calls of the Go library.

use crate::accessd;
use serde_json::json;
use testkit::{Accessd, Jf, User};

const LEGACY: &str = "/artifactory/api/security/token";
const REVOKE: &str = "/artifactory/api/security/token/revoke";
const VERSION: &str = "/artifactory/api/system/version";

/// What the existing CLI asks for where a server is configured with user and password.
const OF_THE_CLI: [(&str, &str); 3] =
    [("scope", "member-of-groups:*"), ("expires_in", "3600"), ("refreshable", "true")];

#[track_caller]
fn legacy(accessd: &Accessd, user: &User, form: &[(&str, &str)]) -> serde_json::Value {
    accessd.http().post(LEGACY).basic(&user.name, &user.password).form(form).send().expect(200).json()
}

fn is_good(accessd: &Accessd, token: &str) -> bool {
    accessd.http().get(VERSION).bearer(token).send().status == 200
}

#[test]
fn the_existing_cli_with_user_and_password_gets_along() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    accessd.http().get("/artifactory/api/system/ping").send().expect(200);
    let answer =
        accessd.http().post(LEGACY).basic(&frog.name, &frog.password).form(&OF_THE_CLI).send().expect(200);
    assert_eq!(answer.keys(), ["scope", "access_token", "expires_in", "token_type", "refresh_token"]);
    let first = answer.json();
    let (access, refresh) =
        (first["access_token"].as_str().unwrap(), first["refresh_token"].as_str().unwrap());
    assert!(is_good(&accessd, access));
    // Ten minutes before its end, with the pair and nothing else.
    let pair = [("grant_type", "refresh_token"), ("access_token", access), ("refresh_token", refresh)];
    let second = accessd.http().post(LEGACY).form(&pair).send().expect(200).json();
    let renewed = second["access_token"].as_str().unwrap();
    assert!(!is_good(&accessd, access) && is_good(&accessd, renewed));
    assert_eq!((&second["scope"], &second["expires_in"]), (&first["scope"], &first["expires_in"]));
    // The spent one ends it all; the CLI then makes a new one with the password.
    accessd.http().post(LEGACY).form(&pair).send().expect(404);
    let third = legacy(&accessd, &frog, &OF_THE_CLI);
    assert!(!is_good(&accessd, renewed) && is_good(&accessd, third["access_token"].as_str().unwrap()));
}

#[test]
fn a_pair_is_renewed_after_its_end_and_a_restart() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let made = legacy(&accessd, &frog, &[("expires_in", "1"), ("refreshable", "true")]);
    let access = made["access_token"].as_str().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let answer = accessd.http().get(VERSION).bearer(access).send().expect(401);
    assert_eq!(answer.json()["errors"][0]["message"], "Token failed verification: expired");
    accessd.kill();
    accessd.restart();
    let refresh = made["refresh_token"].as_str().unwrap();
    let pair = [("grant_type", "refresh_token"), ("access_token", access), ("refresh_token", refresh)];
    let fresh = accessd.http().post(LEGACY).form(&pair).send().expect(200).json();
    assert_eq!(fresh["expires_in"], 1, "the lifetime of the original");
}

#[test]
fn the_go_librarys_revocations_are_answered_in_its_words() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let made = legacy(&accessd, &frog, &OF_THE_CLI);
    let revoke = |field: &str, value: &str| {
        let call = accessd.http().post(REVOKE).bearer(&accessd.admin_token()).form(&[(field, value)]);
        call.send().expect(200).body
    };
    assert_eq!(revoke("token", made["refresh_token"].as_str().unwrap()), "Token revoked");
    assert_eq!(revoke("token", made["access_token"].as_str().unwrap()), "Token not found");
    assert_eq!(revoke("token_id", "00000000-0000-0000-0000-000000000000"), "Token not found");
    assert!(!is_good(&accessd, made["access_token"].as_str().unwrap()));
}

#[test]
fn what_is_too_much_is_told_in_the_words_of_the_wire() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let call = accessd.http().post(LEGACY).basic(&frog.name, &frog.password).form(&[("expires_in", "7200")]);
    let refusal = call.send().expect(400);
    assert_eq!(refusal.keys(), ["error", "error_description"]);
    assert_eq!(refusal.json()["error"], "invalid_request");
    let words =
        format!("The user: '{}' can only create user token(s) with expiry between 0 and 3600", frog.name);
    assert!(refusal.body.contains(&words), "{}", refusal.body);
    let answer = accessd.http().get("/access/api/v1/tokens");
    let token = legacy(&accessd, &frog, &[]);
    let refusal = answer.bearer(token["access_token"].as_str().unwrap()).send().expect(401);
    assert_eq!(refusal.error_message(), "Invalid token, audience");
}

#[test]
fn jf_makes_tokens_on_the_older_path() {
    let accessd = accessd();
    let (frog, boss) = (accessd.new_user("frog"), accessd.new_admin("boss"));
    let url = format!("{}/artifactory", accessd.url());
    let by = |user: &User, more: &[&str]| {
        let arguments = ["rt", "atc", "--url", &url, "--user", &user.name, "--password", &user.password];
        Jf::new().run(&[&arguments, more].concat())
    };
    let made = by(&frog, &["--refreshable"]).json();
    assert_eq!((&made["scope"], &made["expires_in"]), (&json!("member-of-groups:*"), &json!(3600)));
    assert!(is_good(&accessd, made["access_token"].as_str().unwrap()));
    by(&frog, &["--expiry", "2h"]).failed(1, &["between 0 and 3600"]);
    by(&frog, &["--grant-admin"]).failed(5, &["service id"]);
    let token = by(&boss, &["--grant-admin", "--expiry", "0"]).text("access_token");
    accessd.http().get("/artifactory/api/security/users").bearer(&token).send().expect(200);
}

#[test]
fn jf_renews_a_configured_pair_of_the_older_path() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let made = legacy(&accessd, &frog, &[("expires_in", "2"), ("refreshable", "true")]);
    let jf = Jf::new();
    let server = json!({"url": format!("{}/", accessd.url()), "artifactoryUrl": format!("{}/artifactory/", accessd.url()),
        "user": frog.name, "accessToken": made["access_token"],
        "artifactoryRefreshToken": made["refresh_token"], "serverId": "main", "isDefault": true});
    std::fs::create_dir(jf.path(".jfrog")).unwrap();
    jf.file(".jfrog/jfrog-cli.conf.v6", &json!({"servers": [server], "version": "6"}).to_string());
    std::thread::sleep(std::time::Duration::from_millis(3100));
    jf.run(&["api", "artifactory/api/system/version"]).succeeded();
    let text = std::fs::read_to_string(jf.path(".jfrog/jfrog-cli.conf.v6")).unwrap();
    let stored: serde_json::Value = serde_json::from_str(&text).unwrap();
    let server = &stored["servers"][0];
    assert_ne!(server["accessToken"], made["access_token"]);
    assert_ne!(server["artifactoryRefreshToken"], made["refresh_token"]);
}
