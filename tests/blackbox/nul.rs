//! The character NUL: PostgreSQL can neither keep nor look for a text that has it. It is refused before it gets there,
//! wherever it stands, on every database.

use crate::{ACCESSD_TOKENS, GROUPS, PROJECTS, TOKENS, USERS, accessd};
use serde_json::{Value, json};
use testkit::unique;

/// Where texts stand in a body, as JSON pointers.
fn texts(body: &Value, at: &str) -> Vec<String> {
    match body {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(index, item)| texts(item, &format!("{at}/{index}"))).collect()
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| texts(value, &format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// Sends the body with a NUL in each of its texts, one after the other, and then as it is.
#[track_caller]
fn refused_in_each(method: &str, path: &str, body: &Value) {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let send = |body: &Value| accessd.http().request(method, path).bearer(&admin).json(body).send();
    for pointer in texts(body, "") {
        for nul in ["\0", "\u{0}x"] {
            let mut spoilt = body.clone();
            let text = spoilt.pointer_mut(&pointer).unwrap();
            *text = json!(format!("{}{nul}", text.as_str().unwrap()));
            let answer = send(&spoilt);
            assert_eq!(answer.status, 400, "{method} {path} {pointer}: {}", answer.body);
        }
    }
    let answer = send(body);
    assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
}

#[test]
fn no_text_of_a_body_may_have_one() {
    let accessd = accessd();
    let (frog, group) = (accessd.new_user("frog"), accessd.new_group("readers", json!({})));
    let user = json!({
        "username": unique("toad"), "password": "Correct-Horse-1", "email": "toad@example.org", "groups": [group],
    });
    refused_in_each("POST", USERS, &user);
    let path = format!("{USERS}/{}", frog.name);
    refused_in_each("PATCH", &path, &json!({"email": "a@example.org", "groups": [group]}));
    refused_in_each("PATCH", &format!("{path}/groups"), &json!({"add": [group], "remove": ["other"]}));
    refused_in_each("PUT", &format!("{path}/password"), &json!({"password": "Correct-Horse-2"}));

    let fields = json!({
        "name": unique("writers"), "description": "d", "realm_attributes": "a", "external_id": "e",
        "members": [frog.name],
    });
    refused_in_each("POST", GROUPS, &fields);
    let path = format!("{GROUPS}/{group}");
    let fields =
        json!({"description": "d", "realm_attributes": "a", "external_id": "e", "members": [frog.name]});
    refused_in_each("PATCH", &path, &fields);
    refused_in_each(
        "PATCH",
        &format!("{path}/members"),
        &json!({"add": [frog.name], "remove": ["nobody-at-all"]}),
    );

    let token = json!({
        "username": frog.name, "scope": "applied-permissions/user", "audience": "*@*", "description": "d",
    });
    refused_in_each("POST", TOKENS, &token);
    for filter in ["username", "description", "scope", "project"] {
        let body = json!({filter: "nobody-has-this", "dry_run": true});
        let answer = accessd.http().post(&format!("{ACCESSD_TOKENS}/revoke")).bearer(&accessd.admin_token());
        let spoilt = answer.clone().json(json!({filter: "a\0", "dry_run": true})).send();
        assert_eq!(spoilt.status, 400, "{filter}: {}", spoilt.body);
        assert!(answer.json(body).send().status < 500, "{filter}");
    }
    refused_in_each(
        "PUT",
        &format!("/artifactory/api/security/groups/{}", unique("older")),
        &json!({"description": "d", "realmAttributes": "a"}),
    );
}

#[test]
fn no_text_of_a_project_or_a_provider_may_have_one() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let key = unique("web").to_lowercase();
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).take(30).collect();
    refused_in_each("POST", PROJECTS, &json!({"project_key": key, "display_name": key, "description": "d"}));
    let path = format!("{PROJECTS}/{key}");
    refused_in_each("PUT", &path, &json!({"display_name": format!("{key} too"), "description": "e"}));
    let role =
        json!({"name": "Cook", "description": "d", "environments": ["DEV"], "actions": ["READ_REPOSITORY"]});
    refused_in_each("POST", &format!("{path}/roles"), &role);
    let member = json!({"name": frog.name, "roles": ["Cook"]});
    refused_in_each("PUT", &format!("{path}/users/{}", frog.name), &member);

    let provider = unique("github");
    let body = json!({
        "name": provider, "issuer_url": "https://token.actions.githubusercontent.com", "provider_type": "GitHub",
        "description": "d", "audience": "a", "organization": "o",
    });
    refused_in_each("POST", "/access/api/v1/oidc", &body);
    let mapping = json!({
        "name": "m", "description": "d", "priority": 1, "claims": {"sub": "x", "list": ["y"]},
        "token_spec": {"username": frog.name, "scope": "applied-permissions/user", "audience": "*@*"},
    });
    refused_in_each("POST", &format!("/access/api/v1/oidc/{provider}/identity_mappings"), &mapping);
    let exchange = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "provider_name": "a\0",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token", "subject_token": "x",
    });
    accessd.http().post("/access/api/v1/oidc/token").json(exchange).send().expect(400);
}

#[test]
fn no_parameter_of_a_query_may_have_one() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let described =
        accessd.http().get("/access/api/accessd/v1/openapi.json").bearer(&admin).send().expect(200);
    let mut tried = 0;
    for (path, operations) in described.json()["paths"].as_object().unwrap() {
        if path.contains('{') {
            continue;
        }
        let Some(parameters) = operations["get"]["parameters"].as_array() else { continue };
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            for text in ["%00", "a%00", "a%00%2A"] {
                let answer = accessd.http().get(&format!("{path}?{name}={text}")).bearer(&admin).send();
                assert_eq!(answer.status, 400, "{path} {name}: {}", answer.body);
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "{tried}");
}

#[test]
fn who_logs_in_with_one_is_nobody() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for name in ["\0".to_owned(), format!("{}\0", frog.name), format!("{}\0x", frog.name)] {
        for password in ["Correct-Horse-1", &frog.token, "a\0"] {
            let answer = accessd.http().get(TOKENS).basic(&name, password).send();
            assert_eq!(answer.status, 401, "{name:?} {password:?}: {}", answer.body);
        }
        let form =
            [("jfClientSession", "x"), ("username", name.as_str()), ("password", "p"), ("code", "123")];
        assert!(accessd.http().post("/ui/login").form(&form).send().status < 500, "{name:?}");
        let form = [("username", name.as_str()), ("password", "p"), ("new_password", "Correct-Horse-3")];
        assert!(accessd.http().post("/ui/password").form(&form).send().status < 500, "{name:?}");
        let body = json!({"userName": name, "oldPassword": "p", "newPassword1": "Qq-1234567", "newPassword2": "Qq-1234567"});
        let path = "/artifactory/api/security/users/authorization/changePassword";
        assert!((400..500).contains(&accessd.http().post(path).json(body).send().status), "{name:?}");
    }
    for path in ["/access/api/accessd/v1/oauth/introspect", "/access/api/accessd/v1/oauth/revoke"] {
        let call = accessd.http().post(path).bearer(&frog.token);
        assert!(call.form(&[("token", "a\0b")]).send().status < 500, "{path}");
    }
    for (field, text) in [("refresh_token", "a\0b"), ("username", "a\0b"), ("scope", "api:*\0")] {
        let form = [("grant_type", "refresh_token"), (field, text)];
        let answer =
            accessd.http().post("/artifactory/api/security/token").bearer(&frog.token).form(&form).send();
        assert!((400..500).contains(&answer.status), "{field}: {} {}", answer.status, answer.body);
    }
}
