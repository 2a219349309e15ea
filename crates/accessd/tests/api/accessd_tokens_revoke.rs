//! `POST /access/api/accessd/v1/tokens/revoke`.

use crate::accessd_tokens::OWN_TOKENS;
use crate::support::{Answer, NOW, TOKENS, World, request, text};
use access_core::clock::Clock as _;
use access_core::{Credential, TokenSelector};
use access_store::Fault;
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

async fn revoke(world: &World, token: &str, body: &Value) -> Answer {
    world.post(&format!("{OWN_TOKENS}/revoke"), token, body).await
}

/// Each line, the last one by itself.
fn lines(answer: &Answer) -> (Vec<Value>, Value) {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.ends_with('\n'));
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.pop().unwrap();
    (lines, last)
}

#[tokio::test]
async fn ids_are_answered_line_by_line() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    let other = text(&world.token(&json!({})).await, "token_id");
    let mine = text(&world.get(&format!("{TOKENS}/me"), &frog).await.expect(200), "token_id");
    let unknown = "01890000-0000-7000-8000-000000000000";
    let answer = revoke(&world, &frog, &json!({"token_ids": [other, mine, unknown, mine]})).await;
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let expected = format!(
        "{{\"token_id\":\"{other}\",\"outcome\":\"forbidden\"}}\n\
         {{\"token_id\":\"{mine}\",\"outcome\":\"revoked\"}}\n\
         {{\"token_id\":\"{unknown}\",\"outcome\":\"already_gone\"}}\n\
         {{\"complete\":true,\"revoked\":1,\"already_gone\":1,\"forbidden\":1}}\n"
    );
    assert_eq!(text, expected, "an id that stands twice is one");
    lines(&answer);
    world.get(&format!("{TOKENS}/me"), &frog).await.refusal(401);
    world.get(&format!("{TOKENS}/{other}"), &world.admin).await.expect(200);
}

#[tokio::test]
async fn filters_choose_as_in_the_list() {
    let world = World::new().await;
    world.user("frog").await;
    world.project("web").await;
    let bodies = [
        json!({"description": "ci one", "scope": "system:info:r", "expires_in": 120, "username": "a"}),
        json!({"description": "ci two", "refreshable": true, "project_key": "web", "username": "a"}),
        json!({"description": "other", "username": "frog"}),
    ];
    for (filter, query, count) in [
        (json!({"description": "ci*"}), "description=ci*", 2),
        (json!({"description": "ci one"}), "description=ci%20one", 1),
        (json!({"username": "FROG"}), "username=FROG", 1),
        (json!({"scope": "system:info:r"}), "scope=system:info:r", 1),
        (json!({"scope": "system:*", "expires_within": 60}), "scope=system:*&expires_within=60", 1),
        (json!({"refreshable": true}), "refreshable=true", 1),
        (json!({"project": "web"}), "project=web", 1),
        (json!({"expires_within": 60}), "expires_within=60", 1),
        (json!({"username": "a", "unused_for": 1}), "username=a&unused_for=60", 2),
        (json!({"username": "nobody"}), "username=nobody", 0),
    ] {
        let mut made = Vec::new();
        for body in &bodies {
            let mut body = body.clone();
            if body["username"] == "a" && body.get("scope").is_none() {
                body["scope"] = json!("applied-permissions/groups:x");
            }
            made.push(text(&world.token(&body).await, "token_id"));
        }
        world.clock.set(world.clock.now() + 60);
        let page = world.get(&format!("{OWN_TOKENS}?{query}"), &world.admin).await.expect(200);
        let mut listed: Vec<&str> = page["tokens"]
            .as_array()
            .unwrap()
            .iter()
            .map(|token| token["token_id"].as_str().unwrap())
            .collect();
        let answer = revoke(&world, &world.admin, &filter).await;
        let (told, last) = lines(&answer);
        let mut revoked: Vec<&str> = told.iter().map(|line| line["token_id"].as_str().unwrap()).collect();
        listed.sort_unstable();
        revoked.sort_unstable();
        assert_eq!((revoked.len(), revoked), (count, listed), "{filter}");
        assert_eq!(last["revoked"], count);
        let rest = json!({ "token_ids": made });
        assert_eq!(lines(&revoke(&world, &world.admin, &rest).await).1["already_gone"], count, "{filter}");
    }
}

#[tokio::test]
async fn all_is_every_live_token_the_caller_manages() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    for _ in 0..230 {
        world.token_of("frog").await;
    }
    let (told, last) = lines(&revoke(&world, &frog, &json!({"all": true})).await);
    assert_eq!((told.len(), &last["revoked"]), (231, &json!(231)));
    let list = world.get(TOKENS, &world.admin).await.expect(200);
    assert_eq!(list["tokens"].as_array().unwrap().len(), 1);
    let (told, last) = lines(&revoke(&world, &world.admin, &json!({"all": true})).await);
    assert_eq!((told.len(), &last["complete"]), (1, &json!(true)));
    world.get(TOKENS, &world.admin).await.refusal(401);
}

#[tokio::test]
async fn what_is_not_understood_revokes_nothing() {
    let world = World::new().await;
    let many: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    for (body, word) in [
        (json!({}), "no tokens"),
        (json!({"username": null}), "username"),
        (json!({"username": null, "refreshable": false}), "username"),
        (json!({"token_ids": ["x"], "all": null}), "all"),
        (json!({"scope": "*"}), "scope"),
        (json!({"description": "*"}), "description"),
        (json!({"unused_for": 0}), "unused_for"),
        (json!({"username": "", "refreshable": false}), "username"),
        (json!({"usrname": "frog", "refreshable": false}), "usrname"),
        (json!({"state": "live"}), "state"),
        (json!({"token_id": "x", "refreshable": false}), "token_id"),
        (json!({"all": false}), "all"),
        (json!({"all": false, "refreshable": false}), "all"),
        (json!({"all": true, "refreshable": false}), "one of them"),
        (json!({"all": true, "token_ids": ["x"]}), "one of them"),
        (json!({"token_ids": ["x"], "username": "frog"}), "one of them"),
        (json!({"token_ids": []}), "1 to 1000"),
        (json!({ "token_ids": many }), "1 to 1000"),
        (json!({ "token_ids": vec!["x"; 1001] }), "1 to 1000"),
        (json!({"token_ids": "x"}), "token_ids"),
        (json!({"token_ids": [1]}), "token_ids"),
        (json!({"unused_for": "90d"}), "unused_for"),
        (json!({"refreshable": "true"}), "refreshable"),
        (json!([]), "object"),
    ] {
        let (code, message) = revoke(&world, &world.admin, &body).await.refusal(400);
        assert!(code == "BAD_REQUEST" && message.contains(word), "{body}: {message}");
    }
    let empty = world.call(Method::POST, &format!("{OWN_TOKENS}/revoke"), &world.admin).await;
    empty.refusal(400);
    let form = request(Method::POST, &format!("{OWN_TOKENS}/revoke"), &world.admin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("all=true"));
    world.send(form.unwrap()).await.refusal(415);
    revoke(&world, "", &json!({"all": true})).await.refusal(401);
    let narrow = text(&world.token(&json!({"scope": "system:info:r"})).await, "access_token");
    revoke(&world, &narrow, &json!({"all": true})).await.refusal(403);
    world.get(TOKENS, &world.admin).await.expect(200);
}

#[tokio::test]
async fn storage_that_fails_midway_is_told_in_the_last_line() {
    let world = World::new().await;
    world.user("frog").await;
    for _ in 0..250 {
        world.token_of("frog").await;
    }
    world.clock.set(NOW + 1);
    let batches = std::sync::atomic::AtomicUsize::new(0);
    world.store.set_plan(move |method| {
        let count = || batches.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        (method == "revoke_tokens" && count() == 1).then_some(Fault::Before)
    });
    let (told, last) = lines(&revoke(&world, &world.admin, &json!({"username": "frog"})).await);
    assert_eq!(told.len(), 100);
    assert_eq!((&last["complete"], &last["revoked"]), (&json!(false), &json!(100)));
    assert_eq!(last["error"], "this cannot be decided now; try again");
    world.store.fail("revoke_tokens", Fault::Before);
    revoke(&world, &world.admin, &json!({"username": "frog"})).await.refusal(503);
    world.store.heal();
    let (told, last) = lines(&revoke(&world, &world.admin, &json!({"username": "frog"})).await);
    assert_eq!((told.len(), &last["complete"]), (150, &json!(true)));
}

#[tokio::test]
async fn a_filter_in_the_query_is_refused_rather_than_passed_over() {
    let world = World::new().await;
    for query in ["?username=frog&dry_run=true", "?x="] {
        let answer =
            world.post(&format!("{OWN_TOKENS}/revoke{query}"), &world.admin, &json!({"all": true})).await;
        assert!(answer.refusal(400).1.contains("query parameter"), "{query}");
    }
    world.get(TOKENS, &world.admin).await.expect(200);
}

#[tokio::test]
async fn a_look_up_that_takes_long_ends_nothing() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    world.store.fail("matching_tokens", Fault::Late(3 * accessd::layers::guard::ANSWER_TIMEOUT));
    tokio::time::pause();
    let (told, last) = lines(&revoke(&world, &world.admin, &json!({"username": "frog"})).await);
    tokio::time::resume();
    assert_eq!((told.len(), &last["complete"], &last["revoked"]), (1, &json!(true), &json!(1)));
    world.store.heal();
    world.get(&format!("{TOKENS}/me"), &frog).await.refusal(401);
}

#[tokio::test]
async fn who_loses_the_right_to_it_during_the_look_up_is_told_so_in_the_last_line() {
    let world = World::new().await;
    world.user("frog").await;
    let frog = world.token_of("frog").await;
    world.store.fail("matching_tokens", Fault::Late(std::time::Duration::from_secs(60)));
    tokio::time::pause();
    let access = world.access.clone();
    let admin = access.authenticate(&Credential::Bearer(world.admin.as_str().into())).await.unwrap();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        access.revoke_token(&admin, &TokenSelector::Me).await.unwrap();
    });
    let (told, last) = lines(&revoke(&world, &world.admin, &json!({"username": "frog"})).await);
    tokio::time::resume();
    let nothing = json!({
        "complete": false, "error": "Invalid token, revoked", "revoked": 0, "already_gone": 0, "forbidden": 0,
    });
    assert_eq!((told.len(), last), (0, nothing));
    world.get(&format!("{TOKENS}/me"), &frog).await.expect(200);
}
