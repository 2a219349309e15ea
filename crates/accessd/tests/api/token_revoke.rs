//! `DELETE /access/api/v1/tokens/…`.

use crate::support::{TOKENS, World, request, text};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn a_token_is_revoked_once_and_dead_at_once() {
    let world = World::new().await;
    let body = world.token(&json!({})).await;
    let (id, token) = (text(&body, "token_id"), text(&body, "access_token"));
    let path = format!("{TOKENS}/{id}");
    let answer = world.delete(&path, &world.admin).await;
    assert!(answer.expect(200).is_null());
    world.delete(&path, &world.admin).await.expect(204);
    world.delete(&format!("{TOKENS}/no-such"), &world.admin).await.expect(204);
    assert_eq!(world.get(&path, &world.admin).await.refusal(404).0, "NOT_FOUND");
    let refused = world.get(&format!("{TOKENS}/me"), &token).await;
    assert_eq!(refused.refusal(401), ("UNAUTHORIZED".to_owned(), "Invalid token, revoked".to_owned()));
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

#[tokio::test]
async fn a_token_can_end_itself() {
    let world = World::new().await;
    let token = text(&world.token(&json!({})).await, "access_token");
    world.delete(&format!("{TOKENS}/me"), &token).await.expect(200);
    world.delete(&format!("{TOKENS}/me"), &token).await.refusal(401);
}

#[tokio::test]
async fn somebody_elses_token_is_not_yours_to_revoke() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let other = world.token(&json!({})).await;
    let path = format!("{TOKENS}/{}", text(&other, "token_id"));
    assert_eq!(world.delete(&path, &frog).await.refusal(403).0, "FORBIDDEN");
    world.get(&path, &world.admin).await.expect(200);
}

#[tokio::test]
async fn a_token_is_revoked_by_its_text() {
    let world = World::new().await;
    let path = format!("{TOKENS}/revoke");
    for field in ["access_token", "reference_token"] {
        let body = world.token(&json!({"include_reference_token": true})).await;
        let token = text(&body, field);
        let revoked = world.json(Method::DELETE, &path, &world.admin, &json!({"token": token})).await;
        assert_eq!(revoked.expect(200), json!({"revoked_token_id": body["token_id"]}));
        let again = world.json(Method::DELETE, &path, &world.admin, &json!({"token": token})).await;
        assert_eq!(again.refusal(404).0, "NOT_FOUND");
    }
    let token = text(&world.token(&json!({})).await, "access_token");
    let form = request(Method::DELETE, &path, &world.admin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("token={token}")));
    world.send(form.unwrap()).await.expect(200);
}

#[tokio::test]
async fn a_text_that_is_no_token_is_refused() {
    let world = World::new().await;
    let path = format!("{TOKENS}/revoke");
    for (body, status) in [
        (json!({"token": "a.b.c"}), 404),
        (json!({"token": ""}), 400),
        (json!({"token": 1}), 400),
        (json!({}), 400),
    ] {
        world.json(Method::DELETE, &path, &world.admin, &body).await.refusal(status);
    }
    world.delete(&path, &world.admin).await.refusal(400);
}
