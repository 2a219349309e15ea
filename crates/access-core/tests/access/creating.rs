//! Creating and using tokens: what the answer holds, expiry, repetition of a request.

use crate::support::{START, bearer, scope, world, world_with};
use access_core::store::Store;
use access_core::{AccessError, AccessSettings};
use access_types::{TokenRequest, jwt, opaque};
use secrecy::ExposeSecret;

#[tokio::test]
async fn the_answer_and_the_token_agree() {
    let world = world().await;
    let request = TokenRequest {
        expires_in: Some(60),
        refreshable: Some(true),
        include_reference_token: Some(true),
        audience: Some("jfrt@* jfac@*".into()),
        description: Some("nightly ~ build?".into()),
        ..scope("applied-permissions/admin")
    };
    let token = world.token_for("robot", request).await;
    assert_eq!(
        (token.expires_in, token.token_type, token.scope.as_str()),
        (Some(60), "Bearer", "applied-permissions/admin")
    );
    let text = token.access_token.expose_secret();
    let payload = text.split('.').nth(1).unwrap();
    assert!(!payload.contains(['-', '_']));
    let claims = jwt::decode_unverified(text).unwrap().claims;
    let keys: Vec<_> = claims.keys().map(String::as_str).collect();
    assert_eq!(keys, ["ext", "sub", "scp", "aud", "iss", "exp", "iat", "jti"]);
    assert_eq!(claims["ext"], r#"{"revocable":"true"}"#);
    assert_eq!(claims["aud"], serde_json::json!(["jfrt@*", "jfac@*"]));
    assert_eq!(claims["exp"], START + 60);
    assert_eq!(claims["jti"], token.token_id);
    let reference = token.reference_token.unwrap();
    assert_eq!(opaque::parse_reference_token(reference.expose_secret()), Some(Some(START + 60)));
    world.clock.set(START + 59);
    assert!(world.is_accepted(&reference).await && world.is_accepted(&token.access_token).await);
    world.clock.set(START + 60);
    assert!(!world.is_accepted(&reference).await && !world.is_accepted(&token.access_token).await);
}

#[tokio::test]
async fn zero_never_expires_and_absent_is_the_default() {
    let world = world_with(AccessSettings { default_expiry: 77, ..AccessSettings::default() }).await;
    let never =
        world.token_for("admin", TokenRequest { expires_in: Some(0), ..TokenRequest::default() }).await;
    assert_eq!(never.expires_in, None);
    assert!(!jwt::decode_unverified(never.access_token.expose_secret()).unwrap().claims.contains_key("exp"));
    assert_eq!(world.token_for("admin", TokenRequest::default()).await.expires_in, Some(77));
    let request = TokenRequest {
        username: Some("admin".into()),
        expires_in: Some(9_999_999_999),
        ..TokenRequest::default()
    };
    let late = world.access.create_token(&world.admin, request, None).await;
    assert!(matches!(&late, Err(AccessError::Invalid(error)) if error.field == "expires_in"), "{late:?}");
}

#[tokio::test]
async fn a_token_for_another_service_is_refused_here() {
    let world = world().await;
    let request = TokenRequest { audience: Some("jfrt@*".into()), ..TokenRequest::default() };
    let token = world.token_for("admin", request).await;
    let error = world.access.authenticate(&bearer(&token.access_token)).await.unwrap_err();
    assert_eq!(error.to_string(), "Invalid token, audience");
}

#[tokio::test]
async fn a_narrow_audience_is_inherited_and_never_widened() {
    let world = world().await;
    let request = TokenRequest { audience: Some("jfac@*".into()), ..TokenRequest::default() };
    let narrow = world.principal(&world.token_for("admin", request).await.access_token).await;
    let child = world.access.create_token(&narrow, TokenRequest::default(), None).await.unwrap().response;
    let claims = jwt::decode_unverified(child.access_token.expose_secret()).unwrap().claims;
    assert_eq!(claims["aud"], "jfac@*");
    let wider = TokenRequest { audience: Some("*@*".into()), ..TokenRequest::default() };
    assert!(matches!(world.access.create_token(&narrow, wider, None).await, Err(AccessError::Forbidden(_))));
}

#[tokio::test]
async fn a_repeated_request_gives_the_same_token_and_no_second_row() {
    let world = world().await;
    let request = TokenRequest {
        refreshable: Some(true),
        include_reference_token: Some(true),
        description: Some("once".into()),
        ..TokenRequest::default()
    };
    let create = |request: TokenRequest, key: &'static str| {
        world.access.create_token(&world.admin, request, Some(key))
    };
    let one = create(request.clone(), "key-1").await.unwrap().response;
    world.clock.advance(100);
    let two = create(request.clone(), "key-1").await.unwrap().response;
    assert_eq!(one.token_id, two.token_id);
    assert_eq!(one.reference_token.unwrap().expose_secret(), two.reference_token.unwrap().expose_secret());
    assert_eq!(
        one.refresh_token.unwrap().expose_secret(),
        two.refresh_token.as_ref().unwrap().expose_secret()
    );
    assert!(world.is_accepted(&two.access_token).await);
    let created = |trail: Vec<access_core::model::AuditRecord>| {
        trail.iter().filter(|record| record.target == two.token_id).count()
    };
    assert_eq!(created(world.store.audit_trail(50).await.unwrap()), 1);

    let other = TokenRequest { description: Some("twice".into()), ..request.clone() };
    assert!(matches!(create(other, "key-1").await, Err(AccessError::Unprocessable(_))));
    assert_ne!(create(request.clone(), "key-2").await.unwrap().response.token_id, two.token_id);
    for bad in ["", "ä", "a\nb"] {
        assert!(matches!(create(request.clone(), bad).await, Err(AccessError::BadRequest(_))));
    }
    world.clock.advance(24 * 3600);
    let fresh = create(request, "key-1").await.unwrap().response;
    assert_ne!(fresh.token_id, two.token_id, "a day later the key is free again");
}

#[tokio::test]
async fn another_callers_key_is_another_key() {
    let world = world().await;
    world.user("frog").await;
    let frog = world.principal(&world.token_for("frog", TokenRequest::default()).await.access_token).await;
    let of_admin = world.access.create_token(&world.admin, TokenRequest::default(), Some("k")).await.unwrap();
    let of_frog = world.access.create_token(&frog, TokenRequest::default(), Some("k")).await.unwrap();
    assert_ne!(of_admin.response.token_id, of_frog.response.token_id);
}

#[tokio::test]
async fn cleaning_frees_what_ended_long_ago_and_nothing_else() {
    let world = world().await;
    let short =
        world.token_for("admin", TokenRequest { expires_in: Some(10), ..TokenRequest::default() }).await;
    let long = world
        .token_for("admin", TokenRequest { expires_in: Some(10_000_000), ..TokenRequest::default() })
        .await;
    world.clock.advance(86_400);
    assert_eq!(world.access.clean().await.unwrap().tokens, 0);
    world.clock.advance(3 * 86_400);
    assert_eq!(world.access.clean().await.unwrap().tokens, 2, "the short one and the one that made it");
    assert!(!world.is_accepted(&short.access_token).await);
    assert!(world.is_accepted(&long.access_token).await);
}

#[tokio::test]
async fn a_repetition_gives_nothing_to_a_narrower_or_demoted_asker() {
    let world = world().await;
    world
        .user_with(access_types::user::UserInput {
            username: Some("boss".into()),
            admin: Some(true),
            ..Default::default()
        })
        .await;
    let boss = world.principal(&world.token_for("boss", TokenRequest::default()).await.access_token).await;
    let narrow = world.token_for("boss", scope("system:metrics:r")).await;
    let narrow = world.principal(&narrow.access_token).await;
    let request = scope("applied-permissions/admin");
    let wide = world.access.create_token(&boss, request.clone(), Some("k")).await.unwrap().response;
    let result = world.access.create_token(&narrow, request.clone(), Some("k")).await;
    assert!(matches!(result, Err(AccessError::Forbidden(_))), "{result:?}");
    let second = world.principal(&world.token_for("boss", TokenRequest::default()).await.access_token).await;
    let other = world.access.create_token(&second, request.clone(), Some("k")).await.unwrap().response;
    assert_ne!(other.token_id, wide.token_id, "a key belongs to the credential it came with");
    let demoted = access_types::user::UserInput { admin: Some(false), ..Default::default() };
    world.access.change_user(&world.admin, "boss", demoted).await.unwrap();
    let now =
        world.access.authenticate(&crate::support::basic("boss", crate::support::PASSWORD)).await.unwrap();
    assert!(world.access.create_token(&now, request, Some("k")).await.is_err());
}

#[tokio::test]
async fn a_repetition_hands_out_no_dead_token() {
    let world = world().await;
    let create = |request| world.access.create_token(&world.admin, request, Some("k"));
    let once = create(crate::support::refreshable()).await.unwrap().response;
    let refresh_token = once.refresh_token.as_ref().unwrap();
    world.refresh(&once.access_token, refresh_token).await.unwrap();
    let result = create(crate::support::refreshable()).await;
    assert!(matches!(result, Err(AccessError::Conflict(_))), "{result:?}");
}

#[tokio::test]
async fn a_token_meant_for_other_services_can_ask_about_itself() {
    let world = world().await;
    let request = TokenRequest { audience: Some("jfrt@*".into()), ..TokenRequest::default() };
    let token = world.token_for("admin", request).await;
    let itself = world.access.authenticate_for_itself(&bearer(&token.access_token)).await.unwrap();
    let info = world.access.show_token(&itself, &access_core::TokenSelector::Me).await.unwrap();
    assert_eq!(info.token_id, token.token_id);
}

#[tokio::test]
async fn a_token_that_would_be_too_long_is_not_made() {
    let world = world().await;
    let names = vec!["\u{1f438}".repeat(50); 9].join(",");
    let request = TokenRequest {
        username: Some("robot".into()),
        ..scope(&format!("applied-permissions/groups:{names}"))
    };
    let result = world.access.create_token(&world.admin, request, None).await;
    assert!(matches!(&result, Err(AccessError::Invalid(error)) if error.field == "scope"), "{result:?}");
}
