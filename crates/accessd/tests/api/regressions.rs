//! What went wrong in other token services, as named tests (docs/regressions.md): those that need the clock or the keys
//! of the service in their hands.

use crate::support::{NOW, TOKENS, USERS, World, request, text};
use accessd::api::Policy;
use accessd::router::api;
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

fn refresh_of(made: &Value) -> Value {
    json!({"grant_type": "refresh_token", "refresh_token": text(made, "refresh_token")})
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Requests that nobody may keep a copy of the answer to, whatever becomes of them; and none is more than the service
/// can take, whatever its body.
#[tokio::test]
async fn reg_12_cve_2026_68760_no_cache_may_keep_what_a_credential_was_told() {
    let world = World::new().await;
    for route in api().routes().iter().filter(|route| route.policy == Policy::Credential) {
        let segments = route.path.split('/').map(|part| if part.starts_with('{') { "sample" } else { part });
        let path = segments.collect::<Vec<_>>().join("/");
        for (content_type, body) in [
            ("application/json", ""),
            ("application/json", "{}"),
            ("application/json", "[]"),
            ("application/json", "null"),
            ("application/json", "{\"x\":"),
            ("application/x-www-form-urlencoded", "a=1&a=2"),
            ("application/x-www-form-urlencoded", "%ff"),
            ("text/plain", "x"),
        ] {
            // A route may end the token that asks it.
            let token = world.access.mint_admin_token("admin", 600).await.unwrap();
            let token = secrecy::ExposeSecret::expose_secret(&token.access_token).to_owned();
            let sent = request(route.method.clone(), &path, &token).header("content-type", content_type);
            let answer = world.send(sent.body(Body::from(body)).unwrap()).await;
            let asked = format!("{} {path} {body:?}: {}", route.method, answer.status);
            assert!(answer.status < 500 || answer.status == 501, "{asked}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{asked}");
        }
    }
}

#[tokio::test]
async fn reg_32_cve_2021_32923_a_renewal_at_the_last_moment_makes_nothing_immortal() {
    let world = World::new().await;
    world.user("frog").await;
    let grace = access_core::AccessSettings::default().refresh_expiry;
    let body = json!({"username": "frog", "refreshable": true, "expires_in": 100});
    for end in [NOW + 100, NOW + 100 + grace] {
        for moment in end - 3..=end + 3 {
            world.clock.set(NOW);
            let made = world.token(&body).await;
            world.clock.set(moment);
            let answer = world.post(TOKENS, &text(&made, "access_token"), &refresh_of(&made)).await;
            if moment >= NOW + 100 + grace {
                assert_eq!(answer.status, 401, "at {moment}");
                continue;
            }
            let renewed = answer.expect(200);
            assert_eq!(renewed["expires_in"], 100, "at {moment}");
            let claims = claims(&text(&renewed, "access_token"));
            assert_eq!((&claims["iat"], &claims["exp"]), (&json!(moment), &json!(moment + 100)));
        }
    }
    world.clock.set(NOW);
}

#[tokio::test]
async fn reg_32_nor_does_a_renewal_at_the_moment_of_its_revocation() {
    let world = World::new().await;
    world.user("frog").await;
    for moment in NOW + 58..=NOW + 62 {
        world.clock.set(NOW);
        let made = world.token(&json!({"username": "frog", "refreshable": true, "expires_in": 3600})).await;
        let (id, token) = (text(&made, "token_id"), text(&made, "access_token"));
        let path = format!("/access/api/accessd/v1/tokens/{id}/revocation");
        world.post(&path, &world.admin, &json!({"after": 60})).await.expect(200);
        world.clock.set(moment);
        let answer = world.post(TOKENS, &token, &refresh_of(&made)).await;
        if moment >= NOW + 60 {
            assert!([401, 404].contains(&answer.status), "at {moment}: {}", answer.status);
        } else {
            let renewed = text(&answer.expect(200), "access_token");
            assert_eq!(claims(&renewed)["exp"], NOW + 60, "it ends when the first one would have");
            world.clock.set(NOW + 60);
            world.get(TOKENS, &renewed).await.expect(401);
        }
    }
}

/// No job runs in this service: what is over is over because of the time.
#[tokio::test]
async fn reg_33_cve_2020_25816_expiry_is_a_fact_and_not_the_work_of_a_job() {
    let world = World::new().await;
    world.user("frog").await;
    let body = json!({"username": "frog", "include_reference_token": true, "expires_in": 60});
    let made = world.token(&body).await;
    let path = format!("{TOKENS}/{}", text(&made, "token_id"));
    for kind in ["access_token", "reference_token"] {
        let token = text(&made, kind);
        for (moment, status) in [(NOW + 59, 200), (NOW + 60, 401), (NOW + 61, 401), (NOW + 36_000 - 1, 401)] {
            world.clock.set(moment);
            assert_eq!(world.get(TOKENS, &token).await.status, status, "{kind} at {}", moment - NOW);
        }
    }
    assert_eq!(world.get(&path, &world.admin).await.status, 404);
    let listed = world.get(&format!("{TOKENS}?username=frog"), &world.admin).await.expect(200);
    assert_eq!(listed["tokens"], json!([]));
}

/// A user name that nobody has makes no token that stands for everybody or nobody.
#[tokio::test]
async fn reg_3_no_token_is_made_for_nobody() {
    let world = World::new().await;
    for body in ["", "{}", r#"{"username":"anonymous"}"#, r#"{"username":""}"#, r#"{"scope":""}"#] {
        let sent = request(Method::POST, TOKENS, "").header("content-type", "application/json");
        world.send(sent.body(Body::from(body)).unwrap()).await.refusal(401);
    }
    for name in ["anonymous", "Anonymous", "_internal", "nobody"] {
        let answer = world.post(TOKENS, &world.admin, &json!({"username": name})).await;
        assert_eq!(answer.status, 400, "{name}: user scope needs a user");
    }
}

#[tokio::test]
async fn reg_43_a_cursor_cannot_be_made_changed_or_carried_elsewhere() {
    let world = World::new().await;
    for name in ["frog", "newt", "toad"] {
        world.user(name).await;
        world.token_of(name).await;
    }
    let other = text(
        &world.token(&json!({"scope": "applied-permissions/admin", "username": "robot"})).await,
        "access_token",
    );
    for (list, others) in [
        (USERS, ["descendingOrder=true", "status=enabled", "onlyAdmins=true"]),
        ("/access/api/accessd/v1/tokens", ["descending_order=true", "username=frog", "state=all"]),
    ] {
        let first = world.get(&format!("{list}?limit=1"), &world.admin).await.expect(200);
        let cursor = text(&first, "cursor");
        let with = |cursor: &str| format!("{list}?limit=1&cursor={cursor}");
        world.get(&with(&cursor), &world.admin).await.expect(200);
        let mut forged: Vec<String> = Vec::new();
        for at in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            forged.push(String::from_utf8(bytes).unwrap());
        }
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for content in ["' OR 1=1 --", "frog", "[]", "[\"x\",0,0,\"\",\"\"]", "\u{0}", ""] {
            forged.push(URL_SAFE_NO_PAD.encode([&bytes[..16], content.as_bytes()].concat()));
            forged.push(URL_SAFE_NO_PAD.encode(content));
        }
        forged.push(format!("{cursor}A"));
        forged.push(cursor[1..].to_owned());
        forged.push("A".repeat(10_000));
        for cursor in forged {
            let answer = world.get(&with(&cursor), &world.admin).await;
            // No text at all is no cursor at all.
            assert_eq!(
                answer.status,
                if cursor.is_empty() && list == USERS { 200 } else { 400 },
                "{list} {cursor}"
            );
        }
        assert_eq!(world.get(&with(&cursor), &other).await.status, 400, "{list}: another caller");
        for more in others {
            let answer = world.get(&format!("{}&{more}", with(&cursor)), &world.admin).await;
            assert_eq!(answer.status, 400, "{list} {more}: another list");
        }
    }
}

/// The clock stands still: a rotation is told from the one before by its number, not by its second.
#[tokio::test]
async fn reg_46_keycloak_50999_rotations_in_one_second_are_as_many_rotations() {
    let world = World::new().await;
    world.user("frog").await;
    let mut made = world.token(&json!({"username": "frog", "refreshable": true})).await;
    let mut spent = Vec::new();
    for _ in 0..20 {
        let next = world.post(TOKENS, &text(&made, "access_token"), &refresh_of(&made)).await.expect(200);
        world.get(TOKENS, &text(&next, "access_token")).await.expect(200);
        spent.push(std::mem::replace(&mut made, next));
    }
    for old in &spent {
        world.get(TOKENS, &text(old, "access_token")).await.expect(401);
    }
    let oldest = world.post(TOKENS, &world.token_of("frog").await, &refresh_of(&spent[0])).await;
    assert_eq!(oldest.status, 404);
    world.get(TOKENS, &text(&made, "access_token")).await.expect(401);
    world.post(TOKENS, &world.token_of("frog").await, &refresh_of(&made)).await.expect(404);
}

#[tokio::test]
async fn reg_54_a_token_without_a_row_is_none_however_new() {
    let world = World::new().await;
    let mut claims = claims(&world.admin);
    for jti in ["01890a5d-ac96-774b-bcce-b302099a8057", "00000000-0000-0000-0000-000000000000"] {
        claims["jti"] = json!(jti);
        let token = world.access.sign_anything(&claims.to_string());
        world.get(TOKENS, &token).await.refusal(401);
        world.post(TOKENS, &token, &json!({})).await.refusal(401);
    }
}
