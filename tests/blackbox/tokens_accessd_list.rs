//! `GET /access/api/accessd/v1/tokens`: page by page, what the wire's whole list shows when it is sorted out by hand.

use crate::{ACCESSD_TOKENS, TOKENS, accessd};
use serde_json::{Value, json};
use testkit::{Accessd, User};

/// All pages of a list, of at most `limit` each.
#[track_caller]
fn pages(accessd: &Accessd, token: &str, query: &str, limit: usize) -> Vec<Value> {
    let mut tokens = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("{ACCESSD_TOKENS}?{query}&limit={limit}{cursor}");
        let answer = accessd.http().get(&path).bearer(token).send().expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let page = answer.json();
        let on_page = page["tokens"].as_array().unwrap();
        assert!(on_page.len() <= limit);
        tokens.extend(on_page.iter().cloned());
        match page.get("cursor") {
            Some(next) => cursor = format!("&cursor={}", next.as_str().unwrap()),
            None => return tokens,
        }
        assert_eq!(on_page.len(), limit, "a page with another one behind it is full");
    }
}

/// The wire's whole list of the same user.
fn whole(accessd: &Accessd, token: &str, query: &str) -> Vec<Value> {
    let list = accessd.http().get(&format!("{TOKENS}?{query}")).bearer(token).send().expect(200).json();
    list["tokens"].as_array().unwrap().clone()
}

fn ids<'a>(tokens: impl IntoIterator<Item = &'a Value>) -> Vec<&'a str> {
    tokens.into_iter().map(|token| token["token_id"].as_str().unwrap()).collect()
}

/// Tokens of one user that differ in everything a filter looks at.
fn make(accessd: &Accessd) -> User {
    let frog = accessd.new_user("frog");
    let admin = accessd.admin_token();
    accessd.project("web");
    for number in 0..17 {
        let scope =
            ["applied-permissions/user", "system:info:r api:*", "applied-permissions/groups:\"a b\",c"]
                [number % 3];
        let mut body = json!({
            "username": frog.name, "scope": scope, "refreshable": number % 2 == 0,
            "expires_in": number % 4 * 300, "include_reference_token": number % 5 == 0,
        });
        if number % 3 > 0 {
            body["description"] = json!(format!("ci {}", number % 3));
        }
        if number % 4 == 1 {
            body["project_key"] = json!("web");
        }
        accessd.mint(&admin, body);
    }
    frog
}

#[test]
fn every_filter_gives_page_by_page_what_the_whole_list_holds() {
    let accessd = accessd();
    let frog = make(&accessd);
    let admin = accessd.admin_token();
    let mine = format!("username={}", frog.name);
    let all = whole(&accessd, &admin, &mine);
    assert_eq!(all.len(), 18);
    let has_part =
        |token: &&Value, part: &str| token["scope"].as_str().unwrap().split(' ').any(|one| one == part);
    let ends_within = |token: &&Value, seconds: u64| {
        // All were made within this minute or so: the lifetimes tell them apart.
        token["expiry"].as_u64().is_some_and(|at| at - token["issued_at"].as_u64().unwrap() <= seconds)
    };
    type Filter<'a> = Box<dyn Fn(&&Value) -> bool + 'a>;
    let cases: Vec<(&str, Filter<'_>)> = vec![
        ("state=live", Box::new(|_| true)),
        ("description=ci%201", Box::new(|token| token["description"] == "ci 1")),
        ("description=ci*", Box::new(|token| token["description"].is_string())),
        ("refreshable=true", Box::new(|token| token["refreshable"] == true)),
        ("refreshable=False", Box::new(|token| token["refreshable"] == false)),
        ("project=web", Box::new(|token| token["project"] == "web")),
        ("scope=system:info:r", Box::new(move |token| has_part(token, "system:info:r"))),
        ("scope=api:*", Box::new(move |token| has_part(token, "api:*"))),
        (
            "scope=applied-permissions/groups*",
            Box::new(|token| token["scope"].to_string().contains("groups")),
        ),
        ("expires_within=600", Box::new(move |token| ends_within(token, 600))),
        (
            "refreshable=true&scope=system:*",
            Box::new(move |token| token["refreshable"] == true && has_part(token, "system:info:r")),
        ),
        ("unused_for=0&description=ci%202", Box::new(|token| token["description"] == "ci 2")),
        ("unused_for=86400", Box::new(|_| false)),
    ];
    for (filter, keeps) in cases {
        let expected = ids(all.iter().filter(&keeps));
        assert!(expected.len() > 2 || filter == "unused_for=86400", "{filter} shows nothing");
        for order in ["created", "token_id", "owner", "subject", "expiry"] {
            for descending in [false, true] {
                let order = format!("order_by={order}&descending_order={descending}");
                let wire = whole(&accessd, &admin, &format!("{mine}&{order}"));
                let expected = ids(wire.iter().filter(&keeps));
                for (token, query) in
                    [(&admin, format!("{mine}&{filter}&{order}")), (&frog.token, format!("{filter}&{order}"))]
                {
                    for limit in [3, 1000] {
                        let shown = pages(&accessd, token, &query, limit);
                        assert_eq!(ids(&shown), expected, "{query}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_token_is_told_with_what_the_wire_tells_and_more() {
    let accessd = accessd();
    let frog = make(&accessd);
    for token in whole(&accessd, &frog.token, "") {
        let id = token["token_id"].as_str().unwrap();
        let path = format!("{ACCESSD_TOKENS}/{id}");
        let details = accessd.http().get(&path).bearer(&frog.token).send().expect(200).json();
        for (field, value) in token.as_object().unwrap() {
            assert_eq!(&details[field], value, "{field} of {details}");
        }
        for field in ["audience", "created_by", "parent_token_id", "state"] {
            assert!(details[field].is_string(), "{field} of {details}");
        }
        assert_eq!((&details["state"], &details["revocable"]), (&json!("live"), &json!(true)));
    }
}

#[test]
fn what_ended_is_found_by_its_state() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let revoked = accessd.mint(&frog.token, json!({}));
    let first = accessd.mint(&frog.token, json!({"refreshable": true}));
    let second = accessd.refresh(&first);
    let expired = accessd.mint(&frog.token, json!({"expires_in": 1}));
    accessd.revoke(&frog.token, &revoked.id).expect(200);
    while accessd.accepts(&expired.token) {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let own = accessd.whoami(&frog.token).json()["token_id"].as_str().unwrap().to_owned();
    for (state, expected) in [
        ("live", vec![own.as_str(), &second.id]),
        ("expired", vec![&expired.id]),
        ("revoked", vec![&revoked.id, &first.id]),
        ("all", vec![&own, &revoked.id, &first.id, &second.id, &expired.id]),
    ] {
        let shown = pages(&accessd, &frog.token, &format!("state={state}&order_by=token_id"), 2);
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(ids(&shown), expected, "{state}");
    }
    for (id, state, reason) in [
        (&revoked.id, "revoked", Some("requested")),
        (&first.id, "revoked", Some("refreshed")),
        (&expired.id, "expired", None),
    ] {
        let path = format!("{ACCESSD_TOKENS}/{id}");
        let details = accessd.http().get(&path).bearer(&frog.token).send().expect(200).json();
        assert_eq!((&details["state"], details["revoked_for"].as_str()), (&json!(state), reason));
    }
}

#[test]
fn users_see_their_own_and_nobody_makes_a_cursor() {
    let accessd = accessd();
    let (frog, toad) = (make(&accessd), accessd.new_user("toad"));
    for query in ["state=all", &format!("username={}", frog.name)] {
        let shown = pages(&accessd, &toad.token, query, 100);
        assert!(
            shown.iter().all(|token| token["subject"].as_str().unwrap().ends_with(&toad.name)),
            "{query}"
        );
    }
    let of_frog = ids(&whole(&accessd, &frog.token, ""))[0].to_owned();
    let path = format!("{ACCESSD_TOKENS}/{of_frog}");
    accessd.http().get(&path).bearer(&toad.token).send().expect(403);
    let get = |token: &str, query: &str| {
        accessd.http().get(&format!("{ACCESSD_TOKENS}?{query}")).bearer(token).send()
    };
    let cursor = get(&frog.token, "limit=2").expect(200).json()["cursor"].as_str().unwrap().to_owned();
    get(&frog.token, &format!("cursor={cursor}")).expect(200);
    let mut forged = cursor.clone().into_bytes();
    forged[0] = if forged[0] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for (token, query) in [
        (&frog.token, format!("cursor={forged}")),
        (&frog.token, "cursor=".to_owned() + &cursor[1..]),
        (&frog.token, format!("cursor={cursor}&refreshable=true")),
        (&frog.token, format!("cursor={cursor}&state=all")),
        (&toad.token, format!("cursor={cursor}")),
        (&accessd.admin_token(), format!("cursor={cursor}")),
    ] {
        let answer = get(token, &query).expect(400);
        assert!(answer.error_message().starts_with("cursor:"), "{query}: {}", answer.body);
    }
    accessd.http().get(ACCESSD_TOKENS).send().expect(401);
}
