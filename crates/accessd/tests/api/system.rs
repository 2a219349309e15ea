//! Pings, versions, public keys.

use crate::support::{NOW, World, text};
use axum::http::Method;
use base64::Engine as _;
use serde_json::json;

const ARTIFACTORY_VERSION: &str = "/artifactory/api/system/version";

#[tokio::test]
async fn the_public_list_needs_no_credential() {
    let world = World::new().await;
    for path in ["/access/api/v1/system/ping", "/artifactory/api/system/ping"] {
        let answer = world.get(path, "").await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"OK"[..]), "{path}");
        assert_eq!(world.call(Method::HEAD, path, "").await.status, 200);
        // A bad credential does not matter where none is asked for.
        assert_eq!(world.get(path, "nonsense").await.status, 200);
    }
    let version = world.get("/access/api/v1/system/version", "").await.expect(200);
    assert_eq!(text(&version, "name"), "7.111.4");
    let keys = world.get("/.well-known/jwks.json", "").await.expect(200);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn artifactory_tells_its_version_to_anybody_known() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let body = world.get(ARTIFACTORY_VERSION, &frog).await.expect(200);
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["version", "revision", "addons", "license"]);
    assert_eq!(body["version"], "7.111.4");
}

#[tokio::test]
async fn artifactory_refuses_in_its_own_words() {
    let world = World::new().await;
    let short = text(&world.token(&json!({"expires_in": 1})).await, "access_token");
    let reference = access_types::opaque::reference_token(None, &"x".repeat(27));
    let reference = secrecy::ExposeSecret::expose_secret(&reference).to_owned();
    world.clock.set(NOW + 2);
    for (token, message) in [
        (short.as_str(), "Token failed verification: expired"),
        ("a.b.c", "Bad Credentials"),
        (&reference, "Props Authentication Token not found"),
        ("", "Authentication is required"),
    ] {
        let answer = world.get(ARTIFACTORY_VERSION, token).await;
        let body = answer.expect(401);
        assert_eq!(body["errors"][0]["status"], 401);
        if token != "a.b.c" {
            assert_eq!(body["errors"][0]["message"], message);
        }
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Artifactory Realm\""));
    }
}

#[tokio::test]
async fn the_root_certificate_is_for_administrators() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let path = "/access/api/v1/cert/root";
    let answer = world.get(path, &world.admin).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let der = base64::engine::general_purpose::STANDARD.decode(&answer.body).unwrap();
    assert_eq!(der, world.access.root_certificate().der());
    let pem = world.get(&format!("{path}?formatted=true"), &world.admin).await;
    assert!(pem.body.starts_with(b"-----BEGIN CERTIFICATE-----"));
    world.get(path, &frog).await.refusal(403);
    world.get(path, "").await.refusal(401);
}

#[tokio::test]
async fn every_answer_has_an_id_and_no_second_guess_about_its_type() {
    let world = World::new().await;
    let mut ids = std::collections::HashSet::new();
    for path in ["/access/api/v1/system/ping", "/nothing", ARTIFACTORY_VERSION] {
        let answer = world.get(path, "").await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(ids.insert(answer.header("x-request-id").unwrap().to_owned()));
    }
}
