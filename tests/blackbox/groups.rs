//! `/access/api/v2/groups`: create, read, list with a cursor, change, delete, members.

use crate::{GROUPS, USERS, accessd};
use serde_json::{Value, json};
use testkit::unique;

const DETAILS: [&str; 8] = [
    "name",
    "description",
    "auto_join",
    "admin_privileges",
    "realm",
    "realm_attributes",
    "external_id",
    "members",
];

#[test]
fn a_group_is_created_read_changed_and_deleted() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let name = unique("readers");
    let body = json!({"name": name, "description": "", "members": [toad.name, frog.name], "unknown": true});
    let answer = accessd.http().post(GROUPS).bearer(&admin).json(&body).send().expect(201);
    assert_eq!(answer.keys(), DETAILS);
    let mut members = [frog.name.clone(), toad.name.clone()];
    members.sort_unstable();
    assert_eq!(
        answer.json(),
        json!({
            "name": name, "description": null, "auto_join": false, "admin_privileges": false, "realm": "internal",
            "realm_attributes": null, "external_id": null, "members": members,
        })
    );
    let again = accessd.http().post(GROUPS).bearer(&admin).json(&body).send().expect(409);
    assert_eq!(again.error_code(), "CONFLICT");

    let path = format!("{GROUPS}/{name}");
    assert_eq!(accessd.http().get(&path).bearer(&admin).send().expect(200).json(), answer.json());
    let change = json!({"description": "who reads", "external_id": "x-1", "members": [frog.name]});
    let changed = accessd.http().patch(&path).bearer(&admin).json(change).send().expect(200).json();
    assert_eq!((&changed["description"], &changed["members"]), (&json!("who reads"), &json!([frog.name])));
    let cleared =
        accessd.http().patch(&path).bearer(&admin).json(r#"{"description":""}"#).send().expect(200).json();
    assert_eq!((&cleared["description"], &cleared["external_id"]), (&Value::Null, &json!("x-1")));
    let user = accessd.http().get(&format!("{USERS}/{}", frog.name)).bearer(&admin).send().expect(200).json();
    assert_eq!(user["groups"], json!([name]));

    accessd.http().delete(&path).bearer(&admin).send().expect(204);
    for call in
        [accessd.http().get(&path), accessd.http().delete(&path), accessd.http().patch(&path).json("{}")]
    {
        assert_eq!(call.bearer(&admin).send().expect(404).error_code(), "NOT_FOUND");
    }
    let user = accessd.http().get(&format!("{USERS}/{}", frog.name)).bearer(&admin).send().expect(200).json();
    assert_eq!(user["groups"], json!([]));
}

#[test]
fn members_must_exist() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let body = json!({"name": unique("readers"), "members": ["nobody-at-all"]});
    let answer = accessd.http().post(GROUPS).bearer(&admin).json(body).send().expect(404);
    assert!(answer.error_message().contains("nobody-at-all"));
    let name = accessd.new_group("readers", json!({}));
    let frog = accessd.new_user("frog");
    let path = format!("{GROUPS}/{name}/members");
    let change = |body: Value| accessd.http().patch(&path).bearer(&admin).json(body).send();
    assert_eq!(change(json!({"add": [frog.name]})).expect(200).json(), json!({"members": [frog.name]}));
    let missing = change(json!({"add": ["nobody-at-all"], "remove": [frog.name]}));
    assert!(matches!(missing.status, 400 | 404), "{}", missing.body);
    let group = accessd.http().get(&format!("{GROUPS}/{name}")).bearer(&admin).send().expect(200).json();
    assert_eq!(group["members"], json!([frog.name]), "nothing of a refused change is done");
    assert_eq!(
        change(json!({"remove": [frog.name, "nobody-at-all"]})).expect(200).json(),
        json!({"members": []})
    );
}

#[test]
fn names_are_free_text_within_limits() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let name = format!("{} 2, with a comma", unique("group"));
    accessd.http().post(GROUPS).bearer(&admin).json(json!({"name": name})).send().expect(201);
    let path = format!("{GROUPS}/{}", name.replace(' ', "%20").replace(',', "%2C"));
    accessd.http().get(&path).bearer(&admin).send().expect(200);
    let minted = accessd.mint(
        &admin,
        json!({"username": "robot", "scope": format!("applied-permissions/groups:\"{name}\"")}),
    );
    assert!(!minted.answer.header("warning").unwrap_or_default().contains("comma"), "the group is found");
    for (body, word) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "n".repeat(65)}), "64"),
        (json!({"name": "a\u{7}"}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"name": "group-new", "auto_join": "yes"}), "auto_join"),
        (json!({"name": "group-new", "description": "d".repeat(1025)}), "description"),
        (json!({"name": "group-new", "members": "frog"}), "members"),
    ] {
        let answer = accessd.http().post(GROUPS).bearer(&admin).json(&body).send();
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.error_message().contains(word), "{body}: {}", answer.body);
    }
    accessd.http().get(&format!("{GROUPS}/group-new")).bearer(&admin).send().expect(404);
}

#[test]
fn the_list_goes_by_pages() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let word = unique("list");
    let mut names: Vec<String> = (0..3).map(|_| accessd.new_group(&word, json!({}))).collect();
    names.sort_unstable();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer =
            accessd.http().get(&format!("{GROUPS}?limit=2{cursor}")).bearer(&admin).send().expect(200);
        let page = answer.json();
        let groups = page["groups"].as_array().unwrap();
        assert!(groups.len() <= 2);
        for group in groups {
            assert_eq!(group.as_object().unwrap().keys().collect::<Vec<_>>(), ["group_name", "uri"]);
            seen.push(group["group_name"].as_str().unwrap().to_owned());
        }
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", next.replace('+', "%2B").replace('=', "%3D")),
            None => break,
        }
    }
    assert!(seen.is_sorted(), "{seen:?}");
    seen.retain(|name| name.starts_with(&word));
    assert_eq!(seen, names);
}

#[test]
fn an_administrators_group_makes_administrators() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    accessd.http().get(USERS).bearer(&frog.token).send().expect(403);
    let group = accessd.new_group("bosses", json!({"admin_privileges": true, "members": [frog.name]}));
    accessd.http().get(USERS).bearer(&frog.token).send().expect(200);
    let user = accessd.http().get(&format!("{USERS}/{}", frog.name)).bearer(&admin).send().expect(200).json();
    assert_eq!((&user["admin"], &user["effective_admin"]), (&json!(false), &json!(true)));
    let scope = format!("applied-permissions/groups:{group}");
    let robot = accessd.mint(&admin, json!({"username": "robot", "scope": scope}));
    accessd.http().get(USERS).bearer(&robot.token).send().expect(200);
}
