//! What the smaller clients of the wire send, call by call (access-api.md 7.5). Those that can be installed here are run
//! elsewhere: `third_party`, `projects`.

use crate::{TOKENS, accessd};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Answer, Call, Http, IdTokenKey, claims, unique};

const WEB_LOGIN: &str = "/access/api/v2/authentication/jfrog_client_login";

/// A session that no other test has.
fn new_session() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    format!("5d1fa3b6-7c2e-4a91-8b0d-{:012x}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// setup-jfrog-cli does not look at the status: `errors` or a token, and JSON always.
#[test]
fn setup_jfrog_cli_reads_errors_whatever_the_status() {
    let accessd = accessd();
    let post = |body: &str| {
        let call =
            accessd.http().post("/access/api/v1/oidc/token").header("User-Agent", "actions/oidc-client");
        call.header("Accept", "application/json").json(body).send()
    };
    let body = |token: &str, provider: &str| {
        json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token", "subject_token": token,
            "provider_name": provider, "project_key": "", "gh_job_id": "build", "gh_run_id": "17",
            "gh_repo": "octo/app", "gh_revision": "", "gh_branch": "", "application_key": "",
            "job_id": "", "run_id": "", "repo": "", "revision": "", "branch": "",
        })
        .to_string()
    };
    let claims = json!({
        "iss": "https://token.actions.githubusercontent.com", "sub": "repo:octo/app", "aud": "jfrog-github",
        "jti": "1", "iat": 1_800_000_000, "exp": 4_000_000_000_u64,
    });
    let id_token = IdTokenKey::ec("key-1", "ES256").token(&claims);
    for (wanted, answer) in [
        (401, post(&body(&id_token, "nobody-knows"))),
        (400, post(&body("e30.e30.eA", "nobody-knows"))),
        (400, post(&body("nonsense", "nobody-knows"))),
        (400, post(&body("", "nobody-knows"))),
        (400, post(&body("e30.e30.eA", ""))),
        (400, post("{}")),
        (400, post("")),
        (400, post("{")),
    ] {
        let told = answer.expect(wanted).json();
        assert!(told["errors"][0]["message"].is_string() && told.get("access_token").is_none(), "{told}");
    }
}

/// The browser's part of a web log-in, by the form of the page.
#[track_caller]
fn log_in(http: &Http, address: &str, session: &str, user: &testkit::User) {
    let page = format!("/ui/login?jfClientSession={session}&jfClientName=JFrog-Extension&jfClientCode=1");
    let form = http.get(&page).header("Accept", "text/html").send().expect(200);
    assert!(form.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    let fields = [
        ("session", session),
        ("client", "JFrog-Extension"),
        ("username", &user.name),
        ("password", &user.password),
        ("code", &session[32..]),
    ];
    http.post("/ui/login").header("Origin", address).form(&fields).send().expect(200);
}

/// jfrog-client-js: 400 is "not yet", 200 is the end, and anything else gives up.
#[test]
fn jfrog_client_js_waits_for_a_person() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let session = new_session();
    let axios = |call: Call| {
        call.header("Accept", "application/json, text/plain, */*")
            .header("User-Agent", "jfrog-client-js/2.9.1")
    };
    let poll = || axios(accessd.http().get(&format!("{WEB_LOGIN}/token/{session}"))).send();
    axios(accessd.http().get("/artifactory/api/system/ping")).send().expect(200);
    let opened = axios(accessd.http().post(&format!("{WEB_LOGIN}/request")));
    opened.json(json!({"session": session})).send().expect(200);
    for _ in 0..3 {
        assert!(poll().expect(400).json()["errors"].is_array());
    }
    log_in(&accessd.http(), &accessd.url(), &session, &frog);
    let answer = poll().expect(200);
    let told = answer.json();
    for field in ["access_token", "refresh_token", "scope", "token_id", "token_type"] {
        assert!(told[field].is_string(), "{field}");
    }
    assert!(told["expires_in"].is_u64());
    assert!(accessd.accepts(told["access_token"].as_str().unwrap()));
    poll().expect(404);
    poll_of_nobody(&accessd.http());
}

/// A session that nobody opened ends the waiting at once, too.
#[track_caller]
fn poll_of_nobody(http: &Http) {
    http.get(&format!("{WEB_LOGIN}/token/{}", new_session())).send().expect(404);
}

/// artifactory-client-java: preemptive credentials of both kinds, the older paths, and no redirect that it must not follow.
#[test]
fn artifactory_client_java_reads_and_manages() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let java =
        |call: Call| call.header("User-Agent", "artifactory-client-java/2.18.0").header("Accept", "*/*");
    for call in [
        java(accessd.http().get("/artifactory/api/system/version")).basic(&boss.name, &boss.password),
        java(accessd.http().get("/artifactory/api/system/version")).bearer(&boss.token),
    ] {
        let told = call.send().expect(200).json();
        assert!(told["version"].is_string() && told["revision"].is_string() && told["addons"].is_array());
    }
    let by_password = |call: Call| java(call).basic(&boss.name, &boss.password);
    let (name, group) = (unique("java"), unique("javas"));
    let user = format!("/artifactory/api/security/users/{name}");
    let team = format!("/artifactory/api/security/groups/{group}");
    let body = json!({"name": group, "description": "d", "autoJoin": false, "realm": null, "adminPrivileges": false});
    by_password(accessd.http().put(&team)).json(body).send().expect(201);
    let body = json!({"name": name, "email": "j@example.org", "password": "a long password", "admin": false,
        "profileUpdatable": true, "groups": [group], "internalPasswordDisabled": false, "lastLoggedIn": null, "realm": null});
    by_password(accessd.http().put(&user)).json(body).send().expect(201);
    let read = by_password(accessd.http().get(&user)).send().expect(200).json();
    assert_eq!((&read["name"], &read["groups"]), (&json!(name), &json!([group])));
    let names = by_password(accessd.http().get("/artifactory/api/security/users")).send().expect(200).json();
    assert!(names.as_array().unwrap().iter().any(|entry| entry["name"] == name.as_str()));
    by_password(accessd.http().delete(&user)).send().expect(200);
    by_password(accessd.http().delete(&team)).send().expect(200);
    by_password(accessd.http().get(&user)).send().expect(404);
    for path in ["/artifactory", "/artifactory/", "/artifactory/api/system/version/", "/access", "/"] {
        let answer = by_password(accessd.http().get(path)).send();
        assert!(!(300..400).contains(&answer.status), "{path}: {}", answer.status);
    }
}

/// What a strict model takes: numbers as numbers, and no field of another type.
#[track_caller]
fn fits_a_strict_model(answer: &Answer) {
    let told = answer.json();
    for (field, value) in told.as_object().unwrap() {
        let fits = if field == "expires_in" { value.is_i64() } else { value.is_string() };
        assert!(fits, "{field} of {told}");
    }
}

/// py-jfrog-client, made from the description: a form unless it is told otherwise, and strict about what comes back.
#[test]
fn py_jfrog_client_is_strict_about_types() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let python = |call: Call| {
        call.header("Accept", "application/json").header("User-Agent", "OpenAPI-Generator/1.0.0/python")
    };
    for form in [
        &[("username", frog.name.as_str()), ("expires_in", "3600"), ("refreshable", "True")][..],
        &[("expires_in", "60"), ("include_reference_token", "true"), ("force_revocable", "False")],
        &[("description", "py"), ("audience", "*@*"), ("scope", "applied-permissions/user")],
    ] {
        let answer = python(accessd.http().post(TOKENS)).bearer(&frog.token).form(form).send().expect(200);
        fits_a_strict_model(&answer);
    }
    let list = python(accessd.http().get(TOKENS)).bearer(&frog.token).send().expect(200).json();
    for token in list["tokens"].as_array().unwrap() {
        for (field, value) in token.as_object().unwrap() {
            let fits = match field.as_str() {
                "expiry" | "issued_at" => value.is_i64(),
                "refreshable" => value.is_boolean(),
                _ => value.is_string(),
            };
            assert!(fits, "{field} of {token}");
        }
    }
    let admin = accessd.admin_token();
    let expiry = "/access/api/v1/config/token/default_expiry";
    let told = python(accessd.http().get(expiry)).bearer(&admin).send().expect(200).json();
    assert!(told["default_token_expiration"].is_i64());
    let basic = "/access/api/v1/config/security/authentication/basic_authentication_enabled";
    let told = python(accessd.http().get(basic)).bearer(&admin).send().expect(200).json();
    assert!(told["enabled"].is_boolean());
}

/// jenkins-infra's repository-permissions-updater: a form for a name that is nobody's, with the groups of a job.
#[test]
fn repository_permissions_updater_makes_a_jobs_token() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let group = accessd.new_group("generatedv2-plugin", json!({}));
    let scope = format!("applied-permissions/groups:readers,{group}");
    let username = unique("cd-for-plugin");
    let form = [("username", username.as_str()), ("scope", &scope), ("expires_in", "14400")];
    let made = accessd.http().post(TOKENS).bearer(&admin).form(&form).send().expect(200).json();
    let token = made["access_token"].as_str().unwrap();
    let claims = claims(token);
    assert!(claims["sub"].as_str().unwrap().ends_with(&format!("/users/{username}")));
    assert_eq!(claims["scp"], scope.as_str());
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 14_400);
    assert!(accessd.accepts(token));
    accessd.http().get("/access/api/v2/users").bearer(token).send().expect(403);
}

/// jfrog-registry-operator: a request that is signed for Amazon's STS, and not for us. It is told so, in JSON.
#[test]
fn jfrog_registry_operator_is_told_that_there_is_no_aws() {
    let accessd = accessd();
    let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/sts/aws4_request, \
        SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400";
    let call = accessd
        .http()
        .post("/access/api/v1/aws/token")
        .header("Authorization", signature)
        .header("X-Amz-Date", "20260101T000000Z")
        .header("X-Amz-Security-Token", "session");
    let refusal = call.json(json!({"expires_in": 10800})).send().expect(501);
    assert_eq!(refusal.error_code(), "NOT_IMPLEMENTED");
    assert!(refusal.error_message().contains("OIDC"), "what to use in its place: {}", refusal.body);
}

/// pyartifactory and dohq, where they fail: a refusal of the older endpoint has the pair of words that is shown.
#[test]
fn refusals_of_the_older_endpoint_have_a_description() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for form in [
        &[("username", "somebody-else"), ("scope", "member-of-groups:readers")][..],
        &[("expires_in", "-1")],
        &[("expires_in", "1000000")],
        &[("audience", "nonsense")],
        &[("scope", "applied-permissions/user")],
    ] {
        let call = accessd.http().post("/artifactory/api/security/token").basic(&frog.name, &frog.password);
        let answer = call.form(form).send();
        assert!((400..500).contains(&answer.status), "{form:?}: {}", answer.status);
        assert_eq!(answer.keys(), ["error", "error_description"], "{form:?}");
        assert!(answer.json().as_object().unwrap().values().all(Value::is_string));
    }
}
