//! `GET /access/api/v1/tokens` and `/tokens/{id}`.

use crate::support::{NOW, TOKENS, USERS, World, text};
use access_types::TokenRequest;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::HashSet;

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let body = world.get(&format!("{TOKENS}{query}"), &world.admin).await.expect(200);
    assert_eq!(body.as_object().unwrap().len(), 1);
    body["tokens"].as_array().unwrap().clone()
}

fn described(tokens: &[Value]) -> Vec<&str> {
    tokens.iter().map(|token| token["description"].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_list_can_be_filtered_and_ordered() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (at, (username, description, refreshable)) in
        [("b", "ci one", false), ("a", "ci two", true), ("c", "other", false)].into_iter().enumerate()
    {
        world.clock.set(NOW + at as u64 + 1);
        let body = json!({
            "username": username, "description": description, "refreshable": refreshable,
            "scope": "applied-permissions/admin",
        });
        ids.push(text(&world.token(&body).await, "token_id"));
    }
    for (query, wanted) in [
        ("?description=ci*", &["ci one", "ci two"][..]),
        ("?description=ci%20one", &["ci one"]),
        ("?description=ci", &[]),
        ("?username=C", &["other"]),
        ("?refreshable=true", &["ci two"]),
        ("?description=*&descending_order=true&username=b", &["ci one"]),
        ("?description=ci*&descending_order=True", &["ci two", "ci one"]),
        ("?description=ci*&order_by=owner", &["ci two", "ci one"]),
        ("?description=ci*&order_by=created", &["ci one", "ci two"]),
        ("?description=ci*&order_by=token_id&descending_order=TRUE", &["ci two", "ci one"]),
        ("?description=ci*&order_by=subject", &["ci two", "ci one"]),
        ("?description=ci*&order_by=subject&descending_order=true", &["ci one", "ci two"]),
        ("?description=ci*&order_by=expiry&descending_order=false", &["ci one", "ci two"]),
        ("?description=ci*&refreshable=FALSE", &["ci one"]),
        ("?token_id=no-such", &[]),
        ("?description=ci*&some_other=1", &["ci one", "ci two"]),
    ] {
        assert_eq!(described(&listed(&world, query).await), wanted, "{query}");
    }
    assert_eq!(described(&listed(&world, &format!("?token_id={}", ids[2])).await), ["other"]);
}

#[tokio::test]
async fn wrong_queries_are_refused() {
    let world = World::new().await;
    for query in ["?order_by=colour", "?refreshable=maybe", "?username=a&username=b", "?descending_order=1"] {
        assert_eq!(
            world.get(&format!("{TOKENS}{query}"), &world.admin).await.refusal(400).0,
            "BAD_REQUEST",
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_long_list_comes_whole_and_each_token_once() {
    let world = World::new().await;
    let caller = world
        .access
        .authenticate(&access_core::Credential::Bearer(world.admin.as_str().into()))
        .await
        .unwrap();
    let mut made = HashSet::new();
    for _ in 0..1200 {
        let created = world.access.create_token(&caller, TokenRequest::default(), None).await.unwrap();
        made.insert(created.response.token_id);
    }
    for query in ["", "?order_by=owner&descending_order=true", "?order_by=expiry"] {
        let tokens = listed(&world, query).await;
        let ids: HashSet<String> = tokens.iter().map(|token| text(token, "token_id")).collect();
        assert_eq!((tokens.len(), ids.len()), (1201, 1201), "{query}");
        assert!(made.is_subset(&ids));
    }
    // Exactly one full page, and nothing behind it.
    let answer = world.get(&format!("{TOKENS}?username=nobody"), &world.admin).await;
    assert_eq!(answer.body, br#"{"tokens":[]}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_token_shows_itself_and_others_by_right() {
    let world = World::new().await;
    world.user("frog").await;
    world.user("toad").await;
    let frog = world.token_of("frog").await;
    let toad = world.token_of("toad").await;
    let me = world.get(&format!("{TOKENS}/me"), &frog).await.expect(200);
    assert_eq!(me["issued_at"], NOW);
    assert_eq!(me["scope"], "applied-permissions/user");
    let path = format!("{TOKENS}/{}", text(&me, "token_id"));
    assert_eq!(world.get(&path, &frog).await.expect(200), me);
    assert_eq!(world.get(&path, &world.admin).await.expect(200), me);
    assert_eq!(world.get(&path, &toad).await.refusal(403).0, "FORBIDDEN");
    for unknown in ["no-such", "01890000-0000-7000-8000-000000000000"] {
        let answer = world.get(&format!("{TOKENS}/{unknown}"), &world.admin).await;
        assert_eq!(answer.refusal(404).0, "NOT_FOUND");
    }
    // A list holds the own ones only.
    let body = world.get(TOKENS, &toad).await.expect(200);
    let [only] = body["tokens"].as_array().unwrap().as_slice() else { panic!("{body}") };
    assert!(text(only, "subject").ends_with("/users/toad"));
}

/// Whoever reads slowly does not read on with a credential that is dead, or has lost its rights.
#[tokio::test]
async fn a_list_ends_where_its_reader_is_shut_out() {
    let world = World::new().await;
    world.user("boss").await;
    let boss = format!("{USERS}/boss");
    let set = async |body: Value| {
        world.json(Method::PATCH, &boss, &world.admin, &body).await.expect(200);
    };
    let bearer = access_core::Credential::Bearer(world.admin.as_str().into());
    let caller = world.access.authenticate(&bearer).await.unwrap();
    for _ in 0..600 {
        world.access.create_token(&caller, access_types::TokenRequest::default(), None).await.unwrap();
    }
    for path in [TOKENS, "/artifactory/api/security/token"] {
        set(json!({"admin": true})).await;
        let made = world.token(&json!({"username": "boss"})).await;
        let token = text(&made, "access_token");
        let read = async |body| axum::body::to_bytes(body, usize::MAX).await;
        assert!(read(world.begun(path, &token).await).await.is_ok());
        let begun = world.begun(path, &token).await;
        world.delete(&format!("{TOKENS}/{}", text(&made, "token_id")), &world.admin).await.expect(200);
        assert!(read(begun).await.is_err(), "{path}: revoked");
        let begun = world.begun(path, &world.token_of("boss").await).await;
        set(json!({"admin": false})).await;
        assert!(read(begun).await.is_err(), "{path}: demoted");
    }
}
