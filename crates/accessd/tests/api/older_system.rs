//! The paths about the service itself that older clients and the wire have, and those that are not there.

use crate::support::{NOW, World, request, text};
use access_store::Fault;
use axum::body::Body;
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn it_is_alive_whatever_its_database_does_and_ready_only_with_it() {
    let world = World::new().await;
    let (live, ready) = ("/access/api/v1/system/liveness", "/access/api/v1/system/readiness");
    for path in [live, ready] {
        assert_eq!(world.get(path, "").await.body, b"OK");
    }
    world.store.fail("ping", Fault::Before);
    world.clock.set(NOW + 1);
    assert_eq!(world.get(live, "").await.status, 200);
    let answer = world.get(ready, "").await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.refusal(503).0, "SERVICE_UNAVAILABLE");
    world.store.heal();
    assert_eq!(world.get(ready, "").await.status, 200);
}

#[tokio::test]
async fn clients_learn_what_they_read() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let id = world.get("/artifactory/api/system/service_id", &world.admin).await;
    assert_eq!(id.body, world.access.service_id().as_str().replace("jfac@", "jfrt@").into_bytes());
    let license = world.get("/artifactory/api/system/license", &world.admin).await.expect(200);
    assert_eq!(text(&license, "type"), "Enterprise");
    for path in ["service_id", "license"] {
        world.get(&format!("/artifactory/api/system/{path}"), &frog).await.expect(403);
    }
    let usage = "/artifactory/api/system/usage";
    assert_eq!(world.post(usage, &frog, &json!({"productId": "x", "features": []})).await.status, 200);
    let odd = request(Method::POST, usage, &frog).header("content-type", "text/plain");
    assert_eq!(world.send(odd.body(Body::from("{")).unwrap()).await.status, 200);
    world.post(usage, "", &json!({})).await.expect(401);
    let refusal = world.get("/artifactory/api/security/encryptedPassword", &frog).await.expect(409);
    assert!(text(&refusal["errors"][0], "message").contains("access token"), "{refusal}");
}

#[tokio::test]
async fn the_authority_is_the_root() {
    let world = World::new().await;
    let ca = world.get("/access/api/v1/cert/ca", &world.admin).await;
    let root = world.get("/access/api/v1/cert/root?formatted=true", &world.admin).await;
    assert!(ca.body.starts_with(b"-----BEGIN CERTIFICATE-----") && ca.body == root.body);
    world.user("frog").await;
    world.get("/access/api/v1/cert/ca", &world.token_of("frog").await).await.refusal(403);
}

#[tokio::test]
async fn the_oauth_path_makes_tokens_too() {
    let world = World::new().await;
    world.user("frog").await;
    let form = "username=frog&scope=applied-permissions%2Fuser&expires_in=60&grant_type=client_credentials&audience=*%40*";
    let request = request(Method::POST, "/access/api/v1/oauth/token", &world.admin)
        .header("content-type", "application/x-www-form-urlencoded");
    let made = world.send(request.body(Body::from(form)).unwrap()).await.expect(200);
    assert_eq!(made["expires_in"], 60);
    world.get("/access/api/v1/tokens/me", &text(&made, "access_token")).await.expect(200);
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let role = "/access/api/v1/aws/iam_role";
    for (method, path) in [
        (Method::PUT, role.to_owned()),
        (Method::GET, format!("{role}/frog")),
        (Method::DELETE, format!("{role}/frog")),
        (Method::POST, "/access/api/v1/users/invite".to_owned()),
        (Method::POST, "/access/api/v1/service_trust/pairing/bridge".to_owned()),
    ] {
        let (code, words) = world.call(method.clone(), &path, &world.admin).await.refusal(501);
        assert!(code == "NOT_IMPLEMENTED" && words.contains("this service"), "{path}: {words}");
        world.call(method.clone(), &path, &frog).await.refusal(403);
        world.call(method, &path, "").await.refusal(401);
    }
    let answer = world.call(Method::POST, "/access/api/v1/aws/token", "").await;
    assert_eq!(answer.refusal(501).0, "NOT_IMPLEMENTED");
}
