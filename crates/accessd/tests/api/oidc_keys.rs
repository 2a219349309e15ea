//! The keys of providers: fetched, kept, rotated, and used for a while when the provider is gone.

use crate::oidc_world::{EC, ISSUER, OIDC, OTHER_RSA, OidcWorld, RSA, claims, id_token};
use serde_json::json;
use testkit::IdTokenKey;

async fn world() -> OidcWorld {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    oidc
}

#[tokio::test]
async fn keys_are_kept_for_an_hour() {
    let oidc = world().await;
    for _ in 0..3 {
        oidc.exchange(&id_token(&json!({}))).await.expect(200);
    }
    assert_eq!(oidc.documents.asked(), 2);
    oidc.world.clock.advance(299);
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    assert_eq!(oidc.documents.asked(), 0);
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_forgotten() {
    let oidc = world().await;
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    let new = IdTokenKey::ec("key-3", "ES256");
    oidc.documents.publish(ISSUER, &[&new]);
    oidc.documents.asked();
    // Not more often than every ten seconds, whoever asks for whichever key.
    for _ in 0..5 {
        oidc.exchange(&new.token(&claims())).await.refusal(401);
    }
    assert_eq!(oidc.documents.asked(), 0);
    oidc.world.clock.advance(10);
    oidc.exchange(&new.token(&claims())).await.expect(200);
    assert_eq!(oidc.documents.asked(), 2);
    oidc.exchange(&RSA.token(&claims())).await.refusal(401);
    oidc.world.clock.advance(10);
    let unknown = IdTokenKey::ec("key-4", "ES256");
    for _ in 0..5 {
        oidc.exchange(&unknown.token(&claims())).await.refusal(401);
        oidc.exchange(&new.token(&claims())).await.expect(200);
    }
    assert_eq!(oidc.documents.asked(), 2);
}

#[tokio::test]
async fn nobody_is_asked_on_behalf_of_a_stranger() {
    let oidc = world().await;
    for others in [json!({"iss": "https://evil.example"}), json!({"iss": null})] {
        oidc.exchange(&id_token(&others)).await.refusal(401);
    }
    oidc.exchange_with(&id_token(&json!({})), &json!({"provider_name": "gitlab"})).await.refusal(401);
    oidc.exchange("a.b.c").await.refusal(400);
    assert_eq!(oidc.documents.asked(), 0);
}

#[tokio::test]
async fn old_keys_do_for_a_day_when_the_provider_is_gone() {
    let oidc = world().await;
    let fresh = |oidc: &OidcWorld| {
        let now = oidc.world.access_now();
        id_token(&json!({"iat": now, "nbf": now, "exp": now + 300}))
    };
    oidc.exchange(&fresh(&oidc)).await.expect(200);
    oidc.documents.vanish();
    oidc.world.clock.advance(23 * 3600);
    oidc.exchange(&fresh(&oidc)).await.expect(200);
    oidc.exchange(&OTHER_RSA.token(&claims())).await.refusal(401);
    oidc.world.clock.advance(3600);
    oidc.exchange(&fresh(&oidc)).await.refusal(503);
    oidc.documents.publish(ISSUER, &[&RSA]);
    oidc.world.clock.advance(10);
    oidc.exchange(&fresh(&oidc)).await.expect(200);
}

#[tokio::test]
async fn a_provider_that_never_answered_is_503_and_asked_seldom() {
    let oidc = world().await;
    oidc.documents.vanish();
    for _ in 0..5 {
        let refusal = oidc.exchange(&id_token(&json!({}))).await.refusal(503);
        assert_eq!(refusal.0, "SERVICE_UNAVAILABLE");
    }
    assert_eq!(oidc.documents.asked(), 1);
}

#[tokio::test]
async fn documents_must_be_of_the_issuer() {
    let oidc = world().await;
    let at = format!("{ISSUER}/.well-known/openid-configuration");
    let jwks = format!("{ISSUER}/jwks");
    for document in [
        json!({"issuer": "https://evil.example", "jwks_uri": jwks}),
        json!({"issuer": format!("{ISSUER}/"), "jwks_uri": jwks}),
        json!({"jwks_uri": jwks}),
        json!({"issuer": ISSUER}),
        json!({"issuer": ISSUER, "jwks_uri": "http://token.actions.githubusercontent.com/jwks"}),
        json!({"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}),
        json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}/none")}),
        json!([]),
    ] {
        oidc.documents.put(&at, document.clone());
        oidc.world.clock.advance(10);
        assert_eq!(oidc.exchange(&id_token(&json!({}))).await.status, 503, "{document}");
    }
    oidc.documents.publish(ISSUER, &[&RSA]);
    for keys in
        [json!({}), json!({"keys": []}), json!({"keys": [{"kty": "oct", "kid": "key-1", "k": "AAAA"}]})]
    {
        oidc.documents.put(&jwks, keys.clone());
        oidc.world.clock.advance(10);
        assert_eq!(oidc.exchange(&id_token(&json!({}))).await.status, 503, "{keys}");
    }
}

#[tokio::test]
async fn a_token_without_a_key_id_takes_a_provider_with_one_key() {
    let oidc = world().await;
    let header = json!({"alg": "RS256"});
    oidc.exchange(&RSA.token_with(&header, &claims().to_string())).await.refusal(401);
    oidc.documents.publish(ISSUER, &[&RSA]);
    oidc.world.clock.advance(3600);
    let now = oidc.world.access_now();
    let payload =
        crate::oidc_world::claims_with(&json!({"iat": now, "nbf": now, "exp": now + 60})).to_string();
    oidc.exchange(&RSA.token_with(&header, &payload)).await.expect(200);
}

#[tokio::test]
async fn another_issuer_address_is_another_provider() {
    let oidc = world().await;
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    let other = "https://other.example";
    oidc.documents.publish(other, &[&EC]);
    oidc.change(&format!("{OIDC}/github"), &json!({"issuer_url": other})).await.expect(200);
    oidc.exchange(&id_token(&json!({"iss": other}))).await.refusal(401);
    oidc.exchange(&EC.token(&crate::oidc_world::claims_with(&json!({"iss": other})))).await.expect(200);
}

/// A fetch that somebody else has caused stops nobody whose key is known: not while it is fresh, nor afterwards.
#[tokio::test]
async fn who_has_a_known_key_does_not_wait_for_a_slow_provider() {
    let oidc = world().await;
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    oidc.world.clock.advance(10);
    oidc.documents.asked();
    let silence = oidc.documents.silence().await;
    let unknown = IdTokenKey::ec("key-4", "ES256").token(&claims());
    {
        let mut stranger = std::pin::pin!(oidc.exchange(&unknown));
        while oidc.documents.asked() == 0 {
            tokio::select! {
                biased;
                answer = stranger.as_mut() => panic!("answered without asking: {answer:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
        // Would never end if it waited.
        oidc.exchange(&id_token(&json!({}))).await.expect(200);
        // A second stranger causes no second fetch.
        let mut second = std::pin::pin!(oidc.exchange(&unknown));
        for _ in 0..20 {
            tokio::select! {
                biased;
                answer = second.as_mut() => panic!("answered without asking: {answer:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
        assert_eq!(oidc.documents.asked(), 0);
        drop(silence);
        stranger.await.refusal(401);
        second.await.refusal(401);
    }
    // Two documents, of which the first is counted above.
    assert_eq!(oidc.documents.asked(), 1);
    // Past an hour new keys are waited for, but not for long.
    oidc.world.clock.advance(3600);
    let now = oidc.world.access_now();
    let fresh = || id_token(&json!({"iat": now, "nbf": now, "exp": now + 300}));
    let silence = oidc.documents.silence().await;
    oidc.exchange(&fresh()).await.expect(200);
    oidc.exchange(&fresh()).await.expect(200);
    assert_eq!(oidc.documents.asked(), 1);
    oidc.documents.publish(ISSUER, &[&EC]);
    drop(silence);
    // It went on without them, and its keys count.
    while oidc.documents.asked() == 0 {
        tokio::task::yield_now().await;
    }
    while oidc.exchange(&fresh()).await.status == 200 {
        tokio::task::yield_now().await;
    }
    oidc.exchange(&fresh()).await.refusal(401);
}

#[tokio::test]
async fn a_key_set_without_keys_takes_all_of_them_back() {
    for taken_back in [json!({"keys": []}), json!({"keys": [{"kty": "oct", "kid": "key-1", "k": "AAAA"}]})] {
        let oidc = world().await;
        oidc.exchange(&id_token(&json!({}))).await.expect(200);
        oidc.documents.put(&format!("{ISSUER}/jwks"), taken_back.clone());
        oidc.world.clock.advance(3600);
        let fresh = || {
            let now = oidc.world.access_now();
            id_token(&json!({"iat": now, "nbf": now, "exp": now + 300}))
        };
        assert_eq!(oidc.exchange(&fresh()).await.status, 503, "{taken_back}");
        // What cannot be read takes nothing back.
        oidc.documents.publish(ISSUER, &[&RSA]);
        oidc.world.clock.advance(10);
        oidc.exchange(&fresh()).await.expect(200);
        oidc.documents.put(&format!("{ISSUER}/jwks"), json!({"error": "busy"}));
        oidc.world.clock.advance(3600);
        oidc.exchange(&fresh()).await.expect(200);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_end_the_fetch_for_others() {
    let oidc = world().await;
    {
        let token = id_token(&json!({}));
        let mut exchange = std::pin::pin!(oidc.exchange(&token));
        // Until the provider is asked; then nobody waits for the answer any more.
        while oidc.documents.asked() == 0 {
            tokio::select! {
                biased;
                answer = exchange.as_mut() => panic!("answered without asking: {answer:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
}
