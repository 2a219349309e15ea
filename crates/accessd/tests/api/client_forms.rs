//! Bodies as Terraform's providers and py-jfrog-client send them (access-api.md 5.1, 5.2, 7.4, 7.5), and what was read
//! sent back again.

use crate::support::{GROUPS, PASSWORD, USERS, World};
use axum::http::Method;
use serde_json::{Value, json};

/// As Terraform writes a user: every flag each time, the password only when it is to change.
#[tokio::test]
async fn users_as_terraform_writes_them() {
    let world = World::new().await;
    world.post(GROUPS, &world.admin, &json!({"name": "readers"})).await.expect(201);
    let body = json!({
        "username": "tf-user", "email": "tf@example.org", "password": PASSWORD, "admin": false,
        "profile_updatable": true, "disable_ui_access": true, "internal_password_disabled": null,
        "groups": ["readers"],
    });
    let made = world.post(USERS, &world.admin, &body).await.expect(201);
    assert_eq!((&made["groups"], &made["disable_ui_access"]), (&json!(["readers"]), &json!(true)));
    let path = format!("{USERS}/tf-user");
    let body = json!({
        "username": "tf-user", "email": "new@example.org", "admin": false, "profile_updatable": true,
        "disable_ui_access": true, "internal_password_disabled": false,
    });
    let changed = world.json(Method::PATCH, &path, &world.admin, &body).await.expect(200);
    assert_eq!((&changed["groups"], &changed["email"]), (&json!(["readers"]), &json!("new@example.org")));
    for body in [json!({"add": [], "remove": []}), json!({"add": ["readers"], "remove": null})] {
        let groups = world.json(Method::PATCH, &format!("{path}/groups"), &world.admin, &body).await;
        assert_eq!(groups.expect(200), json!({"groups": ["readers"]}), "{body}");
    }
    world.delete(&path, &world.admin).await.expect(204);
    assert_eq!(world.get(&path, &world.admin).await.refusal(404).0, "NOT_FOUND");
}

/// As a client that is generated from the description writes one: all fields, those of newer versions too.
#[tokio::test]
async fn users_as_generated_clients_write_them() {
    let world = World::new().await;
    let body = json!({
        "username": "py-user", "password": PASSWORD, "email": "py@example.org", "groups": null, "admin": null,
        "profile_updatable": null, "disable_ui_access": null, "internal_password_disabled": null, "status": null,
        "realm": "internal", "effective_admin": false, "last_logged_in": null,
        "project_admin": false, "policy_manager": true, "watch_manager": false, "reports_manager": false,
        "policy_viewer": true, "manage_resources": false, "manage_webhook": false,
    });
    let made = world.post(USERS, &world.admin, &body).await.expect(201);
    assert_eq!(
        made,
        json!({
            "username": "py-user", "email": "py@example.org", "admin": false, "effective_admin": false,
            "profile_updatable": true, "disable_ui_access": false, "internal_password_disabled": false,
            "realm": "internal", "groups": [], "status": "enabled",
        })
    );
}

#[tokio::test]
async fn groups_as_terraform_writes_them() {
    let world = World::new().await;
    world.user("frog").await;
    let body = json!({
        "name": "tf-group", "description": "", "external_id": null, "auto_join": false,
        "admin_privileges": false, "members": ["frog"], "realm": "internal", "realm_attributes": null,
    });
    let made = world.post(GROUPS, &world.admin, &body).await.expect(201);
    assert_eq!((&made["description"], &made["members"]), (&Value::Null, &json!(["frog"])));
    assert_eq!(world.post(GROUPS, &world.admin, &body).await.refusal(409).0, "CONFLICT");
    let missing = json!({"name": "other", "members": ["nobody"]});
    assert_eq!(world.post(GROUPS, &world.admin, &missing).await.refusal(404).0, "NOT_FOUND");
    let path = format!("{GROUPS}/tf-group");
    let body = json!({"name": "tf-group", "description": "a", "auto_join": true, "members": null});
    let changed = world.json(Method::PATCH, &path, &world.admin, &body).await.expect(200);
    assert_eq!((&changed["description"], &changed["members"]), (&json!("a"), &json!(["frog"])));
    let members = json!({"add": [], "remove": ["frog"]});
    let left = world.json(Method::PATCH, &format!("{path}/members"), &world.admin, &members).await;
    assert_eq!(left.expect(200), json!({"members": []}));
    world.delete(&path, &world.admin).await.expect(204);
    world.delete(&path, &world.admin).await.refusal(404);
}

/// CVE-2026-107623: what was read and written back must turn nothing off.
#[tokio::test]
async fn reg_50_what_is_read_can_be_written_back_and_changes_nothing() {
    let world = World::new().await;
    let group = json!({
        "name": "ops", "description": "d", "auto_join": true, "admin_privileges": true, "external_id": "x",
        "realm_attributes": "y",
    });
    world.post(GROUPS, &world.admin, &group).await.expect(201);
    let user = json!({
        "username": "frog", "password": PASSWORD, "email": "f@example.org", "profile_updatable": false,
        "disable_ui_access": true, "internal_password_disabled": true, "status": "locked", "admin": true,
    });
    world.post(USERS, &world.admin, &user).await.expect(201);
    for path in [format!("{USERS}/frog"), format!("{GROUPS}/ops")] {
        let read = world.get(&path, &world.admin).await.expect(200);
        let written = world.json(Method::PATCH, &path, &world.admin, &read).await.expect(200);
        assert_eq!(written, read);
        // And with each field left out.
        for field in read.as_object().unwrap().keys() {
            let mut less = read.clone();
            less.as_object_mut().unwrap().remove(field);
            let written = world.json(Method::PATCH, &path, &world.admin, &less).await.expect(200);
            assert_eq!(written, read, "without {field}");
        }
        assert_eq!(world.json(Method::PATCH, &path, &world.admin, &json!({})).await.expect(200), read);
    }
}
