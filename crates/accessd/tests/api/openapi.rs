//! The OpenAPI description: what is served is what lies in the repository, and it leaves no route out.

use crate::support::{World, text};
use access_core::{LONGEST_DELAY, LONGEST_PAGE};
use access_types::limits::LAST_EXPIRY;
use accessd::routes::accessd_tokens::revoke::MOST_IDS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATH: &str = "/access/api/accessd/v1/openapi.json";
const OWN: &str = "/access/api/accessd/";

async fn served() -> Value {
    let answer = World::new().await.get(PATH, "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.expect(200)
}

fn operations(description: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = description["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            operations.push((path.as_str(), method.as_str(), operation));
        }
    }
    operations
}

// Written anew by: curl http://127.0.0.1:8082/access/api/accessd/v1/openapi.json > docs/openapi.json
#[tokio::test]
async fn what_is_served_is_what_lies_in_the_repository() {
    let answer = World::new().await.get(PATH, "").await;
    let served = String::from_utf8(answer.body).unwrap();
    assert_eq!(
        served,
        include_str!("../../../../docs/openapi.json"),
        "docs/openapi.json is not as it is served"
    );
}

#[tokio::test]
async fn every_route_of_our_own_is_described_and_nothing_else() {
    let description = served().await;
    let described: BTreeSet<(String, String)> = operations(&description)
        .iter()
        .map(|(path, method, _)| ((*path).to_owned(), (*method).to_owned()))
        .collect();
    let routed: BTreeSet<(String, String)> = accessd::router::api()
        .routes()
        .iter()
        .filter(|route| route.path.starts_with(OWN) || route.path.starts_with("/access/api/v1/oidc"))
        .map(|route| (route.path.to_owned(), route.method.as_str().to_ascii_lowercase()))
        .collect();
    assert!(routed.len() >= 7, "{routed:?}");
    assert_eq!(described, routed);
}

#[tokio::test]
async fn every_operation_says_what_it_takes_and_how_it_refuses() {
    let description = served().await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemes = description["components"]["securitySchemes"].as_object().unwrap();
    for scheme in ["bearer", "basic", "api_key"] {
        assert!(schemes.contains_key(scheme), "{scheme}");
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&description) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}: an id stands twice");
        assert!(operation["summary"].is_string(), "{method} {path}");
        if path == PATH {
            assert_eq!(operation["security"], serde_json::json!([{}]), "no credential is needed");
            continue;
        }
        let by_proof = operation["security"] == json!([{}]);
        let done = ["200", "201", "204"].iter().any(|status| operation["responses"][status].is_object());
        assert!(done, "{method} {path}");
        for status in ["400", "401", "403", "500", "503"] {
            let told = operation["responses"][status].is_object();
            assert!(told || (by_proof && status == "403"), "{method} {path} {status}");
        }
        let error = &operation["responses"]["401"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(error, "#/components/schemas/ErrorBody", "{path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path} {parameter}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let description = served().await;
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(description.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn the_parameters_described_are_those_that_are_read() {
    let world = World::new().await;
    let description = served().await;
    let parameters = description["paths"]["/access/api/accessd/v1/tokens"]["get"]["parameters"].clone();
    let described: Vec<&str> =
        parameters.as_array().unwrap().iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    let refusal = world.get("/access/api/accessd/v1/tokens?no_such=1", &world.admin).await.refusal(400).1;
    let read: Vec<&str> = refusal.split("there are ").nth(1).unwrap().split(", ").collect();
    assert_eq!(described, read);
}

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

#[tokio::test]
async fn answers_are_as_they_are_described() {
    let world = World::new().await;
    let description = served().await;
    let own = "/access/api/accessd/v1/tokens";
    let answered = |path: &str, method: &str, status: &str, answer: &Value| {
        let response = &description["paths"][path][method]["responses"][status];
        let (_, content) = response["content"].as_object().unwrap().iter().next().unwrap();
        if let Err(why) = check(&description, &content["schema"], answer) {
            panic!("{method} {path} {status}: {why}");
        }
    };
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

#[tokio::test]
async fn the_limits_and_words_described_are_those_that_count() {
    let world = World::new().await;
    let description = served().await;
    let own = "/access/api/accessd/v1/tokens";
    let schemas = &description["components"]["schemas"];
    let choice = &schemas["TokenChoice"];
    assert_eq!(schemas["RevocationDelay"]["properties"]["after"]["maximum"], LONGEST_DELAY);
    assert_eq!(choice["properties"]["token_ids"]["maxItems"], MOST_IDS);
    assert_eq!((&choice["additionalProperties"], choice.get("required")), (&json!(false), None));
    for field in ["expires_within", "unused_for"] {
        assert_eq!(choice["properties"][field]["maximum"], LAST_EXPIRY);
    }
    for parameter in description["paths"][own]["get"]["parameters"].as_array().unwrap() {
        let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
        match name {
            "limit" => assert_eq!(schema["maximum"], LONGEST_PAGE),
            "expires_within" | "unused_for" => assert_eq!(schema["maximum"], LAST_EXPIRY, "{name}"),
            _ => {}
        }
        for word in schema["enum"].as_array().into_iter().flatten() {
            let query = format!("{own}?{name}={}", word.as_str().unwrap());
            world.get(&query, &world.admin).await.expect(200);
        }
    }
}
