//! How a credential is presented, and what the wrong ones are told.

use crate::support::{NOW, PASSWORD, TOKENS, World, text};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const ME: &str = "/access/api/v1/tokens/me";

fn with(headers: &[(&str, &str)]) -> Request<Body> {
    let request = headers
        .iter()
        .fold(Request::builder().uri(ME), |request, (name, value)| request.header(*name, *value));
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_token_can_be_presented_in_three_ways() {
    let world = World::new().await;
    world.user("frog").await;
    let body = world.token(&json!({"username": "frog", "include_reference_token": true})).await;
    for token in [text(&body, "access_token"), text(&body, "reference_token")] {
        let bearer = format!("Bearer {token}");
        let basic = format!("Basic {}", STANDARD.encode(format!("frog:{token}")));
        for header in
            [("authorization", bearer.as_str()), ("x-jfrog-art-api", &token), ("authorization", &basic)]
        {
            world.send(with(&[header])).await.expect(200);
        }
    }
    let password = format!("Basic {}", STANDARD.encode(format!("frog:{PASSWORD}")));
    // A password is somebody, but no token.
    world.send(with(&[("authorization", &password)])).await.refusal(400);
}

#[tokio::test]
async fn more_than_one_credential_is_400() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.admin);
    for headers in [
        [("authorization", bearer.as_str()), ("authorization", bearer.as_str())],
        [("authorization", &bearer), ("x-jfrog-art-api", &world.admin)],
        [("x-jfrog-art-api", &world.admin), ("x-jfrog-art-api", &world.admin)],
    ] {
        assert_eq!(world.send(with(&headers)).await.refusal(400).0, "BAD_REQUEST");
    }
    let in_query = format!("{TOKENS}?access_token={}", world.admin);
    world.get(&in_query, "").await.refusal(400);
    world.get(&in_query, &world.admin).await.refusal(400);
}

#[tokio::test]
async fn the_challenge_says_no_more_than_the_caller_did() {
    let world = World::new().await;
    let none = world.get(ME, "").await;
    assert_eq!(none.refusal(401).0, "UNAUTHORIZED");
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    for token in ["nonsense", "a.b.c"] {
        let answer = world.get(ME, token).await;
        assert_eq!(answer.refusal(401).0, "UNAUTHORIZED");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    }
}

#[tokio::test]
async fn an_expired_token_is_told_so_in_the_words_clients_match() {
    let world = World::new().await;
    let token = text(&world.token(&json!({"expires_in": 10})).await, "access_token");
    world.clock.set(NOW + 11);
    assert_eq!(world.get(ME, &token).await.refusal(401).1, "Invalid token, expired");
}

#[tokio::test]
async fn the_first_administrator_can_log_in() {
    let world = World::new().await;
    let password = secrecy::ExposeSecret::expose_secret(&world.first.admin_password);
    let basic = format!("Basic {}", STANDARD.encode(format!("admin:{password}")));
    let request = Request::builder().uri("/access/api/v2/users").header("authorization", basic);
    world.send(request.body(Body::empty()).unwrap()).await.expect(200);
}
