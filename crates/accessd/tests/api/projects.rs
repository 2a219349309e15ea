//! `/access/api/v1/projects`: projects, members and roles.

use crate::support::{GROUPS, PROJECTS, USERS, World, text};
use axum::http::Method;
use serde_json::{Value, json};

fn web() -> Value {
    json!({
        "project_key": "web", "display_name": "Web \"shop\"", "description": "",
        "admin_privileges": {
            "manage_members": true, "manage_resources": false, "index_resources": true,
            "manage_remote_repository": false, "manage_security_assets": false, "allow_ignore_rules": false,
        },
        "storage_quota_bytes": 10_737_418_240_i64, "soft_limit": false, "storage_quota_email_notification": true,
    })
}

#[tokio::test]
async fn the_life_of_a_project() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    let path = format!("{PROJECTS}/web");
    assert_eq!(world.get(PROJECTS, admin).await.expect(200), json!([]));
    world.get(&path, admin).await.refusal(404);
    let made = world.post(PROJECTS, admin, &web()).await;
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(String::from_utf8(made.body).unwrap(), web().to_string(), "fields and their order");
    assert_eq!(world.get(&path, admin).await.expect(200), web());
    assert_eq!(world.get(PROJECTS, admin).await.expect(200), json!([web()]));
    let (code, message) = world.post(PROJECTS, admin, &web()).await.refusal(409);
    assert_eq!(code, "CONFLICT");
    assert!(message.ends_with("already exists"), "{message}");
    world.delete(&path, admin).await.expect(204);
    world.delete(&path, admin).await.refusal(404);
    world.json(Method::PUT, &path, admin, &web()).await.refusal(404);
}

// CVE-2026-107623: what a client does not know, it must not switch off by sending the rest.
#[tokio::test]
async fn reg_50_a_field_that_is_left_out_stays_as_it_is() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    let path = format!("{PROJECTS}/web");
    let before = world.post(PROJECTS, admin, &web()).await.expect(201);
    let put = async |body: &Value| world.json(Method::PUT, &path, admin, body).await.expect(200);
    for body in [json!({}), json!({"project_key": "web", "unknown": 1}), before.clone()] {
        assert_eq!(put(&body).await, before, "{body}");
    }
    for (field, value) in before.as_object().unwrap() {
        if field != "project_key" {
            assert_eq!(put(&json!({field: value})).await, before, "{field}");
        }
    }
    for privilege in before["admin_privileges"].as_object().unwrap().keys() {
        for value in [true, false] {
            let after = put(&json!({"admin_privileges": {privilege: value}})).await;
            let mut wanted = before.clone();
            wanted["admin_privileges"][privilege] = json!(value);
            assert_eq!(after, wanted);
            put(&before).await;
        }
    }
    assert_eq!(put(&json!({"description": "d"})).await["description"], "d");
    assert_eq!(put(&json!({"description": ""})).await["description"], "");
}

#[tokio::test]
async fn what_is_absent_is_off_and_what_is_wrong_is_named() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    let made = world.post(PROJECTS, admin, &json!({"project_key": "ab"})).await.expect(201);
    assert_eq!(
        made,
        json!({
            "project_key": "ab", "display_name": "ab", "description": "",
            "admin_privileges": {
                "manage_members": false, "manage_resources": false, "index_resources": false,
                "manage_remote_repository": false, "manage_security_assets": false, "allow_ignore_rules": false,
            },
            "storage_quota_bytes": -1, "soft_limit": false, "storage_quota_email_notification": false,
        })
    );
    for (body, field) in [
        (json!({}), "project_key"),
        (json!({"project_key": "a"}), "project_key"),
        (json!({"project_key": "A-b"}), "project_key"),
        (json!({"project_key": "cd", "storage_quota_bytes": "1"}), "storage_quota_bytes"),
        (json!({"project_key": "cd", "display_name": "x".repeat(65)}), "display_name"),
    ] {
        let (code, message) = world.post(PROJECTS, admin, &body).await.refusal(400);
        assert!(code == "BAD_REQUEST" && message.starts_with(field), "{body}: {message}");
    }
    let other =
        world.json(Method::PUT, &format!("{PROJECTS}/ab"), admin, &json!({"project_key": "cd"})).await;
    assert!(other.refusal(400).1.starts_with("project_key"));
}

#[tokio::test]
async fn users_and_groups_are_members_with_roles() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    world.project("web").await;
    world.user("frog").await;
    world.post(GROUPS, admin, &json!({"name": "group 2"})).await.expect(201);
    for (kind, name, in_path) in [("users", "frog", "Frog"), ("groups", "group 2", "group%202")] {
        let all = format!("{PROJECTS}/web/{kind}");
        let path = format!("{all}/{in_path}");
        assert_eq!(world.get(&all, admin).await.expect(200), json!({"members": []}));
        world.get(&path, admin).await.refusal(404);
        let put = async |body: Value| world.json(Method::PUT, &path, admin, &body).await;
        let roles = json!(["Viewer", "Project Admin", "Viewer"]);
        let member = json!({"name": name, "roles": ["Project Admin", "Viewer"]});
        assert_eq!(put(json!({"name": name, "roles": roles})).await.expect(200), member);
        assert_eq!(world.get(&path, admin).await.expect(200), member);
        let member = json!({"name": name, "roles": ["Developer"]});
        assert_eq!(put(json!({"roles": ["Developer"]})).await.expect(200), member);
        assert_eq!(world.get(&all, admin).await.expect(200), json!({"members": [member]}));
        for (body, status, word) in [
            (json!({"roles": []}), 400, "roles"),
            (json!({}), 400, "roles"),
            (json!({"roles": ["no such"]}), 404, "no such"),
            (json!({"roles": ["viewer"]}), 404, "viewer"),
            (json!({"name": "another", "roles": ["Viewer"]}), 400, "name"),
        ] {
            let (_, message) = put(body).await.refusal(status);
            assert!(message.contains(word), "{message}");
        }
        assert_eq!(world.get(&path, admin).await.expect(200), member, "a refusal changes nothing");
        let nobody = json!({"roles": ["Viewer"]});
        world.json(Method::PUT, &format!("{all}/nobody"), admin, &nobody).await.refusal(404);
        world
            .json(Method::PUT, &format!("{PROJECTS}/none/{kind}/{in_path}"), admin, &nobody)
            .await
            .refusal(404);
        world.get(&format!("{PROJECTS}/none/{kind}"), admin).await.refusal(404);
        world.delete(&path, admin).await.expect(204);
        world.delete(&path, admin).await.refusal(404);
    }
    let body = json!({"roles": ["Viewer"]});
    world.json(Method::PUT, &format!("{PROJECTS}/web/users/frog"), admin, &body).await.expect(200);
    world.delete(&format!("{USERS}/frog"), admin).await.expect(204);
    assert_eq!(world.get(&format!("{PROJECTS}/web/users"), admin).await.expect(200), json!({"members": []}));
}

#[tokio::test]
async fn roles_are_those_of_every_project_and_those_made_in_it() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    world.project("web").await;
    let all = format!("{PROJECTS}/web/roles");
    let qa = json!({
        "name": "Q A", "description": "d", "type": "CUSTOM", "environments": ["DEV", "PROD"],
        "actions": ["READ_REPOSITORY", "ANNOTATE_REPOSITORY"],
    });
    assert_eq!(world.post(&all, admin, &qa).await.expect(201), qa);
    assert!(world.post(&all, admin, &qa).await.refusal(409).1.ends_with("already exists"));
    let path = format!("{all}/Q%20A");
    assert_eq!(world.get(&path, admin).await.expect(200), qa);
    let changed = world.json(Method::PUT, &path, admin, &json!({"actions": []})).await.expect(200);
    let mut wanted = qa.clone();
    wanted["actions"] = json!([]);
    assert_eq!(changed, wanted);
    let listed = world.get(&all, admin).await.expect(200);
    let listed: Vec<(String, String)> =
        listed.as_array().unwrap().iter().map(|role| (text(role, "name"), text(role, "type"))).collect();
    let named = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    let predefined = ["Contributor", "Developer", "Release Manager", "Security Manager", "Viewer"]
        .map(|name| named(name, "PREDEFINED"));
    let wanted: Vec<_> = [named("Project Admin", "ADMIN")]
        .into_iter()
        .chain(predefined)
        .chain([named("Q A", "CUSTOM")])
        .collect();
    assert_eq!(listed, wanted);
    let viewer = format!("{all}/Viewer");
    assert_eq!(world.get(&viewer, admin).await.expect(200)["type"], "PREDEFINED");
    world.delete(&viewer, admin).await.refusal(409);
    world.json(Method::PUT, &viewer, admin, &json!({"actions": ["X"]})).await.refusal(409);
    for name in ["Project Admin", "PROJECT ADMIN", "viewer"] {
        world.post(&all, admin, &json!({"name": name})).await.refusal(409);
    }
    for (body, field) in [
        (json!({"type": "CUSTOM"}), "name"),
        (json!({"name": "x", "type": "ADMIN"}), "type"),
        (json!({"name": "x", "type": "PREDEFINED"}), "type"),
        (json!({"name": "a\"b"}), "name"),
        (json!({"name": "x", "actions": [""]}), "actions"),
    ] {
        let (_, message) = world.post(&all, admin, &body).await.refusal(400);
        assert!(message.starts_with(field), "{body}: {message}");
    }
    world.json(Method::PUT, &path, admin, &json!({"name": "other"})).await.refusal(400);
    world.delete(&path, admin).await.expect(204);
    world.delete(&path, admin).await.refusal(404);
    world.get(&format!("{PROJECTS}/none/roles"), admin).await.refusal(404);
    world.post(&format!("{PROJECTS}/none/roles"), admin, &qa).await.refusal(404);
}

#[tokio::test]
async fn a_scope_reads_the_project_it_names_and_nothing_else() {
    let world = World::new().await;
    world.project("web").await;
    world.project("shop").await;
    let token = async |scope: &str| text(&world.token(&json!({"scope": scope})).await, "access_token");
    let (project, members) = (token("project:web:r").await, token("project:web/members/**:r").await);
    for (path, for_project, for_members) in [
        ("/web", 200, 403),
        ("/web/users", 403, 200),
        ("/web/groups", 403, 200),
        ("/web/roles", 403, 200),
        ("/shop", 403, 403),
        ("/shop/users", 403, 403),
        ("/none", 403, 403),
        ("", 403, 403),
    ] {
        let path = format!("{PROJECTS}{path}");
        assert_eq!(world.get(&path, &project).await.status, for_project, "{path}");
        assert_eq!(world.get(&path, &members).await.status, for_members, "{path}");
    }
    let body = json!({"roles": ["Viewer"]});
    world.json(Method::PUT, &format!("{PROJECTS}/web/users/admin"), &members, &body).await.refusal(403);
    world.delete(&format!("{PROJECTS}/web"), &project).await.refusal(403);
}

#[tokio::test]
async fn repositories_are_not_here_and_everybody_known_is_told_so() {
    let world = World::new().await;
    for (method, path) in [
        (Method::PUT, "/_/attach/repositories/libs/web?force=true"),
        (Method::DELETE, "/_/attach/repositories/libs"),
        (Method::PUT, "/_/share/repositories/libs"),
        (Method::PUT, "/_/share/repositories/libs/web"),
        (Method::DELETE, "/_/share/repositories/libs"),
        (Method::DELETE, "/_/share/repositories/libs/web"),
        (Method::GET, "/_/repositories/libs"),
    ] {
        let path = format!("{PROJECTS}{path}");
        let (code, message) = world.call(method.clone(), &path, &world.admin).await.refusal(501);
        assert_eq!(code, "NOT_IMPLEMENTED");
        assert!(message.contains("repositories"), "{message}");
        world.call(method, &path, "").await.refusal(401);
    }
}

#[tokio::test]
async fn nobody_is_let_in_without_a_credential() {
    let world = World::new().await;
    world.project("web").await;
    let mut asked = 0;
    for route in accessd::router::api().routes().iter().filter(|route| route.path.starts_with(PROJECTS)) {
        let path =
            route.path.replace("{key}", "web").replace("{name}", "admin").replace("{repository}", "libs");
        let answer = world.call(route.method.clone(), &path, "").await;
        assert_eq!(answer.refusal(401).0, "UNAUTHORIZED", "{} {path}", route.method);
        let spelt = world.call(route.method.clone(), &format!("{path}/"), &world.admin).await;
        assert_eq!(spelt.refusal(404).0, "NOT_FOUND", "{} {path}/", route.method);
        asked += 1;
    }
    assert_eq!(asked, 25);
}

// What stands in a path or a body is a name, never a part of a statement or of a file's path.
#[tokio::test]
async fn hostile_names_are_refused_and_change_nothing() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    world.project("web").await;
    let names =
        ["..", "x'%20OR%20'1'='1", "%22", "%F0%9F%90%B8", "a%20b", "~", "*", "web%27--", "Project%20Admin"];
    for name in names {
        for path in [
            name.to_owned(),
            format!("{name}/users"),
            format!("{name}/roles/Viewer"),
            format!("web/users/{name}"),
            format!("web/groups/{name}"),
        ] {
            let path = format!("{PROJECTS}/{path}");
            for (method, body) in [
                (Method::GET, json!({})),
                (Method::DELETE, json!({})),
                (Method::PUT, json!({"roles": ["Viewer"]})),
            ] {
                let answer = world.json(method.clone(), &path, admin, &body).await;
                assert!(matches!(answer.status, 400 | 404 | 405), "{method} {path}: {}", answer.status);
            }
        }
    }
    for body in
        ["[]", "\"x\"", "{", "{\"roles\":[\"Viewer\"],\"roles\":[\"Project Admin\"]}", "{\"roles\":{}}"]
    {
        let request = crate::support::request(Method::PUT, &format!("{PROJECTS}/web/users/admin"), admin)
            .header("content-type", "application/json");
        world.send(request.body(body.to_owned().into()).unwrap()).await.refusal(400);
    }
    assert_eq!(world.get(&format!("{PROJECTS}/web/users"), admin).await.expect(200), json!({"members": []}));
    assert_eq!(world.get(PROJECTS, admin).await.expect(200).as_array().unwrap().len(), 1);
}

/// A right to read a project was given for that project, not for whichever has its key later.
#[tokio::test]
async fn a_token_that_reads_a_project_does_not_read_its_namesake() {
    let world = World::new().await;
    world.project("web").await;
    let read = async || {
        let body = json!({"username": "robot", "scope": "project:web:r project:web/members/**:r"});
        text(&world.token(&body).await, "access_token")
    };
    let before = read().await;
    let statuses = async |token: &str| {
        let of = |path: &str| format!("{PROJECTS}/web{path}");
        (world.get(&of(""), token).await.status, world.get(&of("/users"), token).await.status)
    };
    assert_eq!(statuses(&before).await, (200, 200));
    world.clock.set(crate::support::NOW + 60);
    world.delete(&format!("{PROJECTS}/web"), &world.admin).await.expect(204);
    assert_eq!(statuses(&before).await, (404, 404));
    world.project("web").await;
    assert_eq!(statuses(&before).await, (403, 403));
    assert_eq!(statuses(&read().await).await, (200, 200));
}
