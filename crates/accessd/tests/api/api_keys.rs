//! API keys: `/artifactory/api/security/apiKey`.

use crate::support::{Answer, PASSWORD, TOKENS, USERS, World, text};
use access_core::{AccessSettings, SignatureAlgorithm};
use access_store::Fault;
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
