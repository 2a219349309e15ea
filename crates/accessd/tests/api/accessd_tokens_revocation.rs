//! `POST /access/api/accessd/v1/tokens/{id}/revocation`.

use crate::accessd_tokens::OWN_TOKENS;
use crate::support::{NOW, TOKENS, World, request, text};
use access_core::store::Store as _;
use access_store::Fault;
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_token_dies_after_the_grace() {
    let world = World::new().await;
    let token = world.token(&json!({})).await;
    let path = format!("{OWN_TOKENS}/{}/revocation", text(&token, "token_id"));
    let answer = world.post(&path, &world.admin, &json!({"after": 60})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let details = answer.expect(200);
    assert_eq!((&details["state"], &details["revocation_due"]), (&json!("live"), &json!(NOW + 60)));
    let sooner = world.post(&path, &world.admin, &json!({"after": 3600})).await.expect(200);
    assert_eq!(sooner, details, "never postponed");
    let jwt = text(&token, "access_token");
    world.clock.set(NOW + 59);
    world.get(&format!("{TOKENS}/me"), &jwt).await.expect(200);
    world.clock.set(NOW + 60);
    let refused = world.get(&format!("{TOKENS}/me"), &jwt).await;
    assert_eq!(refused.refusal(401).1, "Invalid token, revoked");
    let listed = world.get(TOKENS, &world.admin).await.expect(200);
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 1, "the administrator's alone");
    assert_eq!(world.post(&path, &world.admin, &json!({"after": 0})).await.refusal(404).0, "NOT_FOUND");
    world.delete(&format!("{TOKENS}/{}", text(&token, "token_id")), &world.admin).await.expect(204);
}

#[tokio::test]
async fn what_is_past_its_moment_is_written_down_by_itself() {
    let world = World::new().await;
    let token = world.token(&json!({})).await;
    let id = text(&token, "token_id");
    world
        .post(&format!("{OWN_TOKENS}/{id}/revocation"), &world.admin, &json!({"after": 60}))
        .await
        .expect(200);
    world.clock.set(NOW + 60);
    world.store.fail("revoke_past_due", Fault::Before);
    tokio::time::pause();
    let task = tokio::spawn(accessd::past_due::run(world.access.clone()));
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    world.store.heal();
    let written =
        async || world.store.find_token(id.parse().unwrap()).await.unwrap().unwrap().token.revocation;
    assert_eq!(written().await, None);
    for _ in 0..3600 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        // The writer lives in real time.
        std::thread::sleep(std::time::Duration::from_millis(1));
        if written().await.is_some() {
            break;
        }
    }
    task.abort();
    tokio::time::resume();
    assert_eq!(written().await.unwrap().at, NOW + 60);
    world.clock.set(NOW);
    world.get(&format!("{TOKENS}/me"), &text(&token, "access_token")).await.refusal(401);
}

#[tokio::test]
async fn zero_is_now_and_a_token_may_schedule_itself() {
    let world = World::new().await;
    let token = world.token(&json!({"audience": "jfrt@*"})).await;
    let jwt = text(&token, "access_token");
    let path = format!("{OWN_TOKENS}/me/revocation");
    assert_eq!(world.post(&path, &jwt, &json!({"after": 5})).await.expect(200)["revocation_due"], NOW + 5);
    let details = world.post(&path, &jwt, &json!({"after": 0})).await.expect(200);
    assert_eq!((&details["state"], &details["revoked_at"]), (&json!("revoked"), &json!(NOW)));
    world.post(&path, &jwt, &json!({"after": 0})).await.refusal(401);
}

#[tokio::test]
async fn what_is_not_understood_schedules_nothing() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let id = text(&world.token(&json!({})).await, "token_id");
    let path = format!("{OWN_TOKENS}/{id}/revocation");
    for (body, word) in [
        (json!({}), "after"),
        (json!({"after": null}), "after"),
        (json!({"after": "60"}), "after"),
        (json!({"after": 1.5}), "after"),
        (json!({"after": -1}), "after"),
        (json!({"after": 2_592_001}), "2592000"),
        (json!({"after": 60, "seconds": 1}), "seconds"),
        (json!([]), "object"),
    ] {
        let (code, message) = world.post(&path, &world.admin, &body).await.refusal(400);
        assert!(code == "BAD_REQUEST" && message.contains(word), "{body}: {message}");
    }
    let form = request(Method::POST, &path, &world.admin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("after=60"));
    assert_eq!(world.send(form.unwrap()).await.refusal(415).0, "UNSUPPORTED_MEDIA_TYPE");
    world.post(&path, &frog, &json!({"after": 1})).await.refusal(403);
    world.post(&path, "", &json!({"after": 1})).await.refusal(401);
    let unknown = format!("{OWN_TOKENS}/no-such/revocation");
    world.post(&unknown, &world.admin, &json!({"after": 1})).await.refusal(404);
    let details = world.get(&format!("{OWN_TOKENS}/{id}"), &world.admin).await.expect(200);
    assert_eq!(details.get("revocation_due"), None::<&Value>);
}

#[tokio::test]
async fn a_parameter_in_the_query_is_refused_rather_than_passed_over() {
    let world = World::new().await;
    let me = world.get(&format!("{OWN_TOKENS}/me"), &world.admin).await.expect(200);
    for which in ["me", &text(&me, "token_id")] {
        let path = format!("{OWN_TOKENS}/{which}/revocation?after=60");
        let answer = world.post(&path, &world.admin, &json!({"after": 0})).await;
        assert!(answer.refusal(400).1.contains("\"after\""), "{which}");
    }
    world.get(TOKENS, &world.admin).await.expect(200);
}
