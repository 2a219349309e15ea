//! `/access/api/v1/oidc/{name}/identity_mappings`: the mappings, and which of them counts.

use crate::oidc_world::{OIDC, OidcWorld, id_token, mappings};
use crate::support::{TOKENS, text};
use serde_json::{Value, json};

fn mapping(name: &str, priority: u32, claims: Value, group: &str) -> Value {
    let scope = format!("applied-permissions/groups:{group}");
    json!({"name": name, "priority": priority, "claims": claims, "token_spec": {"scope": scope}})
}

#[tokio::test]
async fn the_life_of_a_mapping() {
    let oidc = OidcWorld::new().await;
    oidc.world.project("web").await;
    let admin = oidc.world.admin.as_str();
    let full = json!({
        "name": "Main branch", "description": "d", "provider_name": "github", "priority": 3,
        "claims": {"repository": "octo/app", "environment": ["prod"]},
        "token_spec": {"username": "frog", "scope": "applied-permissions/user", "audience": "*@*", "expires_in": 90},
        "project_key": "web",
    });
    assert_eq!(oidc.create(&mappings(), &full).await.expect(201), full);
    assert_eq!(oidc.create(&mappings(), &full).await.refusal(409).0, "CONFLICT");
    let path = format!("{}/Main%20branch", mappings());
    assert_eq!(oidc.world.get(&path, admin).await.expect(200), full);
    assert_eq!(oidc.world.get(&mappings(), admin).await.expect(200), json!([full]));
    assert_eq!(oidc.world.get(&format!("{}?project_key=x1", mappings()), admin).await.expect(200), json!([]));
    oidc.world.get(&format!("{path}?project_key=x1"), admin).await.refusal(404);
    let mut wanted = full.clone();
    wanted["priority"] = json!(4);
    assert_eq!(oidc.change(&path, &json!({"priority": 4})).await.expect(200), wanted);
    oidc.change(&path, &json!({"name": "other"})).await.refusal(400);
    oidc.change(&path, &json!({"provider_name": "gitlab"})).await.refusal(400);
    oidc.change(&path, &json!({"claims": {}})).await.refusal(400);
    oidc.world.delete(&path, admin).await.expect(204);
    oidc.world.delete(&path, admin).await.refusal(404);
    oidc.world.get(&path, admin).await.refusal(404);
    let nowhere = format!("{OIDC}/gitlab/identity_mappings");
    oidc.create(&nowhere, &full).await.refusal(404);
    oidc.world.get(&nowhere, admin).await.refusal(404);
}

#[tokio::test]
async fn the_first_that_fits_counts() {
    let oidc = OidcWorld::new().await;
    for body in [
        mapping("b-any", 2, json!({"repository_owner": "octo"}), "any"),
        mapping("a-main", 1, json!({"repository": "octo/*", "ref": "refs/heads/main"}), "main"),
        mapping("a-same", 2, json!({"repository_owner": "octo", "actor": "Frog"}), "same"),
    ] {
        oidc.create(&mappings(), &body).await.expect(201);
    }
    let scope = async |claims: Value, fields: Value| {
        let answer = oidc.exchange_with(&id_token(&claims), &fields).await;
        text(&answer.expect(200), "scope").split(':').next_back().unwrap().to_owned()
    };
    assert_eq!(scope(json!({}), json!({})).await, "main");
    // Of the same priority the first by name.
    assert_eq!(scope(json!({"ref": "refs/heads/x"}), json!({})).await, "same");
    assert_eq!(scope(json!({"ref": "refs/heads/x", "actor": "toad"}), json!({})).await, "any");
    assert_eq!(scope(json!({}), json!({"identity_mapping_name": "b-any"})).await, "any");
    let none = oidc.exchange(&id_token(&json!({"repository_owner": "x", "repository": "x/y"}))).await;
    none.refusal(401);
    let not_fitting = json!({"identity_mapping_name": "a-main"});
    oidc.exchange_with(&id_token(&json!({"ref": "x"})), &not_fitting).await.refusal(401);
}

#[tokio::test]
async fn the_first_that_fits_counts_even_if_nothing_comes_of_it() {
    let oidc = OidcWorld::new().await;
    let claims = json!({"repository": "octo/app"});
    let nobody = json!({"name": "a", "priority": 1, "claims": claims, "token_spec": {"username": "nobody"}});
    oidc.create(&mappings(), &nobody).await.expect(201);
    oidc.create(&mappings(), &mapping("b", 2, claims, "g")).await.expect(201);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
}

#[tokio::test]
async fn a_project_binds_and_chooses() {
    let oidc = OidcWorld::new().await;
    let project = json!({"project_key": "web", "display_name": "Web"});
    oidc.create("/access/api/v1/projects", &project).await.expect(201);
    let claims = json!({"repository": "octo/app"});
    let mut of_web = mapping("web", 1, claims.clone(), "w");
    of_web["project_key"] = json!("web");
    oidc.create(&mappings(), &of_web).await.expect(201);
    oidc.create(&mappings(), &mapping("any", 2, claims, "a")).await.expect(201);
    let exchanged =
        async |fields: Value| oidc.exchange_with(&id_token(&json!({})), &fields).await.expect(200);
    let token = text(&exchanged(json!({"project_key": "web"})).await, "access_token");
    let details = oidc.world.get("/access/api/accessd/v1/tokens/me", &token).await.expect(200);
    assert_eq!(details["project"], "web");
    // Another project's job does not get it.
    let other = exchanged(json!({"project_key": "other"})).await;
    assert_eq!(other["scope"], "applied-permissions/groups:a");
    oidc.change(&format!("{OIDC}/github"), &json!({"project_key": "web"})).await.expect(200);
    oidc.exchange_with(&id_token(&json!({})), &json!({"project_key": "other"})).await.refusal(401);
    let other_project = json!({"project_key": "other", "display_name": "Other"});
    oidc.create("/access/api/v1/projects", &other_project).await.expect(201);
    // Whichever of the two was changed last: a token is never bound to less than one of them says.
    oidc.change(&format!("{OIDC}/github"), &json!({"project_key": "other"})).await.expect(200);
    let of_web_only = json!({"identity_mapping_name": "web", "project_key": ""});
    oidc.exchange_with(&id_token(&json!({})), &of_web_only).await.refusal(401);
    oidc.change(&format!("{OIDC}/github"), &json!({"project_key": "web"})).await.expect(200);
    let mut contradicts = of_web;
    contradicts["name"] = json!("x");
    contradicts["project_key"] = json!("other");
    oidc.create(&mappings(), &contradicts).await.refusal(400);
}

#[tokio::test]
async fn projects_and_roles_are_there_before_they_are_named_and_take_what_is_theirs_along() {
    let oidc = OidcWorld::new().await;
    let world = &oidc.world;
    for key in ["web", "shop"] {
        world.project(key).await;
    }
    let claims = json!({"repository": "octo/app"});
    let with_scope = |name: &str, scope: &str, project: &str| {
        json!({
            "name": name, "claims": claims, "project_key": project,
            "token_spec": {"username": "robot", "scope": scope},
        })
    };
    for (scope, project, field) in [
        ("api:*", "none", "project_key"),
        ("applied-permissions/roles:none:Viewer", "", "project_key"),
        ("applied-permissions/roles:web:Nobody", "", "scope"),
        ("applied-permissions/roles:web:Viewer", "shop", "scope"),
    ] {
        let (_, message) = oidc.create(&mappings(), &with_scope("x", scope, project)).await.refusal(400);
        assert!(message.starts_with(field), "{scope} {project}: {message}");
    }
    let roles = "applied-permissions/roles:web:Viewer";
    oidc.create(&mappings(), &with_scope("roles", roles, "")).await.expect(201);
    let path = format!("{}/roles", mappings());
    for change in [
        json!({"project_key": "none"}),
        json!({"token_spec": {"username": "robot", "scope": "applied-permissions/roles:web:Nobody"}}),
    ] {
        oidc.change(&path, &change).await.refusal(400);
    }
    // A token with nothing but roles in a project is that project's.
    let token = text(&oidc.exchange(&id_token(&json!({}))).await.expect(200), "access_token");
    assert_eq!(world.get(&format!("{TOKENS}/me"), &token).await.expect(200)["project"], "web");
    let provider = format!("{OIDC}/github");
    oidc.change(&provider, &json!({"project_key": "none"})).await.refusal(400);
    // Roles of one project and a token of another do not go together.
    oidc.change(&provider, &json!({"project_key": "shop"})).await.expect(200);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
    oidc.change(&provider, &json!({"project_key": "web"})).await.expect(200);
    oidc.exchange(&id_token(&json!({}))).await.expect(200);
    world.delete("/access/api/v1/projects/web", &world.admin).await.expect(204);
    world.get(&format!("{TOKENS}/me"), &token).await.refusal(401);
    world.get(&provider, &world.admin).await.refusal(404);
    // A namesake has none of it.
    world.project("web").await;
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
}

#[tokio::test]
async fn what_was_made_outlives_its_mapping_and_nothing_new_comes() {
    let oidc = OidcWorld::new().await;
    oidc.map(json!({"username": "frog"})).await;
    let token = text(&oidc.exchange(&id_token(&json!({}))).await.expect(200), "access_token");
    oidc.world.delete(&format!("{}/ci", mappings()), &oidc.world.admin).await.expect(204);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
    oidc.map(json!({"username": "frog"})).await;
    oidc.world.delete(&format!("{OIDC}/github"), &oidc.world.admin).await.expect(204);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
    oidc.world.get(&format!("{TOKENS}/me"), &token).await.expect(200);
    // A provider of the same name is another one: without mappings.
    oidc.create(OIDC, &crate::oidc_world::github()).await.expect(201);
    oidc.exchange(&id_token(&json!({}))).await.refusal(401);
}
