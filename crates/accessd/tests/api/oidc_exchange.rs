//! `POST /access/api/v1/oidc/token`: what comes of good ID tokens, and once only.

use crate::oidc_world::{
    EC, EXCHANGE, ISSUER, OIDC, OidcWorld, claims_with, exchange_body, id_token, mappings,
};
use crate::support::{NOW, TOKENS, request, text};
use access_core::AccessSettings;
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use serde_json::{Value, json};

#[tokio::test]
async fn a_user_gets_a_token_with_its_own_rights() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let answer = oidc.exchange(&id_token(&json!({}))).await;
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    let body = answer.expect(200);
    let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["access_token", "expires_in", "scope", "token_type", "issued_token_type", "username", "token_id"]
    );
    assert_eq!((&body["expires_in"], &body["scope"]), (&json!(60), &json!("applied-permissions/user")));
    assert_eq!((&body["token_type"], &body["username"]), (&json!("Bearer"), &json!("frog")));
    assert_eq!(body["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");

    let token = text(&body, "access_token");
    let claims = testkit::claims(&token);
    assert!(text(&claims, "sub").ends_with("/users/frog"));
    assert_eq!((&claims["aud"], &claims["exp"]), (&json!("*@*"), &json!(NOW + 60)));
    let me = oidc.world.get(&format!("{TOKENS}/me"), &token).await.expect(200);
    assert_eq!(me["token_id"], body["token_id"]);
    assert_eq!(me["description"], "OIDC github, ci");
    oidc.world.clock.advance(60);
    assert_eq!(
        oidc.world.get(&format!("{TOKENS}/me"), &token).await.refusal(401).1,
        "Invalid token, expired"
    );
}

#[tokio::test]
async fn groups_alone_make_a_token_of_the_repository() {
    let oidc = OidcWorld::new().await;
    let scope = r#"applied-permissions/groups:"readers","a b","#;
    oidc.map(json!({"scope": scope, "expires_in": 120, "audience": "jfrt@* jfac@*"})).await;
    let fields = json!({"include_reference_token": true});
    let body = oidc.exchange_with(&id_token(&json!({})), &fields).await.expect(200);
    assert_eq!((&body["scope"], &body["username"]), (&json!(scope), &json!("octo/app")));
    let token = text(&body, "access_token");
    let claims = testkit::claims(&token);
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("octo/app"), &json!(["jfrt@*", "jfac@*"])));
    for presented in [token.as_str(), &text(&body, "reference_token")] {
        let me = oidc.world.get(&format!("{TOKENS}/me"), presented).await.expect(200);
        assert_eq!(me["subject"], "octo/app");
    }
    // It is nobody's of this service.
    let refusal = oidc.world.post(TOKENS, &token, &json!({})).await.refusal(400);
    assert!(refusal.1.starts_with("Invalid formatted name: \"octo/app\""), "{refusal:?}");
    oidc.world.post(TOKENS, &token, &json!({"username": "frog"})).await.refusal(403);
    oidc.world.delete(&format!("{TOKENS}/me"), &token).await.expect(200);
    oidc.world.get(&format!("{TOKENS}/me"), &token).await.refusal(401);
}

#[tokio::test]
async fn the_user_name_that_was_answered_goes_with_the_token_in_basic() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"scope": "applied-permissions/groups:readers", "expires_in": 120})).await;
    let fields = json!({"include_reference_token": true});
    let body = oidc.exchange_with(&id_token(&json!({})), &fields).await.expect(200);
    assert_eq!(body["username"], "octo/app");
    let paths = [
        format!("{TOKENS}/me"),
        "/artifactory/api/system/version".to_owned(),
        "/access/api/accessd/v1/forward-auth".to_owned(),
    ];
    for token in [text(&body, "access_token"), text(&body, "reference_token")] {
        for (name, wanted) in
            [("octo/app", 200), ("", 200), ("octo", 401), ("Octo/app", 401), ("frog", 401), ("admin", 401)]
        {
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{token}"));
            for path in &paths {
                let by_basic =
                    request(Method::GET, path, "").header("authorization", format!("Basic {basic}"));
                let answer = oidc.world.send(by_basic.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, wanted, "{name:?} at {path}");
            }
        }
    }
}

#[tokio::test]
async fn an_administrator_can_be_named() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "admin", "scope": "applied-permissions/admin"})).await;
    let token = text(&oidc.exchange(&id_token(&json!({}))).await.expect(200), "access_token");
    oidc.world.get(OIDC, &token).await.expect(200);
}

#[tokio::test]
async fn setup_jfrog_clis_body_is_read_and_forms_too() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let body = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "subject_token": id_token(&json!({})), "provider_name": "github", "project_key": "",
        "gh_job_id": "build", "gh_run_id": "17", "gh_repo": "octo/app", "gh_revision": "", "gh_branch": "",
        "application_key": "", "identity_mapping_name": "", "provider_type": "GitHub",
    });
    oidc.world.post(EXCHANGE, "", &body).await.expect(200);
    let form: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            exchange_body(&id_token(&json!({})))
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())),
        )
        .finish();
    let request =
        request(Method::POST, EXCHANGE, "").header("content-type", "application/x-www-form-urlencoded");
    oidc.world.send(request.body(Body::from(form)).unwrap()).await.expect(200);
    // Whoever sends a credential besides gets no more, and no less.
    oidc.world.post(EXCHANGE, "nonsense", &exchange_body(&id_token(&json!({})))).await.expect(200);
}

#[tokio::test]
async fn every_algorithm_of_a_key_is_accepted() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    oidc.exchange(&EC.token(&claims_with(&json!({})))).await.expect(200);
    let keys = [
        testkit::IdTokenKey::rsa("a", "RS384"),
        testkit::IdTokenKey::rsa("b", "RS512"),
        testkit::IdTokenKey::rsa("c", "PS256"),
        testkit::IdTokenKey::ec("d", "ES384"),
    ];
    oidc.documents.publish(ISSUER, &keys.iter().collect::<Vec<_>>());
    oidc.world.clock.advance(10);
    for key in &keys {
        oidc.exchange(&key.token(&claims_with(&json!({})))).await.expect(200);
    }
}

#[tokio::test]
async fn reg_42_an_id_token_counts_once() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let token = id_token(&json!({}));
    oidc.exchange(&token).await.expect(200);
    let refusal = oidc.exchange(&token).await.refusal(401);
    assert_eq!(
        refusal,
        ("UNAUTHORIZED".to_owned(), "Invalid ID token, used before: each is accepted once".to_owned())
    );
    // What is told apart is the jti, not the text.
    let claims = claims_with(&json!({"jti": "the-same"}));
    oidc.exchange(&crate::oidc_world::RSA.token(&claims)).await.expect(200);
    oidc.exchange(&EC.token(&claims)).await.refusal(401);
    // A clock that is set back revives nothing.
    oidc.world.clock.set(NOW - 5);
    oidc.exchange(&token).await.refusal(401);
}

#[tokio::test]
async fn reg_53_without_a_jti_the_token_itself_counts_once() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let claims = claims_with(&json!({"jti": null, "run_id": "1"}));
    oidc.exchange(&EC.token(&claims)).await.expect(200);
    // Another signature of the same token is no other token.
    let again = EC.token(&claims);
    oidc.exchange(&again).await.refusal(401);
    for jti in [json!(""), json!(1), json!(["x"]), json!("x".repeat(1025))] {
        oidc.exchange(&id_token(&json!({"jti": jti}))).await.refusal(401);
    }
}

#[tokio::test]
async fn of_many_exchanges_at_once_one_goes_through() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let token = id_token(&json!({}));
    let answers = futures_util::future::join_all((0..20).map(|_| oidc.exchange(&token))).await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(good, 1);
    assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status)));
    // They asked for the provider's two documents once.
    assert_eq!(oidc.documents.asked(), 2);
}

#[tokio::test]
async fn a_lost_answer_can_be_had_again_with_its_key_only() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let token = id_token(&json!({}));
    let first = oidc.exchange_by_key(&token, "k1").await.expect(200);
    let again = oidc.exchange_by_key(&token, "k1").await.expect(200);
    assert_eq!(first["token_id"], again["token_id"]);
    oidc.exchange_by_key(&token, "k2").await.refusal(401);
    oidc.exchange(&token).await.refusal(401);
    // Another mapping is another request.
    oidc.world.delete(&format!("{}/ci", mappings()), &oidc.world.admin).await.expect(204);
    let other =
        json!({"name": "x", "claims": {"repository": "octo/app"}, "token_spec": {"username": "frog"}});
    oidc.create(&mappings(), &other).await.expect(201);
    oidc.exchange_by_key(&token, "k1").await.refusal(422);
    // The key is of that ID token.
    let other = oidc.exchange_by_key(&id_token(&json!({})), "k1").await.expect(200);
    assert_ne!(first["token_id"], other["token_id"]);
    oidc.exchange_by_key(&id_token(&json!({})), "").await.refusal(400);
}

#[tokio::test]
async fn lifetimes_end_at_the_limit_for_users() {
    let settings = AccessSettings { max_expiry: 600, default_expiry: 600, ..AccessSettings::default() };
    let oidc = OidcWorld::with(settings).await;
    let body = json!({
        "name": "ci", "claims": {"repository": "octo/app"}, "token_spec": {"username": "frog", "expires_in": 601},
    });
    let refusal = oidc.create(&mappings(), &body).await.refusal(400);
    assert!(refusal.1.contains("Invalid expiry"), "{refusal:?}");
    oidc.map(json!({"username": "frog", "expires_in": 600})).await;
    assert_eq!(oidc.exchange(&id_token(&json!({}))).await.expect(200)["expires_in"], 600);
}

#[tokio::test]
async fn every_exchange_is_in_the_audit_trail_with_provider_and_mapping() {
    use access_core::store::Store as _;
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let body = oidc.exchange(&id_token(&json!({}))).await.expect(200);
    let trail = oidc.world.store.audit_trail(4).await.unwrap();
    let words: Vec<&str> = trail.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(words, ["token.created", "oidc_mapping.created", "oidc_provider.created", "user.created"]);
    let [row, ..] = trail.as_slice() else { panic!("no rows") };
    assert_eq!(
        (row.actor.as_str(), row.target.as_str()),
        ("oidc/github/ci", body["token_id"].as_str().unwrap())
    );
    assert!(row.detail.contains("\"github\"") && row.detail.contains("\"ci\""), "{}", row.detail);
    // What is refused leaves no row: everybody could fill the disk.
    oidc.exchange("a.b.c").await.refusal(400);
    oidc.exchange(&id_token(&json!({"iss": "x"}))).await.refusal(401);
    assert_eq!(oidc.world.store.audit_trail(4).await.unwrap(), trail);
}

#[tokio::test]
async fn storage_trouble_is_503_and_uses_nothing_up() {
    use access_store::Fault;
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let token = id_token(&json!({}));
    for method in ["find_oidc_provider", "list_oidc_mappings", "find_user", "insert_exchanged_token"] {
        oidc.world.store.fail(method, Fault::Before);
        oidc.exchange(&token).await.refusal(503);
    }
    oidc.world.store.heal();
    oidc.exchange(&token).await.expect(200);
}

#[tokio::test]
async fn what_changes_meanwhile_is_decided_on_again() {
    use access_store::Fault;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let ci = format!("{}/ci", mappings());
    let token = id_token(&json!({}));
    // The first time the mapping that was read is an old one when the token is to be written.
    let calls = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&calls);
    oidc.world.store.set_plan(move |method| {
        let first = method == "list_oidc_mappings" && counted.fetch_add(1, Ordering::SeqCst) == 0;
        first.then_some(Fault::LateAnswer(Duration::from_millis(500)))
    });
    let longer = json!({"token_spec": {"username": "frog", "expires_in": 77}});
    let (answer, ()) = tokio::join!(oidc.exchange(&token), async {
        while calls.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        oidc.change(&ci, &longer).await.expect(200);
    });
    assert_eq!(answer.expect(200)["expires_in"], 77);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    // If it never stays as it was read, that is no fault of the ID token, and does not use it up.
    let token = id_token(&json!({}));
    oidc.world.store.fail("list_oidc_mappings", Fault::LateAnswer(Duration::from_millis(200)));
    let mut exchange = std::pin::pin!(oidc.exchange(&token));
    let answer = loop {
        tokio::select! {
            biased;
            answer = exchange.as_mut() => break answer,
            changed = oidc.change(&ci, &longer) => { changed.expect(200); }
        }
    };
    assert_eq!(answer.refusal(503).0, "SERVICE_UNAVAILABLE");
    oidc.world.store.heal();
    oidc.exchange(&token).await.expect(200);
}

#[tokio::test]
async fn a_wrong_body_names_its_field() {
    let oidc = OidcWorld::new().await;
    let none: Value = json!({});
    let refusal = oidc.world.post(EXCHANGE, "", &none).await.refusal(400);
    assert!(refusal.1.starts_with("grant_type"), "{refusal:?}");
    for (fields, field) in [
        (json!({"grant_type": "client_credentials"}), "grant_type"),
        (json!({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}), "subject_token_type"),
        (json!({"subject_token": ""}), "subject_token"),
        (json!({"subject_token": "a.b"}), "subject_token"),
        (json!({"subject_token": ".".repeat(50_000)}), "subject_token"),
        (json!({"provider_name": 1}), "provider_name"),
        (json!({"project_key": "A/B"}), "project_key"),
    ] {
        let refusal = oidc.exchange_with(&id_token(&json!({})), &fields).await.refusal(400);
        assert!(refusal.1.starts_with(field), "{fields}: {refusal:?}");
    }
}
