//! Terraform's providers, call by call as they make them (access-api.md 7.3, 7.4): tokens, groups, OIDC and AWS. Projects
//! stand in `projects`.

use crate::{GROUPS, TOKENS, accessd};
use serde_json::{Value, json};
use testkit::{Accessd, Answer, unique};

const OIDC: &str = "/access/api/v1/oidc";
const AWS: &str = "/access/api/v1/aws/iam_role";

/// As the providers' common client sends: Bearer, and every answer welcome.
fn send(accessd: &Accessd, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let call = accessd.http().request(method, path).bearer(token).header("Accept", "*/*");
    let call = call.header("User-Agent", "jfrog/terraform-provider-artifactory:12.8.1");
    if body.is_null() { call.send() } else { call.json(body).send() }
}

/// What it sends for a token: all of it, also what is not set.
fn scoped_token(username: &str, scope: &str, expires_in: u64, refreshable: bool) -> Value {
    json!({
        "grant_type": "client_credentials", "username": username, "project_key": "", "scope": scope,
        "expires_in": expires_in, "refreshable": refreshable, "description": "by terraform",
        "audience": "jfrt@* jfac@*", "include_reference_token": true,
    })
}

#[test]
fn a_scoped_token_is_made_read_at_once_and_destroyed() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    for (username, scope, expires_in, refreshable) in [
        ("ci-robot", "applied-permissions/groups:readers,\"two words\"", 3600, true),
        ("ci-robot", "applied-permissions/admin", 0, false),
        // As Coder's template asks through it.
        (&frog.name, "applied-permissions/user", 604_800, false),
        ("ci-robot", "applied-permissions/groups:readers artifact:libs-*/**:r", 60, false),
    ] {
        let asked = scoped_token(username, scope, expires_in, refreshable);
        let made = send(&accessd, &admin, "POST", TOKENS, &asked).expect(200).json();
        for field in ["token_id", "access_token", "scope", "token_type", "reference_token"] {
            assert!(made[field].is_string(), "{field} of {made}");
        }
        // Compared part by part with what stands in the configuration.
        assert_eq!(made["scope"], scope);
        assert_eq!(made.get("refresh_token").is_some(), refreshable);
        assert_eq!(made["expires_in"].as_u64().unwrap_or_default(), expires_in, "absent is 0");
        let path = format!("{TOKENS}/{}", made["token_id"].as_str().unwrap());
        // At once, and with each plan.
        for _ in 0..2 {
            let read = send(&accessd, &admin, "GET", &path, &Value::Null).expect(200).json();
            assert!(read["subject"].as_str().unwrap().ends_with(&format!("/users/{username}")), "{read}");
            assert!(read["issuer"].as_str().unwrap().starts_with("jfac@"), "{read}");
            let issued_at = read["issued_at"].as_u64().unwrap();
            let expiry = read.get("expiry").map(|expiry| expiry.as_u64().unwrap());
            assert_eq!(expiry, (expires_in > 0).then_some(issued_at + expires_in));
            assert_eq!(
                (&read["description"], &read["refreshable"]),
                (&json!("by terraform"), &json!(refreshable))
            );
        }
        // Destroyed twice is destroyed; and what is gone is made anew by the next plan.
        for _ in 0..2 {
            let gone = send(&accessd, &admin, "DELETE", &path, &Value::Null);
            assert!(gone.status < 400, "{} {}", gone.status, gone.body);
        }
        send(&accessd, &admin, "GET", &path, &Value::Null).expect(404);
    }
}

/// As many parts and audiences as the provider lets through itself.
#[test]
fn what_the_provider_lets_through_is_not_refused_for_its_length() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let groups = |length: usize| {
        let prefix = "applied-permissions/groups:";
        let names = vec!["group-01"; 60].join(",");
        format!("{prefix}{}", &names[..length - prefix.len()])
    };
    for (length, status) in [(500, 200), (501, 400)] {
        let scope = groups(length);
        assert_eq!(scope.len(), length);
        let asked = scoped_token("ci-robot", &scope, 60, false);
        send(&accessd, &admin, "POST", TOKENS, &asked).expect(status);
    }
    for prefix in ["jfrt", "jfxr", "jfpip", "jfds", "jfmc", "jfac", "jfevt", "jfmd", "jfcon", "*"] {
        let mut asked = scoped_token("ci-robot", "applied-permissions/groups:readers", 60, false);
        asked["audience"] = json!(format!("{prefix}@*"));
        send(&accessd, &admin, "POST", TOKENS, &asked).expect(200);
    }
}

#[test]
fn a_group_of_the_platform_provider() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    let name = unique("tf-group");
    let path = format!("{GROUPS}/{name}");
    let missing = send(&accessd, &admin, "GET", &path, &Value::Null).expect(404);
    assert_eq!(missing.error_code(), "NOT_FOUND");
    let body = json!({
        "name": name, "description": "by terraform", "external_id": "", "auto_join": false,
        "admin_privileges": false, "members": null,
    });
    send(&accessd, &admin, "POST", GROUPS, &body).expect(201);
    let again = send(&accessd, &admin, "POST", GROUPS, &body).expect(409);
    assert!(
        !again.error_code().is_empty() && !again.error_message().is_empty(),
        "code and message are shown"
    );
    let change = json!({"add": [frog.name], "remove": []});
    let members = send(&accessd, &admin, "PATCH", &format!("{path}/members"), &change).expect(200).json();
    assert_eq!(members, json!({"members": [frog.name]}));
    let change =
        json!({"name": name, "description": "changed", "auto_join": true, "admin_privileges": false});
    send(&accessd, &admin, "PATCH", &path, &change).expect(200);
    let read = send(&accessd, &admin, "GET", &path, &Value::Null).expect(200).json();
    assert_eq!((&read["description"], &read["members"]), (&json!("changed"), &json!([frog.name])));
    send(&accessd, &admin, "DELETE", &path, &Value::Null).expect(204);
    send(&accessd, &admin, "DELETE", &path, &Value::Null).expect(404);
}

#[test]
fn an_oidc_provider_and_its_mapping_of_the_platform_provider() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let (frog, name) = (accessd.new_user("frog"), unique("tf-oidc"));
    let path = format!("{OIDC}/{name}");
    send(&accessd, &admin, "GET", &path, &Value::Null).expect(404);
    let mut provider = json!({
        "name": name, "description": "by terraform", "provider_type": "GitHub",
        "issuer_url": "https://token.actions.githubusercontent.com", "audience": "jfrog-github",
        "organization": "octo", "project_key": "", "use_default_proxy": false,
        "enable_permissive_configuration": false,
    });
    send(&accessd, &admin, "POST", OIDC, &provider).expect(201);
    send(&accessd, &admin, "POST", OIDC, &provider).expect(409);
    provider["description"] = json!("changed");
    send(&accessd, &admin, "PUT", &path, &provider).expect(200);
    let read = send(&accessd, &admin, "GET", &path, &Value::Null).expect(200).json();
    for field in ["name", "description", "provider_type", "issuer_url", "audience", "organization"] {
        assert_eq!(read[field], provider[field], "{field}");
    }
    let (mappings, mapping) = (format!("{path}/identity_mappings"), format!("{path}/identity_mappings/ci"));
    send(&accessd, &admin, "GET", &mapping, &Value::Null).expect(404);
    let mut body = json!({
        "name": "ci", "description": "", "provider_name": name, "priority": 1,
        "claims": {"repository": "octo/app", "ref": "refs/heads/main"},
        "token_spec": {"username": frog.name, "scope": "applied-permissions/user", "audience": "*@*", "expires_in": 60},
    });
    send(&accessd, &admin, "POST", &mappings, &body).expect(201);
    let kept = |body: &Value| {
        let read = send(&accessd, &admin, "GET", &mapping, &Value::Null).expect(200).json();
        for field in ["name", "priority", "claims"] {
            assert_eq!(read[field], body[field], "{field}");
        }
        for (field, value) in body["token_spec"].as_object().unwrap() {
            assert_eq!(&read["token_spec"][field], value, "{field}");
        }
    };
    kept(&body);
    body["priority"] = json!(2);
    body["token_spec"]["expires_in"] = json!(120);
    send(&accessd, &admin, "PUT", &mapping, &body).expect(200);
    kept(&body);
    body["token_spec"]["expires_in"] = json!(-1);
    let refusal = send(&accessd, &admin, "PUT", &mapping, &body).expect(400);
    assert!(refusal.error_message().contains("Invalid expiry"), "{}", refusal.body);
    for (path, statuses) in [(&mapping, [204, 404]), (&path, [204, 404])] {
        for status in statuses {
            send(&accessd, &admin, "DELETE", path, &Value::Null).expect(status);
        }
    }
}

/// There is no AWS here, and that is said in a form that the provider shows.
#[test]
fn an_aws_role_is_not_implemented_with_code_and_message() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let body = json!({"username": "frog", "iam_role": "arn:aws:iam::123456789012:role/ci"});
    for (method, path, body) in [
        ("PUT", AWS.to_owned(), &body),
        ("GET", format!("{AWS}/frog"), &Value::Null),
        ("DELETE", format!("{AWS}/frog"), &Value::Null),
    ] {
        let refusal = send(&accessd, &admin, method, &path, body).expect(501);
        assert_eq!(refusal.error_code(), "NOT_IMPLEMENTED", "{method}");
        assert!(refusal.error_message().contains("AWS"), "{}", refusal.body);
    }
}
