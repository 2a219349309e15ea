//! What tokens may do below `/artifactory`: those of the older endpoint, and those that are for Artifactory only.

use crate::legacy_tokens::frogs;
use crate::support::{GROUPS, NOW, PROJECTS, TOKENS, USERS, World, text};
use axum::http::Method;
use serde_json::{Value, json};

const LEGACY: &str = "/artifactory/api/security/token";
const REVOKE: &str = "/artifactory/api/security/token/revoke";
const OLDER_USERS: &str = "/artifactory/api/security/users";
const OLDER_GROUPS: &str = "/artifactory/api/security/groups";
const SERVICE_ID: &str = "/artifactory/api/system/service_id";

/// A token of the older endpoint with `jfrt@<id>:admin`, made by an administrator in frog's name.
async fn older_admin(world: &World, audience: Option<&str>) -> String {
    let scope = format!("{}:admin", world.access.service_id().as_str().replace("jfac@", "jfrt@"));
    let mut form = vec![("username", "frog"), ("scope", scope.as_str())];
    form.extend(audience.map(|audience| ("audience", audience)));
    text(&world.legacy(&world.as_admin(), &form).await.expect(200), "access_token")
}

/// What takes an administrator of Access, by the older paths; with what an administrator is answered.
fn administration() -> Vec<(Method, String, Value, u16)> {
    let user = json!({"name": "toad", "email": "t@example.org", "password": "Correct-horse-7-battery"});
    vec![
        (Method::PUT, format!("{OLDER_USERS}/toad"), user, 201),
        (Method::POST, format!("{OLDER_USERS}/toad"), json!({"email": "x@example.org"}), 200),
        (Method::POST, "/artifactory/api/security/unlockUsers/toad".to_owned(), Value::Null, 200),
        (Method::DELETE, format!("{OLDER_USERS}/toad"), Value::Null, 200),
        (Method::PUT, format!("{OLDER_GROUPS}/g"), json!({"name": "g"}), 201),
        (Method::DELETE, format!("{OLDER_GROUPS}/g"), Value::Null, 200),
        (Method::DELETE, "/artifactory/api/security/apiKey?deleteAll=1".to_owned(), Value::Null, 200),
        (Method::GET, LEGACY.to_owned(), Value::Null, 200),
    ]
}

#[tokio::test]
async fn an_older_administrator_is_one_below_artifactory_alone() {
    let world = World::new().await;
    world.user("frog").await;
    let wide = older_admin(&world, Some("*@*")).await;
    world.get(SERVICE_ID, &wide).await;
    for (method, path, body, status) in administration() {
        let answer = world.json(method.clone(), &path, &wide, &body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
    }
    for path in [USERS, GROUPS, TOKENS, PROJECTS, "/access/api/v1/cert/root"] {
        world.get(path, &wide).await.refusal(403);
    }
    let wanted = json!({"username": "frog", "scope": "applied-permissions/admin"});
    world.post(TOKENS, &wide, &wanted).await.refusal(403);
    // What it makes is no wider.
    let made = world.legacy(&format!("Bearer {wide}"), &[("username", "robot"), ("scope", "api:*")]).await;
    made.expect(200);
}

/// Otherwise whoever finds one sets an administrator's password with it.
#[tokio::test]
async fn an_administrators_token_for_artifactory_only_administers_nothing_of_access() {
    let world = World::new().await;
    world.user("frog").await;
    let service = world.access.service_id().as_str().replace("jfac@", "jfrt@");
    let older = older_admin(&world, None).await;
    let newer = json!({"scope": "applied-permissions/admin", "audience": service});
    let newer = text(&world.token(&newer).await, "access_token");
    let of_user =
        text(&world.token(&json!({"username": "admin", "audience": "jfrt@*"})).await, "access_token");
    let other = world.token(&json!({"username": "frog"})).await;
    for token in [&older, &newer, &of_user] {
        let id = world.get(SERVICE_ID, token).await;
        assert_eq!((id.status, id.body.as_slice()), (200, service.as_bytes()), "what is Artifactory's own");
        world.get(OLDER_USERS, token).await.expect(200);
        world.get("/artifactory/api/system/license", token).await.expect(200);
        let bearer = format!("Bearer {token}");
        world.legacy(&bearer, &[("username", "robot"), ("scope", "api:*")]).await.expect(200);
        for (method, path, body, _) in
            administration().into_iter().filter(|(method, ..)| method != Method::GET)
        {
            let body = world.json(method.clone(), &path, token, &body).await.expect(403);
            let message = text(&body["errors"][0], "message");
            assert!(message.contains("for Artifactory only"), "{method} {path}: {message}");
        }
        world.form(REVOKE, &bearer, &[("token", &text(&other, "access_token"))]).await.expect(403);
        world.form(REVOKE, &bearer, &[("token_id", &text(&other, "token_id"))]).await.expect(403);
    }
    for token in [&older, &newer] {
        world.get(LEGACY, token).await.oauth(403);
    }
    let own = world.get(LEGACY, &of_user).await.expect(200);
    assert!(own.to_string().contains("/users/admin") && !own.to_string().contains("/users/frog"), "{own}");
    assert!(world.accepts(&text(&other, "access_token")).await);
}

#[tokio::test]
async fn a_token_for_artifactory_only_ends_itself_only() {
    let world = World::new().await;
    world.user("frog").await;
    let narrow = json!({"username": "frog", "audience": "jfrt@*"});
    let narrow = text(&world.token(&narrow).await, "access_token");
    let other = world.token_of("frog").await;
    let bearer = format!("Bearer {narrow}");
    world.form(REVOKE, &bearer, &[("token", &other)]).await.expect(403);
    assert!(world.accepts(&other).await);
    assert_eq!(world.form(REVOKE, &bearer, &[("token", &narrow)]).await.body, b"Token revoked");
    assert!(!world.accepts(&narrow).await);
}

#[tokio::test]
async fn a_refresh_token_however_old_ends_its_family() {
    let world = World::new().await;
    world.user("frog").await;
    let first = world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let mut pair = first.clone();
    for round in 1..=3 {
        world.clock.set(NOW + round * 60);
        let (access, refresh) = (text(&pair, "access_token"), text(&pair, "refresh_token"));
        let form = [("grant_type", "refresh_token"), ("access_token", &access), ("refresh_token", &refresh)];
        pair = world.legacy("", &form).await.expect(200);
        assert!(world.accepts(&text(&pair, "access_token")).await);
    }
    let oldest = text(&first, "refresh_token");
    let revoke = async || world.form(REVOKE, &frogs(), &[("token", &oldest)]).await.body;
    assert_eq!(revoke().await, b"Token revoked");
    assert!(!world.accepts(&text(&pair, "access_token")).await);
    assert_eq!(revoke().await, b"Token not found");
}

#[tokio::test]
async fn an_administrator_of_the_project_revokes_its_tokens_by_every_text() {
    let world = World::new().await;
    world.project("web").await;
    for name in ["wanda", "sam"] {
        world.user(name).await;
    }
    let path = format!("{PROJECTS}/web/users/wanda");
    let roles = json!({"roles": ["Project Admin"]});
    world.json(Method::PUT, &path, &world.admin, &roles).await.expect(200);
    let bearer = async |name: &str| format!("Bearer {}", world.token_of(name).await);
    let (wanda, sam) = (bearer("wanda").await, bearer("sam").await);
    let scope = "applied-permissions/roles:web:Viewer";
    for field in ["access_token", "reference_token", "refresh_token"] {
        let body = json!({
            "username": "robot", "scope": scope, "refreshable": true, "include_reference_token": true,
        });
        let made = world.token(&body).await;
        let value = text(&made, field);
        world.form(REVOKE, &sam, &[("token", &value)]).await.expect(403);
        assert!(world.accepts(&text(&made, "access_token")).await);
        assert_eq!(world.form(REVOKE, &wanda, &[("token", &value)]).await.body, b"Token revoked", "{field}");
        assert!(!world.accepts(&text(&made, "access_token")).await);
    }
}
