//! `GET /tokens` with its filters and order, `GET /tokens/{id}`, `GET /tokens/me`.

use crate::{TOKENS, accessd};
use serde_json::{Value, json};
use testkit::Accessd;

#[track_caller]
fn list(accessd: &Accessd, token: &str, query: &str) -> Vec<Value> {
    let answer = accessd.http().get(&format!("{TOKENS}{query}")).bearer(token).send().expect(200);
    assert_eq!(answer.keys(), ["tokens"]);
    answer.json()["tokens"].as_array().unwrap().clone()
}

fn ids(tokens: &[Value]) -> Vec<&str> {
    tokens.iter().map(|token| token["token_id"].as_str().unwrap()).collect()
}

#[test]
fn a_token_is_told_field_by_field_and_never_its_text() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let full = accessd.mint(
        &frog.token,
        json!({"description": "nightly", "refreshable": true, "expires_in": 600, "include_reference_token": true}),
    );
    let plain = accessd.mint(&accessd.admin_token(), json!({"username": frog.name, "expires_in": 0}));
    for path in [format!("{TOKENS}/{}", full.id), format!("{TOKENS}/me")] {
        let answer = accessd.http().get(&path).bearer(&full.token).send().expect(200);
        assert_eq!(
            answer.keys(),
            ["token_id", "subject", "expiry", "issued_at", "issuer", "description", "refreshable", "scope"]
        );
        let json = answer.json();
        assert_eq!(json["token_id"], full.id.as_str());
        assert_eq!(json["expiry"].as_u64().unwrap() - json["issued_at"].as_u64().unwrap(), 600);
        assert_eq!(json["subject"], format!("{}/users/{}", json["issuer"].as_str().unwrap(), frog.name));
        assert_eq!((&json["description"], &json["refreshable"]), (&json!("nightly"), &json!(true)));
        for secret in [&full.token, &full.refresh_token, &full.reference_token] {
            assert!(!answer.body.contains(secret.as_str()));
        }
    }
    let answer = accessd.http().get(&format!("{TOKENS}/{}", plain.id)).bearer(&frog.token).send().expect(200);
    assert_eq!(answer.keys(), ["token_id", "subject", "issued_at", "issuer", "refreshable", "scope"]);
    let listed = list(&accessd, &frog.token, &format!("?token_id={}", full.id));
    assert_eq!(listed, [accessd.whoami(&full.token).json()], "a list tells the same");
}

#[test]
fn filters_and_order() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let admin = accessd.admin_token();
    let mine = format!("username={}", frog.name);
    let one = accessd.mint(&frog.token, json!({"description": "build one", "expires_in": 900}));
    let two = accessd
        .mint(&frog.token, json!({"description": "build two", "refreshable": true, "expires_in": 300}));
    let three = accessd.mint(&frog.token, json!({"description": "other", "expires_in": 600}));
    let own = accessd.whoami(&frog.token).json()["token_id"].as_str().unwrap().to_owned();
    let (one, two, three, own) = (one.id.as_str(), two.id.as_str(), three.id.as_str(), own.as_str());

    for (query, wanted) in [
        (format!("?{mine}&description=build%20one"), vec![one]),
        (format!("?{mine}&description=build*&order_by=expiry&descending_order=true"), vec![one, two]),
        (format!("?{mine}&description=build"), vec![]),
        (format!("?{mine}&refreshable=true"), vec![two]),
        (format!("?{mine}&refreshable=True&order_by=created"), vec![two]),
        (format!("?{mine}&token_id={three}"), vec![three]),
        (format!("?{mine}&token_id=00000000-0000-7000-8000-000000000000"), vec![]),
        (format!("?{mine}&description=b*&order_by=expiry"), vec![two, one]),
        (format!("?{mine}&order_by=expiry"), vec![two, three, one, own]),
        (format!("?{mine}&order_by=expiry&descending_order=true"), vec![own, one, three, two]),
        ("?username=nobody-at-all".to_owned(), vec![]),
    ] {
        assert_eq!(ids(&list(&accessd, &admin, &query)), wanted, "{query}");
    }
    let by_id = list(&accessd, &admin, &format!("?{mine}&order_by=token_id"));
    let mut sorted = vec![one, two, three, own];
    sorted.sort_unstable();
    assert_eq!(ids(&by_id), sorted);
    let created = list(&accessd, &admin, &format!("?{mine}&order_by=created"));
    let moments: Vec<u64> = created.iter().map(|token| token["issued_at"].as_u64().unwrap()).collect();
    assert!(moments.is_sorted(), "{moments:?}");
    let upper = format!("?username={}", frog.name.to_uppercase());
    assert_eq!(list(&accessd, &admin, &upper).len(), 4, "names have no case");
}

#[test]
fn an_order_that_does_not_exist_is_refused() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for query in ["?order_by=colour", "?descending_order=perhaps", "?refreshable=1"] {
        let answer = accessd.http().get(&format!("{TOKENS}{query}")).bearer(&frog.token).send();
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        let field = query[1..].split('=').next().unwrap();
        assert!(answer.error_message().contains(field), "{}", answer.body);
    }
}

#[test]
fn users_see_their_own_and_administrators_all() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let hidden = accessd.mint(&toad.token, json!({}));
    for query in ["", &format!("?username={}", toad.name), &format!("?token_id={}", hidden.id)] {
        for token in list(&accessd, &frog.token, query) {
            assert!(
                token["subject"].as_str().unwrap().ends_with(&format!("/users/{}", frog.name)),
                "{query}"
            );
        }
    }
    let path = format!("{TOKENS}/{}", hidden.id);
    let answer = accessd.http().get(&path).bearer(&frog.token).send();
    assert!(matches!(answer.status, 403 | 404), "{} {}", answer.status, answer.body);
    accessd.http().get(&path).bearer(&toad.token).send().expect(200);
    accessd.http().get(&path).bearer(&accessd.admin_token()).send().expect(200);
    accessd.http().get(&path).send().expect(401);
    accessd.http().get(TOKENS).send().expect(401);
}

#[test]
fn dead_tokens_are_not_listed() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let revoked = accessd.mint(&frog.token, json!({}));
    let expired = accessd.mint(&frog.token, json!({"expires_in": 1}));
    accessd.revoke(&frog.token, &revoked.id).expect(200);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let listed = accessd.tokens_of(&frog.name);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(!accessd.accepts(&expired.token));
    let answer =
        accessd.http().get(&format!("{TOKENS}/{}", revoked.id)).bearer(&frog.token).send().expect(404);
    assert_eq!(answer.error_code(), "NOT_FOUND");
}

#[test]
fn an_id_that_is_nobodys_is_not_found() {
    let accessd = accessd();
    for id in ["00000000-0000-7000-8000-000000000000", "no-uuid", "%00", "..", "%2e%2e%2fme", "a%0d%0ab"] {
        let answer = accessd.http().get(&format!("{TOKENS}/{id}")).bearer(&accessd.admin_token()).send();
        assert!(matches!(answer.status, 400 | 404), "{id}: {} {}", answer.status, answer.body);
        answer.error_code();
    }
}
