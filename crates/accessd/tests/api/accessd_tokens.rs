//! `GET /access/api/accessd/v1/tokens` and `/tokens/{id}`.

use crate::support::{NOW, TOKENS, World, text};
use serde_json::{Value, json};

pub(crate) const OWN_TOKENS: &str = "/access/api/accessd/v1/tokens";

async fn page(world: &World, token: &str, query: &str) -> Value {
    world.get(&format!("{OWN_TOKENS}{query}"), token).await.expect(200)
}

fn descriptions(page: &Value) -> Vec<&str> {
    let tokens = page["tokens"].as_array().unwrap();
    tokens.iter().map(|token| token["description"].as_str().unwrap_or_default()).collect()
}

/// All pages of a list, by pages of two.
async fn all_pages(world: &World, token: &str, query: &str) -> Vec<Value> {
    let mut tokens = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = page(world, token, &format!("{query}&limit=2{cursor}")).await;
        let on_page = answer["tokens"].as_array().unwrap();
        assert!(on_page.len() <= 2 && !on_page.is_empty(), "an empty page comes only if there is nothing");
        tokens.extend(on_page.iter().cloned());
        match answer.get("cursor") {
            Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
            None => return tokens,
        }
    }
}

#[tokio::test]
async fn a_token_is_told_field_by_field() {
    let world = World::new().await;
    world.user("frog").await;
    world.project("web").await;
    let full = world
        .token(&json!({
            "username": "frog", "scope": "applied-permissions/groups:readers", "description": "ci",
            "refreshable": true, "include_reference_token": true, "expires_in": 60, "audience": "jfac@*",
            "project_key": "web",
        }))
        .await;
    let id = text(&full, "token_id");
    let me = world.get(&format!("{TOKENS}/me"), &world.admin).await.expect(200);
    let issuer = text(&me, "issuer");
    let expected = json!({
        "token_id": id, "subject": format!("{issuer}/users/frog"),
        "scope": "applied-permissions/groups:readers", "audience": "jfac@*", "issuer": issuer,
        "issued_at": NOW, "expiry": NOW + 60, "description": "ci", "project": "web", "refreshable": true,
        "has_reference_token": true, "revocable": true, "created_by": format!("{issuer}/users/admin"),
        "parent_token_id": me["token_id"], "state": "live",
    });
    let path = format!("{OWN_TOKENS}/{id}");
    let answer = world.get(&path, &world.admin).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(String::from_utf8(answer.body).unwrap(), expected.to_string(), "fields and their order");
    assert_eq!(page(&world, &world.admin, &format!("?token_id={id}")).await, json!({"tokens": [expected]}));
    let never = world.token(&json!({"expires_in": 0})).await;
    let bare = world.get(&format!("{OWN_TOKENS}/me"), &text(&never, "access_token")).await.expect(200);
    assert_eq!((bare.get("expiry"), &bare["last_used"]), (None, &json!(NOW)));
    world.clock.set(NOW + 60);
    assert_eq!(world.get(&path, &world.admin).await.expect(200)["state"], "expired");
    world.delete(&format!("{TOKENS}/{id}"), &world.admin).await.expect(200);
    let gone = world.get(&path, &world.admin).await.expect(200);
    assert_eq!((&gone["state"], &gone["revoked_at"]), (&json!("revoked"), &json!(NOW + 60)));
    assert_eq!(gone["revoked_for"], "requested");
}

#[tokio::test]
async fn the_state_tells_why_a_token_cannot_be_used() {
    let world = World::new().await;
    world.user("frog").await;
    let token = world.token(&json!({"username": "frog", "refreshable": true})).await;
    let id = text(&token, "token_id");
    let path = format!("{OWN_TOKENS}/{id}");
    let disabled = json!({"status": "disabled"});
    let user = "/access/api/v2/users/frog";
    world.json(axum::http::Method::PATCH, user, &world.admin, &disabled).await.expect(200);
    assert_eq!(world.get(&path, &world.admin).await.expect(200)["state"], "user_unavailable");
    for (state, count) in [("live", 0), ("expired", 0), ("revoked", 0), ("all", 1)] {
        let page = page(&world, &world.admin, &format!("?username=frog&state={state}")).await;
        assert_eq!(page["tokens"].as_array().unwrap().len(), count, "{state}");
    }
    assert_eq!(world.get(&format!("{TOKENS}/{id}"), &world.admin).await.status, 404, "the wire's stays");
    for unknown in ["no-such", "01890000-0000-7000-8000-000000000000"] {
        assert_eq!(
            world.get(&format!("{OWN_TOKENS}/{unknown}"), &world.admin).await.refusal(404).0,
            "NOT_FOUND"
        );
    }
}

#[tokio::test]
async fn filters_states_and_orders_page_by_page() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (at, (username, description, expires_in, refreshable)) in [
        ("b", "ci 1", 500, false),
        ("a", "ci 2", 300, true),
        ("c", "ci 3", 50, false),
        ("a", "ci 4", 400, true),
    ]
    .into_iter()
    .enumerate()
    {
        world.clock.set(NOW + at as u64 + 1);
        let scope = if at < 2 { "system:info:r api:*" } else { "applied-permissions/groups:\"x y\"" };
        let body = json!({
            "username": username, "description": description, "expires_in": expires_in, "scope": scope,
            "refreshable": refreshable,
        });
        ids.push(text(&world.token(&body).await, "token_id"));
    }
    world.clock.set(NOW + 100);
    world.delete(&format!("{TOKENS}/{}", ids[1]), &world.admin).await.expect(200);
    for (query, wanted) in [
        ("?description=ci*", &["ci 1", "ci 4"][..]),
        ("?description=ci*&state=live&descending_order=true", &["ci 4", "ci 1"]),
        ("?description=ci*&state=expired", &["ci 3"]),
        ("?description=ci*&state=revoked", &["ci 2"]),
        ("?description=ci*&state=all", &["ci 1", "ci 2", "ci 3", "ci 4"]),
        ("?description=ci*&state=all&order_by=expiry", &["ci 3", "ci 2", "ci 4", "ci 1"]),
        (
            "?description=ci*&state=all&order_by=owner&descending_order=true",
            &["ci 3", "ci 1", "ci 4", "ci 2"],
        ),
        ("?description=ci*&state=all&refreshable=true", &["ci 2", "ci 4"]),
        ("?username=A&state=all", &["ci 2", "ci 4"]),
        ("?scope=system:info:r&state=all", &["ci 1", "ci 2"]),
        ("?scope=api:*&state=all", &["ci 1", "ci 2"]),
        ("?scope=applied-permissions/groups:*&state=all", &["ci 3", "ci 4"]),
        ("?expires_within=304", &["ci 4"]),
        ("?expires_within=304&state=all", &["ci 4"]),
        ("?expires_within=401&description=ci*&order_by=expiry", &["ci 4", "ci 1"]),
        ("?unused_for=97&state=all", &["ci 1", "ci 2", "ci 3"]),
    ] {
        let whole = page(&world, &world.admin, query).await;
        assert_eq!(descriptions(&whole), wanted, "{query}");
        assert_eq!(whole.get("cursor"), None);
        assert_eq!(json!(all_pages(&world, &world.admin, query).await), whole["tokens"], "{query}");
    }
    assert_eq!(page(&world, &world.admin, "?token_id=no-such").await, json!({"tokens": []}));
}

#[tokio::test]
async fn what_is_misspelt_is_refused_and_named() {
    let world = World::new().await;
    for (query, word) in [
        ("?usrname=frog", "usrname"),
        ("?username=", "username"),
        ("?username=a&username=b", "username"),
        ("?state=dead", "state"),
        ("?expires_within=1h", "expires_within"),
        ("?expires_within=60&state=expired", "expires_within"),
        ("?unused_for=-1", "unused_for"),
        ("?refreshable=1", "refreshable"),
        ("?order_by=last_used", "order_by"),
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?cursor=abc", "cursor"),
        ("?cursor=%00", "cursor"),
    ] {
        let (code, message) = world.get(&format!("{OWN_TOKENS}{query}"), &world.admin).await.refusal(400);
        assert_eq!(code, "BAD_REQUEST");
        assert!(message.contains(word), "{query}: {message}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_and_its_caller() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    for _ in 0..3 {
        world.token_of("frog").await;
    }
    let first = page(&world, &frog, "?limit=2").await;
    let cursor = text(&first, "cursor");
    assert_eq!(
        page(&world, &frog, &format!("?limit=3&cursor={cursor}")).await["tokens"].as_array().unwrap().len(),
        2
    );
    for (token, query) in [
        (&world.admin, "?"),
        (&frog, "?order_by=expiry&"),
        (&frog, "?state=all&"),
        (&frog, "?username=frog&"),
        (&frog, "?descending_order=true&"),
    ] {
        let answer = world.get(&format!("{OWN_TOKENS}{query}limit=2&cursor={cursor}"), token).await;
        assert!(answer.refusal(400).1.starts_with("cursor:"), "{query}");
    }
    let users = world.get("/access/api/v2/users?limit=1", &world.admin).await.expect(200);
    let foreign = format!("{OWN_TOKENS}?cursor={}", text(&users, "cursor"));
    assert_eq!(world.get(&foreign, &world.admin).await.refusal(400).0, "BAD_REQUEST");
}

#[tokio::test]
async fn everybody_sees_what_the_wire_shows_them() {
    let world = World::new().await;
    world.user("frog").await;
    world.user("toad").await;
    let (frog, toad) = (world.token_of("frog").await, world.token_of("toad").await);
    let own = page(&world, &frog, "?state=all").await;
    let [only] = own["tokens"].as_array().unwrap().as_slice() else { panic!("{own}") };
    let path = format!("{OWN_TOKENS}/{}", text(only, "token_id"));
    assert_eq!(world.get(&path, &toad).await.refusal(403).0, "FORBIDDEN");
    assert_eq!(page(&world, &frog, "?username=toad").await, json!({"tokens": []}));
    let narrow = json!({"username": "frog", "scope": "system:info:r"});
    let narrow = text(&world.token(&narrow).await, "access_token");
    for query in ["", "?token_id=no-such", "?unused_for=1"] {
        let answer = world.get(&format!("{OWN_TOKENS}{query}"), &narrow).await;
        assert_eq!(answer.refusal(403).0, "FORBIDDEN", "{query}");
    }
    let itself = world.get(&format!("{OWN_TOKENS}/me"), &narrow).await.expect(200);
    world.get(&format!("{OWN_TOKENS}/{}", text(&itself, "token_id")), &narrow).await.expect(200);
    let elsewhere = json!({"audience": "jfrt@*"});
    let elsewhere = text(&world.token(&elsewhere).await, "access_token");
    world.get(&format!("{OWN_TOKENS}/me"), &elsewhere).await.expect(200);
    world.get(OWN_TOKENS, &elsewhere).await.refusal(401);
    world.get(OWN_TOKENS, "").await.refusal(401);
}

#[tokio::test]
async fn one_token_is_shown_without_parameters_only() {
    let world = World::new().await;
    let me = world.get(&format!("{OWN_TOKENS}/me"), &world.admin).await.expect(200);
    for which in ["me", &text(&me, "token_id")] {
        let answer = world.get(&format!("{OWN_TOKENS}/{which}?state=live"), &world.admin).await;
        assert!(answer.refusal(400).1.contains("\"state\""), "{which}");
    }
}

#[tokio::test]
async fn a_new_user_of_an_old_name_sees_nothing_of_its_predecessor() {
    let world = World::new().await;
    let early = json!({"username": "frog", "scope": "system:info:r"});
    let early = text(&world.token(&early).await, "token_id");
    world.user("frog").await;
    let old = text(&world.token(&json!({"username": "frog", "description": "secret"})).await, "token_id");
    world.delete("/access/api/v2/users/frog", &world.admin).await.expect(204);
    let unbound = json!({"username": "frog", "scope": "system:info:r"});
    let unbound = text(&world.token(&unbound).await, "token_id");
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let own = text(&world.get(&format!("{OWN_TOKENS}/me"), &frog).await.expect(200), "token_id");
    let ids = |page: &Value| -> Vec<String> {
        page["tokens"].as_array().unwrap().iter().map(|token| text(token, "token_id")).collect()
    };
    let mut seen = ids(&page(&world, &frog, "?state=all").await);
    let mut expected = [early, unbound, own];
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected, "what was made for the name when nobody had it counts as its own");
    let path = format!("{OWN_TOKENS}/{old}");
    assert_eq!(world.get(&path, &frog).await.refusal(403).0, "FORBIDDEN");
    world.post(&format!("{path}/revocation"), &frog, &json!({"after": 60})).await.refusal(403);
    assert_eq!(ids(&page(&world, &world.admin, "?state=all&username=frog").await).len(), 4);
    assert_eq!(world.get(&path, &world.admin).await.expect(200)["state"], "user_unavailable");
}
