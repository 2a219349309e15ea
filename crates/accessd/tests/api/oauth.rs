//! OAuth's own standards: introspection (RFC 7662), revocation (RFC 7009), metadata (RFC 8414).

use crate::support::{Answer, NOW, TOKENS, USERS, World, request, text};
use access_core::{AccessSettings, SignatureAlgorithm};
use access_store::Fault;
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use serde_json::{Value, json};

const INTROSPECT: &str = "/access/api/accessd/v1/oauth/introspect";
const REVOKE: &str = "/access/api/accessd/v1/oauth/revoke";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const INACTIVE: &str = r#"{"active":false}"#;

async fn form(world: &World, path: &str, token: &str, body: &str) -> Answer {
    let request =
        request(Method::POST, path, token).header("content-type", "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn introspect(world: &World, caller: &str, token: &str) -> Value {
    form(world, INTROSPECT, caller, &format!("token={token}")).await.expect(200)
}

async fn told(world: &World, caller: &str, token: &str) -> String {
    let answer = form(world, INTROSPECT, caller, &format!("token={token}")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    String::from_utf8(answer.body).unwrap()
}

async fn refresh(world: &World, made: &Value) -> Value {
    let (access, refresh) = (text(made, "access_token"), text(made, "refresh_token"));
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh});
    world.post(TOKENS, &access, &body).await.expect(200)
}

#[tokio::test]
async fn an_active_token_is_told_of_in_the_words_of_the_standard() {
    let world = World::new().await;
    world.user("frog").await;
    world.post("/access/api/v2/groups", &world.admin, &json!({"name": "ops", "members": ["frog"]})).await;
    let body = json!({
        "username": "frog", "expires_in": 60, "refreshable": true, "include_reference_token": true,
        "audience": "jfac@* jfrt@*",
    });
    let made = world.token(&body).await;
    for (field, kind) in [("access_token", "access_token"), ("reference_token", "reference_token")] {
        let seen = introspect(&world, &world.admin, &text(&made, field)).await;
        let service = world.access.service_id().to_string();
        let expected = json!({
            "active": true, "scope": "applied-permissions/user", "username": "frog", "token_type": "Bearer",
            "exp": NOW + 60, "iat": NOW, "sub": format!("{service}/users/frog"), "aud": ["jfac@*", "jfrt@*"],
            "iss": service, "jti": made["token_id"], "kind": kind, "groups": ["ops"],
        });
        assert_eq!(seen, expected);
    }
    let seen = introspect(&world, &world.admin, &text(&made, "refresh_token")).await;
    assert_eq!((&seen["active"], &seen["kind"]), (&json!(true), &json!("refresh_token")));
    assert_eq!((&seen["exp"], &seen["jti"]), (&json!(NOW + 60 + 86_400), &made["token_id"]));
    assert_eq!((seen.get("token_type"), seen.get("groups")), (None, None));
    // A hint is passed over, whatever it says.
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let body = format!("token={}&token_type_hint={hint}&client_id=x", text(&made, "refresh_token"));
        assert_eq!(form(&world, INTROSPECT, &world.admin, &body).await.expect(200), seen, "{hint}");
    }
    let eternal = introspect(
        &world,
        &world.admin,
        &text(&world.token(&json!({"expires_in": 0})).await, "access_token"),
    )
    .await;
    assert_eq!((&eternal["active"], eternal.get("exp")), (&json!(true), None));
}

#[tokio::test]
async fn what_is_not_active_looks_all_the_same() {
    let world = World::new().await;
    for name in ["gone", "disabled"] {
        world.user(name).await;
    }
    let token = async |body: Value| text(&world.token(&body).await, "access_token");
    let expired = token(json!({"expires_in": 1})).await;
    let due = world.token(&json!({})).await;
    let path = format!("/access/api/accessd/v1/tokens/{}/revocation", text(&due, "token_id"));
    world.post(&path, &world.admin, &json!({"after": 1})).await.expect(200);
    let revoked = world.token(&json!({"include_reference_token": true, "refreshable": true})).await;
    world.delete(&format!("{TOKENS}/{}", text(&revoked, "token_id")), &world.admin).await.expect(200);
    let (gone, disabled) = (world.token_of("gone").await, world.token_of("disabled").await);
    world.delete(&format!("{USERS}/gone"), &world.admin).await;
    let path = format!("{USERS}/disabled");
    world.json(Method::PATCH, &path, &world.admin, &json!({"status": "disabled"})).await.expect(200);
    let refreshed = world.token(&json!({"refreshable": true})).await;
    let next = refresh(&world, &refreshed).await;
    let forged = {
        let live = token(json!({})).await;
        let (head, _) = live.rsplit_once('.').unwrap();
        format!("{head}.{}", "A".repeat(86))
    };
    let foreign = World::new().await.admin;
    let unknown = access_types::opaque::reference_token(None, &"x".repeat(27));
    let unknown = secrecy::ExposeSecret::expose_secret(&unknown).to_owned();
    world.clock.set(NOW + 2);
    for (kind, token) in [
        ("expired", expired),
        ("past its scheduled revocation", text(&due, "access_token")),
        ("revoked", text(&revoked, "access_token")),
        ("revoked, by reference", text(&revoked, "reference_token")),
        ("refresh token of a revoked one", text(&revoked, "refresh_token")),
        ("of a deleted user", gone),
        ("of a disabled user", disabled),
        ("refreshed", text(&refreshed, "access_token")),
        ("spent refresh token", text(&refreshed, "refresh_token")),
        ("forged", forged),
        ("of another issuer", foreign),
        ("unknown reference token", unknown),
        ("malformed", "nonsense".to_owned()),
    ] {
        assert_eq!(told(&world, &world.admin, &token).await, INACTIVE, "{kind}");
    }
    for field in ["access_token", "refresh_token"] {
        assert_eq!(introspect(&world, &world.admin, &text(&next, field)).await["active"], true, "{field}");
    }
    // To look at a spent refresh token is not to use it.
    refresh(&world, &next).await;
}

#[tokio::test]
async fn others_learn_of_their_own_tokens_only() {
    let world = World::new().await;
    for name in ["frog", "toad"] {
        world.user(name).await;
    }
    let frog = world.token_of("frog").await;
    let other = world.token(&json!({"username": "frog", "refreshable": true})).await;
    let toad = world.token_of("toad").await;
    let narrow = async |scope: &str, audience: &str| {
        let body = json!({"username": "toad", "scope": scope, "audience": audience});
        text(&world.token(&body).await, "access_token")
    };
    let resource = narrow("system:identities:r", "*@*").await;
    let elsewhere = narrow("system:identities:r", "jfrt@*").await;
    let groups = narrow("applied-permissions/groups:g", "*@*").await;
    for field in ["access_token", "refresh_token"] {
        let seen = text(&other, field);
        for (caller, active) in [
            (&world.admin, true),
            (&frog, true),
            (&resource, true),
            (&toad, false),
            (&groups, false),
            (&elsewhere, false),
        ] {
            let told = told(&world, caller, &seen).await;
            assert_eq!(told != INACTIVE, active, "{told}");
        }
    }
    for itself in [&groups, &elsewhere] {
        assert_eq!(introspect(&world, itself, itself).await["active"], true);
    }
    form(&world, INTROSPECT, "", &format!("token={frog}")).await.expect(401);
}

#[tokio::test]
async fn to_be_introspected_by_somebody_else_is_to_be_used() {
    let world = World::new().await;
    let token = world.token(&json!({"refreshable": true})).await;
    let next = refresh(&world, &token).await;
    introspect(&world, &world.admin, &text(&next, "access_token")).await;
    let path = format!("/access/api/accessd/v1/tokens/{}", text(&next, "token_id"));
    assert_eq!(world.get(&path, &world.admin).await.expect(200)["last_used"], NOW);
    // So the answer was not lost, and the spent refresh token must have been stolen.
    let body = json!({"grant_type": "refresh_token", "refresh_token": text(&token, "refresh_token")});
    world.post(TOKENS, &text(&next, "access_token"), &body).await.refusal(404);
    assert_eq!(told(&world, &world.admin, &text(&next, "access_token")).await, INACTIVE);
}

#[tokio::test]
async fn every_kind_of_token_is_revoked_by_its_text() {
    let world = World::new().await;
    for field in ["access_token", "reference_token", "refresh_token"] {
        let body = json!({"refreshable": true, "include_reference_token": true});
        let made = world.token(&body).await;
        let answer = form(&world, REVOKE, &world.admin, &format!("token={}", text(&made, field))).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]), "{field}");
        for dead in ["access_token", "reference_token", "refresh_token"] {
            assert_eq!(told(&world, &world.admin, &text(&made, dead)).await, INACTIVE, "{field} {dead}");
        }
    }
    let first = world.token(&json!({"refreshable": true})).await;
    let second = refresh(&world, &first).await;
    form(&world, REVOKE, &world.admin, &format!("token={}", text(&first, "refresh_token"))).await.expect(200);
    assert_eq!(told(&world, &world.admin, &text(&second, "access_token")).await, INACTIVE);
    let frog = text(&world.token(&json!({"audience": "jfrt@*"})).await, "access_token");
    form(&world, REVOKE, &frog, &format!("token={frog}")).await.expect(200);
    assert_eq!(told(&world, &world.admin, &frog).await, INACTIVE);
}

#[tokio::test]
async fn nobody_learns_by_a_revocation_whether_a_text_is_a_token() {
    let world = World::new().await;
    for name in ["frog", "toad"] {
        world.user(name).await;
    }
    let made = world.token(&json!({"username": "frog", "refreshable": true})).await;
    let (frog, refresh_token) = (text(&made, "access_token"), text(&made, "refresh_token"));
    let toad = world.token_of("toad").await;
    let elsewhere = text(&world.token(&json!({"audience": "jfrt@*"})).await, "access_token");
    let unknown = form(&world, REVOKE, &toad, "token=nonsense").await;
    for caller in [&toad, &elsewhere] {
        for token in [&frog, &refresh_token] {
            let answer = form(&world, REVOKE, caller, &format!("token={token}")).await;
            assert_eq!((answer.status, &answer.body), (200, &unknown.body));
            assert_eq!(introspect(&world, &world.admin, token).await["active"], true, "it lives on");
        }
    }
    form(&world, REVOKE, &frog, &format!("token={refresh_token}")).await.expect(200);
    assert_eq!(told(&world, &world.admin, &frog).await, INACTIVE);
    form(&world, REVOKE, "", &format!("token={frog}")).await.expect(401);
}

#[tokio::test]
async fn a_database_that_fails_is_503_and_nothing_else() {
    let world = World::new().await;
    let made = world.token(&json!({"refreshable": true})).await;
    for path in [INTROSPECT, REVOKE] {
        for field in ["access_token", "refresh_token"] {
            for method in ["find_token", "find_family", "revoke_token"] {
                let touched = method != "revoke_token" || path == REVOKE;
                let touched = touched && (method != "find_family" || field == "refresh_token");
                if !touched {
                    continue;
                }
                world.store.fail(method, Fault::Before);
                let answer = form(&world, path, &world.admin, &format!("token={}", text(&made, field))).await;
                assert_eq!(answer.expect(503)["error"], "temporarily_unavailable", "{path} {field} {method}");
                assert_eq!(answer.header("retry-after"), Some("1"));
                world.store.heal();
            }
        }
    }
    assert_eq!(introspect(&world, &world.admin, &text(&made, "access_token")).await["active"], true);
}

#[tokio::test]
async fn bodies_that_are_no_plain_form_are_refused() {
    let world = World::new().await;
    for path in [INTROSPECT, REVOKE] {
        for body in [
            "",
            "token=",
            "token_type_hint=access_token",
            "token=a&token=a",
            "token=a&%74oken=b",
            "token=a&token_type_hint=x&token_type_hint=y",
            "token=%ff",
            "token=a&client_secret=x",
            "token=a&access_token=x",
            "token=a&client_assertion=x",
            "token=a&password=x",
        ] {
            let answer = form(&world, path, &world.admin, body).await.expect(400);
            assert_eq!(answer["error"], "invalid_request", "{path} {body}");
            assert!(answer["error_description"].is_string());
        }
        let answer = world.post(path, &world.admin, &json!({"token": "a"})).await.expect(415);
        assert_eq!(answer["error"], "invalid_request");
        let answer = form(&world, path, "nonsense", "token=a").await;
        assert_eq!(answer.expect(401)["error"], "invalid_client");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        assert_eq!(world.get(path, &world.admin).await.expect(405)["error"], "invalid_request");
    }
}

#[tokio::test]
async fn the_metadata_say_what_the_operator_said_whatever_a_client_sends() {
    const BASE: &str = "https://tokens.example.org/base";
    let settings = AccessSettings { signature: SignatureAlgorithm::Es256, ..AccessSettings::default() };
    let world = World::called(settings, Some(BASE)).await;
    let plain = world.get(METADATA, "").await;
    let body = plain.expect(200);
    assert_eq!(body["issuer"], BASE);
    assert_eq!(body["introspection_endpoint"], format!("{BASE}{INTROSPECT}"));
    for (name, value) in hostile_headers() {
        for path in [METADATA, "/access/api/v2/users", TOKENS] {
            let token = if path == METADATA { "" } else { &world.admin };
            let hostile = request(Method::GET, path, token).header(name, value);
            let answer = world.send(hostile.body(Body::empty()).unwrap()).await;
            let plain = world.get(path, token).await;
            assert_eq!((answer.status, &answer.body), (plain.status, &plain.body), "{name}: {value}");
            for value in answer.headers.values() {
                assert!(!value.to_str().unwrap_or_default().contains("evil"), "{name}");
            }
        }
    }
    let uri = format!("http://evil.example{METADATA}");
    let answer = world.send(Request::builder().uri(uri).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, plain.body);
    for key in ["token_endpoint", "jwks_uri", "introspection_endpoint", "revocation_endpoint"] {
        let path = text(&body, key).strip_prefix(BASE).unwrap().to_owned();
        let routed = accessd::router::api();
        assert!(routed.routes().iter().any(|route| route.path == path), "{key}");
    }
}

fn hostile_headers() -> [(&'static str, &'static str); 20] {
    [
        ("host", "evil.example"),
        ("host", "evil.example:443"),
        ("host", "tokens.example.org.evil.example"),
        ("host", "[::1]:1"),
        ("host", "evil.example/path"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-host", "tokens.example.org, evil.example"),
        ("x-forwarded-server", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-scheme", "http"),
        ("x-forwarded-ssl", "off"),
        ("x-forwarded-port", "1"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "host=evil.example;proto=http"),
        ("forwarded", "for=127.0.0.1;host=\"evil.example\""),
        ("x-original-host", "evil.example"),
        ("x-jfrog-override-base-url", "https://evil.example"),
    ]
}

#[tokio::test]
async fn the_published_keys_are_public_halves_and_say_what_they_are_for() {
    for signature in [SignatureAlgorithm::Es256, SignatureAlgorithm::Rs256With2048] {
        let world = World::with(AccessSettings { signature, ..AccessSettings::default() }).await;
        let answer = world.get("/.well-known/jwks.json", "").await;
        assert_eq!(answer.body, world.get("/.well-known/jwks.json", "").await.body, "always in one order");
        let keys = answer.expect(200);
        for key in keys["keys"].as_array().unwrap() {
            let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(!members.contains(&private), "{private}");
            }
            let header = world.admin.split('.').next().unwrap();
            let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &header["alg"]));
            assert_eq!(key["kid"], header["kid"]);
        }
    }
}

#[tokio::test]
async fn without_a_base_url_there_are_no_metadata() {
    let world = World::new().await;
    let hostile = request(Method::GET, METADATA, "").header("x-forwarded-host", "evil.example");
    let answer = world.send(hostile.body(Body::empty()).unwrap()).await;
    let (code, message) = answer.refusal(404);
    assert!(code == "NOT_FOUND" && message.contains("server.base-url"), "{message}");
}
