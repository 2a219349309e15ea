//! `POST /access/api/v1/tokens`.

use crate::support::{Answer, GROUPS, NOW, PASSWORD, TOKENS, World, request, text};
use access_core::AccessSettings;
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use serde_json::{Value, json};

async fn post_as(world: &World, content_type: &str, body: &str) -> Answer {
    let request = request(Method::POST, TOKENS, &world.admin).header("content-type", content_type);
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

fn basic(username: &str, password: &str) -> String {
    let plain = format!("{username}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(plain))
}

#[tokio::test]
async fn json_and_form_mean_the_same() {
    let world = World::new().await;
    let json = post_as(&world, "application/json", r#"{"expires_in":60,"description":"d"}"#).await;
    let form = post_as(&world, "application/x-www-form-urlencoded", "expires_in=60&description=d").await;
    for answer in [json, form] {
        let body = answer.expect(200);
        let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["token_id", "access_token", "expires_in", "scope", "token_type"]);
        assert_eq!((&body["expires_in"], &body["token_type"]), (&json!(60), &json!("Bearer")));
        assert_eq!(body["scope"], "applied-permissions/user");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn an_empty_body_asks_for_the_default_whatever_its_type() {
    let world = World::new().await;
    world.call(Method::POST, TOKENS, &world.admin).await.expect(200);
    for content_type in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
        let body = post_as(&world, content_type, "").await.expect(200);
        assert_eq!(body["expires_in"], 31_536_000, "{content_type}");
    }
}

#[tokio::test]
async fn every_optional_part_can_be_asked_for() {
    let world = World::new().await;
    let asked = json!({
        "expires_in": 0, "refreshable": true, "include_reference_token": true, "force_revocable": true,
        "scope": "applied-permissions/admin", "username": "some-job", "project_key": "", "unknown": [1],
    });
    let body = world.token(&asked).await;
    assert_eq!(body.get("expires_in"), None);
    assert_eq!(text(&body, "reference_token").len(), 64);
    assert!(!text(&body, "refresh_token").is_empty());
    for field in ["access_token", "reference_token"] {
        let info = world.get(&format!("{TOKENS}/me"), &text(&body, field)).await.expect(200);
        assert_eq!(info["token_id"], body["token_id"]);
        assert!(text(&info, "subject").ends_with("/users/some-job"));
    }
}

#[tokio::test]
async fn bodies_of_other_types_are_415() {
    let world = World::new().await;
    for content_type in ["text/plain", "multipart/form-data", "application/xml", ""] {
        let (code, message) = post_as(&world, content_type, "{}").await.refusal(415);
        assert_eq!(code, "UNSUPPORTED_MEDIA_TYPE");
        assert!(message.contains("application/json"), "{message}");
    }
    let request = request(Method::POST, TOKENS, &world.admin)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    world.send(request.body(Body::from("{}")).unwrap()).await.refusal(415);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let world = World::new().await;
    for (content_type, body, words) in [
        ("application/json", r#"{"expires_in":"60"}"#, "expires_in"),
        ("application/json", r#"{"expires_in":-1}"#, "expires_in"),
        ("application/json", r#"{"scope":"applied-permissions/nobody"}"#, "scope"),
        ("application/json", r#"{"scope":"a","scope":"a"}"#, "twice"),
        ("application/json", r#"{"username":"a/b"}"#, "Invalid formatted name"),
        ("application/json", "[]", "JSON"),
        ("application/x-www-form-urlencoded", "scope=a&scope=a", "twice"),
        ("application/x-www-form-urlencoded", "refreshable=maybe", "refreshable"),
    ] {
        let (code, message) = post_as(&world, content_type, body).await.refusal(400);
        assert_eq!(code, "BAD_REQUEST", "{body}");
        assert!(message.contains(words), "{body}: {message}");
    }
}

#[tokio::test]
async fn every_limit_is_kept_and_names_its_field() {
    let world = World::new().await;
    let long = |field: &str, length: usize| format!(r#"{{"{field}":"{}"}}"#, "a".repeat(length));
    let nested = format!(r#"{{"x":{}}}"#, "[".repeat(30_000));
    for (body, words) in [
        (long("description", 1025), "description"),
        (long("scope", 501), "scope"),
        (long("audience", 256), "audience"),
        (long("username", 256), "username"),
        (r#"{"expires_in":1.5}"#.to_owned(), "expires_in"),
        (r#"{"expires_in":18446744073709551616}"#.to_owned(), "expires_in"),
        (r#"{"expires_in":"x"}"#.to_owned(), "expires_in"),
        (r#"{"scope":"applied-permissions/groups:"}"#.to_owned(), "scope"),
        (r#"{"scope":"applied-permissions/groups:\"a"}"#.to_owned(), "scope"),
        (r#"{"description":"a\u0000b"}"#.to_owned(), "description"),
        (r#"{"grant_type":"password"}"#.to_owned(), "grant_type"),
        (r#"{"grant_type":"refresh_token"}"#.to_owned(), "refresh_token"),
        (r#"{"project_key":"NO!"}"#.to_owned(), "project_key"),
        (nested, "JSON"),
    ] {
        let (_, message) = post_as(&world, "application/json", &body).await.refusal(400);
        assert!(message.contains(words), "{words}: {message}");
        assert!(message.len() < 600, "{} bytes about {words}", message.len());
    }
    // Nothing was made.
    let made = world.get(TOKENS, &world.admin).await.expect(200);
    assert_eq!(made["tokens"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn booleans_of_forms_are_written_in_any_case() {
    let world = World::new().await;
    let form =
        "refreshable=True&include_reference_token=TRUE&force_revocable=false&expires_in=60&project_key=";
    let body = post_as(&world, "application/x-www-form-urlencoded", form).await.expect(200);
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["token_id", "access_token", "refresh_token", "expires_in", "scope", "token_type", "reference_token"]
    );
    assert_eq!(text(&body, "reference_token").len(), 64);
}

#[tokio::test]
async fn nobody_learns_nothing_about_the_body() {
    let world = World::new().await;
    for body in ["{", r#"{"expires_in":-1}"#, "{}"] {
        let request = request(Method::POST, TOKENS, "").header("content-type", "application/json");
        let answer = world.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.refusal(401).0, "UNAUTHORIZED", "{body}");
    }
}

#[tokio::test]
async fn users_may_not_ask_for_what_is_an_administrators() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    for body in [
        json!({"username": "admin"}),
        json!({"scope": "applied-permissions/admin"}),
        json!({"expires_in": 0}),
    ] {
        let answer = world.post(TOKENS, &frog, &body).await;
        assert_eq!(answer.refusal(403).0, "FORBIDDEN", "{body}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    }
    world.post(TOKENS, &frog, &json!({"username": "frog"})).await.expect(200);
}

#[tokio::test]
async fn a_refresh_takes_an_expired_token_and_spends_the_refresh_token() {
    let world = World::new().await;
    let first = world.token(&json!({"expires_in": 60, "refreshable": true})).await;
    world.clock.set(NOW + 120);
    let ask = |token: &Value| json!({"grant_type": "refresh_token", "refresh_token": token["refresh_token"], "access_token": "ignored"});
    let bearer = text(&first, "access_token");
    let second = world.post(TOKENS, &bearer, &ask(&first)).await.expect(200);
    assert_eq!(second["expires_in"], 60);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    world.get(&format!("{TOKENS}/me"), &text(&second, "access_token")).await.expect(200);

    let other = world.post(TOKENS, &world.admin, &ask(&json!({"refresh_token": "no-such"}))).await;
    let (code, message) = other.refusal(404);
    assert_eq!(code, "NOT_FOUND");
    assert_eq!(message, "Token matching the provided refresh token was not found.");
}

#[tokio::test]
async fn a_repeated_create_gives_the_same_token() {
    // Signatures by RS256 repeat, those by ES256 do not.
    let world = World::with(AccessSettings::default()).await;
    let send = |key: &'static str, body: &'static str| {
        let request = request(Method::POST, TOKENS, &world.admin)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        world.send(request.body(Body::from(body)).unwrap())
    };
    let first = send("\"key-1\"", "{}").await.expect(200);
    assert_eq!(send("\"key-1\"", "{}").await.expect(200), first);
    assert_ne!(send("\"key-2\"", "{}").await.expect(200)["token_id"], first["token_id"]);
    assert_eq!(send("\"key-1\"", r#"{"expires_in":5}"#).await.refusal(422).0, "UNPROCESSABLE_ENTITY");
    send("", "{}").await.refusal(400);
}

#[tokio::test]
async fn warnings_are_headers() {
    let world = World::new().await;
    let body = json!({"scope": "applied-permissions/groups:no-such-group", "username": "frog"});
    let answer = world.post(TOKENS, &world.admin, &body).await;
    answer.expect(200);
    let warnings: Vec<&str> =
        answer.headers.get_all("warning").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(warnings.iter().all(|warning| warning.starts_with("299 accessd \"")), "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.contains("no-such-group")), "{warnings:?}");

    world.user("frog").await;
    world.post(GROUPS, &world.admin, &json!({"name": "readers"})).await.expect(201);
    let body = json!({"scope": "applied-permissions/groups:readers", "username": "frog"});
    assert_eq!(world.post(TOKENS, &world.admin, &body).await.header("warning"), None);
}

#[tokio::test]
async fn passwords_make_tokens_only_where_that_is_switched_on() {
    for allow_basic_token_creation in [false, true] {
        let world =
            World::with(AccessSettings { allow_basic_token_creation, ..AccessSettings::default() }).await;
        world.user("frog").await;
        let send = |password: &'static str| {
            let request = request(Method::POST, TOKENS, "").header("authorization", basic("frog", password));
            world.send(request.body(Body::empty()).unwrap())
        };
        let answer = send(PASSWORD).await;
        if allow_basic_token_creation {
            answer.expect(200);
        } else {
            let (_, message) = answer.refusal(403);
            assert!(message.contains("allow-basic-token-creation"), "{message}");
        }
        assert_eq!(send("wrong").await.refusal(401).0, "UNAUTHORIZED");
    }
}
