//! A database that does not answer: 503 with Retry-After, never 200 and never 401.

use crate::accessd_tokens::OWN_TOKENS;
use crate::support::{Answer, GROUPS, PASSWORD, TOKENS, USERS, World, text};
use access_store::Fault;
use axum::http::Method;
use serde_json::{Value, json};

async fn every_call(world: &World) -> Vec<(&'static str, Answer)> {
    let calls: [(&'static str, Method, String, Option<Value>); 19] = [
        ("create", Method::POST, TOKENS.to_owned(), Some(json!({}))),
        ("list", Method::GET, TOKENS.to_owned(), None),
        ("own list", Method::GET, OWN_TOKENS.to_owned(), None),
        ("own unused", Method::GET, format!("{OWN_TOKENS}?unused_for=1"), None),
        ("own me", Method::GET, format!("{OWN_TOKENS}/me"), None),
        ("schedule", Method::POST, format!("{OWN_TOKENS}/me/revocation"), Some(json!({"after": 1}))),
        ("revoke all", Method::POST, format!("{OWN_TOKENS}/revoke"), Some(json!({"all": true}))),
        ("revoke ids", Method::POST, format!("{OWN_TOKENS}/revoke"), Some(json!({"token_ids": ["x"]}))),
        ("me", Method::GET, format!("{TOKENS}/me"), None),
        ("revoke", Method::DELETE, format!("{TOKENS}/me"), None),
        ("users", Method::GET, USERS.to_owned(), None),
        ("user", Method::GET, format!("{USERS}/admin"), None),
        ("new user", Method::POST, USERS.to_owned(), Some(json!({"username": "x", "password": PASSWORD}))),
        ("delete", Method::DELETE, format!("{USERS}/admin"), None),
        ("groups", Method::GET, GROUPS.to_owned(), None),
        ("new group", Method::POST, GROUPS.to_owned(), Some(json!({"name": "x"}))),
        ("certificate", Method::GET, "/access/api/v1/cert/root".to_owned(), None),
        ("forward-auth", Method::GET, "/access/api/accessd/v1/forward-auth".to_owned(), None),
        ("version", Method::GET, "/artifactory/api/system/version".to_owned(), None),
    ];
    let mut answers = Vec::new();
    for (name, method, path, body) in calls {
        let answer = match body {
            Some(body) => world.json(method, &path, &world.admin, &body).await,
            None => world.call(method, &path, &world.admin).await,
        };
        answers.push((name, answer));
    }
    answers
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_everywhere() {
    let world = World::new().await;
    world.store.fail_all(Fault::Before);
    for (name, answer) in every_call(&world).await {
        answer.expect(503);
        assert!(answer.header("retry-after").is_some(), "{name}");
        assert_eq!(answer.header("www-authenticate"), None, "{name}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("injected"), "{name}");
    }
    assert_eq!(world.get("/access/api/v1/system/ping", "").await.status, 200);
    world.store.heal();
    world.get(TOKENS, &world.admin).await.expect(200);
}

#[tokio::test]
async fn a_write_that_was_not_confirmed_is_not_answered_with_success() {
    let world = World::new().await;
    let id = text(&world.token(&json!({})).await, "token_id");
    for fault in [Fault::Before, Fault::After] {
        world.store.fail("insert_token", fault);
        world.post(TOKENS, &world.admin, &json!({})).await.refusal(503);
        world.store.fail("revoke_token", fault);
        world.delete(&format!("{TOKENS}/{id}"), &world.admin).await.refusal(503);
        world.store.fail("schedule_revocation", fault);
        let path = format!("{OWN_TOKENS}/me/revocation");
        world.post(&path, &world.admin, &json!({"after": 3600})).await.refusal(503);
    }
    world.store.heal();
    // The second time it had happened, only the answer was lost.
    world.delete(&format!("{TOKENS}/{id}"), &world.admin).await.expect(204);
}

#[tokio::test]
async fn a_list_that_cannot_begin_has_a_status() {
    let world = World::new().await;
    world.store.fail("list_tokens", Fault::Before);
    assert_eq!(world.get(TOKENS, &world.admin).await.refusal(503).0, "SERVICE_UNAVAILABLE");
}

#[tokio::test]
async fn a_list_that_breaks_off_does_not_look_whole() {
    let world = World::new().await;
    let bearer = access_core::Credential::Bearer(world.admin.as_str().into());
    let caller = world.access.authenticate(&bearer).await.unwrap();
    for _ in 0..600 {
        world.access.create_token(&caller, access_types::TokenRequest::default(), None).await.unwrap();
    }
    let pages = std::sync::atomic::AtomicUsize::new(0);
    world.store.set_plan(move |method| {
        let count = || pages.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        (method == "list_tokens" && count() == 1).then_some(Fault::Before)
    });
    assert!(world.breaks_off(TOKENS).await);
    assert!(!world.breaks_off(TOKENS).await);
}
