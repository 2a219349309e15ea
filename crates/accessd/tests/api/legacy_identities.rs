//! Users and groups of the older API: `/artifactory/api/security/users`, `/groups`, `/lockedUsers`, `/unlockUsers`.

use crate::support::{PASSWORD, USERS, World, text};
use axum::http::Method;
use serde_json::{Value, json};

const OLD_USERS: &str = "/artifactory/api/security/users";
const OLD_GROUPS: &str = "/artifactory/api/security/groups";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_user_is_made_read_changed_listed_and_deleted() {
    let world = World::new().await;
    let path = format!("{OLD_USERS}/frog");
    let put = async |body: &Value| world.json(Method::PUT, &path, &world.admin, body).await;
    world.json(Method::PUT, &format!("{OLD_GROUPS}/web"), &world.admin, &json!({})).await.expect(201);
    put(&json!({"name": "frog", "email": "f@example.org", "password": PASSWORD, "groups": ["web"]}))
        .await
        .expect(201);
    let user = world.get(&path, &world.admin).await.expect(200);
    assert_eq!(
        keys(&user),
        [
            "name",
            "email",
            "admin",
            "profileUpdatable",
            "disableUIAccess",
            "internalPasswordDisabled",
            "realm",
            "groups"
        ]
    );
    assert_eq!((&user["groups"], &user["admin"]), (&json!(["web"]), &json!(false)));
    let same = world.get(&format!("{USERS}/frog"), &world.admin).await.expect(200);
    assert_eq!((&same["email"], &same["groups"]), (&user["email"], &user["groups"]));
    let change = json!({"email": "g@example.org", "groups": [], "disableUIAccess": true});
    assert!(world.post(&path, &world.admin, &change).await.expect(200).is_null());
    let user = world.get(&path, &world.admin).await.expect(200);
    assert_eq!((&user["email"], &user["groups"]), (&json!("g@example.org"), &json!([])));
    let list = world.get(OLD_USERS, &world.admin).await.expect(200);
    assert_eq!(list[1], json!({"name": "frog", "uri": format!("{OLD_USERS}/frog"), "realm": "internal"}));
    let gone = world.delete(&path, &world.admin).await;
    assert_eq!(
        (gone.status, gone.body.as_slice()),
        (200, &b"The user: 'frog' has been removed successfully."[..])
    );
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(world.call(method, &path, &world.admin).await.expect(404)["errors"][0]["status"], 404);
    }
    world.post(&path, &world.admin, &change).await.expect(404);
}

/// reg_50: what a client reads and puts back must not turn a protection off.
#[tokio::test]
async fn reg_50_putting_back_what_was_read_changes_nothing() {
    let world = World::new().await;
    let path = format!("{OLD_USERS}/frog");
    let body = json!({"password": PASSWORD, "email": "f@example.org", "disableUIAccess": true,
        "profileUpdatable": false, "internalPasswordDisabled": true, "admin": true});
    world.json(Method::PUT, &path, &world.admin, &body).await.expect(201);
    let read = world.get(&path, &world.admin).await.expect(200);
    for body in [read.clone(), json!({}), json!({"name": "frog", "password": null, "groups": null})] {
        world.json(Method::PUT, &path, &world.admin, &body).await.expect(201);
        assert_eq!(world.get(&path, &world.admin).await.expect(200), read, "{body}");
    }
    let path = format!("{OLD_GROUPS}/web");
    let body = json!({"description": "x", "adminPrivileges": true, "autoJoin": true, "userNames": ["frog"]});
    world.json(Method::PUT, &path, &world.admin, &body).await.expect(201);
    let whole = format!("{path}?includeUsers=true");
    let read = world.get(&whole, &world.admin).await.expect(200);
    for body in [read.clone(), json!({})] {
        world.json(Method::PUT, &path, &world.admin, &body).await.expect(201);
        assert_eq!(world.get(&whole, &world.admin).await.expect(200), read, "{body}");
    }
}

#[tokio::test]
async fn a_group_is_made_read_changed_listed_and_deleted() {
    let world = World::new().await;
    world.user("frog").await;
    let path = format!("{OLD_GROUPS}/web%20team");
    let body = json!({"name": "web team", "description": "d", "autoJoin": true, "realm": "artifactory", "external": false});
    world.json(Method::PUT, &path, &world.admin, &body).await.expect(201);
    let group = world.get(&path, &world.admin).await.expect(200);
    assert_eq!(
        keys(&group),
        ["name", "description", "autoJoin", "adminPrivileges", "realm", "realmAttributes"]
    );
    assert_eq!((&group["description"], &group["autoJoin"]), (&json!("d"), &json!(true)));
    world.post(&path, &world.admin, &json!({"userNames": ["frog"], "description": ""})).await.expect(200);
    let group = world.get(&format!("{path}?includeUsers=True"), &world.admin).await.expect(200);
    assert_eq!((&group["userNames"], &group["description"]), (&json!(["frog"]), &json!(null)));
    let list = world.get(OLD_GROUPS, &world.admin).await.expect(200);
    assert_eq!(list, json!([{"name": "web team", "uri": path}]));
    let gone = world.delete(&path, &world.admin).await;
    assert_eq!(
        (gone.status, gone.body.as_slice()),
        (200, &b"Group 'web team' has been removed successfully."[..])
    );
    world.get(&path, &world.admin).await.expect(404);
    world.post(&path, &world.admin, &json!({})).await.expect(404);
}

#[tokio::test]
async fn the_rules_are_those_of_the_newer_paths() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let put =
        async |path: String, token: &str, body: Value| world.json(Method::PUT, &path, token, &body).await;
    for (path, body) in
        [(format!("{OLD_USERS}/x"), json!({"password": PASSWORD})), (format!("{OLD_GROUPS}/x"), json!({}))]
    {
        put(path.clone(), &frog, body).await.expect(403);
        world.delete(&path, &frog).await.expect(403);
    }
    for path in [OLD_USERS, OLD_GROUPS, "/artifactory/api/security/lockedUsers"] {
        world.get(path, &frog).await.expect(403);
    }
    world.get(&format!("{OLD_USERS}/frog"), &frog).await.expect(200);
    put(format!("{OLD_USERS}/frog"), &frog, json!({"admin": true})).await.expect(403);
    for (name, body, status) in [
        ("new", json!({}), 400),
        ("new", json!({"password": "short"}), 400),
        ("new", json!({"name": "other", "password": PASSWORD}), 400),
        ("new%20one", json!({"password": PASSWORD}), 400),
        ("new", json!({"password": PASSWORD, "groups": ["none"]}), 404),
        ("frog", json!({"groups": ["none"]}), 404),
        ("admin", json!({"admin": false}), 409),
    ] {
        put(format!("{OLD_USERS}/{name}"), &world.admin, body.clone()).await.expect(status);
    }
    world.delete(&format!("{OLD_USERS}/admin"), &world.admin).await.expect(409);
    let reader = world.token(&json!({"username": "r", "scope": "system:identities:r"})).await;
    world.get(OLD_USERS, &text(&reader, "access_token")).await.expect(200);
}

#[tokio::test]
async fn the_java_clients_content_type_is_json() {
    let world = World::new().await;
    let body = axum::body::Body::from(json!({"password": PASSWORD}).to_string());
    let request = crate::support::request(Method::PUT, &format!("{OLD_USERS}/frog"), &world.admin)
        .header("content-type", "application/vnd.org.jfrog.artifactory.security.User+json");
    world.send(request.body(body).unwrap()).await.expect(201);
}

#[tokio::test]
async fn the_locked_are_listed_and_unlocked() {
    let world = World::new().await;
    world.user("frog").await;
    let locked = "/artifactory/api/security/lockedUsers";
    assert_eq!(world.get(locked, &world.admin).await.expect(200), json!([]));
    let path = format!("{USERS}/frog");
    world.json(Method::PATCH, &path, &world.admin, &json!({"status": "locked"})).await.expect(200);
    assert_eq!(world.get(locked, &world.admin).await.expect(200), json!(["frog"]));
    let unlock = "/artifactory/api/security/unlockUsers";
    for name in ["frog", "nobody"] {
        assert_eq!(world.call(Method::POST, &format!("{unlock}/{name}"), &world.admin).await.status, 200);
    }
    assert_eq!(world.get(locked, &world.admin).await.expect(200), json!([]));
    let frog = world.token_of("frog").await;
    world.call(Method::POST, &format!("{unlock}/frog"), &frog).await.expect(403);
}

#[tokio::test]
async fn a_long_list_is_whole() {
    let world = World::new().await;
    for number in 0..1005 {
        let body = json!({"name": format!("g{number:04}")});
        world.post(crate::support::GROUPS, &world.admin, &body).await.expect(201);
    }
    let list = world.get(OLD_GROUPS, &world.admin).await.expect(200);
    assert_eq!(list.as_array().unwrap().len(), 1005);
}
