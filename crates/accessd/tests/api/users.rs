//! `/access/api/v2/users`.

use crate::support::{GROUPS, PASSWORD, TOKENS, USERS, World, request, text};
use access_store::Fault;
use accessd::router::router;
use accessd::state::AppState;
use axum::body::{Body, to_bytes};
use axum::http::Method;
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt as _;

const ME: &str = "/access/api/v1/tokens/me";

#[tokio::test]
async fn the_life_of_a_user() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    let body = json!({"username": "Frog", "email": "frog@example.org", "password": PASSWORD});
    let user = world.post(USERS, admin, &body).await.expect(201);
    assert_eq!(
        user,
        json!({
            "username": "frog", "email": "frog@example.org", "admin": false, "effective_admin": false,
            "profile_updatable": true, "disable_ui_access": false, "internal_password_disabled": false,
            "realm": "internal", "groups": [], "status": "enabled",
        })
    );
    assert_eq!(world.post(USERS, admin, &body).await.refusal(409).0, "CONFLICT");
    let path = format!("{USERS}/frog");
    assert_eq!(world.get(&path, admin).await.expect(200), user);
    assert_eq!(world.get(&format!("{USERS}/FROG"), admin).await.expect(200), user);

    let changed = world.json(Method::PATCH, &path, admin, &json!({"email": "new@example.org"})).await;
    assert_eq!(changed.expect(200)["email"], "new@example.org");
    let password = json!({"password": "Another-horse-8-battery"});
    world.json(Method::PUT, &format!("{path}/password"), admin, &password).await.expect(204);
    world.call(Method::POST, &format!("{path}/unlock"), admin).await.expect(204);

    world.delete(&path, admin).await.expect(204);
    for answer in [world.get(&path, admin).await, world.delete(&path, admin).await] {
        assert_eq!(answer.refusal(404).0, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let world = World::new().await;
    let body = json!({
        "username": "frog", "email": "a@example.org", "password": PASSWORD, "profile_updatable": false,
        "disable_ui_access": true,
    });
    let made = world.post(USERS, &world.admin, &body).await.expect(201);
    assert!(made.get("password").is_none());
    let path = format!("{USERS}/frog");
    for body in [json!({}), json!({"username": "Frog", "unknown": 1})] {
        assert_eq!(world.json(Method::PATCH, &path, &world.admin, &body).await.expect(200), made, "{body}");
    }
    let locked = world.json(Method::PATCH, &path, &world.admin, &json!({"status": "locked"})).await;
    let mut wanted = made.clone();
    wanted["status"] = json!("locked");
    assert_eq!(locked.expect(200), wanted);
    world.call(Method::POST, &format!("{path}/unlock"), &world.admin).await.expect(204);
    assert_eq!(world.get(&path, &world.admin).await.expect(200), made);
    let renamed = world.json(Method::PATCH, &path, &world.admin, &json!({"username": "toad"})).await;
    assert!(renamed.refusal(400).1.contains("username"));
    let password = format!("{path}/password");
    let put = world.json(Method::PUT, &password, &world.admin, &json!({"password": "x"})).await;
    assert!(put.refusal(400).1.contains("password"));
    let nobody = format!("{USERS}/no-such");
    world.json(Method::PATCH, &nobody, &world.admin, &json!({})).await.refusal(404);
    world.call(Method::POST, &format!("{nobody}/unlock"), &world.admin).await.refusal(404);
}

#[tokio::test]
async fn a_users_groups_are_changed() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    world.user("frog").await;
    for name in ["readers", "writers"] {
        world.post(GROUPS, admin, &json!({"name": name})).await.expect(201);
    }
    let path = format!("{USERS}/frog/groups");
    let patch = |body| {
        let path = path.clone();
        let world = &world;
        async move { world.json(Method::PATCH, &path, &world.admin, &body).await }
    };
    let groups = patch(json!({"add": ["writers", "readers"]})).await.expect(200);
    assert_eq!(groups, json!({"groups": ["readers", "writers"]}));
    let groups = patch(json!({"remove": ["readers"]})).await.expect(200);
    assert_eq!(groups, json!({"groups": ["writers"]}));
    patch(json!({"add": ["no-such"]})).await.refusal(404);
    patch(json!({})).await.refusal(400);
}

#[tokio::test]
async fn the_list_goes_page_by_page() {
    let world = World::new().await;
    for name in ["ann", "bob", "cid"] {
        world.user(name).await;
    }
    let mut names = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let body = world.get(&format!("{USERS}{query}"), &world.admin).await.expect(200);
        for user in body["users"].as_array().unwrap() {
            let name = text(user, "username");
            assert_eq!(text(user, "uri"), format!("/access/api/v2/users/{name}"));
            assert_eq!((&user["realm"], &user["status"]), (&json!("internal"), &json!("enabled")));
            names.push(name);
        }
        match body["cursor"].as_str() {
            Some(cursor) => query = format!("?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(names, ["admin", "ann", "bob", "cid"]);
    for (query, wanted) in [
        ("?username=N", &["ann"][..]),
        ("?onlyAdmins=true", &["admin"]),
        ("?descendingOrder=true&limit=1", &["cid"]),
        ("?status=locked", &[]),
    ] {
        let body = world.get(&format!("{USERS}{query}"), &world.admin).await.expect(200);
        let names: Vec<&str> =
            body["users"].as_array().unwrap().iter().filter_map(|user| user["username"].as_str()).collect();
        let names: Vec<&str> =
            names.into_iter().filter(|name| query != "?username=N" || *name != "admin").collect();
        assert_eq!(names, wanted, "{query}");
    }
    for query in ["?limit=1001", "?limit=0", "?status=gone", "?role=x", "?onlyAdmins=1", "?cursor=forged"] {
        assert_eq!(
            world.get(&format!("{USERS}{query}"), &world.admin).await.refusal(400).0,
            "BAD_REQUEST",
            "{query}"
        );
    }
}

#[tokio::test]
async fn addresses_come_from_the_settings_and_never_from_the_request() {
    let world = World::new().await;
    for (base_url, wanted) in [
        (None, "/access/api/v2/users/admin"),
        (Some("https://a.example"), "https://a.example/access/api/v2/users/admin"),
    ] {
        let router = router(AppState::new(world.access.clone(), base_url.map(str::to_owned)));
        let request = request(Method::GET, USERS, &world.admin)
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .body(Body::empty())
            .unwrap();
        let body = to_bytes(router.oneshot(request).await.unwrap().into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["users"][0]["uri"], wanted);
    }
}

#[tokio::test]
async fn users_are_for_administrators() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    world.get(USERS, &frog).await.refusal(403);
    world.get(&format!("{USERS}/admin"), &frog).await.refusal(403);
    world.get(&format!("{USERS}/frog"), &frog).await.expect(200);
    world.json(Method::PATCH, &format!("{USERS}/frog"), &frog, &json!({"admin": true})).await.refusal(403);
    world.post(USERS, &frog, &json!({"username": "x", "password": PASSWORD})).await.refusal(403);
    world.delete(&format!("{USERS}/frog"), &frog).await.refusal(403);
}

#[tokio::test]
async fn bodies_are_json_and_their_fields_are_named() {
    let world = World::new().await;
    for (body, field) in [
        (json!({"password": PASSWORD}), "username"),
        (json!({"username": "x", "password": PASSWORD, "admin": "yes"}), "admin"),
        (json!({"username": "x", "password": PASSWORD, "status": "gone"}), "status"),
    ] {
        let (_, message) = world.post(USERS, &world.admin, &body).await.refusal(400);
        assert!(message.contains(field), "{message}");
    }
    let form = request(Method::POST, USERS, &world.admin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("username=x"));
    world.send(form.unwrap()).await.refusal(415);
}

#[tokio::test]
async fn tokens_die_with_their_user() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    for (name, change) in [
        ("disabled", Some(json!({"status": "disabled"}))),
        ("deleted", None),
        ("demoted", Some(json!({"admin": false}))),
    ] {
        world.user(name).await;
        let path = format!("{USERS}/{name}");
        world.json(Method::PATCH, &path, admin, &json!({"admin": true})).await.expect(200);
        let body =
            json!({"username": name, "include_reference_token": true, "scope": "applied-permissions/user"});
        let body = world.token(&body).await;
        let tokens = [text(&body, "access_token"), text(&body, "reference_token")];
        for token in &tokens {
            world.get(ME, token).await.expect(200);
            world.get(USERS, token).await.expect(200);
        }
        match change {
            Some(change) => {
                world.json(Method::PATCH, &path, admin, &change).await.expect(200);
            }
            None => {
                world.delete(&path, admin).await.expect(204);
            }
        }
        for token in &tokens {
            assert_eq!(world.get(ME, token).await.refusal(401).0, "UNAUTHORIZED", "{name}");
            world.post(TOKENS, token, &json!({})).await.refusal(401);
        }
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let path = format!("{USERS}/admin");
    world.delete(&path, &world.admin).await.refusal(409);
    world.json(Method::PATCH, &path, &world.admin, &json!({"admin": false})).await.refusal(409);
}

// Hashing a password takes its time, and a revocation that was acknowledged meanwhile counts.
#[tokio::test]
async fn what_was_asked_for_with_a_token_that_ended_meanwhile_is_not_done() {
    let world = World::new().await;
    world.store.fail("insert_user", Fault::Late(Duration::from_millis(300)));
    let asking = text(&world.token(&json!({"scope": "applied-permissions/admin"})).await, "access_token");
    let body = json!({"username": "late", "admin": true, "password": PASSWORD});
    let (made, ()) = tokio::join!(world.post(USERS, &asking, &body), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.delete(&format!("{TOKENS}/me"), &asking).await.expect(200);
    });
    assert_eq!(made.refusal(401).1, "Invalid token, revoked");
    world.store.heal();
    world.get(&format!("{USERS}/late"), &world.admin).await.expect(404);
}
