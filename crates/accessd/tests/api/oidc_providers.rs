//! `/access/api/v1/oidc`: the providers.

use crate::oidc_world::{ISSUER, OIDC, OidcWorld, github};
use crate::support::World;
use axum::http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_life_of_a_provider() {
    let world = World::new().await;
    world.project("web").await;
    let admin = world.admin.as_str();
    let full = json!({
        "name": "azure", "description": "d", "issuer_url": "https://login.microsoftonline.com/t/v2.0",
        "provider_type": "Azure", "audience": "a", "organization": "o", "project_key": "web",
        "token_issuer": "https://sts.windows.net/t/", "azure_app_id": "app", "use_default_proxy": false,
        "enable_permissive_configuration": true,
    });
    assert_eq!(world.post(OIDC, admin, &full).await.expect(201), full);
    assert_eq!(world.post(OIDC, admin, &full).await.refusal(409).0, "CONFLICT");
    let path = format!("{OIDC}/azure");
    assert_eq!(world.get(&path, admin).await.expect(200), full);
    assert_eq!(world.get(OIDC, admin).await.expect(200), json!([full]));
    let changed = world.json(Method::PUT, &path, admin, &json!({"description": "e"})).await.expect(200);
    let mut wanted = full;
    wanted["description"] = json!("e");
    assert_eq!(changed, wanted);
    world.delete(&path, admin).await.expect(204);
    assert_eq!(world.get(&path, admin).await.refusal(404).0, "NOT_FOUND");
    world.delete(&path, admin).await.refusal(404);
    world.json(Method::PUT, &path, admin, &json!({})).await.refusal(404);
    assert_eq!(world.get(OIDC, admin).await.expect(200), json!([]));
}

#[tokio::test]
async fn the_calls_of_the_terraform_provider_go_through() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    let provider = json!({
        "name": "gh-oidc", "description": "", "issuer_url": format!("{ISSUER}/enterprise"),
        "provider_type": "GitHub", "audience": "", "project_key": "", "organization": "octo",
        "use_default_proxy": false, "enable_permissive_configuration": false, "token_issuer": "",
    });
    let made = world.post(OIDC, admin, &provider).await.expect(201);
    assert!(made.get("audience").is_none() && made.get("project_key").is_none(), "{made}");
    let mappings = format!("{OIDC}/gh-oidc/identity_mappings");
    let mapping = json!({
        "name": "gh-mapping", "description": "", "provider_name": "gh-oidc", "priority": 1,
        "claims": {"sub": "repo:octo/app:ref:refs/heads/main", "workflow_ref": "octo/app/.github/workflows/ci.yml"},
        "token_spec": {
            "username": "", "scope": "applied-permissions/groups:\"readers\",\"my-group\"",
            "audience": "jfrt@* jfac@*", "expires_in": 120,
        },
    });
    world.post(&mappings, admin, &mapping).await.expect(201);
    let read = world.get(&format!("{mappings}/gh-mapping"), admin).await.expect(200);
    for field in ["name", "provider_name", "priority", "claims"] {
        assert_eq!(read[field], mapping[field], "{field}");
    }
    assert_eq!(read["token_spec"]["scope"], mapping["token_spec"]["scope"]);
    // In the second step of a plan every field is sent again.
    let changed = json!({
        "name": "gh-mapping", "description": "d", "provider_name": "gh-oidc", "priority": 2,
        "claims": {"sub": "repo:octo/app:*"},
        "token_spec": {"username": "admin", "scope": "applied-permissions/user", "audience": "*@*", "expires_in": 300},
    });
    let answer = world.json(Method::PUT, &format!("{mappings}/gh-mapping"), admin, &changed).await;
    assert_eq!(answer.expect(200), changed);
    let invalid = json!({"token_spec": {"username": "admin", "expires_in": -1}});
    let refusal =
        world.json(Method::PUT, &format!("{mappings}/gh-mapping"), admin, &invalid).await.refusal(400);
    assert!(refusal.1.contains("Invalid expiry"), "{refusal:?}");
    world.delete(&format!("{mappings}/gh-mapping"), admin).await.expect(204);
    world.get(&format!("{mappings}/gh-mapping"), admin).await.refusal(404);
    world.delete(&format!("{OIDC}/gh-oidc"), admin).await.expect(204);
}

#[tokio::test]
async fn only_administrators_see_and_change_them() {
    let oidc = OidcWorld::new().await;
    let world = &oidc.world;
    let frog = world.token_of("frog").await;
    let project = json!({"project_key": "web", "display_name": "Web"});
    world.post("/access/api/v1/projects", &world.admin, &project).await.expect(201);
    let bound = world.token(&json!({"username": "admin", "project_key": "web"})).await;
    let narrow = world.token(&json!({"username": "admin", "scope": "system:identities:r"})).await;
    let tokens =
        [frog.as_str(), bound["access_token"].as_str().unwrap(), narrow["access_token"].as_str().unwrap()];
    for token in tokens {
        for path in [
            OIDC.to_owned(),
            format!("{OIDC}/github"),
            format!("{OIDC}/no-such"),
            format!("{OIDC}/github/identity_mappings"),
            format!("{OIDC}/github/identity_mappings/ci"),
        ] {
            // What there is and what there is not look alike.
            assert_eq!(
                world.get(&path, token).await.refusal(403).1,
                "this takes administrator rights",
                "{path}"
            );
            let body = github();
            let methods = if path.ends_with("identity_mappings") || path == OIDC {
                vec![Method::POST]
            } else {
                vec![Method::PUT, Method::DELETE]
            };
            for method in methods {
                world.json(method, &path, token, &body).await.refusal(403);
            }
        }
    }
    assert_eq!(world.get(&format!("{OIDC}/github"), "").await.refusal(401).0, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_project_narrows() {
    let world = World::new().await;
    world.project("web").await;
    let admin = world.admin.as_str();
    let named = |name: &str| {
        let mut provider = github();
        provider["name"] = json!(name);
        provider
    };
    world.post(OIDC, admin, &named("platform")).await.expect(201);
    let made = world.post(&format!("{OIDC}?project_key=web"), admin, &named("of-web")).await.expect(201);
    assert_eq!(made["project_key"], "web");
    let names = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(world.get(OIDC, admin).await.expect(200)), ["of-web", "platform"]);
    assert_eq!(names(world.get(&format!("{OIDC}?project_key=web"), admin).await.expect(200)), ["of-web"]);
    world.get(&format!("{OIDC}/of-web?project_key=web"), admin).await.expect(200);
    world.get(&format!("{OIDC}/of-web?project_key=other"), admin).await.refusal(404);
    world.get(&format!("{OIDC}/platform?project_key=web"), admin).await.refusal(404);
    world.delete(&format!("{OIDC}/platform?project_key=web"), admin).await.refusal(404);
    let mut absent = named("x1");
    absent["project_key"] = json!("none");
    let refusal = world.post(OIDC, admin, &absent).await.refusal(400);
    assert!(refusal.1.starts_with("project_key"), "{refusal:?}");
    let mut contradicts = named("x1");
    contradicts["project_key"] = json!("other");
    let refusal = world.post(&format!("{OIDC}?project_key=web"), admin, &contradicts).await.refusal(400);
    assert!(refusal.1.starts_with("project_key"), "{refusal:?}");
}

#[tokio::test]
async fn a_wrong_provider_names_its_field() {
    let world = World::new().await;
    for (field, value) in [
        ("name", json!("Git Hub")),
        ("name", json!("token")),
        ("name", json!(null)),
        ("issuer_url", json!("http://issuer.example")),
        ("issuer_url", json!("https://169.254.169.254\u{0}")),
        ("issuer_url", json!(null)),
        ("provider_type", json!("GitLab")),
        ("provider_type", json!(null)),
        ("audience", json!("x".repeat(256))),
        ("organization", json!(1)),
        ("use_default_proxy", json!(true)),
        ("enable_permissive_configuration", json!("true")),
    ] {
        let mut body = github();
        body[field] = value;
        let refusal = world.post(OIDC, &world.admin, &body).await.refusal(400);
        assert!(refusal.1.starts_with(field), "{body}: {refusal:?}");
    }
    world.get(&format!("{OIDC}/token"), &world.admin).await.refusal(405);
}

#[tokio::test]
async fn changes_at_once_lose_nothing() {
    let oidc = OidcWorld::new().await;
    let path = format!("{OIDC}/github");
    let first = json!({"audience": "x"});
    let second = json!({"organization": "octo"});
    let (one, two) = tokio::join!(oidc.change(&path, &first), oidc.change(&path, &second));
    one.expect(200);
    two.expect(200);
    let now = oidc.world.get(&path, &oidc.world.admin).await.expect(200);
    assert_eq!((&now["audience"], &now["organization"]), (&json!("x"), &json!("octo")));
}
