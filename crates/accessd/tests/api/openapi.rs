//! The OpenAPI description: what is served is what lies in the repository, and it leaves no route out.

use crate::support::World;
use access_core::{LONGEST_DELAY, LONGEST_PAGE};
use access_types::limits::LAST_EXPIRY;
use accessd::api::{Policy, Route};
use accessd::errors::Shape;
use accessd::routes::accessd_tokens::revoke::MOST_IDS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATH: &str = "/access/api/accessd/v1/openapi.json";

pub(crate) async fn served() -> Value {
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

#[tokio::test]
async fn what_is_served_is_what_lies_in_the_repository() {
    let answer = World::new().await.get(PATH, "").await;
    let served = String::from_utf8(answer.body).unwrap();
    let kept = include_str!("../../../../docs/openapi.json");
    assert!(served == kept, "docs/openapi.json is not as it is served: scripts/write-openapi");
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let description = served().await;
    let described: BTreeSet<(String, String)> = operations(&description)
        .iter()
        .map(|(path, method, _)| ((*path).to_owned(), (*method).to_owned()))
        .collect();
    let api = accessd::router::api();
    let routed: BTreeSet<(String, String)> = api
        .routes()
        .iter()
        .map(|route| (route.path.to_owned(), route.method.as_str().to_ascii_lowercase()))
        .collect();
    assert!(routed.len() >= 37, "{routed:?}");
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
    for Route { method, path, policy } in accessd::router::api().routes() {
        let operation = &description["paths"][path][method.as_str().to_ascii_lowercase()];
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{path}: an id stands twice"
        );
        assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}");
        let responses = &operation["responses"];
        let successes = responses.as_object().unwrap().keys().filter(|status| status.starts_with('2'));
        let is_never_done =
            responses["501"].is_object() || *path == "/artifactory/api/security/encryptedPassword";
        assert!(successes.count() >= 1 || is_never_done, "{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{path} {parameter}");
        }
        if *policy != Policy::Credential {
            assert_eq!(operation["security"][0], json!({}), "{method} {path}: no credential is needed");
            continue;
        }
        assert!(operation.get("security").is_none(), "{method} {path}: a credential is needed");
        let shape = match Shape::of_path(path) {
            Shape::Access => "#/components/schemas/ErrorBody",
            Shape::Artifactory => "#/components/schemas/ArtifactoryErrorBody",
            Shape::OAuth | Shape::ArtifactoryOAuth => "#/components/schemas/OAuthErrorBody",
        };
        for status in ["400", "401", "403", "500", "503"] {
            assert!(responses[status].is_object(), "{method} {path} {status}");
        }
        for (status, response) in responses.as_object().unwrap() {
            let is_refusal = status.starts_with(['4', '5']);
            let body = &response["content"]["application/json"]["schema"]["$ref"];
            assert!(!is_refusal || body == shape, "{method} {path} {status}: {body}");
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
