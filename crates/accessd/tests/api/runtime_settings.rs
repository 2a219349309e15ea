//! What administrators set while the service runs.

use crate::support::{Answer, PASSWORD, TOKENS, World, text};
use access_core::model::AuditRecord;
use access_core::store::Store as _;
use access_core::store::service_settings::ServiceSettingStore as _;
use access_core::{AccessSettings, LONGEST_LIFETIME, SignatureAlgorithm};
use access_store::Fault;
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const EXPIRY: &str = "/access/api/v1/config/token/default_expiry";
const BASIC: &str = "/access/api/v1/config/security/authentication/basic_authentication_enabled";
const VERSION: &str = "/artifactory/api/system/version";

async fn put(world: &World, path: &str, body: Value) -> Answer {
    world.json(Method::PUT, path, &world.admin, &body).await
}

async fn with_basic(world: &World, method: Method, path: &str, password: &str, body: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("frog:{password}")));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", basic)
        .header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_default_expiry_holds_from_the_next_request_on() {
    let world = World::new().await;
    let expires_in = async || world.token(&json!({})).await.get("expires_in").and_then(Value::as_u64);
    assert_eq!(
        world.get(EXPIRY, &world.admin).await.expect(200),
        json!({"default_token_expiration": 31_536_000})
    );
    for (seconds, given) in [(600, Some(600)), (0, None), (7200, Some(7200))] {
        let answer = put(&world, EXPIRY, json!({"default_token_expiration": seconds})).await;
        assert!(answer.status == 200 && answer.body.is_empty());
        assert_eq!(expires_in().await, given);
        let shown = world.get(EXPIRY, &world.admin).await.expect(200);
        assert_eq!(shown, json!({"default_token_expiration": seconds}));
    }
    assert_eq!(world.token(&json!({"expires_in": 5})).await["expires_in"], 5);
}

#[tokio::test]
async fn the_default_is_never_more_than_the_most() {
    let settings = AccessSettings {
        signature: SignatureAlgorithm::Es256,
        default_expiry: 60,
        max_expiry: 3600,
        ..AccessSettings::default()
    };
    let world = World::with(settings).await;
    assert_eq!(world.get(EXPIRY, &world.admin).await.expect(200), json!({"default_token_expiration": 60}));
    put(&world, EXPIRY, json!({"default_token_expiration": 3600})).await.expect(200);
    let (_, words) = put(&world, EXPIRY, json!({"default_token_expiration": 3601})).await.refusal(400);
    assert!(words.starts_with("default_token_expiration") && words.contains("3600"), "{words}");
    for body in
        [json!({}), json!({"default_token_expiration": -1}), json!({"default_token_expiration": "60"})]
    {
        put(&world, EXPIRY, body).await.refusal(400);
    }
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    world.get(EXPIRY, &frog).await.refusal(403);
    world.json(Method::PUT, EXPIRY, &frog, &json!({"default_token_expiration": 1})).await.refusal(403);
    assert_eq!(world.get(EXPIRY, &world.admin).await.expect(200), json!({"default_token_expiration": 3600}));
}

#[tokio::test]
async fn a_default_is_never_one_with_which_nothing_can_be_made() {
    let world = World::new().await;
    let set = async |seconds| put(&world, EXPIRY, json!({"default_token_expiration": seconds})).await;
    for seconds in [LONGEST_LIFETIME + 1, 9_999_999_999] {
        let (_, words) = set(seconds).await.refusal(400);
        assert!(words.contains(&LONGEST_LIFETIME.to_string()), "{words}");
    }
    set(LONGEST_LIFETIME).await.expect(200);
    assert_eq!(world.token(&json!({})).await["expires_in"], LONGEST_LIFETIME);
    // One that an earlier version has stored.
    let audit = world.store.audit_trail(1).await.unwrap().remove(0);
    let audit = AuditRecord { audit_id: uuid::Uuid::from_u128(1), ..audit };
    let name = "token.default-expiry";
    world.store.set_service_setting(name, "9999999999".to_owned(), audit).await.unwrap();
    assert_eq!(world.token(&json!({})).await["expires_in"], LONGEST_LIFETIME);
}

#[tokio::test]
async fn a_default_of_no_end_is_none_for_users() {
    let world = World::new().await;
    put(&world, EXPIRY, json!({"default_token_expiration": 0})).await.expect(200);
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    assert_eq!(world.post(TOKENS, &frog, &json!({})).await.expect(200)["expires_in"], 31_536_000);
    assert_eq!(world.token(&json!({})).await.get("expires_in"), None);
}

#[tokio::test]
async fn passwords_are_switched_off_and_on() {
    let world = World::new().await;
    world.user("frog").await;
    let token = world.token_of("frog").await;
    assert_eq!(world.get(BASIC, &world.admin).await.expect(200), json!({"enabled": true}));
    put(&world, BASIC, json!({"enabled": false})).await.expect(200);
    assert_eq!(world.get(BASIC, &world.admin).await.expect(200), json!({"enabled": false}));
    let mut words = Vec::new();
    for password in [PASSWORD, "Wrong-horse-7-battery"] {
        words.push(with_basic(&world, Method::GET, TOKENS, password, "").await.refusal(401).1);
        with_basic(&world, Method::GET, VERSION, password, "").await.expect(401);
        with_basic(&world, Method::POST, "/artifactory/api/security/token", password, "").await.expect(401);
    }
    assert!(words[0] == words[1] && words[0].contains("switched off"), "{words:?}");
    with_basic(&world, Method::GET, TOKENS, &token, "").await.expect(200);
    put(&world, BASIC, json!({"enabled": true})).await.expect(200);
    with_basic(&world, Method::GET, TOKENS, PASSWORD, "").await.expect(200);
}

#[tokio::test]
async fn nobody_locks_everybody_out() {
    let world = World::new().await;
    world.user("frog").await;
    let admin = json!({"admin": true});
    world.json(Method::PATCH, "/access/api/v2/users/frog", &world.admin, &admin).await.expect(200);
    let off = r#"{"enabled":false}"#;
    let (code, words) = with_basic(&world, Method::PUT, BASIC, PASSWORD, off).await.refusal(409);
    assert!(code == "CONFLICT" && words.contains("access token"), "{words}");
    with_basic(&world, Method::GET, BASIC, PASSWORD, "").await.expect(200);
    put(&world, BASIC, json!({"enabled": "false"})).await.refusal(400);
    put(&world, BASIC, json!({})).await.refusal(400);
    // What cannot be read lets nobody in, and sends nobody away for good.
    world.store.fail("service_setting", Fault::Before);
    with_basic(&world, Method::GET, TOKENS, PASSWORD, "").await.refusal(503);
    world.post(TOKENS, &world.admin, &json!({})).await.refusal(503);
    world.store.heal();
    let made = world.post(TOKENS, &world.admin, &json!({})).await.expect(200);
    assert_eq!(text(&made, "token_type"), "Bearer");
}
