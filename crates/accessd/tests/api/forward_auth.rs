//! Forward-auth: what a reverse proxy is told of the requests that it asks about.

use crate::support::{GROUPS, NOW, PASSWORD, TOKENS, USERS, World, request, text};
use access_store::Fault;
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use serde_json::{Value, json};

const PATH: &str = "/access/api/accessd/v1/forward-auth";

async fn status(world: &World, token: &str, query: &str) -> u16 {
    world.get(&format!("{PATH}{query}"), token).await.status
}

#[tokio::test]
async fn who_comes_in_is_told_in_headers() {
    let world = World::new().await;
    world.user("frog").await;
    for name in ["ops", "b, c", "größe"] {
        world.post(GROUPS, &world.admin, &json!({"name": name, "members": ["frog"]})).await.expect(201);
    }
    let made = world.token(&json!({"username": "frog"})).await;
    let frog = text(&made, "access_token");
    let answer = world.get(PATH, &frog).await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    let service = world.access.service_id().to_string();
    for (name, value) in [
        ("x-access-user", "frog"),
        ("x-access-groups", "b%2C%20c,gr%C3%B6%C3%9Fe,ops"),
        ("x-access-scope", "applied-permissions/user"),
        ("x-access-subject", &format!("{service}/users/frog")),
        ("x-access-token-id", &text(&made, "token_id")),
        ("x-access-project", ""),
        ("cache-control", "no-store"),
        ("vary", "Authorization, X-JFrog-Art-Api"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let by_key = request(Method::GET, PATH, "").header("x-jfrog-art-api", &frog);
    assert_eq!(world.send(by_key.body(Body::empty()).unwrap()).await.header("x-access-user"), Some("frog"));
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("frog:{PASSWORD}"));
    let by_password = request(Method::GET, PATH, "").header("authorization", format!("Basic {basic}"));
    let answer = world.send(by_password.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.header("x-access-user"), answer.header("x-access-token-id")),
        (Some("frog"), Some(""))
    );
    assert_eq!(world.call(Method::HEAD, PATH, &frog).await.header("x-access-user"), Some("frog"));
}

#[tokio::test]
async fn groups_are_those_of_the_credential_and_of_this_moment() {
    let world = World::new().await;
    world.user("frog").await;
    for (name, members) in [("ops", json!(["frog"])), ("dev", json!([]))] {
        world.post(GROUPS, &world.admin, &json!({"name": name, "members": members})).await.expect(201);
    }
    world.project("web").await;
    let token = async |body: Value| text(&world.token(&body).await, "access_token");
    let own = token(json!({"username": "frog"})).await;
    let named = token(json!({"username": "frog", "scope": "applied-permissions/groups:dev,nobody"})).await;
    let bound = token(json!({"username": "frog", "project_key": "web"})).await;
    let groups =
        async |token: &str| world.get(PATH, token).await.header("x-access-groups").unwrap().to_owned();
    assert_eq!((groups(&own).await.as_str(), groups(&named).await.as_str()), ("ops", "dev"));
    let answer = world.get(&format!("{PATH}?project=web"), &bound).await;
    assert_eq!(
        (answer.header("x-access-groups"), answer.header("x-access-project")),
        (Some(""), Some("web"))
    );
    for (token, query, expected) in [
        (&own, "?group=ops", 200),
        (&own, "?group=dev,ops", 200),
        (&own, "?group=dev", 403),
        (&named, "?group=dev", 200),
        (&named, "?group=nobody", 403),
        (&named, "?group=ops", 403),
        (&bound, "?group=ops&project=web", 403),
        (&world.admin, "?group=ops", 403),
    ] {
        assert_eq!(status(&world, token, query).await, expected, "{query}");
    }
    world.delete(&format!("{GROUPS}/ops"), &world.admin).await.expect(204);
    assert_eq!(groups(&own).await, "");
    assert_eq!(status(&world, &own, "?group=ops").await, 403);
}

#[tokio::test]
async fn scope_and_audience_can_be_asked_for() {
    let world = World::new().await;
    world.user("frog").await;
    world.post(USERS, &world.admin, &json!({"username": "boss", "password": PASSWORD, "admin": true})).await;
    let token = async |user: &str, scope: &str, audience: &str| {
        let body = json!({"username": user, "scope": scope, "audience": audience});
        text(&world.token(&body).await, "access_token")
    };
    let frog = token("frog", "applied-permissions/user", "*@*").await;
    let boss = token("boss", "applied-permissions/user", "*@*").await;
    let reader = token("frog", "artifact:libs:r system:info:r", "jfrt@01 jfac@*").await;
    let elsewhere = token("frog", "applied-permissions/user", "jfrt@01").await;
    for (token, query, expected) in [
        (&frog, "?scope=applied-permissions/user", 200),
        (&frog, "?scope=applied-permissions/admin", 403),
        (&boss, "?scope=applied-permissions/admin", 200),
        (&world.admin, "?scope=applied-permissions/admin", 200),
        (&world.admin, "?scope=applied-permissions/user", 403),
        (&reader, "?scope=artifact:libs:r", 200),
        (&reader, "?scope=artifact:libs:r%20system:info:r", 200),
        (&reader, "?scope=artifact:libs:r%20system:storage:r", 403),
        (&reader, "?scope=artifact:libs:r&audience=jfrt@01", 200),
        (&reader, "?audience=jfrt@02", 401),
        (&reader, "?audience=jfrt@*", 401),
        (&elsewhere, "", 401),
        (&elsewhere, "?audience=jfrt@01", 200),
        (&elsewhere, "?audience=jfrt@01%20jfac@01", 401),
        (&frog, "?scope=nonsense", 400),
        (&frog, "?audience=nonsense", 400),
        (&frog, "?group=a&group=b", 400),
        (&frog, "?group=%22a", 400),
        // A requirement that is misspelt, or whose value was lost, must not let anybody in.
        (&frog, "?groups=ops", 400),
        (&frog, "?project=", 400),
        (&frog, "?project=Not%20one", 400),
        (&frog, "?group=", 400),
    ] {
        assert_eq!(status(&world, token, query).await, expected, "{query}");
    }
    let answer = world.get(&format!("{PATH}?scope=applied-permissions/admin"), &frog).await;
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    assert_eq!(answer.header("x-access-user"), None);
}

/// Its name was chosen by whoever administers the project, so it is nobody on the platform.
#[tokio::test]
async fn what_is_bound_to_a_project_comes_in_where_that_is_asked_for_alone() {
    let world = World::new().await;
    for key in ["web", "shop"] {
        world.project(key).await;
    }
    world.user("frog").await;
    let token = async |body: Value| text(&world.token(&body).await, "access_token");
    let roles = json!({"username": "robot", "scope": "applied-permissions/roles:web:Viewer"});
    let roles = token(roles).await;
    let user = token(json!({"username": "frog", "project_key": "web"})).await;
    let wide =
        "applied-permissions/admin applied-permissions/groups:ops artifact:a:r system:info:r project:web:r";
    world.post(GROUPS, &world.admin, &json!({"name": "ops"})).await.expect(201);
    let wide = token(json!({"username": "frog", "project_key": "web", "scope": wide})).await;
    let frog = world.token_of("frog").await;
    for (token, query, expected) in [
        (&roles, "", 403),
        (&user, "", 403),
        (&wide, "", 403),
        (&roles, "?project=shop", 403),
        (&frog, "?project=web", 403),
        (&world.admin, "?project=web", 403),
        (&roles, "?project=web", 200),
        (&user, "?project=web", 200),
        (&roles, "?project=web&scope=applied-permissions/roles:web:Viewer", 200),
        (&roles, "?project=web&scope=applied-permissions/roles:web:Developer", 403),
        (&roles, "?project=web&scope=api:*", 200),
        (&user, "?project=web&scope=applied-permissions/user", 403),
        (&wide, "?project=web&scope=project:web:r", 200),
        (&wide, "?project=web&scope=applied-permissions/admin", 403),
        (&wide, "?project=web&scope=applied-permissions/groups:ops", 403),
        (&wide, "?project=web&group=ops", 403),
        (&wide, "?project=web&scope=artifact:a:r", 403),
        (&wide, "?project=web&scope=system:info:r", 403),
    ] {
        assert_eq!(status(&world, token, query).await, expected, "{query}");
    }
    let answer = world.get(&format!("{PATH}?project=web"), &roles).await;
    assert_eq!(
        (answer.header("x-access-user"), answer.header("x-access-project")),
        (Some("robot"), Some("web"))
    );
}

/// A token of the older endpoint has groups, which forward-auth and introspection know as well as the service itself.
#[tokio::test]
async fn tokens_of_the_older_endpoint_have_their_groups() {
    let world = World::new().await;
    for name in ["frog", "toad"] {
        world.user(name).await;
    }
    for (name, members) in [("ops", json!(["frog", "toad"])), ("dev", json!(["frog"]))] {
        world.post(GROUPS, &world.admin, &json!({"name": name, "members": members})).await.expect(201);
    }
    let all_services = ("audience", "*@*");
    let legacy = async |name: &str, scope: &str| {
        let form = [("username", name), ("scope", scope), all_services];
        text(&world.legacy(&world.as_admin(), &form).await.expect(200), "access_token")
    };
    let all = legacy("frog", "member-of-groups:*").await;
    let some = legacy("frog", "api:* member-of-groups:ops,nobody").await;
    let nobody = legacy("robot", "member-of-groups:ops").await;
    let id = world.access.service_id().as_str().replace("jfac@", "jfrt@");
    let admin = legacy("frog", &format!("{id}:admin")).await;
    let seen = async |token: &str| {
        let forward = world.get(PATH, token).await.header("x-access-groups").unwrap().to_owned();
        let introspected = world
            .form(accessd::routes::oauth::INTROSPECT, &world.as_admin(), &[("token", token)])
            .await
            .expect(200);
        let groups: Vec<&str> =
            introspected["groups"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(forward, groups.join(","));
        forward
    };
    assert_eq!(seen(&all).await, "dev,ops");
    assert_eq!(seen(&some).await, "ops");
    assert_eq!(seen(&nobody).await, "ops");
    assert_eq!(seen(&admin).await, "");
    let older_admin = format!("?scope={id}:admin");
    for (token, query, expected) in [
        (&all, "?group=dev", 200),
        (&some, "?group=dev", 403),
        (&all, "?scope=member-of-groups:*", 200),
        (&some, "?scope=member-of-groups:*", 403),
        (&all, "?scope=member-of-groups:dev", 200),
        (&some, "?scope=member-of-groups:ops", 200),
        (&some, "?scope=member-of-groups:ops,nobody", 403),
        (&some, "?scope=applied-permissions/groups:ops", 200),
        (&admin, older_admin.as_str(), 200),
        (&all, &older_admin, 403),
        // It is an administrator's below /artifactory only.
        (&admin, "?scope=applied-permissions/admin", 403),
    ] {
        assert_eq!(status(&world, token, query).await, expected, "{query}");
    }
    let groups = json!({"groups": ["dev"]});
    world.json(Method::PATCH, &format!("{USERS}/frog"), &world.admin, &groups).await.expect(200);
    assert_eq!((seen(&all).await.as_str(), seen(&some).await.as_str()), ("dev", ""));
    assert_eq!(status(&world, &some, "?scope=member-of-groups:ops").await, 403, "it was left");
    world.delete(&format!("{GROUPS}/ops"), &world.admin).await.expect(204);
    assert_eq!(seen(&nobody).await, "");
}

#[tokio::test]
async fn nobody_comes_in_a_moment_longer() {
    let world = World::new().await;
    world.user("frog").await;
    let made = world.token(&json!({"username": "frog"})).await;
    let (frog, other) = (text(&made, "access_token"), world.token_of("frog").await);
    assert_eq!(status(&world, &frog, "").await, 200);
    world.delete(&format!("{TOKENS}/{}", text(&made, "token_id")), &world.admin).await.expect(200);
    let answer = world.get(PATH, &frog).await;
    assert_eq!((answer.status, answer.header("cache-control")), (401, Some("no-store")));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(status(&world, &other, "").await, 200);
    world.delete(&format!("{USERS}/frog"), &world.admin).await.expect(204);
    assert_eq!(status(&world, &other, "").await, 401);
    assert_eq!(world.get(PATH, "").await.header("www-authenticate"), Some("Bearer"));
    let short = text(&world.token(&json!({"expires_in": 1})).await, "access_token");
    world.clock.set(NOW + 1);
    assert_eq!(status(&world, &short, "").await, 401);
}

#[tokio::test]
async fn what_cannot_be_decided_is_503() {
    let world = World::new().await;
    world.user("frog").await;
    let body = json!({"username": "frog", "scope": "applied-permissions/groups:g"});
    let frog = text(&world.token(&body).await, "access_token");
    for method in ["find_token", "existing_groups"] {
        world.store.fail(method, Fault::Before);
        assert_eq!(world.get(PATH, &frog).await.refusal(503).0, "SERVICE_UNAVAILABLE", "{method}");
        world.store.heal();
    }
    assert_eq!(status(&world, &frog, "").await, 200);
}
