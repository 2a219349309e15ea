//! The OpenAPI description: what is served is what lies in the repository, and it leaves no route out.

use crate::support::World;
use serde_json::Value;
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
    let mut routed = BTreeSet::new();
    for route in include_str!("../../src/router.rs").split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        if !path.starts_with(OWN) {
            continue;
        }
        let handlers = route.split(".method_not_allowed").next().unwrap();
        for method in ["get", "post", "put", "patch", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                routed.insert((path.to_owned(), method.to_owned()));
            }
        }
    }
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
        for status in ["200", "400", "401", "403", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
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
