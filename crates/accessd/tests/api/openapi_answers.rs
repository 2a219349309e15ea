//! Answers are as the OpenAPI description says: each operation is asked once, and the schema looked at field by field.

use crate::openapi::served;
use crate::support::{GROUPS, PASSWORD, TOKENS, USERS, World, request, text};
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Whether a value is as a schema says, as far as the schemas here say anything; why not.
fn check(description: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{why}: {value} is not as {schema}"));
    if let Some(reference) = schema["$ref"].as_str() {
        return check(description, description.pointer(&reference[1..]).unwrap(), value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fit = choices.iter().filter(|choice| check(description, choice, value).is_ok()).count();
        return if fit == 1 { Ok(()) } else { wrong("oneOf") };
    }
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("a type that this test does not know: {other}"),
    };
    let fits = match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        _ => return wrong("no type"),
    };
    if !fits {
        return wrong("type");
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return wrong("enum");
    }
    for item in value.as_array().into_iter().flatten() {
        check(description, &schema["items"], item)?;
    }
    for field in schema["required"].as_array().into_iter().flatten() {
        if value.get(field.as_str().unwrap()).is_none() {
            return wrong("required");
        }
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => check(description, schema, field)?,
            None => return wrong("a field that is not described"),
        }
    }
    Ok(())
}

#[track_caller]
fn is_described(description: &Value, (method, path): (&str, &str), status: &str, answer: &Value) {
    let response = &description["paths"][path][method]["responses"][status];
    assert!(response.is_object(), "{method} {path} {status} is not described");
    let content = response["content"].as_object().and_then(|content| content.values().next());
    match content {
        None => assert!(answer.is_null(), "{method} {path} {status}: a body that is not described"),
        Some(content) => {
            if let Err(why) = check(description, &content["schema"], answer) {
                panic!("{method} {path} {status}: {why}");
            }
        }
    }
}

#[tokio::test]
async fn answers_of_our_own_are_as_they_are_described() {
    let world = World::new().await;
    let description = served().await;
    let own = "/access/api/accessd/v1/tokens";
    let answered = |path: &str, method: &str, status: &str, answer: &Value| {
        is_described(&description, (method, path), status, answer);
    };
    world.project("web").await;
    let full = json!({
        "description": "ci", "refreshable": true, "include_reference_token": true, "project_key": "web",
    });
    let id = text(&world.token(&full).await, "token_id");
    let other = text(&world.token(&json!({"expires_in": 0})).await, "token_id");
    let (one, due) = (format!("{own}/{{id}}"), format!("{own}/{{id}}/revocation"));
    let path = format!("{own}/{id}");
    answered(&one, "get", "200", &world.get(&path, &world.admin).await.expect(200));
    answered(
        &format!("{own}/me"),
        "get",
        "200",
        &world.get(&format!("{own}/me"), &world.admin).await.expect(200),
    );
    let schedule = async |after: u64| {
        world.post(&format!("{path}/revocation"), &world.admin, &json!({"after": after})).await.expect(200)
    };
    answered(&due, "post", "200", &schedule(60).await);
    let revoked = schedule(0).await;
    assert_eq!(revoked["revoked_for"], "requested");
    answered(&due, "post", "200", &revoked);
    answered(own, "get", "200", &world.get(&format!("{own}?limit=1"), &world.admin).await.expect(200));
    answered(own, "get", "400", &world.get(&format!("{own}?x=1"), &world.admin).await.expect(400));
    let many = json!({"token_ids": [id, other]});
    let many = world.post(&format!("{own}/revoke"), &world.admin, &many).await;
    let lines = String::from_utf8(many.body).unwrap();
    assert_eq!(lines.lines().count(), 3);
    for line in lines.lines() {
        answered(&format!("{own}/revoke"), "post", "200", &serde_json::from_str(line).unwrap());
    }
    let schemas = &description["components"]["schemas"];
    for wrong in [json!({"token_id": 1, "outcome": "revoked"}), json!({"token_id": "1", "outcome": "odd"})] {
        assert!(check(&description, &schemas["TokenRevocation"], &wrong).is_err(), "this test sees nothing");
    }
}

/// One call: method, path as it is described, path as it is sent, JSON body.
struct Call(&'static str, &'static str, String, Value);

fn calls() -> Vec<Call> {
    let (user, group) = (format!("{USERS}/{{username}}"), format!("{GROUPS}/{{name}}"));
    let (user, group): (&'static str, &'static str) = (user.leak(), group.leak());
    let to = |method, path: &'static str, body| Call(method, path, path.to_owned(), body);
    let frog =
        |method, path: &'static str, body| Call(method, path, path.replace("{username}", "frog"), body);
    let ops = |method, path: &'static str, body| Call(method, path, path.replace("{name}", "ops"), body);
    let full = json!({"name": "ops", "description": "d", "external_id": "e", "members": ["frog"]});
    let member = json!({"add": ["frog"], "remove": []});
    vec![
        to("get", "/.well-known/jwks.json", Value::Null),
        to("get", "/.well-known/oauth-authorization-server", Value::Null),
        to("get", "/access/api/v1/system/ping", Value::Null),
        to("get", "/access/api/v1/system/version", Value::Null),
        to("get", "/access/api/v1/cert/root", Value::Null),
        to("get", "/access/api/v1/cert/root?formatted=perhaps", Value::Null),
        to("get", "/artifactory/api/system/ping", Value::Null),
        to("get", "/artifactory/api/system/version", Value::Null),
        to("get", "/artifactory/api/system/version?access_token=x", Value::Null),
        to("post", USERS, json!({"username": "frog", "password": PASSWORD, "email": "f@example.org"})),
        to("post", USERS, json!({"username": "frog", "password": PASSWORD})),
        to("post", USERS, json!({"username": "frog"})),
        to("get", USERS, Value::Null),
        to("post", GROUPS, full.clone()),
        to("post", GROUPS, full),
        to("get", GROUPS, Value::Null),
        ops("get", group, Value::Null),
        ops("patch", group, json!({"description": null})),
        ops("patch", "/access/api/v2/groups/{name}/members", member),
        frog("get", user, Value::Null),
        frog("patch", user, json!({"status": "locked"})),
        frog("post", "/access/api/v2/users/{username}/unlock", Value::Null),
        frog("put", "/access/api/v2/users/{username}/password", json!({"password": PASSWORD})),
        frog("patch", "/access/api/v2/users/{username}/groups", json!({"remove": ["ops"]})),
        ops("delete", group, Value::Null),
        ops("get", group, Value::Null),
        frog("delete", user, Value::Null),
        frog("delete", user, Value::Null),
        to("get", TOKENS, Value::Null),
        to("post", TOKENS, json!({"expires_in": 60, "refreshable": true, "include_reference_token": true})),
        to("post", TOKENS, json!({"scope": "odd"})),
        to("get", "/access/api/v1/tokens/me", Value::Null),
        to("delete", "/access/api/v1/tokens/revoke", json!({"token": "odd"})),
        to("get", "/access/api/accessd/v1/forward-auth", Value::Null),
        to("get", "/access/api/accessd/v1/forward-auth?group=nobody", Value::Null),
    ]
}

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let world = World::new().await;
    let description = served().await;
    let mut seen = BTreeSet::new();
    let mut send = async |Call(method, path, target, body): Call| {
        let verb: Method = method.to_ascii_uppercase().parse().unwrap();
        let answer = match &body {
            Value::Null => world.call(verb, &target, &world.admin).await,
            body => world.json(verb, &target, &world.admin, body).await,
        };
        let value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| {
            let text = String::from_utf8(answer.body.clone()).unwrap();
            if text.is_empty() { Value::Null } else { Value::String(text) }
        });
        let path = path.split('?').next().unwrap();
        is_described(&description, (method, path), &answer.status.to_string(), &value);
        seen.insert(answer.status);
        value
    };
    for call in calls() {
        send(call).await;
    }
    let made = send(Call("post", TOKENS, TOKENS.to_owned(), json!({"include_reference_token": true}))).await;
    let id = text(&made, "token_id");
    for method in ["get", "delete", "delete"] {
        let path = "/access/api/v1/tokens/{id}";
        send(Call(method, path, path.replace("{id}", &id), Value::Null)).await;
    }
    for token in [text(&made, "access_token"), world.admin.clone()] {
        let path = accessd::routes::oauth::INTROSPECT;
        let request = request(Method::POST, path, &world.admin)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = world.send(request.body(format!("token={token}").into()).unwrap()).await.expect(200);
        assert_eq!(answer["active"], token == world.admin);
        is_described(&description, ("post", path), "200", &answer);
    }
    send(Call("delete", "/access/api/v1/tokens/me", format!("{TOKENS}/me"), Value::Null)).await;
    assert_eq!(seen, BTreeSet::from([200, 201, 204, 400, 403, 404, 409]), "this test sees too little");
}
