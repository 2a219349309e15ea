//! Tokens that are nearly right: every bit of every kind of secret changed, and claims that only the service's own key
//! could have signed. None is accepted (reliability-security.md 2.2).

use crate::support::{Answer, NOW, TOKENS, World, request, text};
use access_core::Credential;
use access_types::Secret;
use access_types::opaque::RefreshToken;
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// One Access and one Artifactory path.
const PATHS: [&str; 2] = ["/access/api/v1/tokens/me", "/artifactory/api/system/version"];

async fn is_refused(world: &World, token: &str, why: &str) {
    for path in PATHS {
        let sent = request(Method::GET, path, token).body(Body::empty()).unwrap();
        let answer = world.send(sent).await;
        assert_eq!(answer.status, 401, "{why} on {path}: {}", String::from_utf8_lossy(&answer.body));
    }
}

/// The text with one bit changed, for each bit; without those that are no text.
fn with_each_bit_changed(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 8).filter_map(move |bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

async fn robot(world: &World) -> Value {
    world.user("frog").await;
    world
        .token(&json!({"username": "frog", "include_reference_token": true, "refreshable": true, "expires_in": 3600}))
        .await
}

#[tokio::test]
async fn reg_4_no_bit_of_a_token_can_be_changed() {
    for settings in [access_core::SignatureAlgorithm::Rs256With2048, access_core::SignatureAlgorithm::Es256] {
        let world =
            World::with(access_core::AccessSettings { signature: settings, ..Default::default() }).await;
        let made = robot(&world).await;
        let mut tried = 0;
        for kind in ["access_token", "reference_token"] {
            let token = text(&made, kind);
            for changed in with_each_bit_changed(&token) {
                let credential = Credential::Bearer(Secret::from(changed.as_str()));
                assert!(world.access.authenticate(&credential).await.is_err(), "{kind}: {changed}");
                tried += 1;
            }
            assert!(world.access.authenticate(&Credential::Bearer(token.into())).await.is_ok());
        }
        assert!(tried > 3_000, "{tried}");
    }
}

async fn refresh(world: &World, token: &str, refresh_token: &str) -> Answer {
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh_token});
    world.post(TOKENS, token, &body).await
}

#[tokio::test]
async fn reg_4_cve_2026_65616_no_bit_of_a_refresh_token_can_be_changed() {
    let world = World::new().await;
    let made = robot(&world).await;
    let (token, genuine) = (text(&made, "access_token"), text(&made, "refresh_token"));
    let mut tried = 0;
    for forged in with_each_bit_changed(&genuine) {
        let answer = refresh(&world, &token, &forged).await;
        assert!([400, 404].contains(&answer.status), "{forged}: {}", answer.status);
        tried += 1;
    }
    assert!(tried > 400, "{tried}");
    refresh(&world, &token, &genuine).await.expect(200);
}

/// A refresh token in which one thing is another, with the checksum put right, as anybody can.
fn repaired(genuine: &str) -> Vec<String> {
    let genuine = RefreshToken::parse(&Secret::from(genuine)).unwrap();
    let random = (0..genuine.random.len() * 8).map(|bit| {
        let mut forged = genuine.clone();
        forged.random[bit / 8] ^= 1 << (bit % 8);
        forged
    });
    let generation =
        (0..32).map(|bit| RefreshToken { generation: genuine.generation ^ (1 << bit), ..genuine.clone() });
    let family = (0..128).map(|bit| {
        let family_id = uuid::Uuid::from_u128(genuine.family_id.as_u128() ^ (1 << bit));
        RefreshToken { family_id, ..genuine.clone() }
    });
    random
        .chain(generation)
        .chain(family)
        .map(|forged| forged.to_secret().expose_secret().to_owned())
        .collect()
}

#[tokio::test]
async fn reg_4_nor_with_its_checksum_put_right() {
    let world = World::new().await;
    robot(&world).await;
    for at in 0.. {
        // Each at a family that is alive: a forged token may have ended the one before.
        let made = world.token(&json!({"username": "frog", "refreshable": true})).await;
        let Some(forged) = repaired(&text(&made, "refresh_token")).into_iter().nth(at) else { break };
        let answer = refresh(&world, &text(&made, "access_token"), &forged).await;
        assert_eq!(answer.status, 404, "{at} {forged}");
    }
}

/// The payload of a JWT as JSON.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn the_right_key_under_wrong_claims_opens_nothing() {
    let world = World::new().await;
    let made = robot(&world).await;
    let other = text(&world.token(&json!({})).await, "access_token");
    let token = text(&made, "access_token");
    let claims = claims(&token);
    let admin = self::claims(&other);
    let again = world.access.sign_anything(&claims.to_string());
    world.get(PATHS[0], &again).await.expect(200);

    let mut forged: Vec<(String, Value)> = Vec::new();
    let mut change = |claim: &str, value: Value| {
        let mut changed = claims.clone();
        changed[claim] = value;
        forged.push((format!("{claim} changed"), changed));
    };
    for scope in ["applied-permissions/admin", "", "*", "applied-permissions/user applied-permissions/admin"]
    {
        change("scp", json!(scope));
    }
    for claim in ["sub", "jti", "iat"] {
        if claims[claim] != admin[claim] {
            change(claim, admin[claim].clone());
        }
    }
    for expiry in [NOW, NOW - 1, NOW + 3601, 9_999_999_999, 0, u64::MAX] {
        change("exp", json!(expiry));
    }
    for time in [0, 1, NOW + 1, NOW - 1] {
        change("iat", json!(time));
    }
    for time in [0, NOW, NOW + 10] {
        change("nbf", json!(time));
    }
    for audience in [json!("jfrt@*"), json!(["*@*", "jfrt@*"]), json!([]), json!(""), json!("jfac@x")] {
        change("aud", audience);
    }
    for issuer in ["", "jfac@other", "https://elsewhere.example"] {
        change("iss", json!(issuer));
    }
    change("jti", json!("00000000-0000-0000-0000-000000000000"));
    for claim in ["exp", "iat", "sub", "scp", "aud", "jti", "iss"] {
        let mut changed = claims.clone();
        changed.as_object_mut().unwrap().remove(claim);
        forged.push((format!("{claim} missing"), changed));
    }
    for (why, claims) in &forged {
        is_refused(&world, &world.access.sign_anything(&claims.to_string()), why).await;
    }
    assert!(forged.len() > 30);
}

#[tokio::test]
async fn claims_of_a_wrong_type_or_twice_are_not_absent_even_under_the_right_key() {
    let world = World::new().await;
    let made = robot(&world).await;
    let token = text(&made, "access_token");
    let claims = claims(&token);
    let genuine = claims.to_string();
    let mut forged = Vec::new();
    for claim in ["exp", "iat", "nbf", "sub", "scp", "aud", "jti", "iss"] {
        let value = claims.get(claim).map_or_else(|| "1".to_owned(), Value::to_string);
        for wrong in [
            "null",
            "true",
            "-1",
            "1.5",
            "1e30",
            "1e999",
            "99999999999999999999",
            "\"\"",
            "\"1\"",
            "[]",
            "[1]",
            "{}",
            "[[\"*@*\"]]",
            "\"4102444800\"",
            "\"\\u0000\"",
            "0",
        ] {
            // Where a claim is absent anyway, `null` is the same.
            if wrong == value || (claim == "nbf" && wrong == "null") {
                continue;
            }
            let without = claims.as_object().unwrap().iter().filter(|(name, _)| *name != claim);
            let rest: Vec<String> = without.map(|(name, value)| format!("\"{name}\":{value}")).collect();
            forged.push(format!("{{{},\"{claim}\":{wrong}}}", rest.join(",")));
        }
        let inside = &genuine[1..genuine.len() - 1];
        forged.push(format!("{{{inside},\"{claim}\":{value}}}"));
        forged.push(format!("{{\"{claim}\":{value},\"{claim}\":{value},{inside}}}"));
    }
    forged.push(format!("{{\"x\":1,\"x\":2,{}", &genuine[1..]));
    forged.push(format!("{{\"x\":{{\"y\":1,\"y\":2}},{}", &genuine[1..]));
    forged.push(format!("{{\"x\":{}1{},{}", "[".repeat(100), "]".repeat(100), &genuine[1..]));
    for end in ["x", "{}", "\0", ","] {
        forged.push(format!("{genuine}{end}"));
    }
    forged.extend(["null", "[]", "\"x\"", "1", "{", "{}"].map(str::to_owned));
    assert!(forged.len() > 140, "{}", forged.len());
    for payload in forged {
        is_refused(&world, &world.access.sign_anything(&payload), &payload).await;
    }
}
