//! What a mapping gives, whoever its user is and whatever the claims say: never more than it names.

use crate::oidc_world::{OIDC, OidcWorld, id_token, mappings};
use crate::support::{GROUPS, TOKENS, USERS, text};
use axum::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

async fn set_status(oidc: &OidcWorld, status: &str) {
    let body = json!({"status": status});
    let path = format!("{USERS}/frog");
    oidc.world.json(Method::PATCH, &path, &oidc.world.admin, &body).await.expect(200);
}

/// Every grant to the user `frog` in every state of it.
#[tokio::test]
async fn reg_49_who_is_shut_out_gets_nothing_by_any_grant() {
    let oidc = OidcWorld::new().await;
    let group = "applied-permissions/groups:g";
    let specs = [
        ("named", json!({"username": "frog"})),
        ("named-groups", json!({"username": "frog", "scope": group})),
        ("named-admin", json!({"username": "frog", "scope": "applied-permissions/admin"})),
        ("pattern", json!({"username_pattern": "{{actor}}"})),
        ("pattern-groups", json!({"username_pattern": "{{actor}}", "scope": group})),
    ];
    for (name, spec) in &specs {
        let body = json!({"name": name, "claims": {"repository": "octo/app"}, "token_spec": spec});
        oidc.create(&mappings(), &body).await.expect(201);
    }
    for status in ["enabled", "disabled", "locked", "invited", "deleted"] {
        if status == "deleted" {
            oidc.world.delete(&format!("{USERS}/frog"), &oidc.world.admin).await.expect(204);
        } else {
            set_status(&oidc, status).await;
        }
        for (name, spec) in &specs {
            let fields = json!({"identity_mapping_name": name});
            let answer = oidc.exchange_with(&id_token(&json!({})), &fields).await;
            // A name that nobody has is no user: the rights are those of the scope.
            let gets = status == "enabled" || (status == "deleted" && spec.get("scope").is_some());
            assert_eq!(answer.status, if gets { 200 } else { 401 }, "{status} {name}");
        }
    }
}

#[tokio::test]
async fn who_is_shut_out_afterwards_loses_what_was_given() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog", "expires_in": 3600})).await;
    let token = text(&oidc.exchange(&id_token(&json!({}))).await.expect(200), "access_token");
    set_status(&oidc, "disabled").await;
    oidc.world.get(&format!("{TOKENS}/me"), &token).await.refusal(401);
    set_status(&oidc, "enabled").await;
    oidc.world.get(&format!("{TOKENS}/me"), &token).await.refusal(401);
}

#[tokio::test]
async fn a_repetition_gives_nothing_to_who_is_shut_out_since() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let token = id_token(&json!({}));
    oidc.exchange_by_key(&token, "k").await.expect(200);
    set_status(&oidc, "disabled").await;
    oidc.exchange_by_key(&token, "k").await.refusal(401);
}

#[tokio::test]
async fn a_pattern_makes_a_user_name_and_no_administrator() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username_pattern": "{{actor}}"})).await;
    assert_eq!(oidc.exchange(&id_token(&json!({"actor": "FROG"}))).await.expect(200)["username"], "frog");
    for actor in [
        json!("admin"),
        json!("Admin"),
        json!("nobody"),
        json!("frog "),
        json!(" frog"),
        json!("frog/../admin"),
        json!("frog\u{0}"),
        json!("fr\u{43e}g"),
        json!("x/users/frog"),
        json!(["frog"]),
        json!(["frog", "admin"]),
        json!({"x": "frog"}),
        json!(""),
        json!(null),
        json!(1),
    ] {
        let answer = oidc.exchange(&id_token(&json!({"actor": actor}))).await;
        let one_of_a_list = actor == json!(["frog"]);
        assert_eq!(answer.status, if one_of_a_list { 200 } else { 401 }, "{actor}");
    }
    // Nor an administrator's name, with whatever rights.
    let spec = json!({"username_pattern": "{{actor}}", "scope": "applied-permissions/groups:g"});
    let other = json!({"name": "other", "claims": {"repository": "octo/app"}, "token_spec": spec});
    oidc.create(&mappings(), &other).await.expect(201);
    let fields = json!({"identity_mapping_name": "other"});
    oidc.exchange_with(&id_token(&json!({})), &fields).await.expect(200);
    oidc.exchange_with(&id_token(&json!({"actor": "admin"})), &fields).await.refusal(401);
    // Who becomes an administrator through a group is one.
    let body = json!({"name": "chiefs", "admin_privileges": true, "members": ["frog"]});
    oidc.world.post(GROUPS, &oidc.world.admin, &body).await.expect(201);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
}

#[tokio::test]
async fn groups_of_claims_are_groups_that_are_there_and_no_administrators() {
    let oidc = OidcWorld::new().await;
    for (name, admin) in [("dev", false), ("a b", false), ("a,b", false), ("chiefs", true), ("always", false)]
    {
        let body = json!({"name": name, "admin_privileges": admin});
        oidc.world.post(GROUPS, &oidc.world.admin, &body).await.expect(201);
    }
    oidc.map(json!({"groups_pattern": "{{groups}}"})).await;
    let scope = async |groups: Value| {
        let answer = oidc.exchange(&id_token(&json!({"groups": groups}))).await;
        (answer.status == 200).then(|| text(&answer.expect(200), "scope"))
    };
    let of = |names: &str| Some(format!("applied-permissions/groups:{names}"));
    assert_eq!(scope(json!("dev")).await, of("dev"));
    assert_eq!(scope(json!(["dev", "dev", "unknown"])).await, of("dev"));
    assert_eq!(scope(json!(["a b", "a,b"])).await, of(r#""a b","a,b""#));
    for hostile in [
        json!("chiefs"),
        json!(["chiefs"]),
        json!("dev,chiefs"),
        json!("dev\",\"chiefs"),
        json!("dev applied-permissions/admin"),
        json!("\"dev\""),
        json!("dev\n"),
        json!([]),
        json!(["dev", 1]),
        json!({"dev": 1}),
        json!("x".repeat(4000)),
    ] {
        assert_eq!(scope(hostile.clone()).await, None, "{hostile}");
    }
    let mut both = json!(["dev"]);
    both.as_array_mut().unwrap().push(json!("dev applied-permissions/admin"));
    assert_eq!(scope(both).await, of("dev"));
    oidc.change(
        &format!("{}/ci", mappings()),
        &json!({"token_spec": {"groups_pattern": "always,t-{{team}}"}}),
    )
    .await
    .expect(200);
    let answer = oidc.exchange(&id_token(&json!({"team": "x"}))).await.expect(200);
    assert_eq!(answer["scope"], "applied-permissions/groups:always");
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
}

#[tokio::test]
async fn a_subject_is_never_taken_for_a_users_or_a_services() {
    let oidc = OidcWorld::new().await;
    oidc.documents.publish("https://gitlab.example", &[&crate::oidc_world::RSA]);
    let provider = json!({
        "name": "gitlab", "issuer_url": "https://gitlab.example", "provider_type": "GenericOidc", "audience": "us",
    });
    assert_eq!(oidc.create(OIDC, &provider).await.expect(201)["provider_type"], "Generic OpenID Connect");
    let mapping = json!({
        "name": "m", "claims": {"aud": "us"}, "token_spec": {"scope": "applied-permissions/groups:g"},
    });
    oidc.create(&format!("{OIDC}/gitlab/identity_mappings"), &mapping).await.expect(201);
    let service = oidc.world.access.service_id().to_string();
    let exchange = async |sub: &str| {
        let token = id_token(&json!({"iss": "https://gitlab.example", "aud": "us", "sub": sub}));
        oidc.exchange_with(&token, &json!({"provider_name": "gitlab"})).await
    };
    for sub in [
        "project_path:octo/app:ref_type:branch:ref:main",
        "jane@example.org",
        "jfk@example.org",
        "nobody",
        "größe",
    ] {
        let token = text(&exchange(sub).await.expect(200), "access_token");
        assert_eq!(testkit::claims(&token)["sub"], sub);
        // No name of this service goes with it.
        oidc.world.get(&format!("{USERS}/admin"), &token).await.refusal(403);
    }
    for sub in [
        format!("{service}/users/admin").as_str(),
        "jfac@other/users/admin",
        "x/users/admin",
        &service,
        "jfrt@01",
        "JFRT@01",
        "jffe@000",
        "accessd",
        "AccessD",
        "x/USERS/admin",
        "oidc/github/ci",
        "OIDC/github/ci",
        "admin",
        "Admin",
        "frog",
        " ",
        " octo",
        "octo ",
        "octo\u{a0}",
        "a\u{1b}[2J",
        "a\u{85}b",
        "octo\u{202e}ppa",
        "\u{200b}octo",
        "octo\u{2066}",
        &"s".repeat(256),
    ] {
        exchange(sub).await.refusal(401);
    }
}

/// Whatever stands in a claim, a pattern gives the groups that are named there, each as a whole.
#[tokio::test]
async fn claims_never_widen_a_scope() {
    let oidc = OidcWorld::new().await;
    for name in ["a", "b"] {
        oidc.world.post(GROUPS, &oidc.world.admin, &json!({"name": name})).await.expect(201);
    }
    oidc.map(json!({"groups_pattern": "{{groups}}"})).await;
    // One world for all cases: making one takes long.
    let mut runner = TestRunner::deterministic();
    let names = prop::collection::vec("[a-c]|[a-c\", :/{}]{1,6}|\\PC{1,8}", 1..5);
    for _ in 0..300 {
        let groups = names.new_tree(&mut runner).unwrap().current();
        let answer = oidc.exchange(&id_token(&json!({"groups": groups}))).await;
        let named = |name: &&str| groups.iter().any(|group| group == name);
        let wanted: Vec<&str> = ["a", "b"].into_iter().filter(named).collect();
        if wanted.is_empty() {
            answer.refusal(401);
        } else {
            let scope = format!("applied-permissions/groups:{}", wanted.join(","));
            assert_eq!(text(&answer.expect(200), "scope"), scope, "{groups:?}");
        }
    }
}
