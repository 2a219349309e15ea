//! API keys: `/artifactory/api/security/apiKey`.

use crate::support::{Answer, PASSWORD, TOKENS, USERS, World, text};
use access_core::store::Store as _;
use access_core::{AccessSettings, SignatureAlgorithm};
use access_store::Fault;
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

const KEY: &str = "/artifactory/api/security/apiKey";
const VERSION: &str = "/artifactory/api/system/version";

fn open() -> AccessSettings {
    AccessSettings {
        signature: SignatureAlgorithm::Es256,
        disable_api_key_creation: false,
        ..AccessSettings::default()
    }
}

fn basic(name: &str, password: &str) -> (&'static str, String) {
    ("authorization", format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))))
}

fn by_key(key: &str) -> (&'static str, String) {
    ("x-jfrog-art-api", key.to_owned())
}

async fn ask(world: &World, method: Method, path: &str, credential: &(&'static str, String)) -> Answer {
    let request = Request::builder().method(method).uri(path).header(credential.0, &credential.1);
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn frog_with_key() -> (World, String) {
    let world = World::with(open()).await;
    world.user("frog").await;
    let made = ask(&world, Method::POST, KEY, &basic("frog", PASSWORD)).await.expect(201);
    let key = text(&made, "apiKey");
    (world, key)
}

async fn lets_in(world: &World, key: &str) -> bool {
    ask(world, Method::GET, VERSION, &by_key(key)).await.status == 200
}

#[tokio::test]
async fn a_key_is_made_shown_replaced_and_deleted() {
    let world = World::with(open()).await;
    world.user("frog").await;
    let frog = basic("frog", PASSWORD);
    assert_eq!(ask(&world, Method::GET, KEY, &frog).await.expect(200), json!({}));
    let key = text(&ask(&world, Method::POST, KEY, &frog).await.expect(201), "apiKey");
    assert!(key.len() == 73 && key.starts_with("AKCp8"), "{key}");
    let again = ask(&world, Method::POST, KEY, &frog).await.expect(400);
    assert!(text(&again["errors"][0], "message").contains("already"), "{again}");
    let shown = ask(&world, Method::GET, KEY, &by_key(&key)).await;
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert_eq!(shown.expect(200), json!({"apiKey": key}));
    let second = text(&ask(&world, Method::PUT, KEY, &by_key(&key)).await.expect(200), "apiKey");
    assert!(second != key && !lets_in(&world, &key).await && lets_in(&world, &second).await);
    assert_eq!(ask(&world, Method::DELETE, KEY, &frog).await.body, b"API key revoked");
    assert_eq!(ask(&world, Method::DELETE, KEY, &frog).await.body, b"API key not found");
    assert!(!lets_in(&world, &second).await);
    assert_eq!(ask(&world, Method::GET, KEY, &frog).await.expect(200), json!({}));
}

#[tokio::test]
async fn a_key_has_its_users_rights_by_two_ways_and_no_third() {
    let (world, key) = frog_with_key().await;
    for credential in [by_key(&key), basic("frog", &key), basic("FROG", &key), basic("", &key)] {
        ask(&world, Method::GET, VERSION, &credential).await.expect(200);
        ask(&world, Method::GET, &format!("{USERS}/frog"), &credential).await.expect(200);
        ask(&world, Method::GET, USERS, &credential).await.refusal(403);
    }
    ask(&world, Method::GET, VERSION, &basic("toad", &key)).await.expect(401);
    ask(&world, Method::GET, VERSION, &bearer(&key)).await.expect(401);
    let wrong = format!("{}{}", &key[..72], if key.ends_with('a') { 'b' } else { 'a' });
    let refusal = ask(&world, Method::GET, VERSION, &by_key(&wrong)).await.expect(401);
    assert_eq!(refusal["errors"][0]["message"], "Props Authentication Token not found");
    // It is no password: it sets none, and makes tokens where passwords may.
    let body = Body::from(json!({"password": "Other-horse-8-battery"}).to_string());
    let request = Request::builder()
        .method(Method::PUT)
        .uri(format!("{USERS}/frog/password"))
        .header("x-jfrog-art-api", &key)
        .header("content-type", "application/json");
    world.send(request.body(body).unwrap()).await.refusal(403);
    ask(&world, Method::POST, TOKENS, &by_key(&key)).await.refusal(403);
    ask(&world, Method::POST, "/artifactory/api/security/token", &by_key(&key)).await.expect(200);
}

#[tokio::test]
async fn a_key_dies_with_its_user() {
    let (world, key) = frog_with_key().await;
    let path = format!("{USERS}/frog");
    let set = async |body| world.json(Method::PATCH, &path, &world.admin, &body).await.expect(200);
    set(json!({"status": "locked"})).await;
    assert!(lets_in(&world, &key).await, "as tokens go on");
    ask(&world, Method::PUT, KEY, &by_key(&key)).await.expect(403);
    set(json!({"status": "disabled"})).await;
    assert!(!lets_in(&world, &key).await);
    set(json!({"status": "enabled"})).await;
    assert!(!lets_in(&world, &key).await, "what is dead stays dead");
    let frog = basic("frog", PASSWORD);
    assert_eq!(ask(&world, Method::GET, KEY, &frog).await.expect(200), json!({}));
    let key = text(&ask(&world, Method::POST, KEY, &frog).await.expect(201), "apiKey");
    set(json!({"admin": true})).await;
    ask(&world, Method::GET, USERS, &by_key(&key)).await.expect(200);
    set(json!({"admin": false})).await;
    assert!(!lets_in(&world, &key).await, "demoted");
    let key = text(&ask(&world, Method::POST, KEY, &frog).await.expect(201), "apiKey");
    world.delete(&path, &world.admin).await;
    world.user("frog").await;
    assert!(!lets_in(&world, &key).await, "another user of that name");
}

#[tokio::test]
async fn administrators_delete_anybodys_keys() {
    let (world, key) = frog_with_key().await;
    world.user("toad").await;
    let toad = basic("toad", PASSWORD);
    for path in [format!("{KEY}/frog"), format!("{KEY}?deleteAll=1")] {
        ask(&world, Method::DELETE, &path, &toad).await.expect(403);
    }
    assert!(lets_in(&world, &key).await);
    assert_eq!(world.delete(&format!("{KEY}/frog"), &world.admin).await.body, b"API key revoked");
    assert!(!lets_in(&world, &key).await);
    world.delete(&format!("{KEY}/nobody"), &world.admin).await.expect(404);
    ask(&world, Method::POST, KEY, &toad).await.expect(201);
    world.delete(&format!("{KEY}?deleteAll=yes"), &world.admin).await.expect(400);
    world.delete(&format!("{KEY}?deleteall=1"), &world.admin).await.expect(400);
    assert_eq!(world.delete(&format!("{KEY}?deleteAll=1"), &world.admin).await.body, b"API keys revoked: 1");
}

#[tokio::test]
async fn less_than_all_rights_make_and_show_no_key() {
    let (world, _) = frog_with_key().await;
    world.project("web").await;
    for body in [
        json!({"username": "frog", "scope": "applied-permissions/groups:a"}),
        json!({"username": "frog", "scope": "system:identities:r"}),
        json!({"username": "frog", "project_key": "web"}),
        json!({"username": "nobody", "scope": "applied-permissions/admin"}),
    ] {
        let token = text(&world.token(&body).await, "access_token");
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            world.call(method, KEY, &token).await.expect(403);
        }
    }
    let own = world.token_of("frog").await;
    world.get(KEY, &own).await.expect(200);
}

/// A key opens every service, a token with a narrower audience does not.
#[tokio::test]
async fn a_token_for_some_services_makes_and_shows_no_key() {
    let (world, key) = frog_with_key().await;
    let artifactory = world.access.service_id().as_str().replace("jfac@", "jfrt@");
    for audience in [&artifactory, "jfrt@*", "jfrt@* jfac@*"] {
        let token =
            text(&world.token(&json!({"username": "frog", "audience": audience})).await, "access_token");
        for method in [Method::GET, Method::POST, Method::PUT] {
            let refusal = world.call(method.clone(), KEY, &token).await.expect(403);
            assert!(text(&refusal["errors"][0], "message").contains("audience"), "{method} {refusal}");
        }
        assert!(lets_in(&world, &key).await);
    }
    let token = text(&world.token(&json!({"username": "frog", "audience": "jfac@*"})).await, "access_token");
    for method in [Method::GET, Method::POST, Method::PUT] {
        world.call(method, KEY, &token).await.expect(401);
    }
    let token = text(&world.token(&json!({"username": "frog", "audience": "jfrt@*"})).await, "access_token");
    assert_eq!(world.delete(KEY, &token).await.body, b"API key revoked", "to end it takes less");
}

#[tokio::test]
async fn an_administrators_key_sets_others_passwords_and_not_its_own() {
    let (world, key) = frog_with_key().await;
    world.user("toad").await;
    let admin = json!({"admin": true});
    world.json(Method::PATCH, &format!("{USERS}/frog"), &world.admin, &admin).await.expect(200);
    let set = async |method: Method, path: &str, body: serde_json::Value| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-jfrog-art-api", &key)
            .header("content-type", "application/json");
        world.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let new = json!({"password": "Other-horse-8-battery"});
    set(Method::PUT, &format!("{USERS}/frog/password"), new.clone()).await.refusal(403);
    set(Method::PUT, &format!("{USERS}/Frog/password"), new.clone()).await.refusal(403);
    set(Method::PATCH, &format!("{USERS}/frog"), new.clone()).await.refusal(403);
    set(Method::POST, "/artifactory/api/security/users/frog", new.clone()).await.expect(403);
    ask(&world, Method::GET, VERSION, &basic("frog", PASSWORD)).await.expect(200);
    set(Method::PATCH, &format!("{USERS}/frog"), json!({"email": "f@example.org"})).await.expect(200);
    set(Method::PUT, &format!("{USERS}/toad/password"), new).await.expect(204);
    ask(&world, Method::GET, VERSION, &basic("toad", "Other-horse-8-battery")).await.expect(200);
    ask(&world, Method::DELETE, KEY, &basic("frog", PASSWORD)).await;
    let trail = world.store.audit_trail(2).await.unwrap();
    let told: Vec<(&str, &str)> =
        trail.iter().map(|record| (record.target.as_str(), record.detail.as_str())).collect();
    assert_eq!(told, [("frog", "by password"), ("toad", "password true, by API key")]);
}

#[tokio::test]
async fn keys_are_off_where_they_are_switched_off() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = basic("frog", PASSWORD);
    for method in [Method::POST, Method::PUT] {
        let refusal = ask(&world, method, KEY, &frog).await.expect(403);
        assert!(text(&refusal["errors"][0], "message").contains("disable-api-key-creation"), "{refusal}");
    }
    assert_eq!(ask(&world, Method::GET, KEY, &frog).await.expect(200), json!({}));
    let settings = AccessSettings { disable_api_key_authentication: true, ..open() };
    let world = World::with(settings).await;
    world.user("frog").await;
    let key = text(&ask(&world, Method::POST, KEY, &frog).await.expect(201), "apiKey");
    for credential in [by_key(&key), basic("frog", &key)] {
        let refusal = ask(&world, Method::GET, VERSION, &credential).await.expect(401);
        assert!(text(&refusal["errors"][0], "message").contains("switched off"), "{refusal}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_and_no_success() {
    let (world, key) = frog_with_key().await;
    let paths = ["apiKey", "users", "groups", "lockedUsers", "token"];
    world.store.fail_all(Fault::Before);
    for path in paths.map(|path| format!("/artifactory/api/security/{path}")) {
        for credential in [by_key(&key), basic("frog", &key), basic("frog", PASSWORD), bearer(&world.admin)] {
            let answer = ask(&world, Method::GET, &path, &credential).await;
            answer.expect(503);
            assert_eq!(answer.header("www-authenticate"), None);
        }
    }
    world.store.heal();
    for fault in [Fault::Before, Fault::After] {
        world.store.fail("insert_api_key", fault);
        ask(&world, Method::PUT, KEY, &basic("frog", PASSWORD)).await.expect(503);
        world.store.fail("delete_api_key", fault);
        ask(&world, Method::DELETE, KEY, &basic("frog", PASSWORD)).await.expect(503);
    }
    world.store.heal();
    assert!(!lets_in(&world, &key).await, "the second time it had happened, only the answer was lost");
}

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_the_key_or_the_password() {
    let (world, key) = frog_with_key().await;
    let make = async |credential: (&'static str, String)| {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/artifactory/api/security/token")
            .header("idempotency-key", "one")
            .header(credential.0, &credential.1);
        let made = world.send(request.body(Body::empty()).unwrap()).await.expect(200);
        let payload = text(&made, "access_token").split('.').nth(1).unwrap().to_owned();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        text(&claims, "jti")
    };
    let by_password = make(basic("frog", PASSWORD)).await;
    let with_key = make(by_key(&key)).await;
    assert_ne!(by_password, with_key);
    assert_eq!(make(basic("frog", &key)).await, with_key);
    assert_eq!(make(basic("frog", PASSWORD)).await, by_password);
}
