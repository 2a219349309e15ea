//! What administrators of projects may do, and what they may not: a matrix of callers, projects and calls.

use crate::support::{GROUPS, NOW, PASSWORD, PROJECTS, TOKENS, USERS, World, request, text};
use access_core::AccessSettings;
use access_core::SignatureAlgorithm;
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

const INTROSPECTION: &str = accessd::routes::oauth::INTROSPECT;
const REVOCATION: &str = accessd::routes::oauth::REVOKE;
const OWN_TOKENS: &str = "/access/api/accessd/v1/tokens";

/// A service with the projects `web` and `shop`, whose administrators are `wanda` and, through a group, `sam`.
struct Projects {
    world: World,
    wanda: String,
    sam: String,
}

async fn projects() -> Projects {
    projects_with(AccessSettings::default()).await
}

async fn projects_with(settings: AccessSettings) -> Projects {
    let world = World::with(AccessSettings { signature: SignatureAlgorithm::Es256, ..settings }).await;
    for key in ["web", "shop"] {
        world.project(key).await;
    }
    for name in ["wanda", "sam", "frog"] {
        world.user(name).await;
    }
    let leads = json!({"name": "leads", "members": ["sam"]});
    world.post(GROUPS, &world.admin, &leads).await.expect(201);
    set(&world, &world.admin, "web/users/wanda", &["Project Admin"]).await.expect(200);
    set(&world, &world.admin, "shop/groups/leads", &["Project Admin"]).await.expect(200);
    set(&world, &world.admin, "web/users/frog", &["Developer"]).await.expect(200);
    let (wanda, sam) = (world.token_of("wanda").await, world.token_of("sam").await);
    Projects { world, wanda, sam }
}

async fn set(world: &World, token: &str, member: &str, roles: &[&str]) -> crate::support::Answer {
    world.json(Method::PUT, &format!("{PROJECTS}/{member}"), token, &json!({"roles": roles})).await
}

fn roles(project: &str) -> Value {
    json!({"username": "robot", "scope": format!("applied-permissions/roles:{project}:Viewer")})
}

async fn ids(world: &World, path: &str, token: &str) -> Vec<String> {
    let list = world.get(path, token).await.expect(200);
    let mut ids: Vec<_> =
        list["tokens"].as_array().unwrap().iter().map(|token| text(token, "token_id")).collect();
    ids.sort();
    ids
}

/// What the caller learns of a token by its text.
async fn introspected(world: &World, caller: &str, token: &Value) -> Value {
    let body = format!("token={}", text(token, "access_token"));
    let request = request(Method::POST, INTROSPECTION, caller);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(body)).unwrap()).await.expect(200)
}

/// RFC 7009: the answer is the same whatever happens.
async fn revoke_by_rfc(world: &World, caller: &str, token: &Value) {
    let body = format!("token={}", text(token, "access_token"));
    let request = request(Method::POST, REVOCATION, caller);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(world.send(request.body(Body::from(body)).unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_token_with_roles_is_the_projects_and_nothing_more() {
    let Projects { world, wanda, .. } = projects().await;
    let scope = "applied-permissions/roles:web:\"Project Admin\",Viewer";
    let made = world.post(TOKENS, &wanda, &json!({"username": "robot", "scope": scope})).await.expect(200);
    assert_eq!(made["scope"], scope);
    let token = text(&made, "access_token");
    let me = world.get(&format!("{TOKENS}/me"), &token).await.expect(200);
    assert_eq!((&me["project"], &me["scope"]), (&json!("web"), &json!(scope)));
    assert!(text(&me, "subject").ends_with("/users/robot"));
    // It is a token of the project, and mints, manages and sees nothing itself.
    for body in
        [json!({}), roles("web"), json!({"scope": scope}), json!({"scope": "applied-permissions/user"})]
    {
        world.post(TOKENS, &token, &body).await.refusal(403);
    }
    for path in [TOKENS, OWN_TOKENS, PROJECTS, USERS, GROUPS] {
        world.get(path, &token).await.refusal(403);
    }
    for path in ["web", "web/users", "web/roles", "web/users/wanda"] {
        world.get(&format!("{PROJECTS}/{path}"), &token).await.refusal(403);
    }
    set(&world, &token, "web/users/frog", &["Project Admin"]).await.refusal(403);
    // Nor does it for an administrator's name, which only an administrator puts into it.
    let body = json!({"username": "admin", "scope": scope});
    world.post(TOKENS, &wanda, &body).await.refusal(403);
    let admins = text(&world.post(TOKENS, &world.admin, &body).await.expect(200), "access_token");
    world.get(USERS, &admins).await.refusal(403);
    world.get(&format!("{USERS}/admin"), &admins).await.refusal(403);
    world.get(TOKENS, &admins).await.refusal(403);
}

#[tokio::test]
async fn what_a_projects_administrator_may_ask_for() {
    let settings = AccessSettings { max_expiry: 3600, default_expiry: 600, ..AccessSettings::default() };
    let Projects { world, wanda, sam } = projects_with(settings).await;
    let role = |name: &str| format!("applied-permissions/roles:web:{name}");
    world.post(&format!("{PROJECTS}/web/roles"), &wanda, &json!({"name": "Q A"})).await.expect(201);
    for body in [
        json!({"scope": role("Viewer")}),
        json!({"scope": role("Viewer"), "project_key": "", "username": "frog"}),
        json!({"scope": role("\"Q A\",Developer"), "project_key": "web", "username": "nobody-yet"}),
        json!({"scope": role("Viewer"), "expires_in": 3600, "refreshable": true, "include_reference_token": true}),
    ] {
        world.post(TOKENS, &wanda, &body).await.expect(200);
        let shop = body.to_string().replace(":web:", ":shop:").replace("\"web\"", "\"shop\"");
        let shop: Value = serde_json::from_str(&shop).unwrap();
        world.post(TOKENS, &wanda, &shop).await.refusal(403);
        // `Q A` is a role, and frog a member, of the other project only.
        let status = match shop.to_string() {
            text if text.contains("Q A") => 400,
            text if text.contains("frog") => 403,
            _ => 200,
        };
        assert_eq!(world.post(TOKENS, &sam, &shop).await.status, status, "{shop}");
    }
    for (body, status, word) in [
        (json!({"scope": role("no-such")}), 400, "no-such"),
        (json!({"scope": role("viewer")}), 400, "viewer"),
        (json!({"scope": role("Viewer"), "project_key": "shop"}), 403, "project_key"),
        (json!({"scope": role("Viewer"), "expires_in": 0}), 403, "expires_in"),
        (json!({"scope": role("Viewer"), "expires_in": 3601}), 403, "expires_in"),
        (json!({"scope": format!("{} applied-permissions/user", role("Viewer"))}), 403, "scope"),
        (json!({"scope": format!("{} project:web:r", role("Viewer"))}), 403, "scope"),
        (json!({"scope": format!("{} applied-permissions/roles:shop:Viewer", role("Viewer"))}), 403, "scope"),
        (json!({"scope": "applied-permissions/admin", "project_key": "web"}), 403, "scope"),
        (json!({"scope": "applied-permissions/groups:leads", "project_key": "web"}), 403, "scope"),
        (json!({"project_key": "web"}), 403, "project_key"),
        (json!({"username": "frog"}), 403, "username"),
        (json!({"username": "frog", "project_key": "web"}), 403, "username"),
    ] {
        let (_, message) = world.post(TOKENS, &wanda, &body).await.refusal(status);
        assert!(message.contains(word), "{body}: {message}");
    }
    // A narrow token of hers does none of it.
    let narrow = world.post(TOKENS, &world.admin, &json!({"username": "wanda", "project_key": "web"})).await;
    let narrow = text(&narrow.expect(200), "access_token");
    world.post(TOKENS, &narrow, &json!({"scope": role("Viewer")})).await.refusal(403);
    world.get(&format!("{PROJECTS}/web"), &narrow).await.refusal(403);
    let password = request(Method::GET, &format!("{PROJECTS}/web/users"), "");
    let basic = format!("Basic {}", base64(&format!("wanda:{PASSWORD}")));
    let answer = world.send(password.header("authorization", basic).body(Body::empty()).unwrap()).await;
    answer.expect(200);
}

/// Of ASCII text.
fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Otherwise a project's administrator would put everybody's name before what is protected by it.
#[tokio::test]
async fn a_projects_tokens_bear_the_names_of_its_members_or_of_nobody() {
    let Projects { world, wanda, sam } = projects().await;
    let named = async |token: &str, project: &str, name: &str| {
        let scope = format!("applied-permissions/roles:{project}:Viewer");
        world.post(TOKENS, token, &json!({"username": name, "scope": scope})).await
    };
    for name in ["wanda", "frog", "Frog", "nobody-yet"] {
        named(&wanda, "web", name).await.expect(200);
    }
    for name in ["sam", "admin"] {
        let (_, message) = named(&wanda, "web", name).await.refusal(403);
        assert!(message.starts_with("username: "), "{message}");
    }
    // Through a group, and only while it is in it.
    named(&sam, "shop", "wanda").await.refusal(403);
    let path = format!("{GROUPS}/leads/members");
    world.json(Method::PATCH, &path, &world.admin, &json!({"add": ["wanda"]})).await.expect(200);
    named(&sam, "shop", "wanda").await.expect(200);
    world.json(Method::PATCH, &path, &world.admin, &json!({"remove": ["wanda"]})).await.expect(200);
    named(&sam, "shop", "wanda").await.refusal(403);
}

#[tokio::test]
async fn projects_and_roles_of_a_token_exist_for_administrators_too() {
    let Projects { world, .. } = projects().await;
    for (body, field) in [
        (json!({"project_key": "none"}), "project_key"),
        (json!({"scope": "applied-permissions/roles:none:Viewer"}), "project_key"),
        (json!({"scope": "applied-permissions/roles:web:Nobody"}), "scope"),
        (json!({"scope": "applied-permissions/roles:web:Viewer", "project_key": "shop"}), "scope"),
        (
            json!({"scope": "applied-permissions/roles:web:Viewer applied-permissions/roles:none:Viewer"}),
            "scope",
        ),
    ] {
        let (_, message) = world.post(TOKENS, &world.admin, &body).await.refusal(400);
        assert!(message.starts_with(field), "{body}: {message}");
    }
    let both = "applied-permissions/roles:web:Viewer applied-permissions/roles:shop:Viewer";
    let token = text(&world.token(&json!({"scope": both})).await, "access_token");
    let me = world.get(&format!("{TOKENS}/me"), &token).await.expect(200);
    assert_eq!(me.get("project"), None, "it is no single project's");
}

// CVE-2026-68752, -66015: who administers a project administers nothing else, and who stops, stops at once.
#[tokio::test]
async fn reg_10_an_administrator_of_a_project_is_none_of_the_platform() {
    let Projects { world, wanda, sam } = projects().await;
    // Of the own project, everything that is the project's; of another, the same words as for one that is not there.
    for (caller, own, other) in [(&wanda, "web", "shop"), (&sam, "shop", "web")] {
        for (method, path, body, status) in calls() {
            let at = |key: &str| format!("{PROJECTS}/{key}{path}");
            let answer = world.json(method.clone(), &at(own), caller, &body).await;
            assert_eq!(
                answer.status,
                status,
                "{method} {} {}",
                at(own),
                String::from_utf8_lossy(&answer.body)
            );
            let refused = world.json(method.clone(), &at(other), caller, &body).await.refusal(403);
            let absent = world.json(method.clone(), &at("none"), caller, &body).await.refusal(403);
            assert_eq!(refused, absent, "{method} {path}: it is not told what there is");
        }
        let listed = world.get(PROJECTS, caller).await.expect(200);
        let keys: Vec<_> = listed.as_array().unwrap().iter().map(|of| text(of, "project_key")).collect();
        assert_eq!(keys, [own]);
        world.post(PROJECTS, caller, &json!({"project_key": "mine"})).await.refusal(403);
        world.post(USERS, caller, &json!({"username": "x", "password": PASSWORD})).await.refusal(403);
        world.get(USERS, caller).await.refusal(403);
        world.post(GROUPS, caller, &json!({"name": "x"})).await.refusal(403);
        let join = json!({"add": ["wanda"]});
        world.json(Method::PATCH, &format!("{GROUPS}/leads/members"), caller, &join).await.refusal(403);
        world
            .json(Method::PATCH, &format!("{USERS}/wanda"), caller, &json!({"admin": true}))
            .await
            .refusal(403);
        world.get("/access/api/v1/cert/root", caller).await.refusal(403);
    }
    let frog = world.token_of("frog").await;
    assert_eq!(world.get(PROJECTS, &frog).await.expect(200), json!([]), "a developer administers none");
    for (method, path, body, _) in calls() {
        world.json(method, &format!("{PROJECTS}/web{path}"), &frog, &body).await.refusal(403);
    }
    world.post(TOKENS, &frog, &roles("web")).await.refusal(403);
}

/// Calls about a project, and what an administrator of it is answered.
fn calls() -> Vec<(Method, &'static str, Value, u16)> {
    let (get, put, post, delete) = (Method::GET, Method::PUT, Method::POST, Method::DELETE);
    let viewer = json!({"roles": ["Viewer"]});
    vec![
        (get.clone(), "", json!({}), 200),
        (get.clone(), "/users", json!({}), 200),
        (get.clone(), "/groups", json!({}), 200),
        (get.clone(), "/roles", json!({}), 200),
        (get.clone(), "/roles/Viewer", json!({}), 200),
        (put.clone(), "/users/frog", viewer.clone(), 200),
        (get.clone(), "/users/frog", json!({}), 200),
        (delete.clone(), "/users/frog", json!({}), 204),
        (put.clone(), "/users/nobody", viewer.clone(), 404),
        (put.clone(), "/groups/nobodies", viewer, 404),
        (delete.clone(), "/groups/nobodies", json!({}), 404),
        (post, "/roles", json!({"name": "QA"}), 201),
        (put.clone(), "/roles/QA", json!({"actions": ["X"]}), 200),
        (delete.clone(), "/roles/QA", json!({}), 204),
        (delete.clone(), "/roles/Viewer", json!({}), 409),
        (put, "", json!({"description": "mine"}), 403),
        (delete, "", json!({}), 403),
    ]
}

#[tokio::test]
async fn who_loses_the_role_loses_all_at_the_next_request() {
    let Projects { world, wanda, sam } = projects().await;
    let of_web = text(&world.post(TOKENS, &wanda, &roles("web")).await.expect(200), "access_token");
    let of_shop = text(&world.post(TOKENS, &sam, &roles("shop")).await.expect(200), "access_token");
    set(&world, &world.admin, "web/users/wanda", &["Developer"]).await.expect(200);
    world.delete(&format!("{GROUPS}/leads"), &world.admin).await.expect(204);
    for (caller, key, made) in [(&wanda, "web", &of_web), (&sam, "shop", &of_shop)] {
        world.get(&format!("{PROJECTS}/{key}/users"), caller).await.refusal(403);
        world.post(TOKENS, caller, &roles(key)).await.refusal(403);
        let id = text(&world.get(&format!("{TOKENS}/me"), made).await.expect(200), "token_id");
        world.get(&format!("{TOKENS}/{id}"), caller).await.refusal(403);
        world.delete(&format!("{TOKENS}/{id}"), caller).await.refusal(403);
        assert_eq!(ids(&world, TOKENS, caller).await.len(), 1, "the own one");
        assert_eq!(ids(&world, OWN_TOKENS, caller).await.len(), 1);
        // The token is the project's, and stays.
        world.get(&format!("{TOKENS}/me"), made).await.expect(200);
    }
}

#[tokio::test]
async fn members_are_managed_where_the_project_allows_it() {
    let Projects { world, wanda, .. } = projects().await;
    let path = format!("{PROJECTS}/web");
    let off = json!({"admin_privileges": {"manage_members": false}});
    world.json(Method::PUT, &path, &world.admin, &off).await.expect(200);
    let (_, message) = set(&world, &wanda, "web/users/frog", &["Viewer"]).await.refusal(403);
    assert!(message.contains("manage_members"), "{message}");
    world.delete(&format!("{path}/users/frog"), &wanda).await.refusal(403);
    world.post(&format!("{path}/roles"), &wanda, &json!({"name": "QA"})).await.refusal(403);
    // To read them and to make tokens is another thing.
    world.get(&format!("{path}/users"), &wanda).await.expect(200);
    world.post(TOKENS, &wanda, &roles("web")).await.expect(200);
    set(&world, &world.admin, "web/users/frog", &["Viewer"]).await.expect(200);
}

// CVE-2026-40264, CVE-2021-45730: T5. Whatever path a token of another project is named by, it is out of reach.
#[tokio::test]
async fn reg_40_tokens_of_another_project_are_neither_seen_nor_revoked() {
    let Projects { world, wanda, sam } = projects().await;
    let body =
        |key: &str| json!({"scope": format!("applied-permissions/roles:{key}:Viewer"), "refreshable": true});
    let web = world.post(TOKENS, &wanda, &body("web")).await.expect(200);
    let shop = world.post(TOKENS, &sam, &body("shop")).await.expect(200);
    let by_admin = world.token(&json!({"username": "frog", "project_key": "web"})).await;
    let plain = world.token(&json!({"username": "frog"})).await;
    let id = |token: &Value| text(token, "token_id");
    for path in [TOKENS, OWN_TOKENS] {
        let own = |token: &str, more: &[&Value]| {
            let mut ids: Vec<String> = more.iter().map(|token| id(token)).collect();
            ids.push(token.to_owned());
            ids.sort();
            ids
        };
        let me = async |token: &str| id(&world.get(&format!("{TOKENS}/me"), token).await.expect(200));
        assert_eq!(ids(&world, path, &wanda).await, own(&me(&wanda).await, &[&web, &by_admin]), "{path}");
        assert_eq!(ids(&world, path, &sam).await, own(&me(&sam).await, &[&shop]), "{path}");
        assert_eq!(ids(&world, &format!("{path}?username=frog"), &wanda).await, [id(&by_admin)]);
        assert_eq!(ids(&world, &format!("{path}?username=frog"), &sam).await, [""; 0]);
        assert_eq!(ids(&world, &format!("{path}?token_id={}", id(&web)), &sam).await, [""; 0]);
    }
    assert_eq!(ids(&world, &format!("{OWN_TOKENS}?project=web&state=all"), &sam).await, [""; 0]);
    for token in [&web, &by_admin, &plain] {
        for path in [TOKENS, OWN_TOKENS] {
            world.get(&format!("{path}/{}", id(token)), &sam).await.refusal(403);
        }
        world.delete(&format!("{TOKENS}/{}", id(token)), &sam).await.refusal(403);
        let value = json!({"token": text(token, "access_token")});
        world.json(Method::DELETE, &format!("{TOKENS}/revoke"), &sam, &value).await.refusal(403);
        let later = json!({"after": 60});
        world.post(&format!("{OWN_TOKENS}/{}/revocation", id(token)), &sam, &later).await.refusal(403);
        let many =
            world.post(&format!("{OWN_TOKENS}/revoke"), &sam, &json!({"token_ids": [id(token)]})).await;
        assert_eq!(introspected(&world, &sam, token).await, json!({"active": false}));
        revoke_by_rfc(&world, &sam, token).await;
        let text = String::from_utf8(many.body).unwrap();
        assert!(text.contains("forbidden") && text.contains("\"revoked\":0"), "{text}");
        world.get(&format!("{TOKENS}/me"), &crate::support::text(token, "access_token")).await.expect(200);
    }
    let none = world.post(&format!("{OWN_TOKENS}/revoke"), &sam, &json!({"project": "web"})).await;
    assert!(String::from_utf8(none.body).unwrap().contains("\"revoked\":0"));
    world.get(&format!("{TOKENS}/me"), &text(&web, "access_token")).await.expect(200);
}

#[tokio::test]
async fn the_own_projects_tokens_are_seen_and_revoked_by_every_path() {
    let Projects { world, wanda, .. } = projects().await;
    let make = async || world.post(TOKENS, &wanda, &roles("web")).await.expect(200);
    let tokens = [make().await, make().await, make().await, make().await, make().await];
    let id = |at: usize| text(&tokens[at], "token_id");
    let gone = async |at: usize| {
        world.get(&format!("{TOKENS}/me"), &text(&tokens[at], "access_token")).await.refusal(401);
    };
    assert_eq!(world.get(&format!("{TOKENS}/{}", id(0)), &wanda).await.expect(200)["project"], "web");
    let details = world.get(&format!("{OWN_TOKENS}/{}", id(0)), &wanda).await.expect(200);
    assert!(text(&details, "created_by").ends_with("/users/wanda"), "{details}");
    world.delete(&format!("{TOKENS}/{}", id(0)), &wanda).await.expect(200);
    gone(0).await;
    let value = json!({"token": text(&tokens[1], "access_token")});
    world.json(Method::DELETE, &format!("{TOKENS}/revoke"), &wanda, &value).await.expect(200);
    gone(1).await;
    let told = introspected(&world, &wanda, &tokens[2]).await;
    assert_eq!((&told["active"], &told["username"]), (&json!(true), &json!("robot")));
    let due = world.post(&format!("{OWN_TOKENS}/{}/revocation", id(2)), &wanda, &json!({"after": 60})).await;
    assert_eq!(due.expect(200)["revocation_due"], NOW + 60);
    let ids = json!({"token_ids": [id(3)]});
    world.post(&format!("{OWN_TOKENS}/revoke"), &wanda, &ids).await;
    gone(3).await;
    let rest = world.post(&format!("{OWN_TOKENS}/revoke"), &wanda, &json!({"username": "robot"})).await;
    assert!(String::from_utf8(rest.body).unwrap().contains("\"revoked\":2"));
    gone(4).await;
    gone(2).await;
    let last = make().await;
    revoke_by_rfc(&world, &wanda, &last).await;
    world.get(&format!("{TOKENS}/me"), &text(&last, "access_token")).await.refusal(401);
    world.get(&format!("{TOKENS}/me"), &wanda).await.expect(200);
}

#[tokio::test]
async fn a_projects_tokens_end_with_it() {
    let Projects { world, wanda, sam } = projects().await;
    let body = json!({"scope": "applied-permissions/roles:web:Viewer", "refreshable": true, "include_reference_token": true});
    let token = world.post(TOKENS, &wanda, &body).await.expect(200);
    let bound = text(&world.token(&json!({"username": "frog", "project_key": "web"})).await, "access_token");
    let of_shop = text(&world.post(TOKENS, &sam, &roles("shop")).await.expect(200), "access_token");
    world.delete(&format!("{PROJECTS}/web"), &world.admin).await.expect(204);
    for dead in [text(&token, "access_token"), text(&token, "reference_token"), bound] {
        world.get(&format!("{TOKENS}/me"), &dead).await.refusal(401);
    }
    let refresh = json!({"grant_type": "refresh_token", "refresh_token": text(&token, "refresh_token")});
    assert!(world.post(TOKENS, &text(&token, "access_token"), &refresh).await.status >= 400);
    world.get(&format!("{TOKENS}/me"), &of_shop).await.expect(200);
    world.get(&format!("{PROJECTS}/web"), &wanda).await.refusal(403);
    world.post(TOKENS, &wanda, &roles("web")).await.refusal(403);
    world.project("web").await;
    world.get(&format!("{TOKENS}/me"), &text(&token, "access_token")).await.refusal(401);
    world.post(TOKENS, &wanda, &roles("web")).await.refusal(403);
}
