//! `/access/api/v2/groups`.

use crate::support::{GROUPS, USERS, World, text};
use axum::http::Method;
use serde_json::json;

#[tokio::test]
async fn the_life_of_a_group() {
    let world = World::new().await;
    let admin = world.admin.as_str();
    world.user("frog").await;
    let body = json!({"name": "group 2", "description": "", "members": ["frog"]});
    let group = world.post(GROUPS, admin, &body).await.expect(201);
    assert_eq!(
        group,
        json!({
            "name": "group 2", "description": null, "auto_join": false, "admin_privileges": false,
            "realm": "internal", "realm_attributes": null, "external_id": null, "members": ["frog"],
        })
    );
    assert_eq!(world.post(GROUPS, admin, &body).await.refusal(409).0, "CONFLICT");
    let path = format!("{GROUPS}/group%202");
    assert_eq!(world.get(&path, admin).await.expect(200), group);
    let user = world.get(&format!("{USERS}/frog"), admin).await.expect(200);
    assert_eq!(user["groups"], json!(["group 2"]));

    let changed =
        world.json(Method::PATCH, &path, admin, &json!({"description": "d", "auto_join": true})).await;
    assert_eq!(changed.expect(200)["description"], "d");
    world.user("toad").await;
    let members =
        world.json(Method::PATCH, &format!("{path}/members"), admin, &json!({"remove": ["frog"]})).await;
    assert_eq!(members.expect(200), json!({"members": ["toad"]}));
    let missing =
        world.json(Method::PATCH, &format!("{path}/members"), admin, &json!({"add": ["no-such"]})).await;
    assert_eq!(missing.refusal(404).0, "NOT_FOUND");

    world.delete(&path, admin).await.expect(204);
    world.delete(&path, admin).await.refusal(404);
    world.get(&path, admin).await.refusal(404);
}

#[tokio::test]
async fn a_group_of_people_who_do_not_exist_is_404() {
    let world = World::new().await;
    let body = json!({"name": "readers", "members": ["no-such"]});
    assert_eq!(world.post(GROUPS, &world.admin, &body).await.refusal(404).0, "NOT_FOUND");
}

#[tokio::test]
async fn the_list_holds_names_and_addresses() {
    let world = World::new().await;
    for name in ["a b", "c", "d"] {
        world.post(GROUPS, &world.admin, &json!({"name": name})).await.expect(201);
    }
    let first = world.get(&format!("{GROUPS}?limit=2"), &world.admin).await.expect(200);
    assert_eq!(
        first["groups"],
        json!([
            {"group_name": "a b", "uri": "/access/api/v2/groups/a%20b"},
            {"group_name": "c", "uri": "/access/api/v2/groups/c"},
        ])
    );
    let cursor = text(&first, "cursor");
    let second = world.get(&format!("{GROUPS}?limit=2&cursor={cursor}"), &world.admin).await.expect(200);
    assert_eq!(second, json!({"groups": [{"group_name": "d", "uri": "/access/api/v2/groups/d"}]}));
}

#[tokio::test]
async fn a_list_can_be_filtered_and_turned() {
    let world = World::new().await;
    for name in ["readers", "writers", "owners"] {
        world.post(GROUPS, &world.admin, &json!({"name": name})).await.expect(201);
    }
    for (query, wanted) in [
        ("?group_name=ers", &["owners", "readers", "writers"][..]),
        ("?name=ead", &["readers"]),
        ("?descendingOrder=True", &["writers", "readers", "owners"]),
        ("?group_name=none", &[]),
    ] {
        let body = world.get(&format!("{GROUPS}{query}"), &world.admin).await.expect(200);
        let names: Vec<String> =
            body["groups"].as_array().unwrap().iter().map(|group| text(group, "group_name")).collect();
        assert_eq!(names, wanted, "{query}");
    }
    for query in ["?limit=0", "?limit=1001", "?limit=x", "?cursor=forged", "?descendingOrder=1"] {
        assert_eq!(
            world.get(&format!("{GROUPS}{query}"), &world.admin).await.refusal(400).0,
            "BAD_REQUEST",
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_change_leaves_alone_what_it_does_not_name() {
    let world = World::new().await;
    world.user("frog").await;
    let body = json!({
        "name": "readers", "description": "d", "auto_join": true, "external_id": "e",
        "realm_attributes": "r", "members": ["frog"],
    });
    let made = world.post(GROUPS, &world.admin, &body).await.expect(201);
    let path = format!("{GROUPS}/readers");
    for body in [json!({}), json!({"name": "readers", "unknown": 1})] {
        assert_eq!(world.json(Method::PATCH, &path, &world.admin, &body).await.expect(200), made, "{body}");
    }
    let changed = world.json(Method::PATCH, &path, &world.admin, &json!({"description": ""})).await;
    let mut wanted = made;
    wanted["description"] = json!(null);
    assert_eq!(changed.expect(200), wanted);
    // Who is new joins.
    world.user("toad").await;
    let user = world.get(&format!("{USERS}/toad"), &world.admin).await.expect(200);
    assert_eq!(user["groups"], json!(["readers"]));
    let wrong = json!({"name": "x".repeat(65)});
    assert!(world.post(GROUPS, &world.admin, &wrong).await.refusal(400).1.contains("name"));
}

#[tokio::test]
async fn rights_through_a_group_end_with_it() {
    let world = World::new().await;
    world.user("frog").await;
    let body = json!({"name": "chiefs", "admin_privileges": true, "members": ["frog"]});
    world.post(GROUPS, &world.admin, &body).await.expect(201);
    let frog = world.token_of("frog").await;
    world.get(USERS, &frog).await.expect(200);
    world.delete(&format!("{GROUPS}/chiefs"), &world.admin).await.expect(204);
    world.get(USERS, &frog).await.refusal(401);
}

#[tokio::test]
async fn groups_are_for_administrators() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    world.get(GROUPS, &frog).await.refusal(403);
    world.post(GROUPS, &frog, &json!({"name": "x"})).await.refusal(403);
    world.delete(&format!("{GROUPS}/x"), &frog).await.refusal(403);
}
